"""The lists that a clinic brought.  Every import is noted here, whatever its format and
whether a page or a command brought it."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import TaskKind
from clinics.tasks import end_tasks
from reminders.intake.imported import Imported
from reminders.models import Appointment, ListBrought
from reminders.unsent import STANDS


def note_list(
    session: Session,
    clinic_id: int,
    format: str,
    by: str,
    file_name: str,
    done: Imported,
    now: datetime,
) -> None:
    """After the last visit was stored.  An empty list is a list; one of which nothing
    could be read is none, and what was missing before is missing still."""
    if done.refused and not done.brought:
        return
    session.add(
        ListBrought(
            clinic_id=clinic_id,
            at=now,
            by=by,
            file_name=file_name,
            format=format,
            rows=done.brought,
            refused=done.refused,
            reaches=last_visit(session, clinic_id),
        )
    )
    session.flush()
    how = f"A list came: {file_name}."
    end_tasks(session, clinic_id, TaskKind.list_missing, by, how, now)


def last_visit(session: Session, clinic_id: int) -> datetime | None:
    """When the last visit begins that stands booked."""
    asked = (
        sa.select(col(Appointment.starts_at))
        .where(
            col(Appointment.clinic_id) == clinic_id,
            col(Appointment.status).in_(STANDS),
        )
        .order_by(col(Appointment.starts_at).desc())
        .limit(1)
    )
    return session.connection().scalar(asked)
