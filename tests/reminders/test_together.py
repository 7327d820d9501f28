"""Several visits of one phone: one text a day, whoever the visits are of."""

import threading

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from clinics.models import Language, Patient
from gateway.models import Message, State
from registration.models import WordingKind
from registration.wordings import add as add_wording
from reminders.models import Appointment, Reminder
from reminders.schedule import Counts, plan
from tests.pages import words
from tests.reminders.booked import (
    NOW,
    ONE_DAY,
    THREE_DAYS,
    TUESDAY_AT_THREE,
    book,
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
    steps,
)


def test_a_familys_visits_of_one_day_are_one_text_that_names_each_in_order(
    database, cast
):
    ben, ana = family(
        database,
        cast.maple,
        ("Ben", TUESDAY_AT_THREE + HALF_AN_HOUR),
        ("Ana", TUESDAY_AT_THREE),
    )
    switch_on(database, cast.maple)

    assert run(database, cast.maple) == Counts(2, 2, 0)

    three, one = due(database)
    assert (
        three.body
        == one.body
        == (
            "Maple Dental: your visits: Ana Tue Dec 8 3:00 PM, Ben Tue Dec 8 3:30 PM. Reply "
            "C to confirm all, R for another time, X if you can't come. STOP to opt out."
        )
    )
    assert three.segments == 1
    assert one.send_from == DAY_BEFORE
    assert one.send_until == TUESDAY_AT_THREE - HALF_AN_HOUR
    assert one.once_a_day
    assert steps(database) == [
        {(ana, THREE_DAYS), (ben, THREE_DAYS)},
        {(ana, ONE_DAY), (ben, ONE_DAY)},
    ]


def test_two_visits_of_one_patient_have_no_name_and_two_days_may_share_a_text(
    database, cast
):
    thursday = TUESDAY_AT_THREE + 2 * DAY
    first = book(database, cast.maple, her_phone=FAMILY)
    with database.writing() as session:
        patient_id = session.get(Appointment, first).patient_id
    second = book(database, cast.maple, starts_at=thursday)
    with database.writing() as session:
        session.get(Appointment, second).patient_id = patient_id
    switch_on(database, cast.maple)

    run(database, cast.maple)

    monday = due(database)[1]
    assert monday.send_from == DAY_BEFORE
    assert "your visits: Tue Dec 8 3:00 PM, Thu Dec 10 3:00 PM." in monday.body
    assert steps(database) == [
        {(first, THREE_DAYS)},
        {(first, ONE_DAY), (second, THREE_DAYS)},
        {(second, ONE_DAY)},
    ]


def test_a_visit_that_is_booked_later_joins_what_waits(database, cast):
    (ana,) = family(database, cast.maple, ("Ana", TUESDAY_AT_THREE))
    switch_on(database, cast.maple)
    run(database, cast.maple)
    (ben,) = family(database, cast.maple, ("Ben", TUESDAY_AT_THREE - HALF_AN_HOUR))

    assert run(database, cast.maple) == Counts(1, 2, 0)

    assert steps(database) == [
        {(ana, THREE_DAYS), (ben, THREE_DAYS)},
        {(ana, ONE_DAY), (ben, ONE_DAY)},
    ]
    assert all("Ben Tue Dec 8 2:30 PM, Ana Tue" in text.body for text in due(database))
    gone = rows(database, Message, col(Message.state) == State.withdrawn)
    assert {text.outcome for text in gone} == {
        "It is part of one text about several visits now."
    }
    assert len(gone) == 2
    assert run(database, cast.maple) == Counts(0, 0, 0)


