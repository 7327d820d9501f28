"""What becomes of an update between its click and its leaving."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import col

from clinics.models import Clinic
from gateway.facts import lock_and_gather
from gateway.gate import Obstacle, decide
from gateway.models import Message, MessageKind, State
from kernel.errors import Conflict, Invalid
from reminders.changes import Touched, take_back
from reminders.models import Appointment, VisitStatus
from reminders.update_progress import progress_of
from tests.reminders.booked import NOW, book, rows
from tests.reminders.telling import DAY as TUESDAY
from tests.reminders.telling import agree, declare, draft, seen, send

ANA = "+12065550001"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def told(database, cast):
    """Ana's visit on Tuesday at three, and an update to her that waits to leave."""
    visit_id = book(database, cast.maple)
    agree(database, cast.maple, ANA)
    update_id = draft(database, cast.maple)
    send(database, cast.maple, update_id, 1)
    return visit_id, update_id


def text_of(database):
    (text,) = rows(database, Message, col(Message.kind) == MessageKind.update)
    return text


def change(database, place, visit_id, wall_time, later, status=VisitStatus.moved):
    with database.writing() as session:
        visit = session.get_one(Appointment, visit_id)
        visit.starts_at, visit.wall_time = visit.starts_at + later, wall_time
        visit.status = status
        session.flush()
        touched = Touched(changed={visit_id})
        take_back(session, place.clinic_id, touched, "feed", NOW)


@pytest.mark.parametrize(
    ("wall_time", "later", "status", "to_call"),
    [
        ("2026-12-08T16:00", HOUR, VisitStatus.moved, ["Ana Lee"]),
        ("2026-12-09T15:00", DAY, VisitStatus.moved, []),
        ("2026-12-08T15:00", 0 * DAY, VisitStatus.cancelled, []),
    ],
)
def test_whose_visit_is_moved_within_the_day_is_to_be_called(
    database, cast, told, wall_time, later, status, to_call
):
    visit_id, update_id = told

    change(database, cast.maple, visit_id, wall_time, later, status)

    with database.reading() as session:
        found = progress_of(session, cast.maple.clinic_id, update_id)
    assert text_of(database).state is State.withdrawn
    assert [one.names for one in found.to_call] == to_call


def test_the_name_of_a_clinic_is_no_promotion_where_its_update_leaves(database, cast):
    book(database, cast.maple)
    agree(database, cast.maple, ANA)
    samples = ("Your visit is on [date].",)
    declare(database, cast.maple, "ACCOUNT_NOTIFICATION", samples=samples)
    with database.writing() as session:
        clinic = session.get_one(Clinic, cast.maple.clinic_id)
        clinic.display_name = "Discount Dental"
    assert len(seen(database, cast.maple).leaving) == 1

    send(database, cast.maple, draft(database, cast.maple), 1)

    with database.writing() as session:
        facts = lock_and_gather(session, text_of(database).id, NOW).facts
    assert Obstacle.wrong_use not in decide(facts).obstacles


@pytest.mark.parametrize("choice", [TUESDAY, replace(TUESDAY, provider="Dr. Kim")])
def test_a_visit_that_is_added_after_the_look_is_not_forgotten(database, cast, choice):
    """Who would get it is read before the transaction that queues it."""
    book(database, cast.maple, provider="Dr. Kim")
    agree(database, cast.maple, ANA)
    update_id = draft(database, cast.maple, choice=choice)
    found = seen(database, cast.maple, choice=choice)
    book(database, cast.maple, provider="Dr. Kim")

    with pytest.raises(Conflict, match="was changed just now"):
        send(database, cast.maple, update_id, 1, found=found)

    assert rows(database, Message, col(Message.kind) == MessageKind.update) == []


def test_a_visit_that_changes_while_an_update_is_confirmed_gets_none(database, cast):
    """The one who moves it cannot see a text that is not committed yet."""
    visit_id = book(database, cast.maple)
    agree(database, cast.maple, ANA)
    update_id = draft(database, cast.maple)
    moving, moved = threading.Event(), threading.Event()

    def move():
        with database.writing() as session:
            visit = session.get_one(Appointment, visit_id)
            visit.starts_at = visit.starts_at + DAY
            session.flush()
            touched = Touched(changed={visit_id})
            take_back(session, cast.maple.clinic_id, touched, "feed", NOW)
            moving.set()
            moved.wait(1)  # the update is being confirmed meanwhile

    with ThreadPoolExecutor() as pool:
        first = pool.submit(move)
        assert moving.wait(10)
        with pytest.raises((Conflict, Invalid)):
            send(database, cast.maple, update_id, 1)
        first.result()

    assert rows(database, Message, col(Message.kind) == MessageKind.update) == []
