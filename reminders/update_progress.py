"""How far an update to a day's patients came, and the updates of a clinic.

Reads rows and decides nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Patient
from gateway.models import Message
from gateway.progress import progress
from reminders.models import Appointment, DayUpdate, UpdatedVisit
from reminders.unsent import STANDS
from reminders.unsent_others import NO_VISIT

LISTED = 20
# Nobody has read these, so somebody calls.
TO_CALL = ("held", "not delivered", "failed", "expired", "unknown", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """One phone of an update.  `word` is due, held, sent, delivered, not delivered,
    failed, expired, unknown, withdrawn, or none where there was no text."""

    phone: str
    names: str
    patient_id: int
    visit_at: datetime
    word: str
    why: tuple[str, ...]
    left_out: bool  # taken back as a visit changed that is still on that day

    @property
    def to_call(self) -> bool:
        return self.word in TO_CALL or self.left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    reached: tuple[Reached, ...]

    @property
    def counts(self) -> dict[str, int]:
        words = [one.word for one in self.reached]
        order = ("sent", "delivered", "due", "withdrawn", *TO_CALL)
        return {word: words.count(word) for word in order if word in words}

    @property
    def can_be_taken_back(self) -> int:
        return sum(one.word in ("due", "held") for one in self.reached)

    @property
    def to_call(self) -> tuple[Reached, ...]:
        return tuple(one for one in self.reached if one.to_call)


def progress_of(session: Session, clinic_id: int, update_id: int) -> Progress:
    """By phone, the earliest visit first."""
    rows: Any = session.connection().execute(
        sa.select(
            col(UpdatedVisit.phone),
            col(UpdatedVisit.patient_id),
            col(UpdatedVisit.skipped_why),
            col(Patient.given_name),
            col(Patient.family_name),
            col(Appointment.starts_at),
            col(Appointment.status),
            col(Appointment.wall_time),
            col(DayUpdate.day),
            col(Message.state),
            col(Message.delivery),
            col(Message.held_since),
            col(Message.held_why),
            col(Message.outcome),
        )
        .join(Appointment, col(Appointment.id) == col(UpdatedVisit.appointment_id))
        .join(Patient, col(Patient.id) == col(UpdatedVisit.patient_id))
        .join(DayUpdate, col(DayUpdate.id) == col(UpdatedVisit.update_id))
        .outerjoin(Message, col(Message.id) == col(UpdatedVisit.message_id))
        .where(
            col(UpdatedVisit.clinic_id) == clinic_id,
            col(UpdatedVisit.update_id) == update_id,
        )
        .order_by(col(Appointment.starts_at), col(UpdatedVisit.id))
    )
    by_phone: dict[str, list[Any]] = {}
    for row in rows:
        by_phone.setdefault(row.phone, []).append(row)
    return Progress(reached=tuple(_reached(group) for group in by_phone.values()))


def _reached(rows: list[Any]) -> Reached:
    first = rows[0]
    names = (f"{row.given_name} {row.family_name}".strip() for row in rows)
    if first.state is None:
        word, why = "none", [first.skipped_why]
    else:
        word = progress(first.state, first.delivery, first.held_since is not None)
        why = first.held_why if word == "held" else [first.outcome]
    return Reached(
        phone=first.phone,
        names=", ".join(dict.fromkeys(filter(None, names))),
        patient_id=first.patient_id,
        visit_at=first.starts_at,
        word=word,
        why=tuple(sentence for sentence in why or () if sentence),
        left_out=first.outcome == NO_VISIT and any(map(_still_that_day, rows)),
    )


def _still_that_day(row: Any) -> bool:
    """Moved by an hour or to another provider: what the update says still counts."""
    same: bool = row.wall_time.startswith(row.day.isoformat())
    return same and row.status in STANDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    update: DayUpdate
    texts: int


def updates_of(session: Session, clinic_id: int) -> list[Listed]:
    """The newest first, drafts included."""
    counted = (
        sa.select(
            col(UpdatedVisit.update_id),
            sa.func.count(sa.distinct(col(UpdatedVisit.message_id))).label("texts"),
        )
        .where(col(UpdatedVisit.clinic_id) == clinic_id)
        .group_by(col(UpdatedVisit.update_id))
        .subquery()
    )
    rows = session.exec(
        select(DayUpdate, sa.func.coalesce(counted.c.texts, 0))
        .outerjoin(counted, counted.c.update_id == DayUpdate.id)
        .where(col(DayUpdate.clinic_id) == clinic_id)
        .order_by(col(DayUpdate.id).desc())
        .limit(LISTED)
    )
    return [Listed(update=update, texts=texts) for update, texts in rows]
