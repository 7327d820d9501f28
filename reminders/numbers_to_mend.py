"""Numbers of patients with a visit ahead that texts cannot reach, or should not: why,
and the one thing to do about each.

Reads rows and decides nothing.  A fixed number of queries, however many there are.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from consent.models import Line
from gateway.line_types import LINES
from gateway.models import CarrierLookup
from kernel import phone as phones
from reminders.lost_numbers import Fault, Said, lost_numbers
from reminders.models import Appointment, UploadJob
from reminders.unsent import STANDS
from reminders.visible import folded

SHOWN = 100
MOST_NAMED = 5_000  # phones in one statement; beyond, every visit ahead is read
WRONG_PERSON = ("reassigned", "unreached", "deactivated")  # rules that hold a number


@dataclass(frozen=True, slots=True, kw_only=True)
class ToMend:
    """One patient, at the next visit of theirs."""

    patient_id: int
    name: str
    phone: str
    visit_id: int
    visit_at: datetime
    time_zone: str
    fault: Fault
    why: str
    step: str


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of the last list whose visit has no number at all, so that nobody is on
    our list of patients for it."""

    unit: str  # what the list counts: Line, Message, Entry, Event
    line: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    rows: tuple[ToMend, ...]
    more: bool  # than are shown
    counts: Mapping[Fault, int]  # of all, also of those that are not shown
    lines: tuple[BadLine, ...]
    file: str | None  # the last list, where lines of it are named


def numbers_to_mend(session: Session, clinic_id: int, now: datetime) -> Found:
    """The nearest visit first, each patient once; six queries."""
    known = _known(session, clinic_id)
    lost = lost_numbers(session, clinic_id, now)
    shared = _shared(session, clinic_id)
    suspects = {*known, *lost, *shared}
    rows = _ahead(session, clinic_id, suspects, now)
    found: dict[int, ToMend] = {}
    for row in rows:
        if row.patient_id in found:
            continue
        fault = _fault(row, known, lost, shared)
        if fault is not None:
            found[row.patient_id] = _to_mend(row, *fault)
    counts: dict[Fault, int] = defaultdict(int)
    for one in found.values():
        counts[one.fault] += 1
    job, lines = _lines(session, clinic_id)
    if lines:
        counts[Fault.missing] = len(lines)
    return Found(
        rows=tuple(found.values())[:SHOWN],
        more=len(found) > SHOWN,
        counts={fault: counts[fault] for fault in Fault if counts[fault]},
        lines=lines,
        file=job.file_name if job and lines else None,
    )


STEPS = {
    Fault.wrong_person: "Call, find the right number and change it; or decide under Tasks "
    "that it is this patient's.",
    Fault.invalid: "Ask the patient for the right number and change it.",
    Fault.not_textable: "Ask the patient for a mobile number and change it.",
    Fault.unreachable: "Call the patient, and ask for another number if this one is "
    "given up.",
    Fault.shared: "Ask whose phone it is. Change the number of whoever has another one.",
    Fault.missing: "Write a number in your own list, and upload the list again.",
}


def _known(session: Session, clinic_id: int) -> dict[str, Said]:
    """By phone: what a look-up or a hold says of it.  Two queries."""
    lookups = session.connection().execute(
        sa.select(col(CarrierLookup.phone), col(CarrierLookup.line_type)).where(
            col(CarrierLookup.clinic_id) == clinic_id,
            col(CarrierLookup.textable).is_(False),
        )
    )
    found: dict[str, Said] = {}
    for row in lookups:
        kind = LINES.get(row.line_type)
        if kind is None:
            why = "Twilio says that no phone can have this number."
            found[row.phone] = (Fault.invalid, why)
        else:
            found[row.phone] = (
                Fault.not_textable,
                f"It is {kind}, which cannot receive texts.",
            )
    held = session.connection().execute(
        sa.select(col(Line.phone), col(Line.held_why)).where(
            col(Line.clinic_id) == clinic_id, col(Line.held_since).is_not(None)
        )
    )
    for one in held:
        rule = (one.held_why or "").partition(".")[0]
        if rule in WRONG_PERSON:
            found[one.phone] = (Fault.wrong_person, HELD[rule])
    return found


