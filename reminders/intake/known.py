"""Which known patient, and which known visit, a row without numbers of its own means.

Reads rows and stores nothing.  The same name and phone is the same patient, whatever
number they have here; the same patient at the same moment is the same visit.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from gateway.quiet_hours import clock
from reminders.intake.made_ids import MADE, derived_id, made_patient_id
from reminders.intake.problem import Problem
from reminders.intake.rows import AppointmentRow
from reminders.models import Appointment
from reminders.unsent import STANDS, in_parts
from reminders.visible import folded

THE_DAY = "{name} already has a visit on that day, at {time}."
A_DAY = timedelta(days=1)

Named = Callable[[str], bool]  # is a visit of this id one of the file's?


def as_known(
    session: Session, clinic_id: int, rows: Sequence[AppointmentRow]
) -> list[AppointmentRow]:
    """The rows, those without numbers under the numbers that are stored.  Two rows
    never become one visit."""
    if not any(row.patient_id.startswith(MADE) for row in rows) and not any(
        row.appointment_id.startswith(MADE) for row in rows
    ):
        return list(rows)
    known = _known_people(session, clinic_id, rows)
    persons = [_of_known(row, known) for row in rows]
    visits = _known_visits(session, clinic_id, persons)
    taken = {row.appointment_id for row in persons}
    found = []
    for row in persons:
        wanted = visits.get((row.patient_id, row.starts_at), row.appointment_id)
        if _is_derived(row) and wanted not in taken:
            taken.add(wanted)
            row = replace(row, appointment_id=wanted)
        found.append(row)
    return found


def another_that_day(
    session: Session, clinic_id: int, new: Sequence[AppointmentRow], named: Named
) -> list[Problem]:
    """A sentence for each of the `new` visits whose patient has another one on its day
    that the file does not name.  Rows as `as_known` gives them."""
    found: dict[tuple[str, str], str] = {}
    for visit in _visits_of(session, clinic_id, new):
        if visit.status not in STANDS or _is_named(visit, named):
            continue
        at = clock(datetime.fromisoformat(visit.wall_time).time())
        name = f"{visit.given_name} {visit.family_name}".strip()
        said = THE_DAY.format(name=name or "The patient", time=at)
        found.setdefault((visit.patient, visit.wall_time[:10]), said)
    return [
        Problem(row.line, None, found[day])
        for row in new
        if (day := (row.patient_id, row.wall_time[:10])) in found
    ]


def known_ids(
    session: Session, clinic_id: int, rows: Sequence[AppointmentRow]
) -> set[str]:
    """The clinic's ids of those patients of `rows` who are stored."""
    known: set[str] = set()
    for part in in_parts(sorted({row.patient_id for row in rows})):
        known |= set(
            session.connection().scalars(
                sa.select(col(Patient.external_id)).where(
                    col(Patient.clinic_id) == clinic_id,
                    col(Patient.external_id).in_(part),
                )
            )
        )
    return known


def _is_named(visit: Any, named: Named) -> bool:
    """By its id, or by one that a file without ids gives it."""
    name = f"{visit.given_name} {visit.family_name}"
    bare = made_patient_id(visit.phone, name)
    return (
        named(visit.external_id)
        or named(derived_id(visit.patient, visit.starts_at))
        or named(derived_id(bare, visit.starts_at))
    )


def _known_people(
    session: Session, clinic_id: int, rows: Sequence[AppointmentRow]
) -> dict[tuple[str, str], str]:
    """(phone, folded name) -> the clinic's id of the patient: the one that a file made,
    else the oldest, so that the same list finds the same patient every time."""
    made = {row.patient_id for row in rows if _is_made(row)}
    phones = sorted({row.phone for row in rows if row.patient_id in made})
    known: dict[tuple[str, str], str] = {}
    for part in in_parts(phones):
        found = session.connection().execute(
            sa.select(
                col(Patient.external_id),
                col(Patient.phone),
                col(Patient.given_name),
                col(Patient.family_name),
            )
            .where(col(Patient.clinic_id) == clinic_id, col(Patient.phone).in_(part))
            .order_by(col(Patient.id))
        )
        for patient in found:
            key = _key(patient.phone, patient.given_name, patient.family_name)
            if key not in known or patient.external_id in made:
                known[key] = patient.external_id
    return known


def _of_known(
    row: AppointmentRow, known: Mapping[tuple[str, str], str]
) -> AppointmentRow:
    if not _is_made(row):
        return row
    wanted = known.get(_key(row.phone, row.given_name, row.family_name))
    if wanted is None or wanted == row.patient_id:
        return row
    derived = _is_derived(row)
    row = replace(row, patient_id=wanted)
    return replace(row, appointment_id=_derived(row)) if derived else row


def _known_visits(
    session: Session, clinic_id: int, rows: Sequence[AppointmentRow]
) -> dict[tuple[str, datetime], str]:
    """(patient, moment) -> the id of the visit, for rows without one.  One that stands
    wins, then the derived id: tomorrow's list finds the same visit."""
    bare = [row for row in rows if _is_derived(row)]
    found: dict[tuple[str, datetime], tuple[bool, bool, str]] = {}
    for visit in _visits_of(session, clinic_id, bare):
        key, name = (visit.patient, visit.starts_at), visit.external_id
        seen = (visit.status in STANDS, name == derived_id(*key), name)
        if key not in found or seen[:2] > found[key][:2]:
            found[key] = seen
    return {key: name for key, (_, _, name) in found.items()}


def _visits_of(
    session: Session, clinic_id: int, rows: Sequence[AppointmentRow]
) -> list[Any]:
    """The visits of these patients in the time of the rows, the earliest first."""
    if not rows:
        return []
    moments = [row.starts_at for row in rows]
    first, last = min(moments) - A_DAY, max(moments) + A_DAY
    found: list[Any] = []
    for part in in_parts(sorted({row.patient_id for row in rows})):
        found += session.connection().execute(
            sa.select(
                col(Patient.external_id).label("patient"),
                col(Patient.given_name),
                col(Patient.family_name),
                col(Patient.phone),
                col(Appointment.external_id),
                col(Appointment.starts_at),
                col(Appointment.wall_time),
                col(Appointment.status),
            )
            .join(Patient, col(Patient.id) == col(Appointment.patient_id))
            .where(
                col(Patient.clinic_id) == clinic_id,
                col(Patient.external_id).in_(part),
                col(Appointment.starts_at).between(first, last),
            )
            .order_by(col(Appointment.starts_at), col(Appointment.id))
        )
    return found


def _is_made(row: AppointmentRow) -> bool:
    if not row.patient_id.startswith(MADE):  # of nearly every row with its own number
        return False
    name = f"{row.given_name or ''} {row.family_name or ''}"
    return row.patient_id == made_patient_id(row.phone, name)


def _is_derived(row: AppointmentRow) -> bool:
    return row.appointment_id.startswith(MADE) and row.appointment_id == _derived(row)


def _derived(row: AppointmentRow) -> str:
    return derived_id(row.patient_id, row.starts_at)


def _key(phone: str, *names: str | None) -> tuple[str, str]:
    return phone, " ".join(folded(" ".join(name or "" for name in names)).split())
