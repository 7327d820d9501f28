"""Stores the patients of a feed whom no visit of it names, so that visits which come in
another file find them.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from reminders.changes import take_back
from reminders.intake.bring_in import take_turn, write_people
from reminders.intake.compare import Outcome, Person, differences
from reminders.intake.entry import PatientRow
from reminders.intake.stored import Stored, patients_of


def bring_in_people(
    session: Session,
    clinic_id: int,
    rows: Sequence[PatientRow],
    now: datetime,
    *,
    by: str | None,
) -> Counter[Outcome]:
    """How many had each outcome.  Without `by` the database is only read."""
    if by is not None:
        take_turn(session, clinic_id)
    persons = {row.patient_id: _person(row) for row in rows}
    known = patients_of(session, clinic_id, sorted(persons))
    changed = sum(
        1 for key, patient in known.items() if differences(persons[key], patient)
    )
    if by is not None:
        found = Stored(patients=known)
        touched = write_people(session, clinic_id, persons, found, now)
        take_back(session, clinic_id, touched, by, now)
    new = len(persons) - len(known)
    return Counter(
        {
            Outcome.added: new,
            Outcome.changed: changed,
            Outcome.unchanged: len(rows) - new - changed,
        }
    )


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
