import threading
from datetime import time, timedelta

import pytest

from gateway.models import Message, State
from gateway.quiet_hours import Window
from kernel.errors import Invalid, NotFound
from registration.models import SenderNumber, WhoReplies
from registration.numbers import add_number, sender_for
from reminders.models import (
    Reminder,
    ReminderPolicy,
)
from reminders.policy import WINDOW, disable, enable, sender_of, set_times
from reminders.schedule import Counts, plan
from reminders.unsent import plan_all_again
from tests.reminders.booked import (
    ADMIN,
    NOW,
    ONE_DAY,
    TUESDAY_AT_THREE,
    book,
    due,
    rows,
    run,
    switch_on,
)


def test_while_reminders_are_off_nothing_is_planned(database, cast):
    book(database, cast.maple)
    assert run(database, cast.maple) == Counts()

    switch_on(database, cast.maple)
    with database.writing() as session:
        disable(session, cast.maple.clinic_id, ADMIN, NOW)

    assert run(database, cast.maple) == Counts()


def test_new_times_leave_the_number_that_was_chosen(database, cast):
    """Also when another one would be chosen today."""
    place = cast.maple
    switch_on(database, place)
    with database.writing() as session:
        other = add_number(session, place.clinic_id, "+12065550177", WhoReplies.gateway)
        session.get(ReminderPolicy, place.clinic_id).number_id = other.id
        session.flush()

        policy = set_times(session, place.clinic_id, [ONE_DAY], WINDOW, NOW)

        assert policy.number_id == other.id
        assert sender_of(session, place.clinic_id).id == other.id
        assert sender_for(session, place.clinic_id).id == place.number_id


def test_switching_off_takes_back_what_has_not_left(database, cast):
    book(database, cast.maple)
    switch_on(database, cast.maple)
    run(database, cast.maple)
    first, second = due(database)
    with database.writing() as session:
        session.get(Message, first.id).state = State.submitting

    with database.writing() as session:
        assert disable(session, cast.maple.clinic_id, ADMIN, NOW) == 1
        assert disable(session, cast.maple.clinic_id, ADMIN, NOW) == 0

    kept, withdrawn = rows(database, Message)
    assert kept.state is State.submitting
    assert (withdrawn.id, withdrawn.state) == (second.id, State.withdrawn)
    assert withdrawn.outcome == f"{ADMIN} turned reminders off."


def test_switching_on_again_plans_what_is_left_and_repeats_nothing(database, cast):
    book(database, cast.maple)
    switch_on(database, cast.maple)
    run(database, cast.maple)
    first, second = due(database)
    after_first = first.send_from + timedelta(hours=1)
    with database.writing() as session:
        session.get(Message, first.id).state = State.accepted
    for _ in range(2):
        with database.writing() as session:
            disable(session, cast.maple.clinic_id, ADMIN, after_first)
        with database.writing() as session:
            enable(session, cast.maple.clinic_id, ADMIN, after_first)
        assert run(database, cast.maple, after_first).queued == 1

    (again,) = due(database)
    assert again.send_from == second.send_from
    assert [row.message_id for row in rows(database, Reminder)] == [first.id, again.id]
    assert len(rows(database, Message)) == 4


def test_looking_again_at_what_waits_queues_nothing_twice(database, cast):
    book(database, cast.maple)
    switch_on(database, cast.maple)
    run(database, cast.maple)
    with database.writing() as session:
        plan_all_again(session, cast.maple.clinic_id, NOW)

    assert run(database, cast.maple) == Counts(1, 0, 0)
    assert len(due(database)) == 2


def test_a_new_ladder_replaces_what_waits(database, cast):
    book(database, cast.maple)
    switch_on(database, cast.maple)
    run(database, cast.maple)

    switch_on(database, cast.maple, offsets=(2 * ONE_DAY, ONE_DAY))

    assert run(database, cast.maple).queued == 2
    assert [message.send_from for message in due(database)] == [
        TUESDAY_AT_THREE - timedelta(days=2),
        TUESDAY_AT_THREE - timedelta(days=1),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"offsets": ()},
        {"offsets": (30,)},
        {"offsets": (20_161,)},
        {"offsets": (60, 120, 180, 240, 300, 360)},
        {"window": Window(time(8), time(20))},
        {"window": Window(time(9), time(21))},
        {"window": Window(time(15), time(15))},
    ],
)
def test_a_policy_that_nobody_should_have_is_refused(database, cast, change):
    switch_on(database, cast.maple)

    with pytest.raises(Invalid):
        switch_on(database, cast.maple, **change)


def test_the_number_of_a_policy_is_the_clinics_own(database, cast):
    with pytest.raises(NotFound):
        switch_on(database, cast.maple, number_id=cast.birch.number_id)


def test_without_a_number_that_serves_a_campaign_reminders_stay_off(database, cast):
    with database.writing() as session:
        session.get(SenderNumber, cast.maple.number_id).campaign_id = None

    with pytest.raises(Invalid, match="serves no campaign"):
        switch_on(database, cast.maple)
    with database.reading() as session:
        assert session.get(ReminderPolicy, cast.maple.clinic_id) is None


def test_switching_off_during_a_plan_leaves_nothing_due(database, cast):
    for _ in range(5):
        book(database, cast.maple)
    switch_on(database, cast.maple)
    started, off = threading.Event(), []

    def switch_off():
        started.wait()
        off.append(
            database.retrying(
                lambda session: disable(session, cast.maple.clinic_id, ADMIN, NOW)
            )
        )

    other = threading.Thread(target=switch_off)
    other.start()
    with database.writing() as session:
        plan(session, cast.maple.clinic_id, NOW)
        started.set()
        other.join(timeout=0.3)  # it waits for our commit
        assert other.is_alive()
    other.join(timeout=20)

    assert off == [10]
    assert due(database) == []
