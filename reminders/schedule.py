"""Queues the reminders that the visits of a clinic are due, each once.

A visit is planned once for each of its versions.  The lock on the visit, the unique
key of its reminders and the dedupe key of their messages each stop a second text.
Whether a text may leave is not asked here: the gate decides when it is sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, Language, Patient, TaskKind
from clinics.tasks import open_task
from consent.models import Topic
from gateway import outbox
from gateway.models import Message, MessageKind, State
from gateway.quiet_hours import Window
from kernel.db import insert_or_ignore
from reminders.compose import Booked, Wording, compose, zones_of
from reminders.models import Appointment, Reminder, ReminderPolicy
from reminders.plan import Planned, Policy, Skipped, Visit, due_reminders
from reminders.policy import switched_on, usable_wordings, window_of
from reminders.rendering import Rendered, Unrenderable
from reminders.unsent import DECLINED, STANDS, in_parts

LIMIT = 500  # visits in one transaction

BOOKED: tuple[Any, ...] = (  # the fields of a `Booked`
    col(Appointment.id),
    col(Appointment.patient_id),
    col(Appointment.version),
    col(Appointment.starts_at),
    col(Appointment.time_zone),
    col(Appointment.wall_time),
    col(Appointment.location),
    col(Appointment.provider),
    col(Patient.given_name),
    col(Patient.family_name),
    col(Patient.phone),
    col(Patient.language),
    col(Patient.time_zone).label("her_zone"),
)


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


@dataclass(frozen=True, slots=True)
class _Round:
    """What holds for every visit of one call."""

    session: Session
    clinic_id: int
    clinic: Clinic
    policy: ReminderPolicy
    window: Window
    now: datetime
    new: list[dict[str, Any]]  # reminders to insert, all at the end


def plan(session: Session, clinic_id: int, now: datetime, limit: int = LIMIT) -> Counts:
    """Safe to run in many processes at once, and again at any time.

    Visits in a language without a usable wording wait, with a task for a person.
    """
    policy = switched_on(session, clinic_id)
    clinic = session.get(Clinic, clinic_id)
    if policy is None or clinic is None:
        return Counts()
    wordings = usable_wordings(session, clinic_id, policy.number_id, now)
    visits = _to_plan(session, clinic_id, list(wordings), now, limit)
    before = _before(session, clinic_id, [visit.id for visit in visits])
    window = window_of(policy)
    this = _Round(session, clinic_id, clinic, policy, window, now, [])
    queued = skipped = 0
    for visit in visits:
        done = _plan_one(
            this, visit, wordings[visit.language], before.get(visit.id, {})
        )
        queued, skipped = queued + done.queued, skipped + done.skipped
    if this.new:
        session.connection().execute(insert_or_ignore(session, Reminder), this.new)
    _mark_planned(session, clinic_id, visits)
    return Counts(len(visits), queued, skipped)


def _plan_one(
    this: _Round, visit: Booked, wording: Wording, before: Mapping[int, _Before]
) -> Counts:
    """Queues the texts of one visit, or notes why not.  Never raises for a visit that
    cannot be planned: the others would wait behind it."""
    zones = zones_of(visit, this.clinic.time_zone)
    entries = due_reminders(
        Visit(
            starts_at=visit.starts_at,
            time_zone=visit.time_zone,
            zones=zones,
            told=frozenset(step for step, row in before.items() if not row.open),
        ),
        Policy(tuple(this.policy.offsets), this.window),
        this.now,
    )
    text = compose(visit, this.clinic, wording)
    if isinstance(text, Unrenderable):
        why = " ".join(text.problems)
        _ask_to_call(this, visit, why)
        entries = [Skipped(entry.offset_minutes, why) for entry in entries]
    queued = 0
    for entry in entries:
        known = before.get(entry.offset_minutes)
        if isinstance(entry, Planned) and isinstance(text, Rendered):
            queued += _queue(this, visit, entry, text, zones, known)
        elif isinstance(entry, Skipped):
            _note(this, visit, entry.offset_minutes, known, skipped_why=entry.why)
    return Counts(1, queued, len(entries) - queued)


def _queue(
    this: _Round,
    visit: Booked,
    entry: Planned,
    text: Rendered,
    zones: Sequence[str],
    before: _Before | None,
) -> bool:
    """False when this very text was queued before: it is never queued twice."""
    key = f"reminder:{visit.id}:{visit.version}:{entry.offset_minutes}"
    if before and before.message_id is not None:
        key += f":after:{before.message_id}"  # the one that was taken back
    message_id = outbox.queue(
        this.session,
        clinic_id=this.clinic_id,
        number_id=this.policy.number_id,
        phone=visit.phone,
        topic=Topic.care,
        kind=MessageKind.reminder,
        body=text.body,
        dedupe_key=key,
        send_from=entry.send_from,
        send_until=entry.send_until,
        zones=zones,
        window=str(this.window),
        expects="visit",
        now=this.now,
    )
    if message_id is None:
        return False
    _note(this, visit, entry.offset_minutes, before, message_id=message_id)
    return True


def _note(
    this: _Round,
    visit: Booked,
    offset_minutes: int,
    before: _Before | None,
    *,
    message_id: int | None = None,
    skipped_why: str | None = None,
) -> None:
    """The reminder's own row.  A text that was taken back stays with it, as its
    reason, until another one takes its place."""
    if before is None:
        this.new.append(
            {
                "clinic_id": this.clinic_id,
                "appointment_id": visit.id,
                "version": visit.version,
                "offset_minutes": offset_minutes,
                "message_id": message_id,
                "skipped_why": skipped_why,
            }
        )
    elif message_id is not None or before.message_id is None:
        this.session.connection().execute(
            sa.update(Reminder)
            .where(col(Reminder.id) == before.id)
            .values(message_id=message_id, skipped_why=skipped_why)
        )


def _ask_to_call(this: _Round, visit: Booked, why: str) -> None:
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
                sa.or_(
                    col(Appointment.reply).is_(None),
                    col(Appointment.reply).not_in(DECLINED),
                ),
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
    session: Session, clinic_id: int, appointment_ids: Sequence[int]
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
            may_plan = row.message_id is None or row.state is State.withdrawn
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
