"""A person settles a task of the clinic; for a text that was unsure, she decides
whether it was a STOP.

Whoever is second is told who was first.  Nobody opts a patient in here: a number that
she stopped stays stopped.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Task, TaskKind
from clinics.tasks import (
    GONE,
    OPERATORS,
    Settled,
    settle_task,
    task_at,
)
from consent import record
from consent.standing import LineState, Word, lock_line
from gateway.conversations import read_with_its_task, waits_still
from gateway.inbound import storable
from gateway.models import InboundMessage
from kernel.errors import Invalid, NotFound

# These hold the number.
QUESTIONS = (TaskKind.unsure_reply, TaskKind.reassigned, TaskKind.vendor_stop)
LONGEST_NOTE = 500
OF_A_TEXT = re.compile(r"inbound:([0-9]{1,10}):[a-z_]+")


class Verdict(StrEnum):
    stop = "stop"
    go_on = "go_on"
    done = "done"


@dataclass(frozen=True, slots=True)
class Decided:
    """`sentence` for the person who decided, `noted` and `subject` for the book."""

    sentence: str
    noted: str
    subject: str


HOW = {
    (TaskKind.unsure_reply, Verdict.stop): "They asked to stop",
    (TaskKind.unsure_reply, Verdict.go_on): "Not a stop",
    (TaskKind.reassigned, Verdict.stop): "It is another person's number",
    (TaskKind.reassigned, Verdict.go_on): "It is our patient",
    (TaskKind.vendor_stop, Verdict.stop): "The opt-out counts",
    (TaskKind.vendor_stop, Verdict.go_on): "The consent counts",
}
STOPPED = "Stopped. Nothing more is sent to this number."
DECIDE = "This text holds the number. Say whether it was a stop."
SETTLED_BY_IT = "Settled by the decision on another text"


def decide(
    session: Session,
    clinic_id: int,
    task_id: int,
    verdict: Verdict,
    by: str,
    note: str,
    now: datetime,
) -> Decided | Settled:
    """Raises NotFound for a task that is not this clinic's to settle, Invalid for a
    verdict that does not fit it."""
    task = task_at(session, clinic_id, task_id)
    if task.kind in OPERATORS:
        raise NotFound(GONE)
    if task.kind in QUESTIONS and task.phone is not None:
        return _answer(session, task, task.phone, verdict, by, now)
    if verdict is not Verdict.done:
        raise Invalid("This task is not about a stop. Say Done when it is done.")
    settled = settle_task(session, task, by, _note(note), now)
    if settled is not None:
        return settled
    _note_as_read(session, task, by, now)
    return Decided("Done.", "task done", f"task {task.id}")


def settle_for_operator(
    session: Session, task_id: int, by: str, note: str, now: datetime
) -> Decided | Settled:
    """Of any clinic, but only what no clinic can mend.  Raises NotFound."""
    task = session.get(Task, task_id)
    if task is None or task.kind not in OPERATORS:
        raise NotFound(GONE)
    settled = settle_task(session, task, by, _note(note), now)
    return settled or Decided("Done.", "task done", f"task {task_id}")


def decide_hold(
    session: Session,
    clinic_id: int,
    phone: str,
    verdict: Verdict,
    by: str,
    now: datetime,
) -> Decided | None:
    """For a number that is held though no task asks about it any more.  None when it is
    not held: then somebody was faster."""
    line = lock_line(session, clinic_id, phone)
    if verdict is Verdict.done or _questions(session, clinic_id, phone):
        raise Invalid(DECIDE)
    if not line.held:
        return None
    facts: dict[str, Any] = {"method": "decided by staff", "by": by}
    if verdict is Verdict.stop:
        seq = record.opt_out(session, clinic_id, phone, facts, now)
        return Decided(STOPPED, "decided: asked to stop", f"record {seq}")
    note = "read the conversation: not a stop"
    seq = record.release_hold(session, clinic_id, phone, by, note, now)
    told = _going_on(session, clinic_id, phone, line, 0)
    return Decided(told, "hold released", f"record {seq}")


def _note(typed: str) -> str | None:
    return storable(typed).strip()[:LONGEST_NOTE] or None


def inbound_of(task: Task) -> int | None:
    """The text that a task is about, where it is about one."""
    found = OF_A_TEXT.fullmatch(task.dedupe_key)
    return int(found[1]) if found else None


def _answer(
    session: Session, task: Task, phone: str, verdict: Verdict, by: str, now: datetime
) -> Decided | Settled:
    line = lock_line(session, task.clinic_id, phone)
    if verdict is Verdict.done and (line.held or line.word is not Word.opted_out):
        raise Invalid(DECIDE)
    how = HOW.get((task.kind, verdict), "The number was stopped already")
    settled = settle_task(session, task, by, how, now)
    if settled is not None:
        return settled
    if verdict is Verdict.stop:
        decided = _stop(session, task, phone, by, how, now)
    elif verdict is Verdict.go_on:
        decided = _go_on(session, task, phone, line, by, how, now)
    else:
        text = "Done. The number stays stopped."
        decided = Decided(text, "task done", f"task {task.id}")
    if verdict is not Verdict.go_on:  # nobody has answered her yet
        _note_as_read(session, task, by, now)
    return decided


def _stop(
    session: Session, task: Task, phone: str, by: str, how: str, now: datetime
) -> Decided:
    """Every other question about this number is answered with it."""
    others = _questions(session, task.clinic_id, phone)
    for other in others:
        settle_task(session, other, by, SETTLED_BY_IT, now)
    inbound = _text_of(session, task)
    facts = {
        "method": "decided by staff",
        "why": how,
        "words": inbound.body if inbound else None,
        "inbound_id": inbound.id if inbound else None,
        "vendor_sid": inbound.vendor_sid if inbound else None,
        "task": task.id,
        "by": by,
    }
    seq = record.opt_out(session, task.clinic_id, phone, facts, now)
    tasks = ", ".join(f"task {one.id}" for one in (task, *others))
    return Decided(STOPPED, f"decided: {how}", f"{tasks}, record {seq}")


def _go_on(
    session: Session,
    task: Task,
    phone: str,
    line: LineState,
    by: str,
    how: str,
    now: datetime,
) -> Decided:
    """The number is free only when no other text of hers is in doubt."""
    others = len(_questions(session, task.clinic_id, phone))
    subject = f"task {task.id}"
    if line.held and not others:
        text = inbound_of(task)
        about = f"task {task.id}" + (f", text {text}" if text else "")
        note = f"{about}: {how}"
        seq = record.release_hold(session, task.clinic_id, phone, by, note, now)
        subject += f", record {seq}"
    told = _going_on(session, task.clinic_id, phone, line, others)
    return Decided(told, f"decided: {how}", subject)


def _going_on(
    session: Session, clinic_id: int, phone: str, line: LineState, others: int
) -> str:
    waits = waits_still(session, clinic_id, phone)
    rest = " The text still waits in the inbox." if waits else ""
    if others:
        text = "another text waits" if others == 1 else f"{others} other texts wait"
        return f"Decided. The number stays held: {text} for a decision."
    if line.word is Word.opted_in:
        return f"Decided. Texts may go to this number again.{rest}"
    if line.word is Word.opted_out:
        return f"Decided. The number stays stopped, as it was before this text.{rest}"
    return f"Decided. Texts go to this number only once the patient opts in.{rest}"


def _questions(session: Session, clinic_id: int, phone: str) -> Sequence[Task]:
    """The open ones about this number."""
    return session.scalars(
        sa.select(Task)
        .where(
            col(Task.clinic_id) == clinic_id,
            col(Task.done_at).is_(None),
            col(Task.phone) == phone,
            col(Task.kind).in_(QUESTIONS),
        )
        .order_by(col(Task.id))
    ).all()


def _text_of(session: Session, task: Task) -> InboundMessage | None:
    inbound_id = inbound_of(task)
    found = session.get(InboundMessage, inbound_id) if inbound_id else None
    return found if found and found.clinic_id == task.clinic_id else None


def _note_as_read(session: Session, task: Task, by: str, now: datetime) -> None:
    """Who settles the last task of a text has read it: the inbox need not ask again."""
    inbound = _text_of(session, task)
    if inbound is None or inbound.id is None or task.phone is None:
        return
    still_open = sa.select(col(Task.id)).where(
        col(Task.clinic_id) == task.clinic_id,
        col(Task.done_at).is_(None),
        col(Task.phone) == task.phone,
        col(Task.kind).not_in(OPERATORS),
    )
    if session.scalars(still_open.limit(1)).first() is not None:
        return
    written_at = min(inbound.received_at, inbound.vendor_at or inbound.received_at)
    read_with_its_task(
        session, task.clinic_id, task.phone, (inbound.id, written_at), by, now
    )
