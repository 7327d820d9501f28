import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from clinics.models import Staff, StaffAction, StaffSession, Task, TaskKind
from clinics.signin import open_session
from consent.models import ExportJob, ExportState
from gateway.facts import lock_and_gather
from gateway.gate import Obstacle, decide
from gateway.health import checks
from gateway.models import Message, MessageKind, State
from kernel.carriers import Carrier
from kernel.models import Counter, Heartbeat, Lease
from registration.models import CarrierCell, Watermark
from registration.status import Source, is_active
from registration.workflow import cells
from tests.backups import empty_url
from tests.pages import pages_app
from tests.torture.scene import PHONE, agree, know_carrier, queue

LATER = timedelta(minutes=10)  # so soon that even a watermark would still be good


@pytest.fixture
def busy(pages, database, cast, now):
    """Texts in every state that passes, a sign-in, a polled carrier; their ids."""
    maple = cast.maple
    with database.writing() as session:
        agree(session, maple.clinic_id, [PHONE], now)
        know_carrier(session, maple.clinic_id, [PHONE], now)
        named = ("due", "held", "claimed", "submitting", "answer", "over", "later")
        ids = {name: queue(session, maple, PHONE, now, name=name)[0] for name in named}
        change = {
            "held": {"held_since": now, "held_why": ["It waits."]},
            "claimed": {"state": State.claimed, "lease_owner": "w", "lease_until": 9e9},
            "submitting": {"state": State.submitting, "submitted_wall": now},
            "answer": {"kind": MessageKind.help},
            "over": {"send_until": now - timedelta(seconds=1)},
            "later": {"send_from": now + timedelta(days=1)},
        }
        for name, values in change.items():
            which = sa.update(Message).where(col(Message.id) == ids[name])
            session.connection().execute(which.values(**values))
        desk = session.exec(select(Staff).where(col(Staff.email).like("desk@m%"))).one()
        open_session(session, desk, address="127.0.0.1", browser="test", now=now)
        session.connection().execute(
            sa.update(CarrierCell)
            .where(col(CarrierCell.carrier) == Carrier.att)
            .values(source=Source.tcr_poll, observed_at=now)
        )
        session.add(Counter(name="signin", window_start=now, count=9))
        session.add(Lease(name="buy:1", owner="x", until=now))
        session.add(Heartbeat(name="clock", at=now))
        session.add(
            ExportJob(
                clinic_id=maple.clinic_id,
                asked_by="auditor@maple-dental.example",
                asked_at=now,
                state=ExportState.ready,
                beat_at=now,
                file="pack.zip",
            )
        )
    return ids


def command(app, *words):
    return app.test_cli_runner().invoke(args=[*map(str, words), "--json"])


@pytest.fixture
def backup(pages, busy, tmp_path):
    out = tmp_path / "heed.backup"
    done = command(pages, "backup", out)
    assert done.exit_code == 0, done.output
    return out


@pytest.fixture
def elsewhere(pages, database, backup, tmp_path, now, request):
    """A program over an empty database, ten minutes later, with the same keys."""
    with empty_url(database.dialect, tmp_path, request) as url:
        app = pages_app(url, tmp_path / "pages", now + LATER)
        yield app
        app.extensions["heed"].database.close()


def test_nothing_may_leave_and_what_may_have_left_is_doubted(
    elsewhere, backup, busy, cast, now
):
    done = command(elsewhere, "restore", backup, "--by", "operator@heed.example")
    database = elsewhere.extensions["heed"].database

    told = json.loads(done.stdout)
    assert told["numbers"] == told["clinics"] == 2
    assert (told["looked_up"], told["withdrawn"], told["sessions_ended"]) == (4, 1, 1)
    with database.reading() as session:
        found = session.execute(sa.select(Message.id, Message.state)).all()
        states = {row.id: row.state for row in found}
        watermarks = session.exec(select(Watermark)).all()
        att = cells(session, cast.maple.campaign_id)[Carrier.att]
    assert {name: states[key].value for name, key in busy.items()} == {
        "due": "unknown",
        "held": "unknown",
        "claimed": "unknown",
        "submitting": "unknown",
        "answer": "withdrawn",
        "over": "due",  # the gate ends it: it could not leave any more then either
        "later": "due",
    }
    assert all(mark.complete_until <= now for mark in watermarks)
    assert not is_active(att, now + LATER)
    with database.writing() as session:
        held = lock_and_gather(session, busy["later"], now + LATER)
    assert Obstacle.inbound_gap in decide(held.facts).obstacles
    inbound = {check.name: check for check in checks(database, now + LATER)}["inbound"]
    assert not inbound.ok


def test_people_are_told_what_is_missing_and_sign_in_again(elsewhere, backup, now):
    command(elsewhere, "restore", backup, "--by", "operator@heed.example")
    database = elsewhere.extensions["heed"].database

    with database.reading() as session:
        tasks = session.exec(select(Task).where(Task.kind == TaskKind.restored)).all()
        sessions = session.exec(select(StaffSession)).all()
        beats = {row.name: row.at for row in session.exec(select(Heartbeat))}
        noted = session.exec(select(StaffAction)).all()[-1]
        exported = session.exec(select(ExportJob)).one()
        counters = session.exec(select(Counter)).all()
        assert session.exec(select(Lease)).all() == []
    assert len(tasks) == 2
    assert "10:00 AM PST and Mon, Nov 30, 2026, 10:10 AM PST" in tasks[0].sentence
    assert tasks[0].urgent
    assert all(row.revoked_at == now + LATER for row in sessions)
    assert beats == {"backup": now}
    assert (noted.staff_email, noted.action) == (
        "operator@heed.example",
        "backup restored",
    )
    assert exported.state is ExportState.failed
    assert not counters


@pytest.mark.parametrize("by", ["desk@maple-dental.example", "nobody@heed.example"])
def test_only_an_operator_of_the_backup_may_be_named(elsewhere, backup, by):
    done = command(elsewhere, "restore", backup, "--by", by)
    database = elsewhere.extensions["heed"].database

    assert done.exit_code == 1
    assert by in done.stderr
    with database.reading() as session:
        assert not session.exec(select(Staff)).all()


def test_keys_that_were_just_made_restore_nothing(
    database, backup, tmp_path, now, request
):
    (tmp_path / "new").mkdir()
    with empty_url(database.dialect, tmp_path, request) as url:
        app = pages_app(url, tmp_path / "new", now)

        done = command(app, "restore", backup)
        app.extensions["heed"].database.close()

    assert done.exit_code == 1
    assert "belongs to other keys" in done.stderr


def test_a_backup_says_where_the_keys_are_and_when_it_was(pages, backup, database, now):
    out = backup.with_name("second.backup")

    told = pages.test_cli_runner().invoke(args=["backup", str(out)])

    keys_file = pages.extensions["heed"].settings.keys_file
    assert f"keep a copy of '{keys_file}' in another safe place" in told.output
    with database.reading() as session:
        assert session.get(Heartbeat, "backup").at == now
    again = pages.test_cli_runner().invoke(args=["backup", str(out)])
    assert again.exit_code == 1
    assert "is there already" in again.stderr
