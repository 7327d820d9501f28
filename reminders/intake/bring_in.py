"""Brings the stored patients and visits in line with the rows of a file.

Visits that the file does not name are left alone: a short file cancels nobody.  A
visit that changes takes its unsent reminders back in the same transaction.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.access import key_of
from clinics.models import Clinic, Language, Patient
from reminders.intake.compare import (
    ENDED,
    Outcome,
    Person,
    differences,
    outcome,
    people,
    place_changes,
)
from reminders.intake.rows import AppointmentRow
from reminders.models import Appointment
from reminders.unsent import STANDS, in_parts, plan_again, withdraw_visits

REWORDED = "What it says of her or of the place is out of date."

Outcomes = Sequence[tuple[AppointmentRow, Outcome]]


@dataclass(slots=True)
class _Known:
    """What is stored of the patients and visits that a file names, by their ids."""

    patients: dict[str, Patient] = field(default_factory=dict)
    visits: dict[str, Appointment] = field(default_factory=dict)
    new_patients: dict[str, int] = field(default_factory=dict)

    def patient_id(self, row: AppointmentRow) -> int:
        patient = self.patients.get(row.patient_id)
        if patient is None:
            return self.new_patients[row.patient_id]
        return _stored(patient.id)

    def same_person(self, row: AppointmentRow, person: Person) -> bool:
        """The visit is of the same patient as before, with the same phone."""
        visit = self.visits.get(row.appointment_id)
        patient = self.patients.get(row.patient_id)
        if visit is None or patient is None:
            return False
        return visit.patient_id == patient.id and patient.phone == person.phone


@dataclass(slots=True)
class _Touched:
    """Visits, by our id, whose unsent reminders no longer hold."""

    changed: set[int] = field(default_factory=set)  # a new version: told again
    ended: set[int] = field(default_factory=set)
    reworded: set[int] = field(default_factory=set)  # what has left is not said again

    def by(self, row: AppointmentRow, word: Outcome) -> set[int]:
        if row.status in ENDED:
            return self.ended
        return self.reworded if word is Outcome.reworded else self.changed


def bring_in(
    session: Session,
    clinic: Clinic,
    rows: Sequence[AppointmentRow],
    now: datetime,
    *,
    write: bool,
) -> Counter[Outcome]:
    """How many rows had each outcome.  Without `write` the database is only read."""
    clinic_id = key_of(clinic)
    known = _known(session, clinic_id, rows, lock=write)
    persons = people(rows)
    outcomes = [
        (
            row,
            outcome(
                row,
                known.visits.get(row.appointment_id),
                same_person=known.same_person(row, persons[row.patient_id]),
            ),
        )
        for row in rows
    ]
    if write:
        touched = _Touched()
        _write_people(session, clinic_id, persons, known, touched, now)
        _write_visits(session, clinic, outcomes, known, touched, now)
        _take_back(session, clinic_id, touched, now)
    return Counter(word for _, word in outcomes)


def _known(
    session: Session, clinic_id: int, rows: Sequence[AppointmentRow], *, lock: bool
) -> _Known:
    if lock:  # one import at a time; FOR NO KEY UPDATE lets inbound texts through
        session.exec(
            select(Clinic.id)
            .where(col(Clinic.id) == clinic_id)
            .with_for_update(key_share=True)
        ).one()
    known = _Known()
    for part in in_parts(sorted({row.patient_id for row in rows})):
        patients = select(Patient).where(
            col(Patient.clinic_id) == clinic_id, col(Patient.external_id).in_(part)
        )
        known.patients |= {found.external_id: found for found in session.exec(patients)}
    for part in in_parts(sorted({row.appointment_id for row in rows})):
        visits = select(Appointment).where(
            col(Appointment.clinic_id) == clinic_id,
            col(Appointment.external_id).in_(part),
        )
        if lock:  # the planner passes over visits that are locked
            visits = visits.with_for_update()
        known.visits |= {found.external_id: found for found in session.exec(visits)}
    return known


def _write_people(
    session: Session,
    clinic_id: int,
    persons: Mapping[str, Person],
    known: _Known,
    touched: _Touched,
    now: datetime,
) -> None:
    moved: list[int] = []
    reworded: list[int] = []
    for key, person in persons.items():
        patient = known.patients.get(key)
        if patient is None:
            continue
        changes = differences(person, patient)
        for name, value in changes.items():
            setattr(patient, name, value)
        if changes:
            patient.updated_at = now
            (moved if "phone" in changes else reworded).append(_stored(patient.id))
    session.flush()
    new = [
        _new_patient(clinic_id, person, now)
        for key, person in persons.items()
        if key not in known.patients
    ]
    known.new_patients = _insert_patients(session, new)
    # Her other visits too, whether or not this file names them.
    touched.changed |= _visits_ahead(session, clinic_id, moved, now)
    touched.reworded |= _visits_ahead(session, clinic_id, reworded, now)


def _new_patient(clinic_id: int, person: Person, now: datetime) -> dict[str, Any]:
    return {
        "clinic_id": clinic_id,
        "external_id": person.external_id,
        "given_name": person.given_name or "",
        "family_name": person.family_name or "",
        "phone": person.phone,
        "language": person.language or Language.en,
        "time_zone": person.time_zone,
        "updated_at": now,
    }


def _insert_patients(session: Session, new: Sequence[dict[str, Any]]) -> dict[str, int]:
    """The clinic's id of each -> ours."""
    if not new:
        return {}
    rows = session.connection().execute(
        sa.insert(Patient).returning(col(Patient.external_id), col(Patient.id)), new
    )
    return {external_id: _stored(row_id) for external_id, row_id in rows}


