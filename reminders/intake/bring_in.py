"""Brings the stored patients and visits in line with some rows of a file.

Visits that the file does not name are left alone: a short file cancels nobody.  A
visit that changes takes its unsent reminders back in the same transaction.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from clinics.access import key_of
from clinics.models import Clinic, Language, Patient
from kernel.bulk import insert_many
from reminders.changes import Touched, rewrite_patients, take_back
from reminders.intake.compare import (
    ENDED,
    Outcome,
    Person,
    StoredVisit,
    differences,
    place_changes,
)
from reminders.intake.compared import Compared, compared
from reminders.intake.rows import AppointmentRow
from reminders.intake.stored import Stored, numbers_of
from reminders.intake.versions import outdated
from reminders.models import Appointment
from reminders.unsent import in_parts
from reminders.visit_history import Before, note_changes, source_of

PATIENTS: sa.Table = SQLModel.metadata.tables["patient"]
PATIENT_COLUMNS = (
    *("external_id", "given_name", "family_name", "phone"),
    *("language", "time_zone", "source_version"),
)
VISITS: sa.Table = SQLModel.metadata.tables["appointment"]
VISIT_COLUMNS = (
    *("patient_id", "external_id", "starts_at", "time_zone", "wall_time"),
    *("location", "provider", "status", "source_version"),
)
# PostgreSQL keeps a plan that was right while a table was empty, and reads the whole of it
# for every part of the first large list.
PLAN_ANEW = sa.text("SET LOCAL plan_cache_mode = force_custom_plan")
Changes = list[tuple[StoredVisit, AppointmentRow, Outcome]]


def bring_in(
    session: Session,
    clinic: Clinic,
    rows: Sequence[AppointmentRow],
    now: datetime,
    *,
    by: str,
    file: str = "",
) -> Counter[Outcome]:
    """How many rows had each outcome.  `by` is the staff member who brings them."""
    take_turn(session, key_of(clinic))
    found = compared(session, key_of(clinic), rows, lock=True)
    write(session, clinic, found, now, by=by, file=file)
    return Counter(word for _, word in found.outcomes)


def write(
    session: Session,
    clinic: Clinic,
    found: Compared,
    now: datetime,
    *,
    by: str,
    file: str = "",
) -> None:
    """In the transaction in which they were compared, after `take_turn`."""
    clinic_id, source = key_of(clinic), source_of(by, file)
    touched = write_people(session, clinic_id, found.persons, found.known, now)
    _write_visits(session, clinic, found, touched, source, now)
    if touched.any:
        take_back(session, clinic_id, touched, by, now)


def take_turn(session: Session, clinic_id: int) -> None:
    """One import of a clinic at a time; FOR NO KEY UPDATE lets inbound texts through."""
    session.exec(
        select(Clinic.id)
        .where(col(Clinic.id) == clinic_id)
        .with_for_update(key_share=True)
    ).one()
    if session.get_bind().dialect.name == "postgresql":
        session.connection().execute(PLAN_ANEW)


def write_people(
    session: Session,
    clinic_id: int,
    persons: Mapping[str, Person],
    known: Stored,
    now: datetime,
) -> Touched:
    """Her other visits are touched too, whether or not this file names them."""
    changes = {
        patient.id: said
        for key, patient in known.patients.items()
        if (said := differences(persons[key], patient))
    }
    newer = {
        patient.id: persons[key].version
        for key, patient in known.patients.items()
        if is_newer(persons[key].version, patient.source_version)
    }
    rows: list[Patient] = []
    for part in in_parts(sorted(changes)):
        rows += session.exec(select(Patient).where(col(Patient.id).in_(part)))
    changed = [(row, changes[row.id or 0]) for row in rows]
    touched = rewrite_patients(session, clinic_id, changed, now)
    _note_versions(session, Patient, newer)
    new = [person for key, person in persons.items() if key not in known.patients]
    insert_patients(session, clinic_id, new, now)
    ids = [person.external_id for person in new]
    known.new_patients = numbers_of(session, clinic_id, ids)
    return touched


def insert_patients(
    session: Session, clinic_id: int, new: Sequence[Person], now: datetime
) -> None:
    insert_many(
        session,
        PATIENTS,
        PATIENT_COLUMNS,
        [
            (
                person.external_id,
                person.given_name or "",
                person.family_name or "",
                person.phone,
                person.language or Language.en,
                person.time_zone,
                person.version,
            )
            for person in new
        ],
        {"clinic_id": clinic_id, "updated_at": now},
    )


def is_newer(word: str | None, known: str | None) -> bool:
    """It says how new it is, and is newer than the word that holds."""
    return word is not None and word != known and not outdated(word, known)


def _write_visits(
    session: Session,
    clinic: Clinic,
    found: Compared,
    touched: Touched,
    source: str,
    now: datetime,
) -> None:
    known = found.known
    new: list[tuple[Any, ...]] = []
    changed: Changes = []
    newer: dict[int, str | None] = {}
    for row, word in found.outcomes:
        visit = known.visits.get(row.appointment_id)
        if visit is None:
            new.append(_new_visit(clinic, known.patient_id(row), row))
            continue
        if word is not Outcome.unchanged:
            changed.append((visit, row, word))
        if is_newer(row.version, visit.source_version):
            newer[visit.id] = row.version
    if changed:
        _rewrite_all(session, clinic, changed, known, touched, source, now)
    _note_versions(session, Appointment, newer)
    same = {
        "clinic_id": key_of(clinic),
        "version": 1,
        "planned_version": 0,
        "updated_at": now,
        "booked_at": now,
        "booked_from": source,
    }
    insert_many(session, VISITS, VISIT_COLUMNS, new, same)


def _new_visit(clinic: Clinic, patient_id: int, row: AppointmentRow) -> tuple[Any, ...]:
    return (
        patient_id,
        row.appointment_id,
        row.starts_at,
        row.place_zone or clinic.time_zone,
        row.wall_time,
        row.location or "",
        row.provider or "",
        row.status,
        row.version,
    )


def _note_versions(
    session: Session,
    table: type[Patient] | type[Appointment],
    newer: Mapping[int, str | None],
) -> None:
    """How new the word is that holds now.  Only that: nobody is told anything again."""
    if newer:
        session.connection().execute(
            sa.update(table)
            .where(col(table.id) == sa.bindparam("row_id"))
            .values(source_version=sa.bindparam("word")),
            [{"row_id": row_id, "word": word} for row_id, word in newer.items()],
        )


def _rewrite_all(
    session: Session,
    clinic: Clinic,
    changed: Changes,
    known: Stored,
    touched: Touched,
    source: str,
    now: datetime,
) -> None:
    rows: dict[int | None, Appointment] = {}
    for part in in_parts([visit.id for visit, _, _ in changed]):
        found = session.exec(select(Appointment).where(col(Appointment.id).in_(part)))
        rows |= {visit.id: visit for visit in found}
    before = [(Before.of(rows[visit.id]), rows[visit.id]) for visit, _, _ in changed]
    for visit, row, word in changed:
        zone = row.place_zone or clinic.time_zone
        _rewrite(rows[visit.id], visit, known.patient_id(row), row, zone, now)
        _visits_for(touched, row, word).add(visit.id)
    session.flush()
    note_changes(session, key_of(clinic), before, source, now)


def _rewrite(
    visit: Appointment,
    before: StoredVisit,
    patient_id: int,
    row: AppointmentRow,
    zone: str,
    now: datetime,
) -> None:
    visit.status, visit.updated_at = row.status, now
    visit.unclear = visit.unread = None
    if row.status in ENDED:
        return
    same = before.starts_at == row.starts_at and before.patient_id == patient_id
    if before.status in ENDED or not same:
        visit.reply = visit.replied_at = None  # her answer was about another visit
    visit.patient_id = patient_id
    visit.starts_at, visit.wall_time = row.starts_at, row.wall_time
    visit.time_zone = zone
    for name, value in place_changes(row, before).items():
        setattr(visit, name, value)


def _visits_for(touched: Touched, row: AppointmentRow, word: Outcome) -> set[int]:
    if row.status in ENDED:
        return touched.ended
    return touched.reworded if word is Outcome.reworded else touched.changed
