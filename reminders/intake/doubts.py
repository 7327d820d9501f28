"""Visits of which a list says what nobody can read: the time that is known may be the old
one.  Nothing is said about such a visit until a list can be read, or a person settles it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from reminders.intake.parts import Part
from reminders.intake.problem import Problem
from reminders.intake.rows import Doubt
from reminders.intake.versions import older, outdated
from reminders.models import Appointment
from reminders.unsent import NOT_READ, STANDS, in_parts, withdraw_visits
from reminders.unsent_others import withdraw_others
from reminders.visible import plain

KEPT = (
    "The visit that is known here by this number stays as it is, but no text about it "
    "leaves until a list can be read, or somebody says under Appointments that it is right."
)
OTHER_TIME = "It has another time there, and was refused. {why}"


@dataclass(frozen=True, slots=True)
class Doubted:
    """A visit by our id, and what a line of the file says of it."""

    id: int
    line: int
    why: str
    version: str | None


def doubtful(
    session: Session, clinic_id: int, part: Part, now: datetime
) -> list[Doubted]:
    """The visits ahead that stand, that no good row of the part names, and of which a
    refused row says another time, or nothing that can be read."""
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
                col(Appointment.starts_at),
                col(Appointment.source_version),
                col(Appointment.unclear),
                col(Appointment.unread),
            )
            .where(
                col(Appointment.clinic_id) == clinic_id,
                col(Appointment.external_id).in_(some),
                col(Appointment.status).in_(STANDS),
                col(Appointment.starts_at) > now,
            )
            .order_by(col(Appointment.id))
        )
        for row in rows:
            line, doubt = found[row.external_id]
            why = doubt.why
            if doubt.starts_at is not None:
                why = OTHER_TIME.format(why=why)
            if _new(row, doubt, why):
                doubted.append(Doubted(row.id, line, why, doubt.version))
    return doubted


def _new(row: Any, doubt: Doubt, why: str) -> bool:
    """It says something else than what is known, and than what a person has settled."""
    before = row.unread or {"why": "", "version": None}
    return not (
        doubt.starts_at == row.starts_at
        or outdated(doubt.version, row.source_version)
        or older(doubt.version, before["version"])
        or (row.unclear is None and before["why"] == why)
    )


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
    """Takes back what has not left of them.  `unit` is what the file counts: Line,
    Message, Entry or Event."""
    if not doubted:
        return
    doubted = sorted(doubted, key=lambda one: one.id)  # as everybody locks them
    name = plain(file)[:80]
    session.connection().execute(
        sa.update(Appointment)
        .where(
            col(Appointment.clinic_id) == clinic_id,
            col(Appointment.id) == sa.bindparam("visit"),
        )
        .values(
            unclear=sa.bindparam("words"),
            unread=sa.bindparam("said"),
            planned_version=0,
            updated_at=now,
        ),
        [
            {
                "visit": one.id,
                "words": f"{unit} {one.line} of {name}: {one.why}",
                "said": {"why": one.why, "version": one.version},
            }
            for one in doubted
        ],
    )
    ids = [one.id for one in doubted]
    withdraw_visits(session, clinic_id, ids, NOT_READ, now)
    withdraw_others(session, clinic_id, ids, now)


def settle(session: Session, clinic_id: int, visit_id: int, now: datetime) -> bool:
    """A person says that the visit is right as it stands.  The same words of the next list
    put it in no doubt again.  False where nothing was unclear."""
    changed = session.connection().execute(
        sa.update(Appointment)
        .where(
            col(Appointment.clinic_id) == clinic_id,
            col(Appointment.id) == visit_id,
            col(Appointment.unclear).is_not(None),
        )
        .values(unclear=None, planned_version=0, updated_at=now)
    )
    return bool(changed.rowcount)


def keep_settled(
    session: Session, clinic_id: int, visit_id: int, unread: dict[str, Any]
) -> None:
    """The same, for a visit that a person has just written anew."""
    session.connection().execute(
        sa.update(Appointment)
        .where(col(Appointment.clinic_id) == clinic_id, col(Appointment.id) == visit_id)
        .values(unread=unread)
    )
