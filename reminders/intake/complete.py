"""From what a feed says to rows, with the help of what is stored.

A cancellation needs no phone and no time where the visit is known, and a known patient
keeps her number where the feed names none.  Reads rows and stores nothing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from reminders.intake.compare import ENDED
from reminders.intake.entry import NO_ID, Entry, Passed, People, Series
from reminders.intake.made_ids import made_patient_id
from reminders.intake.moments import Moment
from reminders.intake.problem import Problem
from reminders.intake.rows import AppointmentRow, Doubt, RefusedRow
from reminders.intake.versions import order_of, outdated
from reminders.models import Appointment, VisitStatus
from reminders.unsent import STANDS, in_parts

OF_SERIES = "%/________T____Z"  # as `ical` names a visit of a series
NO_PHONE = "No phone is named, and the patient is not known here with one."
NOT_KNOWN = "It ends a visit that is not known here. There is nothing to cancel."
CALLED_OFF = (
    "It was cancelled here after this word of the feed, so it stays cancelled. If it "
    "takes place, open it under Appointments and book it again."
)
TAKEN_BACK = "It was booked before: its reminders are taken back."
LEFT = (
    "The feed marks the number that is known here as an old one, and names no other "
    "mobile. Ask the patient for the number."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownVisit:
    visit_id: str
    patient_id: str
    phone: str
    starts_at: datetime
    wall_time: str
    status: VisitStatus
    source_version: str | None

    @property
    def stands(self) -> bool:
        return self.status in STANDS


@dataclass(frozen=True, slots=True)
class Known:
    """By the clinic's own ids: visits, and the phones of patients."""

    visits: Mapping[str, KnownVisit] = field(default_factory=dict)
    phones: Mapping[str, str] = field(default_factory=dict)


def look_up(session: Session, clinic_id: int, entries: Sequence[Entry]) -> Known:
    visits: dict[str, KnownVisit] = {}
    for part in in_parts(sorted({one.visit_id for one in entries if one.visit_id})):
        wanted = col(Appointment.external_id).in_(part)
        for visit in _visits(session, clinic_id, wanted):
            visits[visit.visit_id] = visit
    phones: dict[str, str] = {}
    bare = {one.patient_id for one in entries if one.patient_id and not one.phone}
    for part in in_parts(sorted(bare)):
        found = session.connection().execute(
            sa.select(col(Patient.external_id), col(Patient.phone)).where(
                col(Patient.clinic_id) == clinic_id, col(Patient.external_id).in_(part)
            )
        )
        phones |= {external_id: phone for external_id, phone in found}
    return Known(visits, phones)


def completed(entry: Entry, known: Known) -> AppointmentRow | RefusedRow | Passed:
    visit = known.visits.get(entry.visit_id) if entry.visit_id else None
    if entry.gone and entry.status not in ENDED:
        if visit and visit.stands:
            # Told of the patient by the very message that booked, it counts all the same.
            late = outdated(entry.version, visit.source_version)
            word = None if late else entry.version
            return ended(visit, entry.gone, VisitStatus.cancelled, word)
        lacks = (entry.no_phone,) if entry.no_phone else ()
        return RefusedRow(entry.line, (entry.gone, *lacks, *entry.problems()))
    if entry.status in ENDED and visit:
        return ended(visit, entry.line, entry.status, entry.version)
    if entry.not_agreed and visit and visit.stands:
        first = entry.refused[0]
        why = Problem(entry.line, first.column, f"{first.message} {TAKEN_BACK}")
        return ended(visit, why, VisitStatus.cancelled, entry.version)
    _with_phone(entry, known)
    if not entry.visit_id and not entry.refused:
        entry.refuse(None, NO_ID)
    if entry.visit_id and entry.status in ENDED and entry.lacks:
        return Passed(entry.line, Problem(entry.line, None, NOT_KNOWN))
    if entry.refused or entry.moment is None:
        return RefusedRow(entry.line, entry.problems(), doubt=_doubt(entry, visit))
    return _row(entry, entry.moment)


def _doubt(entry: Entry, visit: KnownVisit | None) -> Doubt | None:
    """A feed speaks of a visit when something of it has changed."""
    if visit is None or not visit.stands or not entry.refused:
        return None
    if outdated(entry.version, visit.source_version):
        return None
    moment = None if entry.unread else entry.moment
    why = entry.refused[0].message
    at = moment.starts_at if moment else None
    return Doubt(visit.visit_id, why, at, entry.version)