HELD = {
    "reassigned": "Somebody wrote that it is another person's phone. Nothing is sent to it.",
    "unreached": "Texts found no phone on several days, so it may have been given up. "
    "Nothing is sent to it.",
    "deactivated": "It is on a list of numbers that were given up. Nothing is sent to it.",
}


def _shared(session: Session, clinic_id: int) -> dict[str, Said]:
    """By phone: patients of different family names."""
    many = (
        sa.select(col(Patient.phone))
        .where(col(Patient.clinic_id) == clinic_id)
        .group_by(col(Patient.phone))
        .having(sa.func.count(sa.distinct(sa.func.lower(col(Patient.family_name)))) > 1)
    )
    rows = session.connection().execute(
        sa.select(col(Patient.phone), col(Patient.given_name), col(Patient.family_name))
        .where(col(Patient.clinic_id) == clinic_id, col(Patient.phone).in_(many))
        .order_by(col(Patient.id))
    )
    families: dict[str, dict[str, str]] = defaultdict(dict)
    for row in rows:
        name = f"{row.given_name} {row.family_name}".strip()
        families[row.phone].setdefault(folded(row.family_name), name)
    return {
        phone: (
            Fault.shared,
            f"Patients of different families have it: {', '.join(names.values())}.",
        )
        for phone, names in families.items()
        if len(names) > 1
    }


def _ahead(
    session: Session, clinic_id: int, suspects: Collection[str], now: datetime
) -> list[Any]:
    """The visits of whoever has one of these numbers."""
    few = len(suspects) <= MOST_NAMED
    rows: Any = session.connection().execute(
        sa.select(
            col(Appointment.id).label("visit_id"),
            col(Appointment.starts_at),
            col(Appointment.time_zone),
            col(Patient.id).label("patient_id"),
            col(Patient.given_name),
            col(Patient.family_name),
            col(Patient.phone),
        )
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(
            col(Appointment.clinic_id) == clinic_id,
            col(Appointment.starts_at) > now,
            col(Appointment.status).in_(STANDS),
            col(Patient.phone).in_(sorted(suspects)) if few else sa.true(),
        )
        .order_by(col(Appointment.starts_at), col(Appointment.id))
    )
    return list(rows)


def _fault(row: Any, *said: Mapping[str, Said]) -> Said | None:
    found = [one[row.phone] for one in said if row.phone in one]
    return min(found, key=lambda fault: list(Fault).index(fault[0]), default=None)


def _to_mend(row: Any, fault: Fault, why: str) -> ToMend:
    return ToMend(
        patient_id=row.patient_id,
        name=f"{row.given_name} {row.family_name}".strip(),
        phone=row.phone,
        visit_id=row.visit_id,
        visit_at=row.starts_at,
        time_zone=row.time_zone,
        fault=fault,
        why=why,
        step=STEPS[fault],
    )


def _lines(session: Session, clinic_id: int) -> tuple[Any, tuple[BadLine, ...]]:
    """Of the list that was imported last."""
    job = (
        session.connection()
        .execute(
            sa.select(col(UploadJob.file_name), col(UploadJob.preview))
            .where(
                col(UploadJob.clinic_id) == clinic_id,
                col(UploadJob.imported_at).is_not(None),
            )
            .order_by(col(UploadJob.imported_at).desc())
            .limit(1)
        )
        .one_or_none()
    )
    said = (job.preview or {}) if job else {}
    return job, tuple(
        BadLine(said.get("unit", "Line"), one["line"], one["message"])
        for one in said.get("problems", [])
        if one["message"] in phones.REFUSALS
    )
