"""What becomes of a text about several visits when one of them changes."""

from datetime import UTC, datetime, timedelta

from sqlmodel import col, select

from gateway.models import Message, State
from kernel.clock import FixedClock
from reminders.changes import Touched, take_back
from reminders.models import Appointment, Reminder, VisitReply
from reminders.open_visits import Text, open_visits
from reminders.plan import PASSED
from reminders.schedule import Counts
from reminders.unsent import withdraw_declined
from tests.pages import visitor, words
from tests.reminders.at_the_desk import DESK
from tests.reminders.booked import (
    ADMIN,
    NOW,
    ONE_DAY,
    THREE_DAYS,
    TUESDAY_AT_THREE,
    due,
    rows,
    run,
    switch_on,
)
from tests.reminders.family import (
    DAY,
    DAY_BEFORE,
    FAMILY,
    HALF_AN_HOUR,
    family,
    left,
    steps,
)

HOUR = timedelta(hours=1)


def change(database, cast, *visit_ids, ended=False):
    touched = Touched(**{"ended" if ended else "changed": set(visit_ids)})
    with database.writing() as session:
        take_back(session, cast.maple.clinic_id, touched, ADMIN, NOW)
        if ended:
            for visit_id in visit_ids:
                session.get(Appointment, visit_id).status = "cancelled"


def test_what_one_visit_no_longer_needs_is_planned_anew_for_the_others(database, cast):
    ana, ben, cal = family(
        database,
        cast.maple,
        ("Ana", TUESDAY_AT_THREE),
        ("Ben", TUESDAY_AT_THREE + HALF_AN_HOUR),
        ("Cal", TUESDAY_AT_THREE + 2 * HALF_AN_HOUR),
    )
    switch_on(database, cast.maple)
    run(database, cast.maple)

    change(database, cast, ana, ended=True)

    with database.reading() as session:
        waits = session.exec(
            select(Appointment.id).where(Appointment.planned_version < 1)
        )
        assert set(waits) == {ben, cal}
    assert due(database) == []
    assert run(database, cast.maple).queued == 2
    assert steps(database)[0] == {(ben, THREE_DAYS), (cal, THREE_DAYS)}
    assert "Ana" not in due(database)[0].body


def test_a_moved_visit_takes_its_brothers_text_along_and_both_are_told_again(
    database, cast
):
    ana, ben = family(
        database,
        cast.maple,
        ("Ana", TUESDAY_AT_THREE),
        ("Ben", TUESDAY_AT_THREE + HALF_AN_HOUR),
    )
    switch_on(database, cast.maple)
    run(database, cast.maple)
    with database.writing() as session:
        session.get(Appointment, ana).starts_at = TUESDAY_AT_THREE + 7 * DAY

    change(database, cast, ana)
    run(database, cast.maple)

    assert sorted(map(sorted, steps(database))) == [
        *([(ana, ONE_DAY)], [(ana, THREE_DAYS)]),
        *([(ben, ONE_DAY)], [(ben, THREE_DAYS)]),
    ]


def test_who_cannot_come_leaves_the_others_their_text(database, cast):
    ana, ben = family(
        database,
        cast.maple,
        ("Ana", TUESDAY_AT_THREE),
        ("Ben", TUESDAY_AT_THREE + HALF_AN_HOUR),
    )
    switch_on(database, cast.maple)
    run(database, cast.maple)
    with database.writing() as session:
        session.get(Appointment, ana).reply = VisitReply.cannot_come

    taken = database.retrying(lambda session: withdraw_declined(session, NOW))
    run(database, cast.maple)

    assert taken == 2
    assert steps(database) == [{(ben, THREE_DAYS)}, {(ben, ONE_DAY)}]


def test_after_the_text_of_the_day_a_late_booking_waits_for_tomorrow(database, cast):
    family(database, cast.maple, ("Ana", TUESDAY_AT_THREE))
    switch_on(database, cast.maple)
    run(database, cast.maple)
    left(database, due(database)[0].id, TUESDAY_AT_THREE - 3 * DAY)
    left(database, due(database)[0].id, DAY_BEFORE)
    (ben,) = family(database, cast.maple, ("Ben", TUESDAY_AT_THREE))

    run(database, cast.maple, DAY_BEFORE + timedelta(hours=1))

    (text,) = due(database)
    assert steps(database) == [{(ben, ONE_DAY)}]
    assert text.send_from == datetime(2026, 12, 8, 17, 0, tzinfo=UTC)  # 9:00
    (three,) = rows(database, Reminder, col(Reminder.skipped_why).is_not(None))
    assert three.skipped_why == PASSED


