"""The visits as a conversation shows them: what lies ahead, what was asked, what each of
her texts was an answer about.

Reads rows and decides nothing.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from gateway.models import Message
from gateway.visit_side import Asked, Visit, VisitSide
from reminders.models import AnswerEvent, Appointment, Reminder
from reminders.open_visits import OUT, as_open, last_question
from reminders.unsent import STANDS

SHOWN = 6


def ahead(
    session: Session, clinic_id: int, phone: str, now: datetime
) -> tuple[Visit, ...]:
    """The nearest first."""
    rows = session.connection().execute(
        _visits(clinic_id)
        .where(
            col(Patient.phone) == phone,
            col(Appointment.starts_at) > now,
            col(Appointment.status).in_(STANDS),
        )
        .order_by(col(Appointment.starts_at), col(Appointment.id))
        .limit(SHOWN)
    )
    return tuple(_visit(row) for row in rows)


def asked(session: Session, clinic_id: int, phone: str, now: datetime) -> Asked | None:
    question = as_open(last_question(session, clinic_id, phone), now)
    if question is None:
        return None
    found = _by_id(session, clinic_id, question.visit_ids)
    visits = tuple(found[one] for one in question.visit_ids if one in found)
    return Asked(at=question.asked_at, visits=visits)


def meant(
    session: Session, clinic_id: int, inbound_ids: Collection[int]
) -> Mapping[int, tuple[Visit, ...]]:
    """By her text; an answer that was taken away later is still what it meant."""
    events = (
        session.connection()
        .execute(
            sa.select(
                col(AnswerEvent.inbound_id),
                col(AnswerEvent.appointment_id),
            )
            .where(
                col(AnswerEvent.clinic_id) == clinic_id,
                col(AnswerEvent.inbound_id).in_(inbound_ids),
            )
            .order_by(col(AnswerEvent.id))
        )
        .all()
    )
    visits = _by_id(session, clinic_id, {row.appointment_id for row in events})
    found: dict[int, tuple[Visit, ...]] = {}
    for row in events:
        if row.appointment_id in visits and row.inbound_id is not None:
            before = found.get(row.inbound_id, ())
            found[row.inbound_id] = (*before, visits[row.appointment_id])
    return found


def _by_id(
    session: Session, clinic_id: int, visit_ids: Collection[int]
) -> Mapping[int, Visit]:
    if not visit_ids:
        return {}
    rows = session.connection().execute(
        _visits(clinic_id).where(col(Appointment.id).in_(visit_ids))
    )
    return {row.id: _visit(row) for row in rows}


def _visits(clinic_id: int) -> Any:
    was_asked = (
        sa.select(col(Reminder.id))
        .join(Message, col(Message.id) == col(Reminder.message_id))
        .where(
            col(Reminder.appointment_id) == col(Appointment.id),
            col(Message.expects) == "visit",
            col(Message.state).in_(OUT),
        )
        .exists()
    )
    return (
        sa.select(
            col(Appointment.id),
            col(Appointment.starts_at),
            col(Appointment.reply),
            col(Patient.given_name),
            col(Patient.family_name),
            was_asked.label("asked"),
        )
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(col(Appointment.clinic_id) == clinic_id)
    )


def _visit(row: Any) -> Visit:
    name = f"{row.given_name} {row.family_name}".strip()
    return Visit(
        id=row.id,
        name=name or "A patient without a name",
        starts_at=row.starts_at,
        answer=row.reply.value if row.reply else "",
        asked=bool(row.asked),
    )


SIDE = VisitSide(ahead, asked, meant)
