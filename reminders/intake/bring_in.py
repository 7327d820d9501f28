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
from reminders.changes import Touched, rewrite_patients, take_back
from reminders.intake.compare import (
    ENDED,
    Outcome,
    Person,
    differences,
    outcome,
    people,
    place_changes,
)
from reminders.intake.known import as_known
from reminders.intake.rows import AppointmentRow
from reminders.intake.versions import outdated
from reminders.models import Appointment
from reminders.unsent import in_parts
from reminders.visit_history import Before, note_changes, source_of

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
        if visit.patient_id != patient.id:
            return False
        late = outdated(person.version, patient.source_version)
        return late or patient.phone == person.phone


def _visits_for(touched: Touched, row: AppointmentRow, word: Outcome) -> set[int]:
    if row.status in ENDED:
        return touched.ended
    return touched.reworded if word is Outcome.reworded else touched.changed


def bring_in(
    session: Session,
    clinic: Clinic,
    rows: Sequence[AppointmentRow],
    now: datetime,
    *,
    by: str | None,
    file: str = "",
) -> Counter[Outcome]:
    """How many rows had each outcome.  Without `by`, the staff member who brings the
    file, the database is only read."""
    clinic_id = key_of(clinic)
    if by is not None:
        take_turn(session, clinic_id)
    rows = as_known(session, clinic_id, rows)
    known = _known(session, clinic_id, rows, lock=by is not None)
    persons = people(rows)
    outcomes = _outcomes(rows, known, persons)
    if by is not None:
        touched = _write_people(session, clinic_id, persons, known, now)
        source = source_of(by, file)
        _write_visits(session, clinic, outcomes, known, touched, source, now)
        take_back(session, clinic_id, touched, by, now)
    return Counter(word for _, word in outcomes)


def rehearse(
    session: Session, clinic_id: int, rows: Sequence[AppointmentRow]
) -> Outcomes:
    """What each row would do, under the numbers that are stored.  The database is only
    read."""
    rows = as_known(session, clinic_id, rows)
    return _outcomes(rows, _known(session, clinic_id, rows, lock=False), people(rows))


def take_turn(session: Session, clinic_id: int) -> None:
    """One import of a clinic at a time; FOR NO KEY UPDATE lets inbound texts through."""
    session.exec(
        select(Clinic.id)
        .where(col(Clinic.id) == clinic_id)
        .with_for_update(key_share=True)
    ).one()


def _outcomes(
    rows: Sequence[AppointmentRow], known: _Known, persons: Mapping[str, Person]
) -> Outcomes:
    return [
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


def _known(
    session: Session, clinic_id: int, rows: Sequence[AppointmentRow], *, lock: bool
) -> _Known:
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
    now: datetime,
) -> Touched:
    """Her other visits are touched too, whether or not this file names them."""
    changes = [
        (known.patients[key], differences(person, known.patients[key]))
        for key, person in persons.items()
        if key in known.patients
    ]
    touched = rewrite_patients(session, clinic_id, changes, now)
    for patient, _ in changes:
        note_version(patient, persons[patient.external_id].version)
    new = [
        _new_patient(clinic_id, person, now)
        for key, person in persons.items()
        if key not in known.patients
    ]
    known.new_patients = _insert_patients(session, new)
    return touched


def _new_patient(clinic_id: int, person: Person, now: datetime) -> dict[str, Any]:
    return {
        "clinic_id": clinic_id,
        "external_id": person.external_id,
        "given_name": person.given_name or "",
        "family_name": person.family_name or "",
        "phone": person.phone,
        "language": person.language or Language.en,
        "time_zone": person.time_zone,
        "source_version": person.version,
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


def _write_visits(
    session: Session,
    clinic: Clinic,
    outcomes: Outcomes,
    known: _Known,
    touched: Touched,
    source: str,
    now: datetime,
) -> None:
    new: list[dict[str, Any]] = []
    changed: list[tuple[Before, Appointment]] = []
    for row, word in outcomes:
        visit = known.visits.get(row.appointment_id)
        patient_id = known.patient_id(row)
        if visit is None:
            new.append(_new_visit(clinic, patient_id, row, source, now))
            continue
        if word is not Outcome.unchanged:
            changed.append((Before.of(visit), visit))
            _rewrite(visit, patient_id, row, row.place_zone or clinic.time_zone, now)
            _visits_for(touched, row, word).add(_stored(visit.id))
        note_version(visit, row.version)
    session.flush()
    note_changes(session, key_of(clinic), changed, source, now)
    if new:
        session.connection().execute(sa.insert(Appointment), new)


def note_version(stored: Patient | Appointment, version: str | None) -> None:
    """How new the word is that holds now.  Only that: nobody is told anything again."""
    if version and not outdated(version, stored.source_version):
        stored.source_version = version


def _new_visit(
    clinic: Clinic, patient_id: int, row: AppointmentRow, source: str, now: datetime
) -> dict[str, Any]:
    return {
        "clinic_id": key_of(clinic),
        "patient_id": patient_id,
        "external_id": row.appointment_id,
        "version": 1,
        "planned_version": 0,
        "starts_at": row.starts_at,
        "time_zone": row.place_zone or clinic.time_zone,
        "wall_time": row.wall_time,
        "location": row.location or "",
        "provider": row.provider or "",
        "status": row.status,
        "source_version": row.version,
        "updated_at": now,
        "booked_at": now,
        "booked_from": source,
    }


def _rewrite(
    visit: Appointment, patient_id: int, row: AppointmentRow, zone: str, now: datetime
) -> None:
    ended, visit.status = visit.status in ENDED, row.status
    visit.updated_at = now
    if row.status in ENDED:
        return
    if ended or visit.starts_at != row.starts_at or visit.patient_id != patient_id:
        visit.reply = visit.replied_at = None  # her answer was about another visit
    visit.patient_id = patient_id
    visit.starts_at, visit.wall_time = row.starts_at, row.wall_time
    visit.time_zone = zone
    for name, value in place_changes(row, visit).items():
        setattr(visit, name, value)


def _stored(row_id: int | None) -> int:
    if row_id is None:
        raise AssertionError("a row of the database without an id")
    return row_id
