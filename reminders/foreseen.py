"""The visit whose reminder would leave now, were it planned: the next pass plans it.

Reads rows and decides nothing; the planner's own rules foretell it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from clinics.signin import ClinicHere
from reminders.compose import BOOKED, Booked
from reminders.foretell import foretold, told
from reminders.models import Appointment, PhoneReminder, ReminderPolicy
from reminders.phone_day import last_left
from reminders.phoned import COLUMNS, OF_VISIT, Phoned, phoned_of
from reminders.unsent import STANDS

NEWLY = timedelta(minutes=2)  # what is not planned by then waits for something else
LOOKED_AT = 10  # visits
FIELDS = tuple(Booked.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Foreseen:
    id: int
    starts_at: datetime
    phoned: Phoned | None


def foreseen(
    session: Session, clinic: ClinicHere, patient_id: int, now: datetime
) -> Foreseen | None:
    """The nearest such visit of the patient."""
    rows = _unplanned(session, clinic.id, patient_id, now)
    if not rows:
        return None
    policy = session.get(ReminderPolicy, clinic.id)
    known = told(session, clinic.id, [row.id for row in rows])
    left = last_left(session, clinic.id, {row.phone for row in rows}, now)
    for row in rows:
        booked = Booked(**{name: getattr(row, name) for name in FIELDS})
        before = known.get(booked.id, {})
        had = left.get(booked.phone)
        steps = foretold(booked, row.reply, before, clinic, policy, now, had)
        if any(step.at is not None and step.at <= now for step in steps.values()):
            return Foreseen(booked.id, booked.starts_at, phoned_of(row))
    return None


def _unplanned(session: Session, clinic_id: int, patient_id: int, now: datetime) -> Any:
    """Visits that were changed just now, or whose patient was."""
    return (
        session.connection()
        .execute(
            sa.select(*BOOKED, col(Appointment.reply), *COLUMNS)
            .join(Patient, col(Patient.id) == col(Appointment.patient_id))
            .outerjoin(PhoneReminder, OF_VISIT)
            .where(
                col(Appointment.clinic_id) == clinic_id,
                col(Appointment.patient_id) == patient_id,
                col(Appointment.planned_version) < col(Appointment.version),
                col(Appointment.status).in_(STANDS),
                col(Appointment.starts_at) > now,
                sa.or_(
                    col(Appointment.updated_at) > now - NEWLY,
                    col(Patient.updated_at) > now - NEWLY,
                ),
            )
            .order_by(col(Appointment.starts_at))
            .limit(LOOKED_AT)
        )
        .all()
    )
