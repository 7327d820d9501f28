"""Stores the patients of a feed whom no visit of it names, so that visits which come in
another file find them.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Language, Patient
from reminders.changes import rewrite_patients, take_back
from reminders.intake.bring_in import note_version, take_turn
from reminders.intake.compare import Outcome, Person, differences
from reminders.intake.entry import PatientRow
from reminders.unsent import in_parts


def bring_in_people(
    session: Session,
    clinic_id: int,
    rows: Sequence[PatientRow],
    now: datetime,
    *,
    by: str | None,
) -> Counter[Outcome]:
    """How many had each outcome.  Without `by` the database is only read."""
    if not rows:
        return Counter()
    if by is not None:
        take_turn(session, clinic_id)
    known = _known(session, clinic_id, rows)
    persons = {row.patient_id: _person(row) for row in rows}
    changes = [
        (known[key], differences(person, known[key]))
        for key, person in persons.items()
        if key in known
    ]
    new = [person for key, person in persons.items() if key not in known]
    changed = sum(1 for _, fields in changes if fields)
    if by is not None:
        touched = rewrite_patients(session, clinic_id, changes, now)
        for patient, _ in changes:
            note_version(patient, persons[patient.external_id].version)
        if new:
            said = [_new(clinic_id, person, now) for person in new]
            session.connection().execute(sa.insert(Patient), said)
        take_back(session, clinic_id, touched, by, now)
    return Counter(
        {
            Outcome.added: len(new),
            Outcome.changed: changed,
            Outcome.unchanged: len(rows) - len(new) - changed,
        }
    )


def _known(
    session: Session, clinic_id: int, rows: Sequence[PatientRow]
) -> dict[str, Patient]:
    known: dict[str, Patient] = {}
    for part in in_parts(sorted({row.patient_id for row in rows})):
        found = select(Patient).where(
            col(Patient.clinic_id) == clinic_id, col(Patient.external_id).in_(part)
        )
        known |= {patient.external_id: patient for patient in session.exec(found)}
    return known


def _person(row: PatientRow) -> Person:
    return Person(
        external_id=row.patient_id,
        phone=row.phone,
        given_name=row.given_name,
        family_name=row.family_name,
        language=row.language,
        time_zone=None,
        version=row.version,
    )


def _new(clinic_id: int, person: Person, now: datetime) -> dict[str, object]:
    return {
        "clinic_id": clinic_id,
        "external_id": person.external_id,
        "given_name": person.given_name or "",
        "family_name": person.family_name or "",
        "phone": person.phone,
        "language": person.language or Language.en,
        "time_zone": None,
        "source_version": person.version,
        "updated_at": now,
    }
