"""The reminder that is held for a patient, what ends that, and whether to call instead.

Reads rows and decides nothing: the reasons are those that the gate wrote down, until a
person's word has overtaken them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from clinics.signin import ClinicHere
from consent.standing import LineState, Word
from gateway.gate import NOT_OPTED_IN, Obstacle
from gateway.models import Message, SendDecision, State
from gateway.quiet_hours import Window, is_open
from gateway.restraint import LOOKED_AT_SOON
from reminders.foreseen import foreseen
from reminders.held_words import PLANNED_SOON, ends, ends_of_line, soon
from reminders.models import Appointment, PhoneReminder, Reminder
from reminders.near import near
from reminders.phoned import COLUMNS, OF_VISIT, Phoned, phoned_of

NOT_AGREED = ({"obstacle": Obstacle.not_opted_in.value},)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A reminder that cannot leave as things stand, in the gate's own sentences."""

    message_id: int | None  # None: the next pass plans it
    visit_id: int
    visit_at: datetime
    why: tuple[str, ...]
    phoned: Phoned | None
    near: str = ""  # today, tomorrow or on Monday
    ends: str = ""  # what has to happen, by whom, before it leaves
    soon: str = ""  # instead of all that, while nobody has to do anything


@dataclass(frozen=True, slots=True)
class _Verdict:
    """The gate's last word on a text, and whether its hour is open now."""

    obstacles: Sequence[Mapping[str, str]]
    cells: Mapping[str, Any]
    open: bool

    @property
    def sentences(self) -> tuple[str, ...]:
        return tuple(one["sentence"] for one in self.obstacles)

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(one["obstacle"] for one in self.obstacles)


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
    session: Session,
    clinic: ClinicHere,
    patient: Patient,
    line: LineState,
    now: datetime,
) -> Held | None:
    """Of one patient, with what ends it.  `line` is that of the phone, for care."""
    patient_id = patient.id or 0
    held = held_now(session, clinic.id, [patient_id]).get(patient_id)
    if held is not None:
        verdict = _last_verdict(session, clinic.id, held, now)
        held = _explained(held, verdict, line)
    else:
        held = _foreseen(session, clinic, patient_id, line, now)
    return held and replace(held, near=near(held.visit_at, now, clinic.time_zone))


def _explained(held: Held, verdict: _Verdict, line: LineState) -> Held:
    """Of the gate's last word, where it is the one that stands; else of what the
    patient or the desk has said since."""
    stands = verdict.sentences == held.why
    if line.held or line.word is Word.opted_out:  # the page's own box says why
        return replace(held, ends=ends_of_line(line, verdict.kinds))
    if line.word is Word.opted_in:
        words = soon(held.why, verdict.kinds, stands=stands, open=verdict.open)
        if words:
            return replace(held, soon=words)
    elif not stands and LOOKED_AT_SOON.issuperset(held.why):
        return _not_agreed(held, line)
    if not stands:
        return replace(held, ends=ends((), {}))
    return replace(held, ends=ends(verdict.obstacles, verdict.cells))


def _not_agreed(held: Held, line: LineState) -> Held:
    if line.held or line.word is Word.opted_out:
        return replace(held, ends=ends_of_line(line, ()))
    return replace(held, why=(NOT_OPTED_IN[line.word],), ends=ends(NOT_AGREED, {}))


def _foreseen(
    session: Session,
    clinic: ClinicHere,
    patient_id: int,
    line: LineState,
    now: datetime,
) -> Held | None:
    """The same for a reminder that the next pass plans, such as after a new number."""
    visit = foreseen(session, clinic, patient_id, now)
    if visit is None:
        return None
    held = Held(
        message_id=None,
        visit_id=visit.id,
        visit_at=visit.starts_at,
        why=(),
        phoned=visit.phoned,
    )
    if line.word is Word.opted_in and not line.held:
        return replace(held, soon=PLANNED_SOON)
    return _not_agreed(held, line)


def _last_verdict(
    session: Session, clinic_id: int, held: Held, now: datetime
) -> _Verdict:
    row = (
        session.connection()
        .execute(
            sa.select(
                col(Message.zones),
                col(Message.window),
                col(Message.send_until),
                col(SendDecision.obstacles),
                col(SendDecision.facts),
            )
            .outerjoin(
                SendDecision,
                sa.and_(
                    col(SendDecision.clinic_id) == col(Message.clinic_id),
                    col(SendDecision.message_id) == col(Message.id),
                ),
            )
            .where(
                col(Message.clinic_id) == clinic_id,
                col(Message.id) == held.message_id,
            )
            .order_by(col(SendDecision.id).desc())
            .limit(1)
        )
        .one()
    )
    hours = is_open(now, row.zones.split(","), Window.read(row.window))
    return _Verdict(
        row.obstacles or (),
        (row.facts or {}).get("cells") or {},
        open=hours and now < row.send_until,
    )
