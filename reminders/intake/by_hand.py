"""A visit that somebody types, moves or ends: one row of a file, written by hand.

It is stored by the same steps as an imported row, so that reminders are planned and
taken back the same way.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.access import key_of
from clinics.models import Clinic, Patient
from kernel.errors import NotFound
from reminders.intake.bring_in import bring_in, take_turn
from reminders.intake.compare import Outcome
from reminders.intake.doubts import keep_settled
from reminders.intake.headings import Column
from reminders.intake.known import as_known
from reminders.intake.made_ids import MADE, derived_id
from reminders.intake.rows import AppointmentRow
from reminders.intake.typed import Typed, Wrong, cells, new_patient, read
from reminders.models import Appointment, VisitStatus
from reminders.patients import one_patient
from reminders.unsent import STANDS

NO_VISIT = "There is no such visit at this clinic. Look for it among the appointments."
DOUBLE = "This patient has another visit at this very time."
NOT_YET = "This visit lies ahead. Mark a no-show when its time has come, or cancel it."


@dataclass(frozen=True, slots=True)
class Stored:
    visit_id: int
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    id: int
    external_id: str
    starts_at: datetime
    wall_time: str
    time_zone: str
    status: VisitStatus
    unread: dict[str, Any] | None
    patient: str  # the clinic's own number for the patient
    phone: str


def add(
    session: Session,
    clinic: Clinic,
    typed: Typed,
    now: datetime,
    *,
    patient_id: int | None,
    by: str,
) -> Stored | Wrong:
    """A visit of a patient who is known, or of a new one.  Typed twice, it is stored
    once.  Raises NotFound for a patient of nobody here."""
    clinic_id = key_of(clinic)
    take_turn(session, clinic_id)
    texts = cells(typed)
    if patient_id is not None:
        # Locked, so that a number which is being changed is not written back.
        known = one_patient(session, clinic_id, patient_id, lock=True)
        texts |= {Column.patient_id: known.external_id, Column.phone: known.phone}
    else:
        texts |= new_patient(typed)
    row = read(texts, ZoneInfo(clinic.time_zone), typed, now)
    if isinstance(row, Wrong):
        return row
    if patient_id is None:
        (row,) = as_known(session, clinic_id, [row])
    there = _at_this_time(session, clinic_id, row)
    if there is not None:
        return Stored(there, Outcome.unchanged)
    row = _with_id(session, clinic_id, row)
    return _bring(session, clinic, row, by, now)


def move(
    session: Session,
    clinic: Clinic,
    visit_id: int,
    typed: Typed,
    now: datetime,
    *,
    by: str,
) -> Stored | Wrong:
    """To another time, provider or place; an ended visit takes place again.  Empty
    fields leave what was there.  Raises NotFound."""
    clinic_id = key_of(clinic)
    take_turn(session, clinic_id)
    visit = _visit(session, clinic_id, visit_id)
    texts = cells(typed) | {
        Column.patient_id: visit.patient,
        Column.phone: visit.phone,
        Column.appointment_id: visit.external_id,
    }
    row = read(texts, ZoneInfo(visit.time_zone), typed, now)
    if isinstance(row, Wrong):
        return row
    row = replace(row, place_zone=visit.time_zone)
    there = _at_this_time(session, clinic_id, row)
    if there not in (None, visit.id):
        return Wrong({"time": DOUBLE})
    if row.starts_at != visit.starts_at:
        row = replace(row, status=VisitStatus.moved)
        row = _renamed(session, clinic_id, visit, row)
    elif visit.status in STANDS:
        row = replace(row, status=visit.status)
    stored = _bring(session, clinic, row, by, now)
    if visit.unread:  # those words put it in no doubt again
        keep_settled(session, clinic_id, visit_id, visit.unread)
    return stored


def end(
    session: Session,
    clinic: Clinic,
    visit_id: int,
    status: VisitStatus,
    now: datetime,
    *,
    by: str,
) -> Stored | Wrong:
    """`status` is cancelled or noshow.  Raises NotFound."""
    clinic_id = key_of(clinic)
    take_turn(session, clinic_id)
    visit = _visit(session, clinic_id, visit_id)
    if status is VisitStatus.noshow and visit.starts_at > now:
        return Wrong({"noshow": NOT_YET})
    row = AppointmentRow(
        line=1,
        appointment_id=visit.external_id,
        patient_id=visit.patient,
        phone=visit.phone,
        starts_at=visit.starts_at,
        wall_time=visit.wall_time,
        status=status,
    )
    return _bring(session, clinic, row, by, now)


def _visit(session: Session, clinic_id: int, visit_id: int) -> _Visit:
    row: Any = session.connection().execute(
        sa.select(
            col(Appointment.id),
            col(Appointment.external_id),
            col(Appointment.starts_at),
            col(Appointment.wall_time),
            col(Appointment.time_zone),
            col(Appointment.status),
            col(Appointment.unread),
            col(Patient.external_id).label("patient"),
            col(Patient.phone),
        )
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(col(Appointment.clinic_id) == clinic_id, col(Appointment.id) == visit_id)
        .with_for_update(of=Patient, key_share=True)
    )
    found = row.mappings().one_or_none()
    if found is None:
        raise NotFound(NO_VISIT)
    return _Visit(**found)


def _at_this_time(session: Session, clinic_id: int, row: AppointmentRow) -> int | None:
    """A visit that this patient has then already."""
    return session.connection().scalar(
        sa.select(col(Appointment.id))
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(
            col(Patient.clinic_id) == clinic_id,
            col(Patient.external_id) == row.patient_id,
            col(Appointment.starts_at) == row.starts_at,
            col(Appointment.status).in_(STANDS),
        )
        .order_by(col(Appointment.id))
        .limit(1)
    )


def _with_id(session: Session, clinic_id: int, row: AppointmentRow) -> AppointmentRow:
    """The id that a file without ids gives this visit, so that tomorrow's list finds
    it; another one where a visit that was moved away still has it."""
    wanted = derived_id(row.patient_id, row.starts_at)
    taken = sa.select(col(Appointment.starts_at)).where(
        col(Appointment.clinic_id) == clinic_id, col(Appointment.external_id) == wanted
    )
    there = session.connection().scalar(taken)
    if there is not None and there != row.starts_at:
        wanted = derived_id(wanted, row.starts_at)
    return replace(row, appointment_id=wanted)


def _renamed(
    session: Session, clinic_id: int, visit: _Visit, row: AppointmentRow
) -> AppointmentRow:
    """An id that we made of the old time follows the visit, where the new one is free:
    else tomorrow's list would bring the visit a second time."""
    if not visit.external_id.startswith(MADE):
        return row
    wanted = derived_id(visit.patient, row.starts_at)
    taken = select(Appointment.id).where(
        col(Appointment.clinic_id) == clinic_id, col(Appointment.external_id) == wanted
    )
    if session.exec(taken).first() is not None:
        return row
    session.connection().execute(
        sa.update(Appointment)
        .where(col(Appointment.clinic_id) == clinic_id, col(Appointment.id) == visit.id)
        .values(external_id=wanted)
    )
    return replace(row, appointment_id=wanted)


def _bring(
    session: Session, clinic: Clinic, row: AppointmentRow, by: str, now: datetime
) -> Stored:
    counts = bring_in(session, clinic, [row], now, by=by)
    visit_id = session.connection().scalar(
        sa.select(col(Appointment.id)).where(
            col(Appointment.clinic_id) == key_of(clinic),
            col(Appointment.external_id) == row.appointment_id,
        )
    )
    return Stored(visit_id or 0, next(iter(counts)))
