"""What C, X and R mean for the visit.  The visit itself is never cancelled by
machine: the desk decides."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from gateway.inbound import VisitAnswer
from gateway.intent import Intent
from gateway.models import Message, MessageKind, State
from reminders.models import Appointment, Reminder, VisitReply, VisitStatus

REPLIES = {
    Intent.confirm: VisitReply.confirmed,
    Intent.cancel_visit: VisitReply.cannot_come,
    Intent.reschedule: VisitReply.reschedule,
}
WANTS = {
    VisitReply.confirmed: "confirms",
    VisitReply.cannot_come: "cannot come to",
    VisitReply.reschedule: "wants another time for",
}


def on_reply(
    session: Session,
    clinic_id: int,
    phone: str,
    intent: Intent,
    inbound_id: int,
    now: datetime,
) -> VisitAnswer | None:
    """Runs inside the inbound transaction.  None when no visit was asked about."""
    reply = REPLIES.get(intent)
    visits = visits_asked(session, clinic_id, phone, now)
    if reply is None or not visits:
        return None
    if len(visits) > 1:
        names = ", ".join(sorted({visit.given_name for visit in visits}))
        return VisitAnswer(
            MessageKind.visit_to_desk,
            f"A text from this phone {WANTS[reply]} a visit, and it has several open "
            f"({names}). Ask which one is meant.",
        )
    visit = visits[0]
    if visit.asked_version < visit.version:  # never taken as a yes, or no, to the new
        return _to_the_old_one(visit, WANTS[reply])
    session.connection().execute(
        sa.update(Appointment)
        .where(col(Appointment.clinic_id) == clinic_id, col(Appointment.id) == visit.id)
        .values(reply=reply, replied_at=now)
    )
    if reply is VisitReply.confirmed:
        return VisitAnswer(MessageKind.visit_confirmed, None)
    return VisitAnswer(
        MessageKind.visit_to_desk,
        f"{visit.given_name} {visit.family_name} {WANTS[reply]} the visit of "
        f"{visit.wall_time.replace('T', ' ')}. Call back and change the appointment.",
    )


def _to_the_old_one(visit: Any, wants: str) -> VisitAnswer:
    return VisitAnswer(
        MessageKind.visit_to_desk,
        f"{visit.given_name} {visit.family_name} {wants} a visit, but she answered the "
        "old reminder: since then the visit was changed, and it is now on "
        f"{visit.wall_time.replace('T', ' ')}. Call and ask whether she comes then.",
    )


def visits_asked(
    session: Session, clinic_id: int, phone: str, now: datetime
) -> list[Any]:
    """Visits still ahead that a reminder to this phone asked about, the nearest first:
    the newest version of each that it was asked about, and the newest text that did.
    A text about several visits is the newest of all of them."""
    return list(
        session.connection().execute(
            sa.select(
                col(Appointment.id),
                col(Appointment.version),
                col(Appointment.wall_time),
                col(Patient.given_name),
                col(Patient.family_name),
                col(Appointment.starts_at),
                sa.func.max(col(Reminder.version)).label("asked_version"),
                sa.func.max(col(Message.id)).label("text_id"),
            )
            .join(Reminder, col(Reminder.appointment_id) == col(Appointment.id))
            .join(Message, col(Message.id) == col(Reminder.message_id))
            .join(Patient, col(Patient.id) == col(Appointment.patient_id))
            .where(
                col(Appointment.clinic_id) == clinic_id,
                col(Appointment.starts_at) > now,
                col(Appointment.status).in_((VisitStatus.booked, VisitStatus.moved)),
                col(Message.phone) == phone,
                col(Message.state).in_(
                    (State.accepted, State.submitting, State.unknown)
                ),
            )
            .group_by(col(Appointment.id), col(Patient.id))
            .order_by(col(Appointment.starts_at), col(Appointment.id))
        )
    )
