"""What a phone may be answering: the visits that our texts asked about and that are still
ahead, and the question which of them was meant.

Reads rows and decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from gateway.hearing import PROMPT_OPEN
from gateway.models import InboundMessage, Message, MessageKind, State
from reminders.models import (
    Appointment,
    Reminder,
    UpdatedVisit,
    VisitQuestion,
    VisitReply,
)
from reminders.unsent import STANDS
from reminders.which_visit import Asked, Question

OUT = (State.accepted, State.submitting, State.unknown)
CLOCKS_APART = timedelta(minutes=1)  # the vendor's and ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What she wrote.  `written_at` is the vendor's time where it is known."""

    id: int
    body: str
    number_id: int
    written_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenVisit:
    """A visit that she may mean, with what a person needs to know of it."""

    asked: Asked
    updated: bool  # the desk wrote about its day since the text that asked
    version: int
    wall_time: str
    time_zone: str
    given_name: str
    family_name: str

    @property
    def name(self) -> str:
        return f"{self.given_name} {self.family_name}".strip() or "A patient"

    @property
    def reply(self) -> VisitReply | None:
        return self.asked.reply


def text_of(session: Session, clinic_id: int, inbound_id: int, now: datetime) -> Text:
    row = (
        session.connection()
        .execute(_text_query(), {"clinic": clinic_id, "this": inbound_id})
        .one()
    )
    return Text(
        id=row.id,
        body=row.body,
        number_id=row.number_id,
        written_at=min(row.vendor_at or now, now),
    )


def open_visits(
    session: Session, clinic_id: int, phone: str, text: Text, now: datetime
) -> Mapping[int, OpenVisit]:
    """Visits ahead that a text of the last days asked about, by id.  What left after she
    wrote is nothing that she answers."""
    told = _told_since(session, clinic_id, phone, text)
    rows = session.connection().execute(
        _asked_query(),
        {
            "clinic": clinic_id,
            "number": phone,
            "now": now,
            "since": text.written_at - PROMPT_OPEN,
            "until": text.written_at + CLOCKS_APART,
        },
    )
    return {row.id: _open(row, told.get(row.id)) for row in rows}


def _told_since(
    session: Session, clinic_id: int, phone: str, text: Text
) -> Mapping[int, datetime]:
    """By visit: when the newest update about it left that she may have read."""
    left = col(Message.submitted_at)
    rows: Any = session.connection().execute(
        sa.select(col(UpdatedVisit.appointment_id), sa.func.max(left))
        .join(UpdatedVisit, col(UpdatedVisit.message_id) == col(Message.id))
        .where(
            col(Message.clinic_id) == clinic_id,
            col(Message.phone) == phone,
            col(Message.kind) == MessageKind.update,
            col(Message.state).in_(OUT),
            left < text.written_at + CLOCKS_APART,
        )
        .group_by(col(UpdatedVisit.appointment_id))
    )
    return {visit_id: at for visit_id, at in rows}


def _open(row: Any, told_at: datetime | None) -> OpenVisit:
    asked_at = row.asked_at
    return OpenVisit(
        updated=bool(told_at and asked_at and told_at > asked_at),
        asked=Asked(
            id=row.id,
            first_name=row.given_name,
            starts_at=row.starts_at,
            outdated=row.asked_version < row.version or row.unclear is not None,
            text_id=row.text_id,
            asked_at=row.asked_at,
            reply=row.reply,
            replied_at=row.replied_at,
        ),
        version=row.version,
        wall_time=row.wall_time,
        time_zone=row.time_zone,
        given_name=row.given_name,
        family_name=row.family_name,
    )


def last_question(session: Session, clinic_id: int, phone: str) -> VisitQuestion | None:
    """The last one that has left, or may have: of another she knows nothing."""
    sent = (
        sa.select(col(Message.id))
        .where(
            col(Message.clinic_id) == col(VisitQuestion.clinic_id),
            col(Message.phone) == col(VisitQuestion.phone),
            col(Message.answers_id) == col(VisitQuestion.inbound_id),
            col(Message.kind) == MessageKind.which_visit,
            col(Message.state).in_(OUT),
        )
        .exists()
    )
    found: VisitQuestion | None = session.scalars(
        sa.select(VisitQuestion)
        .where(
            col(VisitQuestion.clinic_id) == clinic_id,
            col(VisitQuestion.phone) == phone,
            sent,
        )
        .order_by(col(VisitQuestion.id).desc())
        .limit(1)
    ).first()
    return found


def as_open(row: VisitQuestion | None, now: datetime) -> Question | None:
    if row is None or row.closed_at is not None or now - row.asked_at > PROMPT_OPEN:
        return None
    ids = tuple(row.appointment_ids)
    return Question(visit_ids=ids, reply=row.reply, asked_at=row.asked_at)


@cache
def _text_query() -> Any:
    return sa.select(
        col(InboundMessage.id),
        col(InboundMessage.body),
        col(InboundMessage.number_id),
        col(InboundMessage.vendor_at),
    ).where(
        col(InboundMessage.id) == sa.bindparam("this"),
        col(InboundMessage.clinic_id) == sa.bindparam("clinic"),
    )


@cache
def _asked_query() -> Any:
    left = col(Message.submitted_at)
    return (
        sa.select(
            col(Appointment.id),
            col(Appointment.version),
            col(Appointment.starts_at),
            col(Appointment.wall_time),
            col(Appointment.time_zone),
            col(Appointment.reply),
            col(Appointment.replied_at),
            col(Appointment.unclear),
            col(Patient.given_name),
            col(Patient.family_name),
            sa.func.max(col(Reminder.version)).label("asked_version"),
            sa.func.max(col(Message.id)).label("text_id"),
            sa.func.max(left).label("asked_at"),
        )
        .join(Reminder, col(Reminder.appointment_id) == col(Appointment.id))
        .join(Message, col(Message.id) == col(Reminder.message_id))
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(
            col(Appointment.clinic_id) == sa.bindparam("clinic"),
            col(Appointment.starts_at) > sa.bindparam("now"),
            col(Appointment.status).in_(STANDS),
            col(Message.clinic_id) == sa.bindparam("clinic"),
            col(Message.phone) == sa.bindparam("number"),
            col(Message.expects) == "visit",
            col(Message.state).in_(OUT),
            sa.or_(
                left.is_(None),
                sa.and_(left > sa.bindparam("since"), left < sa.bindparam("until")),
            ),
        )
        .group_by(col(Appointment.id), col(Patient.id))
    )
