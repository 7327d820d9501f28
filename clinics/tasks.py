"""What a person must do, by when.  One task per subject, never a silent second."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Task, TaskKind
from kernel.db import insert_or_ignore
from kernel.errors import NotFound


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


def finish_task(
    session: Session, clinic_id: int, task_id: int, by: str, now: datetime
) -> None:
    """Raises NotFound when the clinic has no such open task."""
    done = session.connection().execute(
        sa.update(Task)
        .where(
            col(Task.clinic_id) == clinic_id,
            col(Task.id) == task_id,
            col(Task.done_at).is_(None),
        )
        .values(done_at=now, done_by=by)
    )
    if done.rowcount == 0:
        raise NotFound(f"Task {task_id} is not open at this clinic.")
