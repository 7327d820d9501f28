"""The history of visits: what each was before it was changed, and who brought that.

Written in the transaction of the change; nothing reads it but the timeline.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from reminders.models import Appointment, VisitChange, VisitStatus


@dataclass(frozen=True, slots=True)
class Before:
    """A visit as it was."""

    starts_at: datetime
    status: VisitStatus

    @classmethod
    def of(cls, visit: Appointment) -> "Before":
        return cls(visit.starts_at, visit.status)


def source_of(by: str, file: str = "") -> str:
    """`visits.csv, brought by desk@…`, or who did it by hand."""
    return f"{file}, brought by {by}" if file else by


def note_changes(
    session: Session,
    clinic_id: int,
    changed: Iterable[tuple[Before, Appointment]],
    source: str,
    now: datetime,
) -> None:
    """Only where the time or the status is another one."""
    rows = [
        {
            "clinic_id": clinic_id,
            "appointment_id": visit.id,
            "at": now,
            "source": source,
            "was_starts_at": before.starts_at,
            "was_status": before.status,
            "starts_at": visit.starts_at,
            "status": visit.status,
        }
        for before, visit in changed
        if before != Before.of(visit)
    ]
    if rows:
        session.connection().execute(sa.insert(VisitChange), rows)
