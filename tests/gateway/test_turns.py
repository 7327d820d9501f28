"""Whose turn it is: answers first, each clinic in turn, the nearest visits first."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col

from clinics.models import Task, TaskKind
from gateway.models import Message, SendDecision, State
from gateway.outbox import claim
from gateway.pace_alarms import watch_days
from gateway.throughput import Span
from kernel.clock import FixedClock
from tests.conftest import NOW
from tests.gateway.signalling import phone_of
from tests.gateway.test_pace import (
    EIN,
    HOUR,
    LONG,
    MINUTE,
    TMOBILE,
    VERIZON,
    att,
    left_before,
)
from tests.gateway.test_slowed_down import Taking, complete, due, states, worker


def test_answers_leave_before_reminders_that_came_first(database, cast):
    due(database, cast.maple, range(4))
    [answer] = due(database, cast.birch, [9], zones="", look_again_at=NOW)

    with database.writing() as session:
        claimed = claim(session, owner="test", now=NOW, limit=3)

    assert claimed[0].id == answer


def test_a_clinic_with_thousands_of_texts_keeps_no_other_waiting(database, cast):
    due(database, cast.maple, range(60), VERIZON)
    few = due(database, cast.birch, range(5), VERIZON, zones="America/New_York")
    one = worker(database, Taking())

    for _ in range(2):
        one.run_once(limit=6)

    assert set(states(database, few)) == {State.accepted}


def test_workers_begin_with_the_clinic_after_the_last_one(database, cast):
    due(database, cast.maple, range(20), VERIZON)
    due(database, cast.birch, range(20), VERIZON)
    clinics = [cast.maple.clinic_id, cast.birch.clinic_id]

    with database.writing() as session:
        rounds = [
            {
                one.clinic_id
                for one in claim(session, owner="t", now=NOW, limit=5, after=a)
            }
            for a in clinics
        ]

    assert rounds == [{clinics[1]}, {clinics[0]}]


def test_a_short_wait_is_nobodys_news(database, cast):
    left_before(database, att(cast.maple), 72, Span.minute)
    ids = due(database, cast.maple, range(2), **LONG)

    worker(database, Taking()).run_once(limit=10)

    with database.reading() as session:
        rows = [session.get_one(Message, one) for one in ids]
        decisions = session.scalar(sa.select(sa.func.count()).select_from(SendDecision))
    assert [(row.state, row.held_since, row.held_why) for row in rows] == [
        (State.due, None, None)
    ] * 2
    assert all(row.look_again_at > NOW for row in rows)
    assert decisions == 0


def test_it_is_woken_when_its_turn_comes_the_nearest_visit_first(database, cast):
    left_before(database, att(cast.maple), 71, Span.minute)
    later, sooner, latest = (
        due(database, cast.maple, [n], send_until=NOW + hours * HOUR)[0]
        for n, hours in enumerate([7, 6, 8])
    )
    one = worker(database, Taking())

    one.run_once(limit=10)
    assert states(database, [later, sooner, latest]) == [
        State.due,
        State.accepted,
        State.due,
    ]

    with database.writing() as session:  # nobody would look at them for long
        session.connection().execute(
            sa.update(Message)
            .where(col(Message.state) == State.due)
            .values(look_again_at=NOW + HOUR)
        )
    object.__setattr__(one, "clock", FixedClock(NOW + 2 * MINUTE))
    one.run_once(limit=10)
    assert states(database, [later, latest]) == [State.accepted] * 2


def test_room_is_kept_for_a_nearer_visit_whose_text_comes_later_today(database, cast):
    left_before(database, EIN, 1_899, Span.day)
    [now_due] = due(database, cast.maple, [0], TMOBILE, **LONG)
    [in_an_hour] = due(
        database,
        cast.maple,
        [1],
        TMOBILE,
        send_from=NOW + HOUR,
        look_again_at=NOW + HOUR,
        send_until=NOW + 4 * HOUR,
    )
    one = worker(database, Taking())

    one.run_once(limit=10)
    assert states(database, [now_due]) == [State.due]

    complete(database, cast.maple, NOW + HOUR)
    object.__setattr__(one, "clock", FixedClock(NOW + HOUR))
    one.run_once(limit=10)
    assert states(database, [now_due, in_an_hour]) == [State.due, State.accepted]


def test_no_room_is_kept_for_a_patient_who_has_not_agreed(database, cast):
    left_before(database, EIN, 1_899, Span.day)
    [agreed] = due(database, cast.maple, [0], TMOBILE, **LONG)
    due(database, cast.maple, [1], TMOBILE, send_until=NOW + HOUR)
    with database.writing() as session:
        session.connection().execute(
            sa.text("UPDATE line SET stopped_seq = 99 WHERE phone = :phone"),
            {"phone": phone_of(1)},
        )

    worker(database, Taking()).run_once(limit=10)

    assert states(database, [agreed]) == [State.accepted]


def alarms(database):
    with database.reading() as session:
        query = sa.select(Task).where(col(Task.kind) == TaskKind.daily_cap)
        return list(session.scalars(query.order_by(col(Task.id))))


def test_a_day_with_more_than_a_carrier_takes_is_seen_ahead(database, cast):
    tomorrow = {
        "send_from": NOW + timedelta(hours=23),
        "send_until": NOW + timedelta(days=2),
    }
    due(database, cast.maple, range(4), TMOBILE, segments=475, **tomorrow)
    due(database, cast.birch, [0], TMOBILE, **tomorrow)

    counts = [watch_days(database, NOW) for _ in range(2)]

    assert counts == [2, 0]  # one for each clinic of the tax number, once
    [first, _] = alarms(database)
    assert first.clinic_id == cast.maple.clinic_id
    assert "For Tue, Dec 1, 2026 (Pacific time), 1,901 are planned" in first.sentence
    assert "the rest of 1 waits" in first.sentence


def test_what_has_left_today_counts_for_today_and_a_day_with_room_is_no_alarm(
    database, cast
):
    left_before(database, EIN, 1_899, Span.day)
    due(database, cast.maple, [0], TMOBILE, **LONG)
    assert watch_days(database, NOW) == 0

    due(database, cast.maple, [1], TMOBILE, **LONG)
    assert watch_days(database, NOW) == 1