def test_two_hours_before_is_a_text_of_its_own_only_where_the_policy_says_so(
    database, cast
):
    visits = ("Ana", TUESDAY_AT_THREE), ("Ben", TUESDAY_AT_THREE + DAY)
    family(database, cast.maple, *visits)
    switch_on(database, cast.maple, offsets=(ONE_DAY, 120))
    run(database, cast.maple)
    one_a_day = [len(step) for step in steps(database)]

    switch_on(database, cast.maple, offsets=(ONE_DAY, 120), same_day=True)
    run(database, cast.maple)

    assert one_a_day == [1, 2, 1]  # on Tuesday Ana's two hours and Ben's day before
    assert [len(step) for step in steps(database)] == [1, 1, 1, 1]
    assert [text.once_a_day for text in due(database)] == [True, False, True, False]


def test_a_group_home_is_told_the_first_visits_and_how_many_more(database, cast):
    names = [
        (f"Maximilian{'abcdefghijklmnop'[n]}", TUESDAY_AT_THREE + n * HALF_AN_HOUR)
        for n in range(16)
    ]
    family(database, cast.maple, *names)
    switch_on(database, cast.maple, offsets=(ONE_DAY,))

    assert run(database, cast.maple) == Counts(16, 1, 0)

    (text,) = due(database)
    assert text.segments <= 3
    assert (
        ": Maximiliana Tue Dec 8 3:00 PM, Maximilianb Tue Dec 8 3:30 PM," in text.body
    )
    assert ", and " in text.body
    assert " more. Reply" in text.body
    assert len(rows(database, Reminder, col(Reminder.message_id) == text.id)) == 16


def test_spanish_says_it_in_spanish_and_the_clinics_own_words_win(database, cast):
    with database.writing() as session:
        add_wording(
            session,
            cast.maple.clinic_id,
            cast.maple.campaign_id,
            WordingKind.reminder_together,
            Language.en,
            "{clinic}: please come: {visits}. STOP to opt out.",
            NOW,
        )
    family(
        database,
        cast.maple,
        ("Ana", TUESDAY_AT_THREE),
        ("Ben", TUESDAY_AT_THREE + HALF_AN_HOUR),
    )
    switch_on(database, cast.maple, offsets=(ONE_DAY,))
    run(database, cast.maple)
    own = due(database)[0].body
    with database.writing() as session:
        session.connection().execute(sa.update(Patient).values(language=Language.es))
    switch_on(database, cast.maple, offsets=(THREE_DAYS,))
    run(database, cast.maple)

    assert own == (
        "Maple Dental: please come: Ana Tue Dec 8 3:00 PM, Ben Tue Dec 8 3:30 PM. STOP "
        "to opt out."
    )
    assert due(database)[0].body.startswith(
        "Maple Dental: sus citas: Ana martes 8 dic 3:00 PM, Ben martes 8 dic 3:30 PM. "
    )


def test_the_front_page_shows_a_familys_text_once_with_both_names(
    desk, heed, database, cast
):
    family(
        database,
        cast.maple,
        ("Ana", TUESDAY_AT_THREE),
        ("Ben", TUESDAY_AT_THREE + HALF_AN_HOUR),
    )
    switch_on(database, cast.maple, offsets=(ONE_DAY,))
    run(database, cast.maple)
    with database.writing() as session:
        text = session.exec(select(Message)).one()
        text.state, text.submitted_at = State.accepted, heed.now()

    page = words(desk.get("/desk/maple-dental/"))

    assert page.count("Ana Lee, Ben Lee") == 1
    assert "visit Tue, Dec 8" in page


def test_two_planners_at_once_make_one_text(database, cast):
    """The second waits for the commit of the first and joins."""
    if database.dialect == "sqlite":
        pytest.skip("writers wait for each other anyway")
    family(database, cast.maple, ("Ana", TUESDAY_AT_THREE))
    switch_on(database, cast.maple, offsets=(ONE_DAY,))
    second = threading.Thread(target=run, args=(database, cast.maple))

    with database.writing() as session:
        plan(session, cast.maple.clinic_id, NOW)
        family(database, cast.maple, ("Ben", TUESDAY_AT_THREE))
        second.start()
        second.join(timeout=0.3)
        assert second.is_alive()
    second.join(timeout=20)

    assert len(due(database)) == 1
    assert len(steps(database)[0]) == 2
