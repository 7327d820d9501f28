"""Why a phone got no update of a day and no request for a review, as facts of its timeline.

Reads rows and decides nothing; what was queued is among the texts.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from reminders.models import Appointment, DayUpdate, ReviewRequest, UpdatedVisit
from reminders.visit_facts import VISIT, Fact, last, whose_visit


def not_updated(
    session: Session, clinic_id: int, phone: str, zone: str, newest: int | None
) -> Iterator[Fact]:
    one = UpdatedVisit
    query = (
        sa.select(*VISIT, col(one.skipped_why), col(DayUpdate.confirmed_at))
        .select_from(one)
        .join(DayUpdate, col(DayUpdate.id) == col(one.update_id))
        .join(Appointment, col(Appointment.id) == col(one.appointment_id))
        .join(Patient, col(Patient.id) == col(one.patient_id))
        .where(
            col(one.clinic_id) == clinic_id,
            col(one.phone) == phone,
            col(one.skipped_why).is_not(None),
        )
    )
    for row in last(session, query, col(one.id), newest):
        sentence = f"{whose_visit(row)}: no day update. {row.skipped_why}"
        yield Fact(row.confirmed_at, "planned", sentence)


def not_asked(
    session: Session, clinic_id: int, phone: str, zone: str, newest: int | None
) -> Iterator[Fact]:
    one = ReviewRequest
    query = (
        sa.select(*VISIT, col(one.skipped_why), col(one.planned_at))
        .select_from(one)
        .join(Appointment, col(Appointment.id) == col(one.appointment_id))
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(
            col(one.clinic_id) == clinic_id,
            col(one.phone) == phone,
            col(one.skipped_why).is_not(None),
        )
    )
    for row in last(session, query, col(one.id), newest):
        sentence = f"{whose_visit(row)}: no request for a review. {row.skipped_why}"
        yield Fact(row.planned_at, "planned", sentence)
