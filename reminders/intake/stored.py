"""What is stored of the patients and visits that some rows name.  Reads and never writes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from reminders.intake.compare import Person, StoredPatient, StoredVisit
from reminders.intake.rows import AppointmentRow
from reminders.intake.versions import outdated
from reminders.models import Appointment
from reminders.unsent import in_parts


def _asked(table: Any, *names: str) -> sa.Select[Any]:
    """Made once: to build an IN of hundreds of values costs more than asking it."""
    return sa.select(*(getattr(table, name) for name in names)).where(
        col(table.clinic_id) == sa.bindparam("clinic_id"),
        col(table.external_id).in_(sa.bindparam("ids", expanding=True)),
    )


PATIENTS = _asked(Patient, *StoredPatient._fields)
NUMBERS = _asked(Patient, "external_id", "id")
VISITS = _asked(Appointment, *StoredVisit._fields)


@dataclass(slots=True)
class Stored:
    """By the clinic's own ids."""

    patients: dict[str, StoredPatient] = field(default_factory=dict)
    visits: dict[str, StoredVisit] = field(default_factory=dict)
    new_patients: dict[str, int] = field(default_factory=dict)

    def patient_id(self, row: AppointmentRow) -> int:
        patient = self.patients.get(row.patient_id)
        return self.new_patients[row.patient_id] if patient is None else patient.id

    def same_person(self, row: AppointmentRow, person: Person) -> bool:
        """The visit is of the same patient as before, with the same phone."""
        visit = self.visits.get(row.appointment_id)
        patient = self.patients.get(row.patient_id)
        if visit is None or patient is None or visit.patient_id != patient.id:
            return False
        late = outdated(person.version, patient.source_version)
        return late or patient.phone == person.phone


@dataclass(slots=True)
class Foreseen:
    """What earlier rows of a feed would have stored, were they written: a rehearsal
    keeps of it what a later row may find."""

    patients: dict[str, StoredPatient] = field(default_factory=dict)
    visits: dict[str, StoredVisit] = field(default_factory=dict)


def stored(
    session: Session,
    clinic_id: int,
    rows: Sequence[AppointmentRow],
    *,
    lock: bool,
    foreseen: Foreseen | None = None,
) -> Stored:
    """`lock`: the planner passes over visits that are locked."""
    ids = sorted({row.patient_id for row in rows})
    found = Stored(patients=patients_of(session, clinic_id, ids))
    visits = VISITS.with_for_update() if lock else VISITS
    for part in in_parts(sorted({row.appointment_id for row in rows})):
        asked = {"clinic_id": clinic_id, "ids": part}
        for row in session.connection().execute(visits, asked):
            visit = StoredVisit._make(row)
            found.visits[visit.external_id] = visit
    if foreseen and foreseen.patients:
        keys = foreseen.patients.keys() & {row.patient_id for row in rows}
        found.patients |= {key: foreseen.patients[key] for key in keys}
    if foreseen and foreseen.visits:
        keys = foreseen.visits.keys() & {row.appointment_id for row in rows}
        found.visits |= {key: foreseen.visits[key] for key in keys}
    return found


def patients_of(
    session: Session, clinic_id: int, external_ids: Sequence[str]
) -> dict[str, StoredPatient]:
    found: dict[str, StoredPatient] = {}
    for part in in_parts(external_ids):
        asked = {"clinic_id": clinic_id, "ids": part}
        for row in session.connection().execute(PATIENTS, asked):
            patient = StoredPatient._make(row)
            found[patient.external_id] = patient
    return found


def numbers_of(
    session: Session, clinic_id: int, external_ids: Sequence[str]
) -> dict[str, int]:
    """The clinic's id of each patient -> ours."""
    found: dict[str, int] = {}
    for part in in_parts(external_ids):
        asked = {"clinic_id": clinic_id, "ids": part}
        rows = session.connection().execute(NUMBERS, asked)
        found |= {external_id: number for external_id, number in rows}
    return found
