"""Visits of which a list says what nobody can read: the time that is known may be the old
one.  Nothing is said about such a visit until a list can be read, or a person saves it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from reminders.intake.parts import Part
from reminders.intake.problem import Problem
from reminders.intake.rows import Doubt
from reminders.intake.versions import outdated
from reminders.models import Appointment
from reminders.unsent import STANDS, in_parts, withdraw_visits
from reminders.visible import plain

KEPT = (
    "The visit that is known here by this number stays as it is, but no text about it "
    "leaves until a list can be read, or its time is saved under Appointments."
)
TAKEN_BACK = "A list says something about the visit that could not be read."


@dataclass(frozen=True, slots=True)
class Doubted:
    """A visit by our id, and what a line of the file says of it."""

    id: int
    line: int
    doubt: Doubt


def doubtful(
    session: Session, clinic_id: int, part: Part, now: datetime
) -> list[Doubted]:
    """The visits ahead that stand and that no good row of the part names."""
    named = {row.appointment_id for row in part.rows}
    found = {
        row.doubt.visit_id: (row.line, row.doubt)
        for row in part.doubts
        if row.doubt and row.doubt.visit_id not in named
    }
    doubted = []
    for some in in_parts(sorted(found)):
        rows = session.connection().execute(
            sa.select(
                col(Appointment.id),
                col(Appointment.external_id),
                col(Appointment.source_version),
            ).where(
                col(Appointment.clinic_id) == clinic_id,
                col(Appointment.external_id).in_(some),
                col(Appointment.status).in_(STANDS),
                col(Appointment.starts_at) > now,
            )
        )
        for row in rows:
            line, doubt = found[row.external_id]
            if not outdated(doubt.version, row.source_version):
                doubted.append(Doubted(row.id, line, doubt))
    return doubted


def said_of(doubted: Sequence[Doubted]) -> list[Problem]:
    return [Problem(one.line, None, KEPT) for one in doubted]


def put_in_doubt(
    session: Session,
    clinic_id: int,
    doubted: Sequence[Doubted],
    unit: str,
    file: str,
    now: datetime,
) -> None:
    """Takes back what has not left of them.  An older word than this one settles
    nothing.  `unit` is what the
    file counts: Line, Message, Entry or Event."""
    for one in doubted:
        why = f"{unit} {one.line} of {plain(file)[:80]}: {one.doubt.why}"
        values = {"unclear": why, "planned_version": 0, "updated_at": now}
        if one.doubt.version:
            values["source_version"] = one.doubt.version
        session.connection().execute(
            sa.update(Appointment)
            .where(col(Appointment.clinic_id) == clinic_id)
            .where(col(Appointment.id) == one.id)
            .values(**values)
        )
    ids = sorted(one.id for one in doubted)
    withdraw_visits(session, clinic_id, ids, TAKEN_BACK, now)
