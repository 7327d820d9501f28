import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from clinics.models import Clinic, Language, Task
from gateway.models import Message, State
from registration.models import WordingKind
from registration.wordings import add as add_wording
from reminders.models import (
    Appointment,
    Reminder,
    VisitReply,
    VisitStatus,
)
from reminders.schedule import Counts
from tests.reminders.booked import (
    LOS_ANGELES,
    NOW,
    THREE_DAYS,
    TUESDAY_AT_THREE,
    book,
    due,
    rows,
    run,
    switch_on,
)


def test_a_visit_gets_its_reminders_once(database, cast):
    book(database, cast.maple)
    switch_on(database, cast.maple)

    assert run(database, cast.maple) == Counts(1, 2, 0)
    assert run(database, cast.maple) == Counts(0, 0, 0)

    first, second = due(database)
    assert first.body == (
        "Maple Dental: Ana, your visit is Tue Dec 8 at 3:00 PM. Reply C to confirm, "
        "R to reschedule or call (206) 555-0199. STOP to opt out."
    )
    assert first.send_from == TUESDAY_AT_THREE - timedelta(days=3)
    assert second.send_from == TUESDAY_AT_THREE - timedelta(days=1)
    assert second.send_until == TUESDAY_AT_THREE - timedelta(minutes=30)
    assert (first.zones, first.window) == (LOS_ANGELES, "09:00-20:00;no holidays")
    assert (first.expects, first.topic.value, first.kind.value) == (
        *("visit", "care", "reminder"),
    )
    assert first.number_id == cast.maple.number_id
    assert [reminder.message_id for reminder in rows(database, Reminder)] == [
        *(first.id, second.id)
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"status": VisitStatus.cancelled},
        {"status": VisitStatus.noshow},
        {"starts_at": NOW},
        {"starts_at": NOW - timedelta(days=3)},
        {"planned_version": 1},
        {"reply": VisitReply.cannot_come},
        {"reply": VisitReply.reschedule},
    ],
)
def test_a_visit_that_needs_no_text_is_left_alone(database, cast, change):
    book(database, cast.maple, **change)
    switch_on(database, cast.maple)
    with database.writing() as session:  # switching on looks at all visits ahead
        if "planned_version" in change:
            session.exec(select(Appointment)).one().planned_version = 1

    assert run(database, cast.maple) == Counts()


def test_a_visit_that_was_moved_or_confirmed_is_still_reminded_of(database, cast):
    book(database, cast.maple, status=VisitStatus.moved)
    book(database, cast.maple, reply=VisitReply.confirmed)
    switch_on(database, cast.maple)

    assert run(database, cast.maple).queued == 4


def test_steps_that_are_left_out_say_why(database, cast):
    book(database, cast.maple)
    switch_on(database, cast.maple)

    assert run(database, cast.maple, TUESDAY_AT_THREE - timedelta(hours=30)) == Counts(
        *(1, 1, 1)
    )

    skipped, planned = rows(database, Reminder)
    assert (skipped.offset_minutes, skipped.message_id) == (THREE_DAYS, None)
    assert "had passed" in skipped.skipped_why
    assert planned.skipped_why is None


def test_the_limit_takes_the_nearest_visits_first(database, cast):
    later = book(database, cast.maple, starts_at=TUESDAY_AT_THREE + timedelta(days=1))
    nearer = book(database, cast.maple)
    switch_on(database, cast.maple)

    assert run(database, cast.maple, limit=1).appointments == 1
    assert {row.appointment_id for row in rows(database, Reminder)} == {nearer}
    assert run(database, cast.maple, limit=1).appointments == 1
    assert {row.appointment_id for row in rows(database, Reminder)} == {nearer, later}
    assert run(database, cast.maple, limit=1).appointments == 0


def test_each_clinic_plans_its_own_visits(database, cast):
    book(database, cast.maple)
    book(database, cast.birch)
    switch_on(database, cast.maple)

    assert run(database, cast.birch) == Counts()
    assert run(database, cast.maple).appointments == 1
    assert {message.clinic_id for message in due(database)} == {cast.maple.clinic_id}


