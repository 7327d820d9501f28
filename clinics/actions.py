"""The record of who did what, read: newest first, one page at a time.

Only reads; it is written by whoever changes something, in the same transaction.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Clinic, Role, Staff, StaffAction
from kernel.asked import read_id
from kernel.clock import day_of
from kernel.phone import shown

SHOWN = 50
PHONE = re.compile(r"\+1\d{10}\b")
OPERATORS = "operators"  # to a clinic they are one


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to look for.  `clinic_id` None is every clinic, and none."""

    clinic_id: int | None = None
    person: str = ""  # the id of a staff member, or OPERATORS
    day: date | None = None
    time_zone: str = "UTC"
    before: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    id: int
    at: datetime
    by: str
    action: str
    subject: str
    clinic: str  # its name; empty for what belongs to none


@dataclass(frozen=True, slots=True)
class Page:
    actions: tuple[Action, ...]
    older: int | None


def actions(session: Session, wanted: Wanted) -> Page:
    rows = session.connection().execute(
        sa.select(
            col(StaffAction.id),
            col(StaffAction.at),
            col(StaffAction.staff_email),
            col(StaffAction.action),
            col(StaffAction.subject),
            col(Clinic.display_name),
        )
        .select_from(StaffAction)
        .outerjoin(Clinic, col(Clinic.id) == col(StaffAction.clinic_id))
        .where(*_where(wanted))
        .order_by(col(StaffAction.id).desc())
        .limit(SHOWN + 1)
    )
    found = [_action(row) for row in rows]
    more = len(found) > SHOWN
    return Page(tuple(found[:SHOWN]), found[SHOWN - 1].id if more else None)


def people_of(session: Session, clinic_id: int | None) -> list[tuple[str, str]]:
    """Whom to look for at a clinic, or among the operators: id and e-mail."""
    place = col(Staff.clinic_id)
    where = place.is_(None) if clinic_id is None else place == clinic_id
    asked = select(Staff.id, Staff.email).where(where).order_by(col(Staff.email))
    return [(str(staff_id), email) for staff_id, email in session.exec(asked)]


def _where(wanted: Wanted) -> list[Any]:
    asked = []
    if wanted.clinic_id is not None:
        asked.append(col(StaffAction.clinic_id) == wanted.clinic_id)
    if wanted.person:
        asked.append(col(StaffAction.staff_email).in_(_emails(wanted.person)))
    if wanted.day is not None:
        noon = datetime.combine(wanted.day, time(12), ZoneInfo(wanted.time_zone))
        first, after = day_of(noon, wanted.time_zone)
        asked += [col(StaffAction.at) >= first, col(StaffAction.at) < after]
    if wanted.before is not None:
        asked.append(col(StaffAction.id) < wanted.before)
    return asked


def _emails(person: str) -> sa.Select[Any]:
    if person == OPERATORS:
        return sa.select(col(Staff.email)).where(col(Staff.role) == Role.operator)
    return sa.select(col(Staff.email)).where(col(Staff.id) == (read_id(person) or 0))


def _action(row: Any) -> Action:
    return Action(
        id=row.id,
        at=row.at,
        by=row.staff_email,
        action=row.action[:1].upper() + row.action[1:],
        subject=PHONE.sub(lambda found: shown(found[0]), row.subject),
        clinic=row.display_name or "",
    )
