"""The reminder that is held for a patient, what ends that, and whether to call instead.

Reads rows and decides nothing: the reasons are those that the gate wrote down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.signin import ClinicHere
from gateway.gate import Obstacle
from gateway.models import Message, SendDecision, State
from kernel.carriers import LABELS, Carrier
from registration.status import Status
from reminders.models import Appointment, PhoneReminder, Reminder
from reminders.near import near
from reminders.phoned import COLUMNS, OF_VISIT, Phoned, phoned_of

OPERATOR = "The operator, who runs Heed for the clinic,"
UNDECIDED = {None, Status.PENDING.value, Status.REVIEW.value}
TAKEN_AWAY = {Status.REJECTED.value, Status.SUSPENDED.value}
ONCE = {
    Obstacle.not_textable: "a mobile number is entered (Change) and the patient has "
    "agreed to texts on it",
    Obstacle.line_held: "that is decided",
    Obstacle.not_opted_in: "the patient has agreed, in one of the ways below",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A reminder that cannot leave as things stand, in the gate's own sentences."""

    message_id: int
    visit_id: int
    visit_at: datetime
    why: tuple[str, ...]
    phoned: Phoned | None
    near: str = ""  # today, tomorrow or on Monday
    ends: str = ""  # what has to happen, by whom, before it leaves


def held_now(
    session: Session, clinic_id: int, patient_ids: Sequence[int]
) -> dict[int, Held]:
    """By patient: the reminder that is held now, of the nearest visit.  One query."""
    rows = session.connection().execute(
        sa.select(
            col(Appointment.id),
            col(Appointment.patient_id),
            col(Appointment.starts_at),
            col(Message.id).label("message_id"),
            col(Message.held_why),
            *COLUMNS,
        )
        .join(Reminder, col(Reminder.appointment_id) == col(Appointment.id))
        .join(Message, col(Message.id) == col(Reminder.message_id))
        .outerjoin(PhoneReminder, OF_VISIT)
        .where(
            col(Appointment.clinic_id) == clinic_id,
            col(Appointment.patient_id).in_(patient_ids),
            col(Message.state) == State.due,
            col(Message.held_since).is_not(None),
        )
        .order_by(col(Appointment.starts_at).desc(), col(Message.id).desc())
    )
    return {
        row.patient_id: Held(
            message_id=row.message_id,
            visit_id=row.id,
            visit_at=row.starts_at,
            why=tuple(row.held_why or ()),
            phoned=phoned_of(row),
        )
        for row in rows
    }


def held_for(
    session: Session, clinic: ClinicHere, patient_id: int, now: datetime
) -> Held | None:
    """Of one patient, with what ends it.  Two queries."""
    held = held_now(session, clinic.id, [patient_id]).get(patient_id)
    if held is None:
        return None
    return replace(
        held,
        near=near(held.visit_at, now, clinic.time_zone),
        ends=ends(*_decided(session, clinic.id, held)),
    )


def _decided(
    session: Session, clinic_id: int, held: Held
) -> tuple[Sequence[Mapping[str, str]], Mapping[str, Any]]:
    """The obstacles that the gate named, and the cells it saw; nothing where its last
    word is not the one that stands."""
    row = (
        session.connection()
        .execute(
            sa.select(col(SendDecision.obstacles), col(SendDecision.facts))
            .where(
                col(SendDecision.clinic_id) == clinic_id,
                col(SendDecision.message_id) == held.message_id,
            )
            .order_by(col(SendDecision.id).desc())
            .limit(1)
        )
        .one_or_none()
    )
    if row is None or tuple(one["sentence"] for one in row.obstacles) != held.why:
        return (), {}
    return row.obstacles, row.facts.get("cells") or {}


def ends(obstacles: Sequence[Mapping[str, str]], cells: Mapping[str, Any]) -> str:
    """Who has to do what before the text leaves by itself.  `obstacles` and `cells` are
    those of a `SendDecision`.  Pure."""
    kinds = {one["obstacle"] for one in obstacles}
    asked = [one["carrier"] for one in obstacles if one.get("carrier")]
    words = [_of_carriers(asked, cells)] if asked else []
    once = "that has changed" if len(kinds) < 2 else "all of that has changed"
    if kinds == {Obstacle.carrier_not_active}:
        once = (
            f"{_named(asked)} {'lets' if len(asked) == 1 else 'let'} the texts through"
        )
    elif len(kinds) == 1:
        once = ONCE.get(Obstacle(*kinds), once)
    words.append(f"Once {once}, it leaves by itself, if the visit is still ahead.")
    return " ".join(words)


def _of_carriers(carriers: Sequence[str], cells: Mapping[str, Any]) -> str:
    words = {(cells.get(one) or {}).get("status") for one in carriers}
    nothing = "There is nothing for you to do"
    if words <= UNDECIDED:
        decide = "decides" if len(carriers) == 1 else "decide"
        return (
            f"{_named(carriers)} {decide}; there is nothing for you to do. {OPERATOR} "
            "follows it up. Nobody knows when."
        )
    follows = f"{nothing}: {OPERATOR[0].lower()}{OPERATOR[1:]}"
    if words & TAKEN_AWAY:
        return f"{follows} clears it up with {_named(carriers)}. Nobody knows when."
    return f"{follows} follows it up."  # confirmed too long ago


def _named(carriers: Sequence[str]) -> str:
    names = [LABELS[Carrier(one)] for one in carriers]
    return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
