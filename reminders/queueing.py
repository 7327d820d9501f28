"""Puts reminders into the outbox, each once, and keeps the row of every step.

Whether a text may leave is not asked here: the gate decides when it is sent.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, Language, TaskKind
from clinics.tasks import open_task
from consent.models import Topic
from gateway import outbox
from gateway.models import MessageKind
from reminders.compose import Booked, Wording, compose, compose_together
from reminders.models import Reminder, ReminderPolicy
from reminders.plan import Policy
from reminders.rendering import Rendered, Unrenderable
from reminders.together import Part, Text
from reminders.unsent import plan_again

LONGEST_KEY = 150  # characters; of a longer one the hash
JOINED = "It is part of one text about several visits now."


@dataclass(frozen=True, slots=True)
class Round:
    """What holds for every visit of one call."""

    session: Session
    clinic_id: int
    clinic: Clinic
    policy: ReminderPolicy
    ladder: Policy
    wordings: dict[Language, Wording]
    together: dict[Language, Wording]
    now: datetime
    new: list[dict[str, Any]] = field(default_factory=list)  # rows, inserted at the end


def put(this: Round, text: Text) -> bool:
    """False when nothing was queued: it was queued before, or a part has just left, and
    then its visits are planned once more."""
    visits = [part.visit for part in text.parts]
    body = write(this, visits)
    if isinstance(body, Unrenderable):
        return _not_written(this, text, " ".join(body.problems))
    if text.replaces and not _take_back(this, text):
        return False
    message_id = outbox.queue(
        this.session,
        clinic_id=this.clinic_id,
        number_id=this.policy.number_id,
        phone=visits[0].phone,
        topic=Topic.care,
        kind=MessageKind.reminder,
        body=body.body,
        dedupe_key=_key(text),
        send_from=text.send_from,
        send_until=text.send_until,
        zones=text.zones,
        window=str(text.window),
        expects="visit",
        once_a_day=text.besides is None,
        now=this.now,
    )
    if message_id is None:
        return False
    for part in text.parts:
        note(this, part, message_id=message_id)
    return True


def write(this: Round, visits: list[Booked]) -> Rendered | Unrenderable:
    first = visits[0]
    if len(visits) == 1:
        return compose(first, this.clinic, this.wordings[first.language])
    return compose_together(visits, this.clinic, this.together[first.language])


def _take_back(this: Round, text: Text) -> bool:
    """False when one of those that waited has left since they were read."""
    taken = outbox.withdraw(this.session, text.replaces, JOINED, this.now)
    if taken == len(text.replaces):
        return True
    plan_again(this.session, this.clinic_id, this.now, sorted(text.visit_ids))
    return False


def _not_written(this: Round, text: Text, why: str) -> bool:
    """What waits goes on waiting; of what is new the desk is told."""
    for part in text.parts:
        if part.message_id not in text.replaces:
            note(this, part, skipped_why=why)
            ask_to_call(this, part.visit, why)
    return False


def _key(text: Text) -> str:
    """Names the steps, and after which text they come: the one that was taken back."""
    steps = "+".join(
        f"{part.visit.id}:{part.visit.version}:{part.offset_minutes}"
        for part in text.parts
    )
    key = f"reminder:{steps}"
    before = [part.message_id for part in text.parts if part.message_id is not None]
    if before:
        key += f":after:{max(before)}"
    if len(key) > LONGEST_KEY:
        return f"reminder:{hashlib.sha256(key.encode()).hexdigest()}"
    return key


def note(
    this: Round,
    part: Part,
    *,
    message_id: int | None = None,
    skipped_why: str | None = None,
) -> None:
    """The reminder's own row.  A text that was taken back stays with it, as its
    reason, until another one takes its place."""
    told = {
        "message_id": message_id,
        "skipped_why": skipped_why,
        "useful_until": part.send_until if message_id is not None else None,
    }
    if part.reminder_id is None:
        this.new.append(
            {
                "clinic_id": this.clinic_id,
                "appointment_id": part.visit.id,
                "version": part.visit.version,
                "offset_minutes": part.offset_minutes,
                **told,
            }
        )
        return
    if message_id is None and part.message_id is not None:
        told = {"useful_until": None}
    this.session.connection().execute(
        sa.update(Reminder).where(col(Reminder.id) == part.reminder_id).values(told)
    )


def ask_to_call(this: Round, visit: Booked, why: str) -> None:
    name = f"{visit.given_name} {visit.family_name}".strip() or "A patient"
    open_task(
        this.session,
        this.clinic_id,
        TaskKind.call_patient,
        f"unwritten:{visit.id}:{visit.version}",
        f"{name} gets no reminder of the visit of {visit.wall_time.replace('T', ' ')}: "
        f"{why} Call, or change the wording.",
        this.now,
        phone=visit.phone,
    )
