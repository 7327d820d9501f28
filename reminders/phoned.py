"""The mark "reminded by phone": a visit whose patient somebody of the clinic has called.

Says only that a person spoke to them.  It changes no consent and takes no text back: a
reminder that may leave later still leaves, so that a mark set by mistake silences none.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from consent.standing import Word, line_state
from gateway.models import CarrierLookup, Message
from gateway.outbox import NOT_LEFT
from kernel.clock import parse_time
from kernel.db import insert_or_ignore
from kernel.errors import Conflict, NotFound
from reminders.intake.by_hand import NO_VISIT
from reminders.models import Appointment, PhoneReminder, Reminder
from reminders.unsent import STANDS

MOVED = (
    "The visit has changed since the page was opened, so nothing was marked. "
    "Look at its time, and call again if the patient was told another one."
)
STOPPED = "No text leaves: the patient said stop."
TO_DECIDE = "No text leaves until somebody has decided about this number under Tasks."
NOT_TEXTABLE = "No text leaves: this number cannot receive texts."
WAITS = "The text still waits and may yet leave."
PAST = "This visit does not lie ahead any more, so there was nothing to mark."


@dataclass(frozen=True, slots=True)
class Phoned:
    by: str
    at: datetime


# How a visit finds its mark: the same patient and the same time.
OF_VISIT = sa.and_(
    col(PhoneReminder.clinic_id) == col(Appointment.clinic_id),
    col(PhoneReminder.appointment_id) == col(Appointment.id),
    col(PhoneReminder.patient_id) == col(Appointment.patient_id),
    col(PhoneReminder.starts_at) == col(Appointment.starts_at),
)
COLUMNS: tuple[Any, ...] = (
    col(PhoneReminder.by).label("phoned_by"),
    col(PhoneReminder.at).label("phoned_at"),
)


def phoned_of(row: Any) -> Phoned | None:
    """Of a row with `COLUMNS`, outer joined by `OF_VISIT`."""
    return Phoned(row.phoned_by, row.phoned_at) if row.phoned_by else None


def marks_of(
    session: Session, clinic_id: int, visit_ids: Collection[int]
) -> dict[int, Phoned]:
    rows = session.connection().execute(
        sa.select(col(Appointment.id), *COLUMNS)
        .join(PhoneReminder, OF_VISIT)
        .where(
            col(Appointment.clinic_id) == clinic_id, col(Appointment.id).in_(visit_ids)
        )
    )
    return {row.id: Phoned(row.phoned_by, row.phoned_at) for row in rows}


def mark(
    session: Session, clinic_id: int, visit_id: int, seen: str, by: str, now: datetime
) -> bool:
    """False when it was marked already.  `seen` is the time of the visit that the page
    showed.  Raises NotFound, and Conflict for a visit that moved, ended or is over."""
    visit = _visit(session, clinic_id, visit_id)
    if visit.starts_at != _time(seen):
        raise Conflict(MOVED)
    if visit.status not in STANDS or visit.starts_at <= now:
        raise Conflict(PAST)
    added = session.connection().execute(
        insert_or_ignore(session, PhoneReminder, "id"),
        {
            "clinic_id": clinic_id,
            "appointment_id": visit_id,
            "patient_id": visit.patient_id,
            "starts_at": visit.starts_at,
            "by": by,
            "at": now,
        },
    )
    return added.one_or_none() is not None


def take_back(session: Session, clinic_id: int, visit_id: int) -> bool:
    """False when there was no mark.  Raises NotFound."""
    visit = _visit(session, clinic_id, visit_id)
    gone = session.connection().execute(
        sa.delete(PhoneReminder).where(
            col(PhoneReminder.clinic_id) == clinic_id,
            col(PhoneReminder.appointment_id) == visit_id,
            col(PhoneReminder.patient_id) == visit.patient_id,
            col(PhoneReminder.starts_at) == visit.starts_at,
        )
    )
    return gone.rowcount > 0


def texts_of(session: Session, clinic_id: int, visit_id: int) -> list[str]:
    """What becomes of the visit's reminders, for who has just called; nothing where
    none waits and nothing forbids one."""
    phone = _phone_of(session, clinic_id, visit_id)
    line = line_state(session, clinic_id, phone)
    looked_up = session.get(CarrierLookup, (clinic_id, phone))
    if line.word is Word.opted_out:
        return [STOPPED]
    if line.held:
        return [TO_DECIDE]
    if looked_up is not None and not looked_up.textable:
        return [NOT_TEXTABLE]
    waiting = session.connection().scalar(
        sa.select(sa.func.count())
        .select_from(Reminder)
        .join(Message, col(Message.id) == col(Reminder.message_id))
        .where(
            col(Reminder.clinic_id) == clinic_id,
            col(Reminder.appointment_id) == visit_id,
            col(Message.state).in_(NOT_LEFT),
        )
    )
    return [WAITS] if waiting else []


def _phone_of(session: Session, clinic_id: int, visit_id: int) -> str:
    return str(
        session.connection().scalar(
            sa.select(col(Patient.phone))
            .join(Appointment, col(Appointment.patient_id) == col(Patient.id))
            .where(
                col(Appointment.clinic_id) == clinic_id, col(Appointment.id) == visit_id
            )
        )
    )


def _visit(session: Session, clinic_id: int, visit_id: int) -> Any:
    query = sa.select(
        col(Appointment.starts_at), col(Appointment.status), col(Appointment.patient_id)
    ).where(col(Appointment.clinic_id) == clinic_id, col(Appointment.id) == visit_id)
    found = session.connection().execute(query.with_for_update()).one_or_none()
    if found is None:
        raise NotFound(NO_VISIT)
    return found


def _time(seen: str) -> datetime | None:
    try:
        return parse_time(seen)
    except ValueError:
        return None
