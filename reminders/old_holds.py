"""A number that is held waits for a person, and no hold is forgotten: its task is due
before the patient's next visit, grows urgent, and comes back while nobody decides.

It decides nothing about the number itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient, Task, TaskKind
from clinics.tasks import open_task
from consent.models import Line
from gateway.deciding import QUESTIONS
from kernel.clock import rfc3339
from reminders.models import Appointment
from reminders.unsent import STANDS

BEFORE_VISIT = timedelta(hours=24)  # the reminder of the day before may still leave
OLD = timedelta(hours=48)
STILL_HELD = (
    "This number is still held and gets no text. Nobody has decided whether its reply "
    "was a request to stop, or whose number it is. Read the conversation and decide."
)

Key = tuple[int, str]  # clinic and phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    since: datetime
    next_visit: datetime | None


def due(hold: Hold, due_at: datetime, now: datetime) -> tuple[datetime, bool]:
    """When its task is due, and whether it is urgent: both only ever get nearer."""
    soon = old = now - hold.since >= OLD
    if hold.next_visit is not None:
        before = max(hold.next_visit - BEFORE_VISIT, hold.since)
        due_at = min(due_at, before)
        soon = old or now >= before
    return due_at, soon


def watch_holds(session: Session, now: datetime) -> int:
    """Moves what is due and opens what is missing; how many tasks it touched."""
    holds = _holds(session, now)
    tasks = _questions(session)
    touched = 0
    for key, hold in holds.items():
        for task in tasks.get(key, ()):
            due_at, urgent = due(hold, task.due_at, now)
            if (due_at, urgent or task.urgent) != (task.due_at, task.urgent):
                session.connection().execute(
                    sa.update(Task)
                    .where(col(Task.id) == task.id)
                    .values(due_at=due_at, urgent=urgent or task.urgent)
                )
                touched += 1
        if key not in tasks:
            touched += _ask_again(session, key, hold, now)
    return touched


def _ask_again(session: Session, key: Key, hold: Hold, now: datetime) -> bool:
    """Once a day: somebody ticked the task off and left the number held."""
    clinic_id, phone = key
    due_at, urgent = due(hold, now + timedelta(hours=4), now)
    return open_task(
        session,
        clinic_id,
        TaskKind.unsure_reply,
        f"held:{phone}:{rfc3339(hold.since)}:{now.date()}",
        STILL_HELD,
        now,
        phone=phone,
        urgent=urgent,
        due_in=max(due_at - now, timedelta(0)),
    )


def _holds(session: Session, now: datetime) -> Mapping[Key, Hold]:
    next_visit = (
        sa.select(sa.func.min(col(Appointment.starts_at)))
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(
            col(Patient.clinic_id) == col(Line.clinic_id),
            col(Patient.phone) == col(Line.phone),
            col(Appointment.starts_at) > now,
            col(Appointment.status).in_(STANDS),
        )
        .correlate(Line)
        .scalar_subquery()
    )
    rows = session.connection().execute(
        sa.select(
            col(Line.clinic_id),
            col(Line.phone),
            col(Line.held_since),
            next_visit.label("next_visit"),
        ).where(col(Line.held_since).is_not(None))
    )
    return {
        (row.clinic_id, row.phone): Hold(
            since=row.held_since, next_visit=row.next_visit
        )
        for row in rows
    }


def _questions(session: Session) -> Mapping[Key, list[Any]]:
    rows = session.connection().execute(
        sa.select(
            col(Task.id),
            col(Task.clinic_id),
            col(Task.phone),
            col(Task.due_at),
            col(Task.urgent),
        ).where(col(Task.kind).in_(QUESTIONS), col(Task.done_at).is_(None))
    )
    found: dict[Key, list[Any]] = {}
    for row in rows:
        found.setdefault((row.clinic_id, row.phone), []).append(row)
    return found
