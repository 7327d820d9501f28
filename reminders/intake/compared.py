"""Rows of a file beside what is stored.  Reads and never writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from clinics.models import Language
from reminders.intake.compare import (
    Outcome,
    Person,
    StoredPatient,
    StoredVisit,
    differences,
    outcome,
    people,
)
from reminders.intake.known import as_known
from reminders.intake.rows import AppointmentRow
from reminders.intake.stored import Foreseen, Stored, stored


@dataclass(frozen=True, slots=True)
class Compared:
    """Rows with what becomes of each, under the numbers that are stored."""

    outcomes: Sequence[tuple[AppointmentRow, Outcome]]
    known: Stored
    persons: Mapping[str, Person]

    def new_of_known(self) -> list[AppointmentRow]:
        """The visits that are new, of patients who are not."""
        patients = self.known.patients
        return [
            row
            for row, word in self.outcomes
            if word is Outcome.added and row.patient_id in patients
        ]

    def foresee(self, foreseen: Foreseen, *, repeats: bool) -> None:
        """Adds what these rows would store.  Unless visits repeat, only another phone
        of a patient matters to later rows."""
        for key, person in self.persons.items():
            before = self.known.patients.get(key)
            if before is not None and "phone" in differences(person, before):
                foreseen.patients[key] = before._replace(
                    phone=person.phone, source_version=person.version
                )
            elif before is None and repeats:
                foreseen.patients[key] = _foreseen_patient(
                    -1 - len(foreseen.patients), person
                )
        if repeats:
            self._foresee_visits(foreseen)

    def _foresee_visits(self, foreseen: Foreseen) -> None:
        for row, word in self.outcomes:
            if word is Outcome.unchanged:
                continue
            patient = foreseen.patients.get(row.patient_id)
            patient = patient or self.known.patients[row.patient_id]
            foreseen.visits[row.appointment_id] = StoredVisit(
                id=0,
                external_id=row.appointment_id,
                patient_id=patient.id,
                starts_at=row.starts_at,
                status=row.status,
                location=row.location or "",
                provider=row.provider or "",
                source_version=row.version,
            )


def compared(
    session: Session,
    clinic_id: int,
    rows: Sequence[AppointmentRow],
    *,
    lock: bool,
    foreseen: Foreseen | None = None,
) -> Compared:
    """An appointment id stands once among the rows, a patient with one phone."""
    rows = as_known(session, clinic_id, rows)
    known = stored(session, clinic_id, rows, lock=lock, foreseen=foreseen)
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
    return Compared(outcomes, known, persons)


def _foreseen_patient(number: int, person: Person) -> StoredPatient:
    return StoredPatient(
        id=number,
        external_id=person.external_id,
        phone=person.phone,
        given_name=person.given_name or "",
        family_name=person.family_name or "",
        language=person.language or Language.en,
        time_zone=person.time_zone,
        source_version=person.version,
    )