def test_what_is_held_is_joined_with_what_is_due_that_day(database, cast):
    """AT&T was suspended over Ana's day; Ben's text must not wait for tomorrow."""
    ana, ben = family(
        database,
        cast.maple,
        ("Ana", TUESDAY_AT_THREE + 2 * DAY),
        ("Ben", TUESDAY_AT_THREE + DAY + HALF_AN_HOUR),
    )
    switch_on(database, cast.maple, offsets=(THREE_DAYS, ONE_DAY))
    run(database, cast.maple)
    assert {(ana, THREE_DAYS)} in steps(database)
    on_tuesday = datetime(2026, 12, 8, 18, 0, tzinfo=UTC)

    run(database, cast.maple, on_tuesday)

    (today,) = [
        text
        for text in due(database)
        if text.send_from < on_tuesday + DAY and text.send_until > on_tuesday
    ]
    assert {(ana, THREE_DAYS), (ben, ONE_DAY)} in steps(database)
    assert today.send_from == on_tuesday
    assert run(database, cast.maple, on_tuesday) == Counts(0, 0, 0)


def test_a_text_that_was_too_late_for_one_visit_is_planned_anew_for_the_other(
    database, cast
):
    ana, ben = family(
        database,
        cast.maple,
        ("Ana", TUESDAY_AT_THREE - timedelta(hours=4)),
        ("Ben", TUESDAY_AT_THREE),
    )
    switch_on(database, cast.maple, offsets=(ONE_DAY,))
    run(database, cast.maple)
    (both,) = due(database)
    over = both.send_until + timedelta(minutes=1)  # 10:31, and nothing could leave
    with database.writing() as session:
        text = session.get(Message, both.id)
        text.state, text.finished_at, text.outcome = State.expired, over, "Too late."

    run(database, cast.maple, over)

    assert steps(database) == [{(ben, ONE_DAY)}]
    assert due(database)[0].send_from == over
    kept = rows(database, Reminder, col(Reminder.appointment_id) == ana)
    assert [row.message_id for row in kept] == [both.id]
    assert run(database, cast.maple, over) == Counts(0, 0, 0)


def test_a_text_that_leaves_while_it_is_being_joined_is_not_said_twice(database, cast):
    (ana,) = family(database, cast.maple, ("Ana", TUESDAY_AT_THREE))
    switch_on(database, cast.maple, offsets=(ONE_DAY,))
    run(database, cast.maple)
    (waits,) = due(database)
    (ben,) = family(database, cast.maple, ("Ben", TUESDAY_AT_THREE))
    at = DAY_BEFORE + timedelta(minutes=1)

    left(database, waits.id, at)
    run(database, cast.maple, at)

    assert steps(database) == [{(ben, ONE_DAY)}]
    assert due(database)[0].send_from > at + timedelta(hours=12)
    assert rows(database, Reminder, col(Reminder.appointment_id) == ana)[
        0
    ].message_id == (waits.id)


def test_an_answer_to_one_text_knows_all_its_visits(database, cast):
    ana, ben = family(
        database,
        cast.maple,
        ("Ana", TUESDAY_AT_THREE),
        ("Ben", TUESDAY_AT_THREE + HALF_AN_HOUR),
    )
    switch_on(database, cast.maple)
    run(database, cast.maple)
    text = due(database)[0].id
    left(database, text, TUESDAY_AT_THREE - 3 * DAY)

    with database.reading() as session:
        hers = Text(id=1, body="C", number_id=1, written_at=DAY_BEFORE)
        asked = open_visits(session, cast.maple.clinic_id, FAMILY, hers, DAY_BEFORE)

    about = {one.asked.id: one.asked.text_id for one in asked.values()}
    assert about == {ana: text, ben: text}


def test_the_desk_reads_that_the_phone_had_its_reminder_of_the_day(
    pages, heed, database, cast
):
    family(database, cast.maple, ("Ana", TUESDAY_AT_THREE))
    switch_on(database, cast.maple, offsets=(ONE_DAY,))
    run(database, cast.maple)
    left(database, due(database)[0].id, DAY_BEFORE)
    (ben,) = family(database, cast.maple, ("Ben", TUESDAY_AT_THREE - 5 * HOUR))
    heed.clock = FixedClock(DAY_BEFORE + timedelta(minutes=5))

    page = words(visitor(pages, DESK).get(f"/desk/maple-dental/appointments/{ben}"))

    assert (
        "This phone gets another reminder that day, and one a day is the most." in page
    )
