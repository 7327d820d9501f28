"""Reminders that have not left: taken back, or planned anew.

Used by everything that changes a visit, a patient or a policy, in its transaction.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col

from gateway import outbox
from gateway.models import Message, State
from reminders.models import Appointment, Reminder, VisitReply, VisitStatus

T = TypeVar("T")

STANDS = (VisitStatus.booked, VisitStatus.moved)
DECLINED = (VisitReply.cannot_come, VisitReply.reschedule)  # the desk has the word now
MAY_BE_TOLD = sa.and_(  # of an appointment: nobody has said what speaks against a text
    col(Appointment.unclear).is_(None),
    sa.or_(col(Appointment.reply).is_(None), col(Appointment.reply).not_in(DECLINED)),
)
NOT_READ = "A list says something about the visit that could not be read."
PART = 500


def in_parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """A database takes so many values in one statement and no more."""
    for start in range(0, len(items), PART):
        yield items[start : start + PART]


def withdraw_visits(
    session: Session,
    clinic_id: int,
    appointment_ids: Sequence[int],
    why: str,
    now: datetime,
) -> int:
    """Takes back the unsent reminders of these visits; how many texts that were.  Other
    visits that one of them spoke of are planned anew."""
    taken = 0
    for part in in_parts(appointment_ids):
        found = session.connection().scalars(
            sa.select(col(Reminder.message_id)).where(
                col(Reminder.clinic_id) == clinic_id,
                col(Reminder.appointment_id).in_(part),
                col(Reminder.message_id).is_not(None),
            )
        )
        message_ids = sorted(number for number in found if number is not None)
        for some in in_parts(message_ids):
            taken += outbox.withdraw(session, some, why, now)
            _plan_the_rest(session, clinic_id, some, part, now)
    return taken


def _plan_the_rest(
    session: Session,
    clinic_id: int,
    message_ids: Sequence[int],
    without: Sequence[int],
    now: datetime,
) -> None:
    also = (
        sa.select(col(Reminder.appointment_id))
        .join(Message, col(Message.id) == col(Reminder.message_id))
        .where(
            col(Reminder.message_id).in_(message_ids),
            col(Message.state) == State.withdrawn,
        )
    )
    session.connection().execute(
        _ahead(clinic_id, now).where(
            col(Appointment.id).in_(also), col(Appointment.id).not_in(without)
        )
    )


def plan_again(
    session: Session, clinic_id: int, now: datetime, appointment_ids: Sequence[int]
) -> None:
    """Lets the next pass look at these visits once more, where they are still ahead.
    What has left or waits is not queued a second time."""
    for part in in_parts(appointment_ids):
        session.connection().execute(
            _ahead(clinic_id, now).where(col(Appointment.id).in_(part))
        )


def plan_all_again(session: Session, clinic_id: int, now: datetime) -> None:
    """The same for every visit ahead: a new policy, or a mended wording."""
    session.connection().execute(_ahead(clinic_id, now))


def _ahead(clinic_id: int, now: datetime) -> sa.Update:
    return (
        sa.update(Appointment)
        .where(
            col(Appointment.clinic_id) == clinic_id,
            col(Appointment.starts_at) > now,
        )
        .values(planned_version=0)
    )


def withdraw_declined(session: Session, now: datetime) -> int:
    """No second reminder of a visit that she cannot come to or wants moved: the desk
    has the word now.  A pass of its own, because the reply holds her line's lock and
    messages are locked before lines.  Nor of one that is unclear, where a planner that
    had not committed yet joined its text with another."""
    visits: Any = session.connection().execute(
        sa.select(
            col(Appointment.clinic_id), col(Appointment.id), col(Appointment.unclear)
        )
        .distinct()
        .join(Reminder, col(Reminder.appointment_id) == col(Appointment.id))
        .join(Message, col(Message.id) == col(Reminder.message_id))
        .where(
            sa.or_(
                col(Appointment.reply).in_(DECLINED),
                col(Appointment.unclear).is_not(None),
            ),
            col(Appointment.starts_at) > now,
            col(Message.state) == State.due,
        )
    )
    why = "The patient replied that they cannot come or want another time."
    return sum(
        withdraw_visits(
            session, clinic_id, [visit_id], NOT_READ if unclear else why, now
        )
        for clinic_id, visit_id, unclear in visits.all()
    )
