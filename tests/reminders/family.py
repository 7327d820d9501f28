"""A family of Maple that shares a phone, and the texts that wait for it."""

from datetime import timedelta

from gateway.models import Message, State
from reminders.models import Reminder
from tests.reminders.booked import TUESDAY_AT_THREE, book, due, rows

FAMILY = "+12065550199"
HALF_AN_HOUR, DAY = timedelta(minutes=30), timedelta(days=1)
DAY_BEFORE = TUESDAY_AT_THREE - DAY


def family(database, place, *visits):
    """Ana, Ben and Cal share a phone; each visit is a child's name and its time."""
    return [
        book(
            database,
            place,
            her_phone=FAMILY,
            her_given_name=name,
            starts_at=starts,
            wall_time=f"{starts - timedelta(hours=8):%Y-%m-%dT%H:%M}",
        )
        for name, starts in visits
    ]


def steps(database):
    """Which visit and step each text that waits is of."""
    found = {message.id: set() for message in due(database)}
    for row in rows(database, Reminder):
        if row.message_id in found:
            found[row.message_id].add((row.appointment_id, row.offset_minutes))
    return list(found.values())


def left(database, message_id, at):
    with database.writing() as session:
        message = session.get(Message, message_id)
        message.state, message.submitted_at = State.accepted, at
