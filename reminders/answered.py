"""Writes down what was answered about visits: by a text, or to a person on the phone.

The newest answer stands, each is kept.  The visit itself is never cancelled by machine.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Task, TaskKind
from clinics.tasks import settle_task
from gateway.models import InboundMessage
from kernel.errors import NotFound
from reminders.intake.by_hand import NO_VISIT
from reminders.models import AnswerEvent, Appointment, VisitReply
from reminders.unsent import DECLINED, plan_again
from reminders.unsent_others import withdraw_declined_request

SETTLED = "The patient has answered anew since then."
BY_TEXT = "the patient’s newer text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`reply` None: what was answered before does not count."""

    reply: VisitReply | None
    at: datetime  # when she wrote or said it
    inbound_id: int | None = None
    by: str | None = None


def note(
    session: Session,
    clinic_id: int,
    visits: Sequence[tuple[int, int]],
    answer: Answer,
    now: datetime,
) -> tuple[int, ...]:
    """`visits` are ids with the version that was meant; which of them it was noted of: a
    visit that was changed in the meantime has no answer by it."""
    noted = tuple(
        visit_id
        for visit_id, version in visits
        if _set(session, clinic_id, visit_id, version, answer)
    )
    if noted:
        session.connection().execute(
            sa.insert(AnswerEvent),
            [_event(clinic_id, visit_id, answer) for visit_id in noted],
        )
    if answer.reply not in DECLINED:
        # What was taken back when she declined is planned once more.
        plan_again(session, clinic_id, now, noted)
    return noted


def note_by_staff(
    session: Session,
    clinic_id: int,
    visit_id: int,
    reply: VisitReply | None,
    by: str,
    now: datetime,
) -> bool:
    """What the patient told a person, or what a person read otherwise than the machine.
    False when it is so already.  Raises NotFound."""
    row = (
        session.connection()
        .execute(
            sa.select(col(Appointment.version), col(Appointment.reply)).where(
                col(Appointment.clinic_id) == clinic_id, col(Appointment.id) == visit_id
            )
        )
        .one_or_none()
    )
    if row is None:
        raise NotFound(NO_VISIT)
    if row.reply is reply:
        return False
    answer = Answer(reply=reply, at=now, by=by)
    noted = note(session, clinic_id, [(visit_id, row.version)], answer, now)
    if noted and reply in DECLINED:
        withdraw_declined_request(session, clinic_id, visit_id, now)
    return bool(noted)


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of the past, the newest first; `words` are hers."""

    at: datetime
    reply: VisitReply | None
    by: str | None
    words: str | None


def history(session: Session, clinic_id: int, visit_id: int) -> tuple[Said, ...]:
    rows = session.connection().execute(
        sa.select(
            col(AnswerEvent.at),
            col(AnswerEvent.reply),
            col(AnswerEvent.by),
            col(InboundMessage.body),
        )
        .outerjoin(
            InboundMessage, col(InboundMessage.id) == col(AnswerEvent.inbound_id)
        )
        .where(
            col(AnswerEvent.clinic_id) == clinic_id,
            col(AnswerEvent.appointment_id) == visit_id,
        )
        .order_by(col(AnswerEvent.id).desc())
        .limit(20)
    )
    return tuple(Said(row.at, row.reply, row.by, row.body) for row in rows)


def _set(
    session: Session, clinic_id: int, visit_id: int, version: int, answer: Answer
) -> bool:
    changed = session.connection().execute(
        sa.update(Appointment)
        .where(
            col(Appointment.clinic_id) == clinic_id,
            col(Appointment.id) == visit_id,
            col(Appointment.version) == version,
        )
        .values(
            reply=answer.reply,
            replied_at=answer.at if answer.reply else None,
            reply_noted_by=answer.by if answer.reply else None,
        )
    )
    return bool(changed.rowcount)


def _event(clinic_id: int, visit_id: int, answer: Answer) -> dict[str, Any]:
    return {
        "clinic_id": clinic_id,
        "appointment_id": visit_id,
        "reply": answer.reply,
        "inbound_id": answer.inbound_id,
        "by": answer.by,
        "at": answer.at,
    }


def settle_earlier(
    session: Session, clinic_id: int, visit_ids: Collection[int], now: datetime
) -> tuple[Task, ...]:
    """What the desk was asked because of an earlier answer about these visits, and about
    no other, is settled by the new one.  Gives those that a person had done before."""
    events = _texts_about(session, clinic_id, visit_ids)
    done = []
    for inbound_id, about in sorted(events.items()):
        task = session.scalars(
            sa.select(Task).where(
                col(Task.clinic_id) == clinic_id,
                col(Task.dedupe_key)
                == f"inbound:{inbound_id}:{TaskKind.visit_change.value}",
            )
        ).first()
        if task is None or not about <= set(visit_ids):
            continue
        if task.done_at is not None and task.done_by != BY_TEXT:
            done.append(task)
        settle_task(session, task, BY_TEXT, SETTLED, now)
    return tuple(done)


def _texts_about(
    session: Session, clinic_id: int, visit_ids: Collection[int]
) -> dict[int, set[int]]:
    """By text: every visit that it was an answer about."""
    mine = sa.select(col(AnswerEvent.inbound_id)).where(
        col(AnswerEvent.clinic_id) == clinic_id,
        col(AnswerEvent.appointment_id).in_(visit_ids),
        col(AnswerEvent.inbound_id).is_not(None),
    )
    rows: Any = session.connection().execute(
        sa.select(col(AnswerEvent.inbound_id), col(AnswerEvent.appointment_id)).where(
            col(AnswerEvent.inbound_id).in_(mine)
        )
    )
    found: dict[int, set[int]] = {}
    for inbound_id, visit_id in rows:
        found.setdefault(inbound_id, set()).add(visit_id)
    return found
