"""What a person must do, by when.  One task per subject, never a silent second."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Task, TaskKind
from kernel.db import insert_or_ignore
from kernel.errors import NotFound

# What no clinic can mend: these are the operator's, whichever clinic they are about.
OPERATORS = frozenset(
    {
        TaskKind.wording,
        TaskKind.carrier_word,
        TaskKind.reconfirm,
        TaskKind.inbound_gap,
        TaskKind.vendor_account,
        TaskKind.opt_in_burst,
        TaskKind.vendor_mismatch,
        TaskKind.website_changed,
        TaskKind.intake_question,
        TaskKind.ready_unsent,
        TaskKind.rejection,
        TaskKind.brand_changed,
        TaskKind.pending_long,
        TaskKind.number_move,
        TaskKind.campaign_signals,
        TaskKind.daily_cap,
        TaskKind.restored,
    }
)
GONE = "There is no such task here. Go back to the tasks and look again."


@dataclass(frozen=True, slots=True)
class Settled:
    """Somebody was faster."""

    by: str
    at: datetime
    how: str | None


def open_task(
    session: Session,
    clinic_id: int,
    kind: TaskKind,
    dedupe_key: str,
    sentence: str,
    now: datetime,
    *,
    phone: str | None = None,
    urgent: bool = False,
    due_in: timedelta = timedelta(hours=24),
) -> bool:
    """False when this very task is there already, done or not."""
    opened = session.connection().execute(
        insert_or_ignore(session, Task, "id"),
        {
            "clinic_id": clinic_id,
            "kind": kind,
            "dedupe_key": dedupe_key,
            "phone": phone,
            "sentence": sentence,
            "urgent": urgent,
            "due_at": now + due_in,
            "created_at": now,
        },
    )
    return opened.scalar_one_or_none() is not None


def open_tasks(session: Session, clinic_id: int) -> list[Task]:
    """Urgent ones first, then by the time they are due."""
    return list(
        session.exec(
            select(Task)
            .where(col(Task.clinic_id) == clinic_id, col(Task.done_at).is_(None))
            .order_by(col(Task.urgent).desc(), col(Task.due_at), col(Task.id))
        )
    )


def task_at(session: Session, clinic_id: int, task_id: int) -> Task:
    """Raises NotFound with the sentence to show."""
    found = session.get(Task, task_id)
    if found is None or found.clinic_id != clinic_id:
        raise NotFound(GONE)
    return found


def settle_task(
    session: Session, task: Task, by: str, how: str | None, now: datetime
) -> Settled | None:
    """None: it is done now, by you.  Of two at once, the second hears of the first."""
    only_this = (col(Task.clinic_id) == task.clinic_id, col(Task.id) == task.id)
    if _finish(session, *only_this, by=by, how=how, now=now):
        return None
    session.refresh(task)
    return Settled(task.done_by or "Somebody", task.done_at or now, task.done_how)


def finish_task(
    session: Session, clinic_id: int, task_id: int, by: str, now: datetime
) -> None:
    """Raises NotFound when the clinic has no such open task."""
    only_this = (col(Task.clinic_id) == clinic_id, col(Task.id) == task_id)
    if not _finish(session, *only_this, by=by, how=None, now=now):
        raise NotFound(f"Task {task_id} is not open at this clinic.")


def end_tasks(
    session: Session, clinic_id: int, kind: TaskKind, by: str, how: str, now: datetime
) -> None:
    """All open ones of a kind that takes care of itself; `by` is who or what did it."""
    all_of_it = (col(Task.clinic_id) == clinic_id, col(Task.kind) == kind)
    _finish(session, *all_of_it, by=by, how=how, now=now)


def _finish(
    session: Session, *which: Any, by: str, how: str | None, now: datetime
) -> bool:
    done = session.connection().execute(
        sa.update(Task)
        .where(*which, col(Task.done_at).is_(None))
        .values(done_at=now, done_by=by, done_how=how)
    )
    return bool(done.rowcount)
