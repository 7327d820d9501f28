"""What happened with the visits of one phone, as facts of its timeline.

Reads rows and decides nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from kernel.clock import local_time
from reminders.foretell import before
from reminders.models import (
    AnswerEvent,
    Appointment,
    PhoneReminder,
    Reminder,
    VisitChange,
    VisitStatus,
)
from reminders.unsent import STANDS

VISIT = (  # what every sentence about a visit needs
    col(Patient.given_name),
    col(Patient.family_name),
    col(Appointment.starts_at),
    col(Appointment.time_zone),
    col(Appointment.updated_at),
)


@dataclass(frozen=True, slots=True)
class Fact:
    """`kind` is visit, consent, inbound, carrier, planned, verdict, sent, delivery,
    ended, phoned or task.  `answers`: it follows from what the phone texted."""

    at: datetime
    kind: str
    sentence: str
    answers: bool = False


def last(session: Session, query: Any, key: Any, newest: int | None) -> list[Any]:
    """The rows of a query in the order of their ids; the newest of them only."""
    rows = session.connection().execute(query.order_by(key.desc()).limit(newest))
    return list(rows)[::-1]


def visits(
    session: Session, clinic_id: int, phone: str, zone: str, newest: int | None
) -> Iterator[Fact]:
    """Booked, and what the patient answered."""
    first = (  # its time before the first change that is known
        sa.select(col(VisitChange.was_starts_at))
        .where(col(VisitChange.appointment_id) == col(Appointment.id))
        .order_by(col(VisitChange.id))
        .limit(1)
        .scalar_subquery()
    )
    told_apart = sa.exists().where(
        col(AnswerEvent.appointment_id) == col(Appointment.id)
    )
    query = (
        sa.select(*VISIT, col(Appointment.status), col(Appointment.reply))
        .add_columns(
            col(Appointment.replied_at),
            col(Appointment.booked_at),
            col(Appointment.booked_from),
            first.label("first_starts_at"),
            told_apart.label("told_apart"),  # by `replies`
        )
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(col(Patient.clinic_id) == clinic_id, col(Patient.phone) == phone)
    )
    for visit in last(session, query, col(Appointment.id), newest):
        whose = whose_visit(visit)
        if visit.booked_at is not None:
            booked = whose_visit(visit, visit.first_starts_at)
            by = f" ({visit.booked_from})" if visit.booked_from else ""
            yield Fact(visit.booked_at, "visit", f"{booked} was booked{by}.")
        else:
            yield Fact(visit.updated_at, "visit", f"{whose} is {visit.status.value}.")
        if visit.reply and visit.replied_at and not visit.told_apart:
            answer = visit.reply.value.replace("_", " ")
            said = f"{whose}: the answer is '{answer}'."
            yield Fact(visit.replied_at, "visit", said, answers=True)


def replies(
    session: Session, clinic_id: int, phone: str, zone: str, newest: int | None
) -> Iterator[Fact]:
    """Every answer about a visit: by text, or as staff noted it."""
    event = AnswerEvent
    query = (
        sa.select(*VISIT, col(event.at), col(event.reply), col(event.by))
        .join(Appointment, col(Appointment.id) == col(event.appointment_id))
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(
            col(event.clinic_id) == clinic_id,
            col(Patient.clinic_id) == clinic_id,
            col(Patient.phone) == phone,
        )
        .select_from(event)
    )
    for row in last(session, query, col(event.id), newest):
        noted = f", noted by {row.by}" if row.by else ""
        said = "what was answered before does not count any more"
        if row.reply is not None:
            said = f"the answer is '{row.reply.value.replace('_', ' ')}'"
        yield Fact(row.at, "visit", f"{whose_visit(row)}: {said}{noted}.", answers=True)


def moves(
    session: Session, clinic_id: int, phone: str, zone: str, newest: int | None
) -> Iterator[Fact]:
    change = VisitChange
    query = (
        sa.select(
            *VISIT[:2],
            col(Appointment.time_zone),
            col(change.at),
            col(change.source),
            col(change.was_starts_at),
            col(change.was_status),
            col(change.starts_at),
            col(change.status),
        )
        .join(Appointment, col(Appointment.id) == col(change.appointment_id))
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(
            col(change.clinic_id) == clinic_id,
            col(Patient.clinic_id) == clinic_id,
            col(Patient.phone) == phone,
        )
    )
    for row in last(session, query, col(change.id), newest):
        said = f"{whose_visit(row, row.was_starts_at)} {_became(row)} ({row.source})."
        yield Fact(row.at, "visit", said)


def _became(row: Any) -> str:
    if row.status not in STANDS:
        return ENDED.get(row.status, f"is {row.status.value}")
    moved = row.starts_at != row.was_starts_at
    to = local_time(row.starts_at, row.time_zone)
    if row.was_status not in STANDS:
        return f"takes place after all, on {to}" if moved else "takes place after all"
    return f"was moved to {to}" if moved else f"is {row.status.value}"


ENDED = {
    VisitStatus.cancelled: "was cancelled",
    VisitStatus.noshow: "was marked as a no-show",
    VisitStatus.kept: "was marked as kept: the patient has come",
}


def whose_visit(visit: Any, starts_at: datetime | None = None) -> str:
    """As it stands, or as it was at another time."""
    return (
        f"{visit.given_name} {visit.family_name}'s visit of "
        f"{local_time(starts_at or visit.starts_at, visit.time_zone)}"
    )


def skipped(
    session: Session, clinic_id: int, phone: str, zone: str, newest: int | None
) -> Iterator[Fact]:
    query = (
        sa.select(*VISIT, col(Reminder.offset_minutes), col(Reminder.skipped_why))
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .join(Reminder, col(Reminder.appointment_id) == col(Appointment.id))
        .where(
            col(Patient.clinic_id) == clinic_id,
            col(Patient.phone) == phone,
            col(Reminder.version) == col(Appointment.version),
            col(Reminder.skipped_why).is_not(None),
        )
    )
    for row in last(session, query, col(Reminder.id), newest):
        step = f"{whose_visit(row)}: no text {before(row.offset_minutes)}."
        yield Fact(row.updated_at, "planned", f"{step} {row.skipped_why}")


def phoned(
    session: Session, clinic_id: int, phone: str, zone: str, newest: int | None
) -> Iterator[Fact]:
    mark = PhoneReminder
    query = (
        sa.select(
            *VISIT[:2],
            col(mark.starts_at),
            col(mark.by),
            col(mark.at),
            col(Appointment.time_zone),
        )
        .join(Patient, col(Patient.id) == col(mark.patient_id))
        .join(Appointment, col(Appointment.id) == col(mark.appointment_id))
        .where(
            col(mark.clinic_id) == clinic_id,
            col(Patient.clinic_id) == clinic_id,
            col(Patient.phone) == phone,
        )
    )
    for row in last(session, query, col(mark.id), newest):
        said = f"{whose_visit(row)}: reminded by phone by {row.by}."
        yield Fact(row.at, "phoned", said)
