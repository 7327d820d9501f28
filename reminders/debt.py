"""Upcoming visits whose patients cannot be reminded yet, or only on the clinic's word:
whom to ask, and how, before the visit.

Reads rows and decides nothing.  A patient who said stop is no debt: only they can undo
it, and nobody asks them again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from consent.coverage import superseded
from consent.models import Grade, Line, Standing, Topic
from consent.standing import Word, word
from reminders.models import Appointment
from reminders.unsent import STANDS

AHEAD = timedelta(days=14)
SHOWN = 100
READ = 4 * SHOWN  # visits: a patient may have several


class Lack(StrEnum):
    none = "none"  # nobody ever asked
    pending = "pending"  # asked to reply YES, and has not
    asserted = "asserted"  # the clinic's list says so, nothing else
    superseded = "superseded"  # agreed under words that broader ones replaced


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """One patient, at the next visit of theirs."""

    patient_id: int
    name: str
    phone: str
    visit_id: int
    visit_at: datetime
    time_zone: str
    lack: Lack
    asked: bool  # by text or on the web, and no word of theirs has come since


@dataclass(frozen=True, slots=True)
class Debt:
    rows: tuple[Owed, ...]
    more: bool  # than are shown


def debt(session: Session, clinic_id: int, now: datetime) -> Debt:
    """The nearest visit first, each patient once; two queries."""
    older = superseded(session, clinic_id)
    query = _query(clinic_id, now, older).limit(READ)
    rows = session.connection().execute(query).all()
    found: dict[int, Owed] = {}
    for row in rows:
        lack = _lack(row)
        if lack is not None and row.patient_id not in found:
            found[row.patient_id] = _owed(row, lack)
    owed = tuple(found.values())
    return Debt(owed[:SHOWN], len(owed) > SHOWN or len(rows) == READ)


def _query(clinic_id: int, now: datetime, older: frozenset[str]) -> Any:
    granted = sa.func.coalesce(col(Standing.granted_seq), 0)
    stopped = sa.func.coalesce(col(Line.stopped_seq), 0)
    firm = sa.and_(
        granted > stopped,
        col(Standing.grade) != Grade.asserted,
        col(Standing.disclosure_sha256).is_(None)
        | col(Standing.disclosure_sha256).not_in(older),
    )
    said_stop = sa.and_(stopped > 0, granted <= stopped)
    return (
        sa.select(
            col(Appointment.id).label("visit_id"),
            col(Appointment.starts_at),
            col(Appointment.time_zone),
            col(Patient.id).label("patient_id"),
            col(Patient.given_name),
            col(Patient.family_name),
            col(Patient.phone),
            stopped.label("stopped_seq"),
            granted.label("granted_seq"),
            sa.func.coalesce(col(Standing.pending_seq), 0).label("pending_seq"),
            col(Standing.grade),
        )
        .select_from(Appointment)
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .outerjoin(
            Line,
            sa.and_(
                col(Line.clinic_id) == clinic_id, col(Line.phone) == col(Patient.phone)
            ),
        )
        .outerjoin(
            Standing,
            sa.and_(
                col(Standing.clinic_id) == clinic_id,
                col(Standing.phone) == col(Patient.phone),
                col(Standing.topic) == Topic.care,
            ),
        )
        .where(
            col(Appointment.clinic_id) == clinic_id,
            col(Appointment.starts_at) > now,
            col(Appointment.starts_at) < now + AHEAD,
            col(Appointment.status).in_(STANDS),
            sa.not_(sa.func.coalesce(firm, sa.false())),
            sa.not_(said_stop),
        )
        .order_by(col(Appointment.starts_at), col(Appointment.id))
    )


def _lack(row: Any) -> Lack | None:
    standing = word(row.stopped_seq, row.pending_seq, row.granted_seq)
    asserted = row.grade is Grade.asserted
    return {
        Word.none: Lack.none,
        Word.pending: Lack.pending,
        Word.opted_in: Lack.asserted if asserted else Lack.superseded,
    }.get(standing)


def _owed(row: Any, lack: Lack) -> Owed:
    return Owed(
        patient_id=row.patient_id,
        name=f"{row.given_name} {row.family_name}".strip(),
        phone=row.phone,
        visit_id=row.visit_id,
        visit_at=row.starts_at,
        time_zone=row.time_zone,
        lack=lack,
        asked=row.pending_seq > max(row.granted_seq, row.stopped_seq),
    )
