"""Queues the reminders that the visits of a clinic are due, each once.

A visit is planned once for each of its versions.  The lock on the visit, the unique
key of its reminders and the dedupe key of their messages each stop a second text.  One
planner of a clinic at a time: what falls on one day of a phone becomes one text.
Whether a text may leave is not asked here: the gate decides when it is sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, Language, Patient
from gateway.models import Message, State
from kernel.db import insert_or_ignore
from reminders.compose import (
    BOOKED,
    Booked,
    free_from,
    hours_of,
    steps_of,
    zones_of,
)
from reminders.models import Appointment, Reminder
from reminders.phone_day import (
    crowded,
    last_left,
    look_again_at_expired,
    waiting,
)
from reminders.plan import Planned, Skipped
from reminders.policy import ladder_of, switched_on, usable_wordings
from reminders.queueing import Round, ask_to_call, note, put, write
from reminders.rendering import Unrenderable
from reminders.together import Part, Text, joined
from reminders.together_words import together_wordings
from reminders.unsent import MAY_BE_TOLD, STANDS, in_parts

LIMIT = 500  # visits in one transaction


@dataclass(frozen=True, slots=True)
class Counts:
    """`appointments` planned now; fewer than the limit means that none is left."""

    appointments: int = 0
    queued: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class _Before:
    """A reminder of this version that an earlier plan left behind."""

    id: int
    message_id: int | None
    open: bool  # nothing of it left or will leave, so it may be planned again


def plan(session: Session, clinic_id: int, now: datetime, limit: int = LIMIT) -> Counts:
    """Safe to run in many processes at once, and again at any time.

    Visits in a language without a usable wording wait, with a task for a person.
    """
    policy = switched_on(session, clinic_id)
    clinic = session.get(Clinic, clinic_id)
    if policy is None or clinic is None:
        return Counts()
    wordings = usable_wordings(session, clinic_id, policy.number_id, now)
    this = Round(
        session=session,
        clinic_id=clinic_id,
        clinic=clinic,
        policy=policy,
        ladder=ladder_of(policy),
        wordings=wordings,
        together=together_wordings(session, clinic_id, policy.number_id),
        now=now,
    )
    look_again_at_expired(session, clinic_id, now)
    visits = _to_plan(session, clinic_id, list(wordings), now, limit)
    _mark_planned(session, clinic_id, visits)  # first: who lost a race is unmarked
    queued, skipped = _plan(this, visits)
    if this.new:
        session.connection().execute(insert_or_ignore(session, Reminder), this.new)
    return Counts(len(visits), queued, skipped)


def _plan(this: Round, visits: Sequence[Booked]) -> tuple[int, int]:
    """How many texts were queued, and how many steps left out."""
    before = _before(
        this.session, this.clinic_id, [visit.id for visit in visits], this.now
    )
    held = crowded(this.session, this.clinic_id, this.clinic.time_zone, this.now)
    phones = {visit.phone for visit in visits} | held
    there = waiting(this.session, this.clinic_id, phones)
    left = last_left(this.session, this.clinic_id, phones, this.now)
    new: dict[str, list[Text]] = {visit.phone: [] for visit in visits}
    skipped = 0
    for visit in visits:
        steps = before.get(visit.id, {})
        texts, without = _steps(this, visit, steps, left.get(visit.phone))
        new[visit.phone] += texts
        skipped += without
    queued = sum(
        put(this, text)
        for phone in (*new, *sorted(held - set(new)))
        for text in joined(there.get(phone, []), new.get(phone, []), this.now)
        if text.changed
    )
    return queued, skipped


def _steps(
    this: Round,
    visit: Booked,
    before: Mapping[int, _Before],
    left: datetime | None,
) -> tuple[list[Text], int]:
    """The texts of one visit, and how many steps have none.  Never raises for a visit
    that cannot be planned: the others would wait behind it."""
    zones = zones_of(visit, this.clinic.time_zone)
    entries = steps_of(
        visit,
        this.clinic,
        this.ladder,
        [step for step, row in before.items() if not row.open],
        this.now,
        free_from(visit, this.clinic, left),
    )
    body = write(this, [visit])
    if isinstance(body, Unrenderable):
        why = " ".join(body.problems)
        ask_to_call(this, visit, why)
        entries = [Skipped(entry.offset_minutes, why) for entry in entries]
    texts: list[Text] = []
    for entry in entries:
        row = before.get(entry.offset_minutes)
        part = Part(
            visit=visit,
            offset_minutes=entry.offset_minutes,
            send_until=entry.send_until if isinstance(entry, Planned) else this.now,
            reminder_id=row.id if row else None,
            message_id=row.message_id if row else None,
        )
        if isinstance(entry, Planned):
            texts.append(_text(this, part, entry, zones))
        else:
            note(this, part, skipped_why=entry.why)
    return texts, len(entries) - len(texts)


def _text(this: Round, part: Part, entry: Planned, zones: tuple[str, ...]) -> Text:
    offset = entry.offset_minutes
    return Text(
        parts=(part,),
        send_from=entry.send_from,
        zones=zones,
        window=hours_of(part.visit, this.clinic, this.ladder.window),
        besides=offset if this.ladder.besides(offset) else None,
        changed=True,
    )


def _to_plan(
    session: Session,
    clinic_id: int,
    languages: Sequence[Language],
    now: datetime,
    limit: int,
) -> list[Booked]:
    """Visits ahead whose newest version has no reminders yet, the nearest first."""
    rows = (
        session.connection()
        .execute(
            sa.select(*BOOKED)
            .join(Patient, col(Patient.id) == col(Appointment.patient_id))
            .where(
                col(Appointment.clinic_id) == clinic_id,
                col(Appointment.planned_version) < col(Appointment.version),
                col(Appointment.starts_at) > now,
                col(Appointment.status).in_(STANDS),
                MAY_BE_TOLD,
                col(Patient.language).in_(languages),
            )
            .order_by(col(Appointment.starts_at), col(Appointment.id))
            .limit(limit)
            .with_for_update(of=Appointment, skip_locked=True)
        )
        .mappings()
    )
    return [Booked(**row) for row in rows]


def _before(
    session: Session, clinic_id: int, appointment_ids: Sequence[int], now: datetime
) -> dict[int, dict[int, _Before]]:
    """By visit and step: the reminders of the visits' present versions."""
    found: dict[int, dict[int, _Before]] = {}
    for part in in_parts(appointment_ids):
        rows = session.connection().execute(
            sa.select(
                col(Reminder.id),
                col(Reminder.appointment_id),
                col(Reminder.offset_minutes),
                col(Reminder.message_id),
                col(Reminder.useful_until),
                col(Message.state),
            )
            .join(Appointment, col(Appointment.id) == col(Reminder.appointment_id))
            .outerjoin(Message, col(Message.id) == col(Reminder.message_id))
            .where(
                col(Reminder.clinic_id) == clinic_id,
                col(Reminder.appointment_id).in_(part),
                col(Reminder.version) == col(Appointment.version),
            )
        )
        for row in rows:
            gone = row.state is State.expired and row.useful_until is not None
            may_plan = (
                row.message_id is None
                or row.state is State.withdrawn
                or (gone and row.useful_until > now)
            )
            steps = found.setdefault(row.appointment_id, {})
            steps[row.offset_minutes] = _Before(row.id, row.message_id, may_plan)
    return found


def _mark_planned(session: Session, clinic_id: int, visits: Sequence[Booked]) -> None:
    for part in in_parts([visit.id for visit in visits]):
        session.connection().execute(
            sa.update(Appointment)
            .where(
                col(Appointment.clinic_id) == clinic_id, col(Appointment.id).in_(part)
            )
            .values(planned_version=col(Appointment.version))
        )
