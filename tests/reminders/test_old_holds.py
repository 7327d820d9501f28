from datetime import timedelta

import pytest
from sqlmodel import col, select

from clinics.models import Task, TaskKind
from clinics.tasks import finish_task, open_task
from consent import record
from consent.standing import lock_line
from reminders.models import Appointment, VisitStatus
from reminders.old_holds import watch_holds
from tests.reminders.imports import ANA, NOW, bring

PHONE = "+12065550111"  # Ana's; her visit is on December 7 at 15:30 or later
HOUR = timedelta(hours=1)


@pytest.fixture
def held(database, cast):
    """Ana's number is held by a text that nobody has read yet."""
    bring(database, ANA)
    with database.writing() as session:
        clinic = cast.maple.clinic_id
        lock_line(session, clinic, PHONE)
        record.hold(session, clinic, PHONE, "contains.stop", {}, NOW)
        open_task(
            session,
            clinic,
            TaskKind.unsure_reply,
            "inbound:1:unsure_reply",
            "Read it.",
            NOW,
            phone=PHONE,
            due_in=timedelta(days=20),
        )
    return cast.maple.clinic_id


def watch(database, now):
    with database.writing() as session:
        touched = watch_holds(session, now)
    with database.reading() as session:
        open_ones = select(Task).where(col(Task.done_at).is_(None))
        return touched, list(session.exec(open_ones))


def visit_of_ana(database):
    with database.reading() as session:
        return session.exec(select(Appointment.starts_at)).one()


def test_the_task_is_due_a_day_before_the_visit(database, held):
    touched, [task] = watch(database, NOW + HOUR)

    assert touched == 1
    assert task.due_at == visit_of_ana(database) - timedelta(days=1)
    assert not task.urgent
    assert watch(database, NOW + HOUR)[0] == 0


def test_it_is_urgent_from_a_day_before_the_visit_and_after_two_days(database, held):
    visit = visit_of_ana(database)

    assert visit - timedelta(days=1) - HOUR > NOW + timedelta(days=2)
    assert not watch(database, NOW + timedelta(days=2) - HOUR)[1][0].urgent
    assert watch(database, NOW + timedelta(days=2))[1][0].urgent


def test_a_hold_whose_task_was_ticked_off_is_asked_about_again_each_day(database, held):
    with database.writing() as session:
        task = session.exec(select(Task)).one()
        finish_task(session, held, task.id, "desk@maple-dental.example", NOW)

    touched, [again] = watch(database, NOW + HOUR)

    assert touched == 1
    assert again.sentence.startswith("This number is still held")
    assert watch(database, NOW + 2 * HOUR)[0] == 0
    with database.writing() as session:
        finish_task(session, held, again.id, "desk@maple-dental.example", NOW)
    assert watch(database, NOW + 3 * HOUR) == (0, [])
    assert watch(database, NOW + timedelta(days=1))[0] == 1


def test_a_number_that_is_free_again_is_left_alone(database, held):
    with database.writing() as session:
        lock_line(session, held, PHONE)
        record.release_hold(session, held, PHONE, "desk@x.example", "read", NOW)
        task = session.exec(select(Task)).one()
        finish_task(session, held, task.id, "desk@maple-dental.example", NOW)

    assert watch(database, NOW + timedelta(days=3)) == (0, [])


def test_a_visit_that_was_canceled_hurries_nobody(database, held):
    with database.writing() as session:
        visit = session.exec(select(Appointment)).one()
        visit.status = VisitStatus.cancelled
        session.add(visit)

    assert watch(database, NOW + HOUR)[0] == 0
