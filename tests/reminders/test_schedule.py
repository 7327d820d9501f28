import threading
from datetime import UTC, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from clinics.models import Clinic, Language, Patient, Task
from gateway.models import Message, State
from gateway.quiet_hours import Window
from kernel.errors import Invalid, NotFound
from registration.models import SenderNumber, WordingKind
from registration.wordings import add as add_wording
from reminders.models import (
    Appointment,
    Reminder,
    ReminderPolicy,
    VisitReply,
    VisitStatus,
)
from reminders.policy import disable, enable, set_policy
from reminders.schedule import Counts, plan
from reminders.unsent import plan_all_again

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)  # Monday 10:00 in Los Angeles
TUESDAY_AT_THREE = datetime(2026, 12, 8, 23, 0, tzinfo=UTC)
LOS_ANGELES = "America/Los_Angeles"
ADMIN = "admin@maple-dental.example"
THREE_DAYS, ONE_DAY = 4320, 1440


def book(database, place, **changes):
    # A name that begins with `her_` is the patient's.
    hers = {key[4:]: changes[key] for key in changes if key.startswith("her_")}
    mine = {key: changes[key] for key in changes if not key.startswith("her_")}
    with database.writing() as session:
        number = len(session.exec(select(Patient)).all()) + 1
        patient = Patient(
            **{
                "clinic_id": place.clinic_id,
                "external_id": f"P{number}",
                "given_name": "Ana",
                "family_name": "Lee",
                "phone": f"+1206555{number:04}",
                "updated_at": NOW,
                **hers,
            }
        )
        session.add(patient)
        session.flush()
        visit = Appointment(
            **{
                "clinic_id": place.clinic_id,
                "patient_id": patient.id,
                "external_id": f"A{number}",
                "starts_at": TUESDAY_AT_THREE,
                "time_zone": LOS_ANGELES,
                "wall_time": "2026-12-08T15:00",
                "status": VisitStatus.booked,
                "updated_at": NOW,
                **mine,
            }
        )
        session.add(visit)
        session.flush()
        return visit.id


def switch_on(database, place, **policy):
    with database.writing() as session:
        enable(session, place.clinic_id, ADMIN, NOW)
        if policy:
            set_policy(
                session,
                place.clinic_id,
                **{
                    "number_id": place.number_id,
                    "offsets": (THREE_DAYS, ONE_DAY),
                    "window": Window(time(9), time(20)),
                    "now": NOW,
                    **policy,
                },
            )


def run(database, place, now=NOW, limit=500):
    return database.retrying(lambda session: plan(session, place.clinic_id, now, limit))


def rows(database, model, *where):
    with database.reading() as session:
        return list(session.exec(select(model).where(*where).order_by(col(model.id))))


def due(database):
    return rows(database, Message, col(Message.state) == State.due)


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
    assert (first.zones, first.window) == (LOS_ANGELES, "09:00-20:00")
    assert (first.expects, first.topic.value, first.kind.value) == (
        *("visit", "care", "reminder"),
    )
    assert first.number_id == cast.maple.number_id
    assert [reminder.message_id for reminder in rows(database, Reminder)] == [
        *(first.id, second.id)
    ]


def test_while_reminders_are_off_nothing_is_planned(database, cast):
    book(database, cast.maple)
    assert run(database, cast.maple) == Counts()

    switch_on(database, cast.maple)
    with database.writing() as session:
        disable(session, cast.maple.clinic_id, ADMIN, NOW)

    assert run(database, cast.maple) == Counts()


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
    assert "12 hours" in skipped.skipped_why
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
        wording = "{clinic} {first_name} " + "x" * 200
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
    word(Language.es, "{clinica}: su cita")

    assert run(database, cast.maple) == Counts(1, 2, 0)
    assert run(database, cast.maple) == Counts()
    (task,) = rows(database, Task)
    assert "'{clinica}' is no placeholder" in task.sentence

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


def test_a_new_version_is_told_again(database, cast):
    visit_id = book(database, cast.maple)
    switch_on(database, cast.maple)
    run(database, cast.maple)
    with database.writing() as session:
        session.connection().execute(sa.update(Message).values(state=State.accepted))
        session.get(Appointment, visit_id).version = 2

    assert run(database, cast.maple).queued == 2
    assert len(rows(database, Reminder)) == 4


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


def test_the_clinics_name_is_what_patients_know_it_by(database, cast):
    with database.writing() as session:
        session.get(Clinic, cast.maple.clinic_id).display_name = "Maple Smiles"
    book(database, cast.maple)
    switch_on(database, cast.maple)
    run(database, cast.maple)

    assert due(database)[0].body.startswith("Maple Smiles: Ana")
