"""What patients answered about the visits of some days, as a CSV file.

Safe in a spreadsheet: free text stands between marks and no cell is a formula, a number
or a date that a program would change (`consent.readable`).  One row a visit.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from clinics.signin import ClinicHere
from consent.readable import cell, phone_cell, quoted
from gateway.models import Message
from gateway.progress import progress
from kernel.errors import Invalid
from reminders.models import (
    Appointment,
    PhoneReminder,
    Reminder,
    VisitReply,
    VisitStatus,
)
from reminders.phoned import COLUMNS as PHONED
from reminders.phoned import OF_VISIT
from reminders.unsent import PART, in_parts

MOST_DAYS = 366
HEADINGS = (
    "visit at",
    "patient",
    "phone",
    "provider",
    "place",
    "visit",
    "answer",
    "answered at",
    "how",
    "noted by",
    "last text",
    "last text at",
    "reminded by phone",
)
ANSWERS = {
    VisitReply.confirmed: "comes",
    VisitReply.cannot_come: "cannot come",
    VisitReply.reschedule: "wants another time",
}
STATUS = {VisitStatus.noshow: "no show", VisitStatus.kept: "has come"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFile:
    """`answered` counts visits with an answer."""

    text: str
    visits: int
    answered: int


def answer_file(
    session: Session, clinic: ClinicHere, first: date, last: date
) -> AnswerFile:
    """The visits of these days of the clinic.  Raises Invalid for days the wrong way
    round, or too many."""
    if last < first:
        raise Invalid("The last day lies before the first. Correct the days.")
    if (last - first).days >= MOST_DAYS:
        raise Invalid(f"Choose at most {MOST_DAYS} days.")
    zone = ZoneInfo(clinic.time_zone)
    begins = datetime.combine(first, time(0), zone)
    ends = datetime.combine(last + timedelta(days=1), time(0), zone)
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(HEADINGS)
    visits = answered = 0
    for visit, text in _visits(session, clinic.id, begins, ends):
        rows.writerow(_row(visit, text, zone))
        visits, answered = visits + 1, answered + (visit.reply is not None)
    return AnswerFile(text=out.getvalue(), visits=visits, answered=answered)


def _visits(
    session: Session, clinic_id: int, begins: datetime, ends: datetime
) -> Iterator[tuple[Any, Any]]:
    """Each with its last text, in order, some at a time."""
    after: tuple[datetime, int] = (begins, 0)
    while True:
        rows = (
            session.connection()
            .execute(
                _part(),
                {"clinic": clinic_id, "at": after[0], "id": after[1], "ends": ends},
            )
            .all()
        )
        texts = _last_texts(session, clinic_id, [row.id for row in rows])
        yield from ((row, texts.get(row.id)) for row in rows)
        if len(rows) < PART:
            return
        after = (rows[-1].starts_at, rows[-1].id)


def _part() -> Any:
    at, this = col(Appointment.starts_at), col(Appointment.id)
    return (
        sa.select(
            this,
            at,
            col(Appointment.provider),
            col(Appointment.location),
            col(Appointment.status),
            col(Appointment.reply),
            col(Appointment.replied_at),
            col(Appointment.reply_noted_by),
            col(Patient.given_name),
            col(Patient.family_name),
            col(Patient.phone),
            *PHONED,
        )
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .outerjoin(PhoneReminder, OF_VISIT)
        .where(
            col(Appointment.clinic_id) == sa.bindparam("clinic"),
            at < sa.bindparam("ends"),
            at >= sa.bindparam("at"),
            sa.or_(at > sa.bindparam("at"), this > sa.bindparam("id")),
        )
        .order_by(at, this)
        .limit(PART)
    )


def _last_texts(
    session: Session, clinic_id: int, visit_ids: Sequence[int]
) -> Mapping[int, Any]:
    """The newest reminder of each visit that left, or was to leave."""
    found: dict[int, Any] = {}
    for part in in_parts(visit_ids):
        rows = session.connection().execute(
            sa.select(
                col(Reminder.appointment_id),
                col(Message.state),
                col(Message.delivery),
                col(Message.held_since),
                col(Message.submitted_at),
            )
            .join(Message, col(Message.id) == col(Reminder.message_id))
            .where(
                col(Reminder.clinic_id) == clinic_id,
                col(Reminder.appointment_id).in_(part),
            )
            .order_by(col(Message.submitted_at).is_not(None), col(Message.id))
        )
        found |= {row.appointment_id: row for row in rows}
    return found


def _row(visit: Any, text: Any, zone: ZoneInfo) -> list[str]:
    answered = visit.reply is not None
    by_text = answered and visit.reply_noted_by is None
    return [
        _at(visit.starts_at, zone),
        quoted(f"{visit.given_name} {visit.family_name}".strip() or None),
        phone_cell(visit.phone),
        quoted(visit.provider or None),
        quoted(visit.location or None),
        STATUS.get(visit.status, visit.status.value),
        ANSWERS[visit.reply] if answered else "",
        _at(visit.replied_at, zone),
        "by text" if by_text else "to the clinic" if answered else "",
        cell(visit.reply_noted_by if answered else None),
        progress(text.state, text.delivery, text.held_since is not None)
        if text
        else "",
        _at(text.submitted_at, zone) if text else "",
        _at(visit.phoned_at, zone),
    ]


def _at(at: datetime | None, zone: ZoneInfo) -> str:
    """`2026-12-08 15:00 PST`: in order as text, and no date to a spreadsheet."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}" if at else ""
