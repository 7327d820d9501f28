import threading
import time

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlmodel import col

from kernel.db import database_seconds, insert_or_ignore, journal_mode, open_database
from kernel.models import Heartbeat


def put(session, name, at) -> None:
    session.connection().execute(
        insert_or_ignore(session, Heartbeat), {"name": name, "at": at}
    )


def names(database) -> set[str]:
    with database.reading() as session:
        return set(session.connection().scalars(sa.select(col(Heartbeat.name))))


def test_writing_commits_at_the_end_and_rolls_back_on_a_mistake(database, now) -> None:
    with database.writing() as session:
        put(session, "kept", now)

    def stumble() -> None:
        with database.writing() as session:
            put(session, "lost", now)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        stumble()
    assert names(database) == {"kept"}


def test_reading_cannot_write_whatever_the_code_says(database, now) -> None:
    with pytest.raises(DBAPIError), database.reading() as session:
        put(session, "sneaked", now)

    assert names(database) == set()


def test_instants_come_back_aware_and_in_utc(database, now) -> None:
    from zoneinfo import ZoneInfo

    with database.writing() as session:
        put(session, "clock", now.astimezone(ZoneInfo("America/New_York")))

    with database.reading() as session:
        (at,) = session.connection().scalars(sa.select(col(Heartbeat.at)))
    assert at == now
    assert at.utcoffset().total_seconds() == 0


def test_a_second_writer_on_sqlite_waits_for_the_first(tmp_path, now) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'two.db'}")
    with database.writing() as session:
        session.connection().exec_driver_sql("CREATE TABLE log (who TEXT)")
    inside, order = threading.Event(), []

    def slow() -> None:
        with database.writing() as session:
            inside.set()
            time.sleep(0.2)
            session.connection().exec_driver_sql("INSERT INTO log VALUES ('slow')")
            order.append("slow")

    thread = threading.Thread(target=slow)
    thread.start()
    inside.wait()
    with database.writing() as session:
        order.append("quick")
        rows = session.connection().exec_driver_sql("SELECT who FROM log").all()
    thread.join()

    # BEGIN IMMEDIATE: the second one reads nothing before the first has committed.
    assert (order, rows) == (["slow", "quick"], [("slow",)])
    database.close()


def test_a_locked_database_is_tried_again_and_then_given_up(database, now) -> None:
    tries = []

    def locked(session) -> None:
        tries.append(1)
        raise sa.exc.OperationalError("x", {}, Exception("database is locked"))

    with pytest.raises(SQLAlchemyError):
        database.retrying(locked)

    assert len(tries) == 5


def test_durability_is_not_given_away(tmp_path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'settings.db'}")
    with database.writing() as session:
        ask = session.connection().exec_driver_sql
        found = {
            name: ask(f"PRAGMA {name}").scalar()
            for name in ("synchronous", "foreign_keys", "secure_delete", "journal_mode")
        }
    database.close()

    assert found == {
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "secure_delete": 1,
        "journal_mode": journal_mode().lower(),
    }


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "DELETE"),
        ((3, 44, 5), "DELETE"),
        ((3, 44, 6), "WAL"),
        ((3, 45, 0), "DELETE"),
        ((3, 50, 6), "DELETE"),
        ((3, 50, 7), "WAL"),
        ((3, 51, 2), "DELETE"),
        ((3, 51, 3), "WAL"),
        ((3, 53, 4), "WAL"),
    ],
)
def test_wal_is_used_only_without_the_corruption_bug(version, mode) -> None:
    assert journal_mode(version) == mode


def test_the_database_has_a_clock_of_its_own(database) -> None:
    with database.reading() as session:
        seconds = session.connection().scalar(
            sa.select(database_seconds(database.dialect))
        )

    assert abs(float(seconds) - time.time()) < 5


@pytest.mark.parametrize(
    "verb", ["UPDATE consentevent SET kind='held'", "DELETE FROM consentevent"]
)
def test_the_ledger_cannot_be_changed_not_even_by_hand(
    database, cast, verb, now
) -> None:
    from consent.record import opt_out
    from consent.standing import lock_line

    with database.writing() as session:
        lock_line(session, cast.maple.clinic_id, "+12065550111")
        opt_out(session, cast.maple.clinic_id, "+12065550111", {}, now)

    with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
        session.connection().exec_driver_sql(verb)