def _visits_ahead(
    session: Session, clinic_id: int, patient_ids: Sequence[int], now: datetime
) -> set[int]:
    found: set[int] = set()
    for part in in_parts(patient_ids):
        found |= set(
            session.connection().scalars(
                sa.select(col(Appointment.id)).where(
                    col(Appointment.clinic_id) == clinic_id,
                    col(Appointment.patient_id).in_(part),
                    col(Appointment.starts_at) > now,
                    col(Appointment.status).in_(STANDS),
                )
            )
        )
    return found


def _write_visits(
    session: Session,
    clinic: Clinic,
    outcomes: Outcomes,
    known: _Known,
    touched: _Touched,
    now: datetime,
) -> None:
    new: list[dict[str, Any]] = []
    for row, word in outcomes:
        visit = known.visits.get(row.appointment_id)
        patient_id = known.patient_id(row)
        if visit is None:
            new.append(_new_visit(clinic, patient_id, row, now))
        elif word is not Outcome.unchanged:
            _rewrite(visit, patient_id, row, now)
            touched.by(row, word).add(_stored(visit.id))
    session.flush()
    if new:
        session.connection().execute(sa.insert(Appointment), new)


def _new_visit(
    clinic: Clinic, patient_id: int, row: AppointmentRow, now: datetime
) -> dict[str, Any]:
    return {
        "clinic_id": key_of(clinic),
        "patient_id": patient_id,
        "external_id": row.appointment_id,
        "version": 1,
        "planned_version": 0,
        "starts_at": row.starts_at,
        "time_zone": clinic.time_zone,
        "wall_time": row.wall_time,
        "location": row.location or "",
        "provider": row.provider or "",
        "status": row.status,
        "updated_at": now,
    }


def _rewrite(
    visit: Appointment, patient_id: int, row: AppointmentRow, now: datetime
) -> None:
    ended, visit.status = visit.status in ENDED, row.status
    visit.updated_at = now
    if row.status in ENDED:
        return
    if ended or visit.starts_at != row.starts_at or visit.patient_id != patient_id:
        visit.reply = visit.replied_at = None  # her answer was about another visit
    visit.patient_id = patient_id
    visit.starts_at, visit.wall_time = row.starts_at, row.wall_time
    for name, value in place_changes(row, visit).items():
        setattr(visit, name, value)


def _take_back(
    session: Session, clinic_id: int, touched: _Touched, now: datetime
) -> None:
    changed = sorted(touched.changed - touched.ended)
    for part in in_parts(changed):
        session.connection().execute(
            sa.update(Appointment)
            .where(
                col(Appointment.clinic_id) == clinic_id, col(Appointment.id).in_(part)
            )
            .values(version=col(Appointment.version) + 1, updated_at=now)
        )
    withdraw_visits(session, clinic_id, changed, "The visit was changed.", now)
    ended = sorted(touched.ended)
    withdraw_visits(session, clinic_id, ended, "The visit does not take place.", now)
    reworded = sorted(touched.reworded - touched.changed - touched.ended)
    withdraw_visits(session, clinic_id, reworded, REWORDED, now)
    plan_again(session, clinic_id, now, reworded)


def _stored(row_id: int | None) -> int:
    if row_id is None:
        raise AssertionError("a row of the database without an id")
    return row_id