def test_quiet_hours_count_where_she_is_or_may_be(database, cast):
    book(database, cast.maple, her_time_zone="Pacific/Honolulu")
    book(database, cast.maple, time_zone="America/Denver")
    switch_on(database, cast.maple)
    run(database, cast.maple)

    hers, either = due(database)[0], due(database)[2]

    assert hers.zones == "Pacific/Honolulu"
    assert "at 3:00 PM PST." in hers.body
    assert either.zones == "America/Denver,America/Los_Angeles"


def test_a_zone_that_nobody_knows_plans_nothing_and_stops_nobody_else(database, cast):
    book(database, cast.maple, her_time_zone="Mars/Olympus")
    book(database, cast.maple, time_zone="Mars/Olympus")
    book(database, cast.maple)
    switch_on(database, cast.maple)

    assert run(database, cast.maple) == Counts(3, 2, 4)
    assert run(database, cast.maple) == Counts()
    reasons = {reminder.skipped_why for reminder in rows(database, Reminder)} - {None}
    assert all("Mars/Olympus" in why for why in reasons)


def test_a_text_that_would_be_too_dear_is_a_task_instead(database, cast):
    with database.writing() as session:
        wording = "{clinic} {first_name} STOP " + "x" * 200
        add_wording(
            session,
            cast.maple.clinic_id,
            cast.maple.campaign_id,
            WordingKind.reminder,
            Language.en,
            wording,
            NOW,
        )
    book(database, cast.maple, her_given_name="李")
    book(database, cast.maple)
    switch_on(database, cast.maple)

    assert run(database, cast.maple) == Counts(2, 2, 2)

    (task,) = rows(database, Task)
    assert task.kind.value == "call_patient"
    assert task.phone == "+12065550001"
    assert "4 segments" in task.sentence


def test_a_wording_that_cannot_be_used_waits_with_one_task_until_it_is_mended(
    database, cast
):
    def word(language, text):
        with database.writing() as session:
            add_wording(
                session,
                cast.maple.clinic_id,
                cast.maple.campaign_id,
                WordingKind.reminder,
                language,
                text,
                NOW,
            )

    book(database, cast.maple, her_language=Language.es)
    book(database, cast.maple)
    switch_on(database, cast.maple)
    word(Language.es, "{clinic}: su {cita}. STOP")

    assert run(database, cast.maple) == Counts(1, 2, 0)
    assert run(database, cast.maple) == Counts()
    (task,) = rows(database, Task)
    assert "'{cita}' is no placeholder" in task.sentence

    word(Language.es, "{clinic}: su cita es el {weekday} {date}, {time}. STOP")
    assert run(database, cast.maple) == Counts(1, 2, 0)
    assert due(database)[-1].body == (
        "Maple Dental: su cita es el martes 8 dic, 3:00 PM. STOP"
    )


def test_without_spanish_words_the_english_ones_are_used_whole(database, cast):
    book(database, cast.maple, her_language=Language.es)
    switch_on(database, cast.maple)
    run(database, cast.maple)

    assert "Tue Dec 8" in due(database)[0].body


def test_a_new_version_is_told_again(database, cast):
    visit_id = book(database, cast.maple)
    switch_on(database, cast.maple)
    run(database, cast.maple)
    with database.writing() as session:
        session.connection().execute(sa.update(Message).values(state=State.accepted))
        session.get(Appointment, visit_id).version = 2

    assert run(database, cast.maple).queued == 2
    assert len(rows(database, Reminder)) == 4


def test_planners_at_once_queue_each_text_once(database, cast):
    for _ in range(12):
        book(database, cast.maple)
    switch_on(database, cast.maple)
    gate, done = threading.Barrier(4), []

    def work():
        gate.wait()
        while counts := run(database, cast.maple, limit=5).appointments:
            done.append(counts)

    planners = [threading.Thread(target=work) for _ in range(4)]
    for planner in planners:
        planner.start()
    for planner in planners:
        planner.join(timeout=60)

    run(database, cast.maple)
    assert len(due(database)) == 24
    assert len(rows(database, Reminder)) == 24
    assert sum(done) <= 12


def test_the_clinics_name_is_what_patients_know_it_by(database, cast):
    with database.writing() as session:
        session.get(Clinic, cast.maple.clinic_id).display_name = "Maple Smiles"
    book(database, cast.maple)
    switch_on(database, cast.maple)
    run(database, cast.maple)

    assert due(database)[0].body.startswith("Maple Smiles: Ana")
