from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from clinics.models import Task, TaskKind
from gateway.campaign_signals import watch_signals
from gateway.campaign_texts import counts_of
from gateway.models import Message
from kernel.carriers import Carrier
from registration.models import SlowDown
from registration.signals import Counts, Over, Signal
from registration.slow_downs import lift
from tests.conftest import NOW
from tests.gateway.signalling import said, stop, texted

ATT, TMOBILE = Carrier.att, Carrier.tmobile
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BY = "operator@heed.example"


def counts(database, place, carrier=ATT, now=NOW):
    with database.reading() as session:
        found = counts_of(session, place.clinic_id, now)
    return found.get((place.campaign_id, carrier), Counts())


def tasks(database):
    with database.reading() as session:
        return session.exec(
            select(Task)
            .where(col(Task.kind) == TaskKind.campaign_signals)
            .order_by(col(Task.id))
        ).all()


def slowed(database):
    with database.reading() as session:
        return session.exec(select(SlowDown).order_by(col(SlowDown.id))).all()


def test_texts_and_stops_are_counted_by_day_and_by_week(database, cast):
    """R63"""
    texted(database, cast.maple, 10)
    texted(database, cast.maple, 5, at=NOW - 3 * DAY)
    texted(database, cast.maple, 4, at=NOW - 8 * DAY)
    stop(database, cast.maple, [0, 1])
    stop(database, cast.maple, [2], at=NOW - 2 * DAY)

    found = counts(database, cast.maple)

    assert found.texts == {Over.day: 10, Over.week: 15, Over.last_200: 15}
    assert found.events[Signal.opt_outs, Over.day] == 2
    assert found.events[Signal.opt_outs, Over.week] == 3
    assert counts(database, cast.birch) == Counts()


def test_each_carrier_and_each_clinic_is_counted_for_itself(database, cast):
    texted(database, cast.maple, 10)
    texted(database, cast.birch, 6, carrier=TMOBILE)
    stop(database, cast.birch, [0])

    assert counts(database, cast.maple, ATT).texts[Over.week] == 10
    assert counts(database, cast.maple, TMOBILE) == Counts()
    assert (Signal.opt_outs, Over.week) not in counts(database, cast.maple).events
    found = counts(database, cast.birch, TMOBILE)
    assert found.events[Signal.opt_outs, Over.day] == 1


def test_a_stop_before_the_text_or_twice_is_not_counted_against_it(database, cast):
    stop(database, cast.maple, [0], at=NOW - 4 * HOUR)
    texted(database, cast.maple, 3)
    stop(database, cast.maple, [1])
    stop(database, cast.maple, [1])

    assert counts(database, cast.maple).events[Signal.opt_outs, Over.day] == 1


@pytest.mark.parametrize(
    ("rule", "signal"),
    [
        ("phrase.harassment", Signal.complaints),
        ("phrase.annoyed", Signal.complaints),
        ("reassigned", Signal.wrong_numbers),
        ("word.stop", None),
    ],
)
def test_what_patients_wrote_is_counted_by_what_it_was_read_as(
    database, cast, rule, signal
):
    """R63"""
    texted(database, cast.maple, 3)
    said(database, cast.maple, 0, rule)

    events = counts(database, cast.maple).events
    assert {key for key, count in events.items() if count} == (
        {(signal, Over.day), (signal, Over.week)} if signal else set()
    )


def test_answers_to_a_patients_own_text_count_nowhere(database, cast):
    texted(database, cast.maple, 1)
    said(database, cast.maple, 0, "word.help")
    with database.writing() as session:
        asked = session.connection().scalar(
            sa.text("SELECT max(id) FROM inboundmessage")
        )
        session.connection().execute(sa.update(Message).values(answers_id=asked))

    assert counts(database, cast.maple) == Counts()


def test_filtered_texts_are_counted_among_the_last_200(database, cast):
    texted(database, cast.maple, 10, at=NOW - 2 * DAY, error_code="30007")
    texted(database, cast.maple, 196)
    texted(database, cast.maple, 1, at=NOW - HOUR, error_code="30007")

    found = counts(database, cast.maple)

    assert found.texts[Over.last_200] == 200
    assert found.events[Signal.filtered, Over.last_200] == 4


def test_more_than_one_percent_of_stops_warns_once_a_day(database, cast):
    """R63"""
    texted(database, cast.maple, 200)
    stop(database, cast.maple, range(3))

    assert watch_signals(database, NOW) == 1
    assert watch_signals(database, NOW + HOUR) == 0
    assert watch_signals(database, NOW + DAY) == 1

    task, _ = tasks(database)
    assert task.clinic_id == cast.maple.clinic_id
    assert not task.urgent
    assert "'maple-care' at AT&T: 3 patients who said stop" in task.sentence
    assert slowed(database) == []


def test_far_too_many_stops_slow_that_carrier_down(database, cast):
    """R63: the automatic slow-down is of this campaign and carrier alone."""
    texted(database, cast.maple, 200)
    stop(database, cast.maple, range(7))

    assert watch_signals(database, NOW) == 1
    assert watch_signals(database, NOW + HOUR) == 0

    [row] = slowed(database)
    assert (row.campaign_id, row.carrier) == (cast.maple.campaign_id, ATT)
    assert row.per_hour == 20
    [task] = tasks(database)
    assert task.urgent
    assert "at most 20 texts an hour leave to AT&T" in task.sentence


def test_a_graver_reason_makes_it_slower_and_a_milder_one_never_faster(database, cast):
    texted(database, cast.maple, 200)
    stop(database, cast.maple, range(7))
    watch_signals(database, NOW)
    texted(database, cast.maple, 5, at=NOW - HOUR, error_code="30007")

    watch_signals(database, NOW + HOUR)
    [row] = slowed(database)
    assert row.per_hour == 0
    texted(database, cast.maple, 300, at=NOW)
    watch_signals(database, NOW + HOUR)
    assert slowed(database)[0].per_hour == 0


def test_after_it_was_lifted_only_what_comes_then_counts(database, cast):
    texted(database, cast.maple, 200)
    stop(database, cast.maple, range(7))
    watch_signals(database, NOW)
    [row] = slowed(database)
    with database.writing() as session:
        lift(session, row.clinic_id, row.id, "The wording was too long.", BY, NOW)

    later = NOW + HOUR
    assert counts(database, cast.maple, now=later) == Counts()
    assert watch_signals(database, later) == 0

    texted(database, cast.maple, 100, at=NOW + HOUR)
    stop(database, cast.maple, range(50, 56), at=NOW + 2 * HOUR)
    watch_signals(database, NOW + 3 * HOUR)
    assert [one.lifted_at for one in slowed(database)] == [NOW, None]
