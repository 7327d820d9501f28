"""The visits of some days as rows: each with its patient, how the phone stands, which
carrier it is on, and the texts that were planned.

Reads and decides nothing.  Two queries, however many visits there are.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from consent.standing import LineState, beside, state_of
from gateway.models import CarrierLookup, Message
from gateway.text_ahead import LookedUp
from kernel.carriers import Carrier
from reminders.compose import BOOKED, Booked
from reminders.models import Appointment, PhoneReminder, Reminder, VisitReply
from reminders.phoned import COLUMNS, OF_VISIT, Phoned, phoned_of
from reminders.unsent import STANDS

FIELDS = tuple(Booked.__dataclass_fields__)
Days = tuple[datetime, datetime]  # from the first instant until before the second


@dataclass(frozen=True, slots=True, kw_only=True)
class Of:
    """A visit with its patient."""

    booked: Booked
    reply: VisitReply | None
    unplanned: bool  # the next pass looks at it
    line: LineState
    looked_up: LookedUp
    phoned: Phoned | None

    @property
    def patient_id(self) -> int:
        return self.booked.patient_id

    @property
    def name(self) -> str:
        return f"{self.booked.given_name} {self.booked.family_name}".strip()

    @property
    def carrier(self) -> Carrier | None:
        """None: nobody has asked Twilio yet."""
        return self.looked_up.carrier


def _where(
    clinic_id: int, days: Days, patients: Collection[int] | None
) -> tuple[Any, ...]:
    theirs = () if patients is None else (col(Appointment.patient_id).in_(patients),)
    return (
        *theirs,
        col(Appointment.clinic_id) == clinic_id,
        col(Appointment.starts_at) >= days[0],
        col(Appointment.starts_at) < days[1],
        col(Appointment.status).in_(STANDS),
    )


def visits_of(
    session: Session,
    clinic_id: int,
    days: Days,
    patients: Collection[int] | None = None,
) -> list[Of]:
    """The nearest first; `patients` None is everybody."""
    looked_up = sa.and_(
        col(CarrierLookup.clinic_id) == clinic_id,
        col(CarrierLookup.phone) == col(Patient.phone),
    )
    query = (
        sa.select(
            *BOOKED,
            col(Appointment.reply),
            col(Appointment.planned_version),
            col(CarrierLookup.carrier),
            col(CarrierLookup.textable),
            col(CarrierLookup.line_type),
            col(CarrierLookup.looked_up_at),
            *COLUMNS,
        )
        .select_from(Appointment)
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .outerjoin(CarrierLookup, looked_up)
        .outerjoin(PhoneReminder, OF_VISIT)
    )
    rows = session.connection().execute(
        beside(query, clinic_id, col(Patient.phone))
        .where(*_where(clinic_id, days, patients))
        .order_by(col(Appointment.starts_at), col(Appointment.id))
    )
    return [_of(row) for row in rows]


def _of(row: Any) -> Of:
    return Of(
        booked=Booked(**{name: getattr(row, name) for name in FIELDS}),
        reply=row.reply,
        unplanned=row.planned_version < row.version,
        line=state_of(row),
        looked_up=LookedUp(
            carrier=row.carrier,
            textable=row.textable,
            line_type=row.line_type,
            at=row.looked_up_at,
        ),
        phoned=phoned_of(row),
    )


def texts_of(
    session: Session,
    clinic_id: int,
    days: Days,
    patients: Collection[int] | None = None,
) -> dict[int, list[Any]]:
    """By visit: the reminders of its present version, with their texts."""
    rows = session.connection().execute(
        sa.select(
            col(Reminder.appointment_id),
            col(Reminder.offset_minutes),
            col(Reminder.skipped_why),
            col(Reminder.useful_until),
            col(Message.id).label("message_id"),
            *(col(getattr(Message, name)) for name in OF_MESSAGE),
        )
        .join(Appointment, col(Appointment.id) == col(Reminder.appointment_id))
        .outerjoin(Message, col(Message.id) == col(Reminder.message_id))
        .where(
            *_where(clinic_id, days, patients),
            col(Reminder.version) == col(Appointment.version),
        )
        .order_by(col(Reminder.appointment_id), col(Reminder.offset_minutes).desc())
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.appointment_id, []).append(row)
    return found


OF_MESSAGE = (
    "state",
    "body",
    "segments",
    "once_a_day",
    "send_from",
    "send_until",
    "zones",
    "window",
    "look_again_at",
    "held_since",
    "held_why",
    "submitted_at",
    "finished_at",
    "outcome",
    "delivery",
)
