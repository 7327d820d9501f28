"""The texts of visits as they stand: what left, waits, is held, and what will be planned.

Reads rows and decides nothing: what is not planned yet is foretold by the planner's
own rules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.signin import ClinicHere
from gateway.models import Message
from gateway.progress import progress
from reminders.compose import Booked, free_from, steps_of
from reminders.models import Appointment, Reminder, ReminderPolicy, VisitReply
from reminders.plan import PASSED, Planned
from reminders.policy import ladder_of
from reminders.unsent import DECLINED

OFF = "Reminders are switched off."
ANSWERED = "The patient answered that they cannot come, or want another time."
UNCLEAR = (
    "A list says something about this visit that could not be read, so no text about it "
    "leaves: {why}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One text of a visit.  `word` is planned, due, held, sent, delivered,
    not delivered, failed, expired, unknown, withdrawn or none; `at` is when it leaves
    or left."""

    word: str
    before: str = ""  # the visit, such as "3 days before"
    at: datetime | None = None
    why: tuple[str, ...] = ()

    @property
    def too_late(self) -> bool:
        return self.why == (PASSED,)


def told(
    session: Session, clinic_id: int, visit_ids: Sequence[int]
) -> dict[int, dict[int, Step]]:
    """By visit and minutes before it: the reminders of its present version."""
    rows = session.connection().execute(
        sa.select(
            col(Reminder.appointment_id),
            col(Reminder.offset_minutes),
            col(Reminder.skipped_why),
            col(Message.state),
            col(Message.send_from),
            col(Message.submitted_at),
            col(Message.held_since),
            col(Message.held_why),
            col(Message.outcome),
            col(Message.delivery),
        )
        .join(Appointment, col(Appointment.id) == col(Reminder.appointment_id))
        .outerjoin(Message, col(Message.id) == col(Reminder.message_id))
        .where(
            col(Reminder.clinic_id) == clinic_id,
            col(Reminder.appointment_id).in_(visit_ids),
            col(Reminder.version) == col(Appointment.version),
        )
        .order_by(col(Reminder.offset_minutes).desc())
    )
    found: dict[int, dict[int, Step]] = {}
    for row in rows:
        found.setdefault(row.appointment_id, {})[row.offset_minutes] = replace(
            _step(row), before=before(row.offset_minutes)
        )
    return found


def _step(row: Any) -> Step:
    if row.state is None:
        return Step(word="none", why=(row.skipped_why or "",))
    word = progress(row.state, row.delivery, row.held_since is not None)
    why = row.held_why if word == "held" else [row.outcome]
    return Step(
        word=word,
        at=row.send_from if word in ("due", "held") else row.submitted_at,
        why=tuple(sentence for sentence in why or () if sentence),
    )


def foretold(
    visit: Booked,
    reply: VisitReply | None,
    known: Mapping[int, Step],
    clinic: ClinicHere,
    policy: ReminderPolicy | None,
    now: datetime,
    left: datetime | None = None,
) -> dict[int, Step]:
    """What the next pass of the planner will make of it, by minutes before it.  `left`:
    when the phone had its last reminder (`phone_day.last_left`)."""
    if policy is None or not policy.enabled:
        return {0: Step(word="none", why=(OFF,))}
    silent = silent_because(visit, reply)
    if silent:
        return {0: Step(word="none", why=(silent,))}
    entries = steps_of(
        visit,
        clinic,
        ladder_of(policy),
        [
            minutes
            for minutes, step in known.items()
            if step.word not in ("none", "withdrawn")
        ],
        now,
        free_from(visit, clinic, left),
    )
    return {
        entry.offset_minutes: Step(
            word="planned", before=before(entry.offset_minutes), at=entry.send_from
        )
        if isinstance(entry, Planned)
        else Step(word="none", before=before(entry.offset_minutes), why=(entry.why,))
        for entry in entries
    }


def silent_because(visit: Booked, reply: VisitReply | None) -> str:
    """Why nothing is planned of a visit; "" where nothing speaks against it."""
    if visit.unclear:
        return UNCLEAR.format(why=visit.unclear)
    return ANSWERED if reply in DECLINED else ""


def before(minutes: int) -> str:
    """`3 days before`, `2 hours before`."""
    days, rest = divmod(minutes, 24 * 60)
    count, unit = (minutes / 60, "hour") if rest else (days, "day")
    return f"{count:g} {unit}{'s' if count != 1 else ''} before"