def ended(
    visit: KnownVisit, why: Problem | int, status: VisitStatus, version: str | None
) -> AppointmentRow:
    """A visit that is known and does not take place, or is over: nothing else of it
    changes, and nothing that is wrong with the entry keeps it from ending.  `why` is to
    be named, or the line alone."""
    return AppointmentRow(
        line=why if isinstance(why, int) else why.line,
        appointment_id=visit.visit_id,
        patient_id=visit.patient_id,
        phone=visit.phone,
        starts_at=visit.starts_at,
        wall_time=visit.wall_time,
        status=status,
        warnings=() if isinstance(why, int) else (why,),
        version=version,
    )


def ended_for(
    session: Session,
    clinic_id: int,
    people: People,
    named: Collection[str],
    now: datetime,
) -> list[AppointmentRow]:
    """The visits ahead of patients who are not to be texted any more, but for those
    that the feed names itself."""
    rows = []
    for part in in_parts(sorted(people.gone)):
        wanted = sa.and_(
            col(Patient.external_id).in_(part),
            col(Appointment.starts_at) > now,
            col(Appointment.status).in_(STANDS),
        )
        for visit in _visits(session, clinic_id, wanted):
            why = people.gone[visit.patient_id]
            if visit.visit_id not in named:
                rows.append(ended(visit, why, VisitStatus.cancelled, None))
    return rows


def called_off(
    entries: Sequence[Entry], known: Known, now: datetime
) -> Iterator[Problem]:
    """For visits ahead that a feed books by a word as new as the one that is known, and
    that were cancelled here since: they stay so, and somebody should know it."""
    for one in entries:
        visit = known.visits.get(one.visit_id)
        if visit is None or visit.status is not VisitStatus.cancelled:
            continue
        same = order_of(one.version) == order_of(visit.source_version)
        stands = one.status not in ENDED and not (one.gone or one.lacks)
        late = outdated(one.version, visit.source_version)
        if same and late and stands and visit.starts_at > now:
            yield Problem(one.line, None, CALLED_OFF)


def left_out(
    session: Session,
    clinic_id: int,
    series: Mapping[str, Series],
    named: Collection[str],
    now: datetime,
) -> list[AppointmentRow]:
    """Visits ahead of a series that the feed names anew without them: it moved, or one
    of them was taken out."""
    if not series:
        return []
    ahead = sa.and_(
        col(Appointment.starts_at) > now, col(Appointment.status).in_(STANDS)
    )
    repeated = sa.and_(col(Appointment.external_id).like(OF_SERIES), ahead)
    found = list(_visits(session, clinic_id, repeated))
    for part in in_parts(sorted(series)):
        alone = sa.and_(col(Appointment.external_id).in_(part), ahead)
        found += _visits(session, clinic_id, alone)
    rows = []
    for visit in found:
        one = series.get(visit.visit_id.rpartition("/")[0] or visit.visit_id)
        if one and visit.visit_id not in named and visit.starts_at <= one.until:
            rows.append(ended(visit, one.line, VisitStatus.cancelled, one.version))
    return rows


def _visits(
    session: Session, clinic_id: int, wanted: sa.ColumnElement[bool]
) -> Iterable[KnownVisit]:
    found: sa.Result[Any] = session.connection().execute(
        sa.select(
            col(Appointment.external_id).label("visit_id"),
            col(Patient.external_id).label("patient_id"),
            col(Patient.phone),
            col(Appointment.starts_at),
            col(Appointment.wall_time),
            col(Appointment.status),
            col(Appointment.source_version),
        )
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(col(Appointment.clinic_id) == clinic_id, wanted)
        .order_by(col(Appointment.id))
    )
    return [KnownVisit(**row) for row in found.mappings()]


def _with_phone(entry: Entry, known: Known) -> None:
    if entry.phone:
        return
    phone = "" if entry.phone_taken else known.phones.get(entry.patient_id, "")
    if phone and phone not in entry.old_phones:
        entry.phone = phone
        return
    if phone:
        column = entry.no_phone.column if entry.no_phone else None
        entry.refuse(column, LEFT, beside=True)
    elif entry.no_phone:
        entry.refused.append(entry.no_phone)
    else:
        entry.refuse(None, NO_PHONE, beside=True)


def _row(entry: Entry, moment: Moment) -> AppointmentRow:
    name = f"{entry.given_name or ''} {entry.family_name or ''}"
    patient_id = entry.patient_id or made_patient_id(entry.phone, name)
    return AppointmentRow(
        line=entry.line,
        appointment_id=entry.visit_id,
        patient_id=patient_id,
        given_name=entry.given_name,
        family_name=entry.family_name,
        phone=entry.phone,
        language=entry.language,
        starts_at=moment.starts_at,
        wall_time=moment.wall_time,
        location=entry.location,
        provider=entry.provider,
        status=entry.status,
        warnings=tuple(entry.warned),
        version=entry.version,
        patient_version=entry.patient_version,
        place_zone=entry.place_zone,
    )
