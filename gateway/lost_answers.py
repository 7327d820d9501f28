"""An answer that a person wrote and that did not reach the phone: the desk is asked to call.

Found by looking, once in each pass, so that no way of failing has to tell.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Task, TaskKind
from clinics.tasks import open_task
from gateway.models import LOST, Message, MessageKind, State

LOOKED_BACK = timedelta(days=2)
DUE_IN = timedelta(hours=2)


def watch_answers(session: Session, now: datetime) -> int:
    """How many tasks it opened; the same answer never has two."""
    told = sa.exists().where(
        col(Task.clinic_id) == col(Message.clinic_id),
        col(Task.dedupe_key)
        == sa.literal("undelivered:").concat(sa.cast(col(Message.id), sa.String)),
    )
    lost = session.connection().execute(
        sa.select(
            col(Message.id),
            col(Message.clinic_id),
            col(Message.phone),
            col(Message.body),
            col(Message.written_by),
        ).where(
            sa.text(LOST),
            col(Message.kind) == MessageKind.staff_reply,
            col(Message.finished_at) > now - LOOKED_BACK,
            col(Message.state) != State.unknown,  # that is still being looked up
            ~told,
        )
    )
    return sum(
        open_task(
            session,
            row.clinic_id,
            TaskKind.call_patient,
            f"undelivered:{row.id}",
            f"Call the patient: this answer of {row.written_by} did not reach the phone "
            f"and is not sent again: “{row.body}”",
            now,
            phone=row.phone,
            due_in=DUE_IN,
        )
        for row in lost.all()
    )
