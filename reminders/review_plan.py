"""Queues a request for a review after a visit that took place, each visit once.

Only for phones that agreed to be asked; whether a text may leave, the gate decides once
more.  A visit counts as taken place until somebody says otherwise: then `unsent_others`
takes back what has not left, in the same transaction.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, Language, Patient, TaskKind
from clinics.tasks import open_task
from consent.models import Line, Standing, Topic
from consent.standing import OF_ONE_PHONE
from gateway import outbox
from gateway.models import Message, MessageKind, State
from gateway.quiet_hours import Never, Window, next_open
from kernel.db import insert_or_ignore
from registration.models import SenderNumber
from registration.numbers import NoSender
from registration.wordings import NoWording, newest
from reminders.compose import (
    BOOKED,
    Booked,
    Wording,
    compose,
    hours_of,
    zones_of,
)
from reminders.models import (
    Appointment,
    ReminderPolicy,
    ReviewRequest,
    ReviewRule,
    VisitStatus,
)
from reminders.policy import WINDOW, window_of
from reminders.rendering import Unrenderable, check
from reminders.reviews import KIND, rule_in_force
from reminders.senders import sender_about
from reminders.unsent import MAY_BE_TOLD, STANDS

REVIEWS_AT_ONCE = 100  # visits in one transaction
LOOKED_BACK = timedelta(days=4)  # a visit that is longer ago is asked about no more
USEFUL = timedelta(days=2)
# Until somebody says that it did not take place, a visit has.
MAY_HAVE_BEEN = (*STANDS, VisitStatus.kept)
# These reached nobody, so the phone may be asked again.
NOT_ASKED = (State.withdrawn, State.expired, State.failed)


@dataclass(frozen=True, slots=True)
class _Round:
    session: Session
    clinic: Clinic
    rule: ReviewRule
    sender: SenderNumber
    window: Window
    wordings: dict[Language, Wording]
    now: datetime


def plan_reviews(
    session: Session, clinic_id: int, now: datetime, limit: int = REVIEWS_AT_ONCE
) -> int:
    """How many visits were looked at; fewer than the limit: none is left.  Safe to run in
    many processes at once."""
    rule = rule_in_force(session, clinic_id)
    clinic = session.get(Clinic, clinic_id)
    if rule is None or clinic is None or rule.since is None:
        return 0
    sender = sender_about(session, clinic_id, Topic.reviews)
    if isinstance(sender, NoSender) or sender.campaign_id is None:
        return 0
    wordings = _wordings(session, sender, now)
    visits = _over(session, rule, list(wordings), now, limit)
    asked = _asked_lately(session, rule, {visit.phone for visit in visits}, now)
    policy = session.get(ReminderPolicy, clinic_id)
    window = window_of(policy) if policy else WINDOW
    this = _Round(session, clinic, rule, sender, window, wordings, now)
    for visit in visits:
        _plan_one(this, visit, asked)
    return len(visits)


def _plan_one(this: _Round, visit: Booked, asked: set[str]) -> None:
    """Never raises for a visit that cannot be planned: the others would wait."""
    if visit.phone in asked:
        days = this.rule.every_days
        _note(this, visit, why=f"This phone was asked within the last {days} days.")
        return
    text = compose(
        visit, this.clinic, this.wordings[visit.language], {"link": this.rule.link}
    )
    if isinstance(text, Unrenderable):
        _note(this, visit, why=" ".join(text.problems))
        return
    zones = zones_of(visit, this.clinic.time_zone)
    wanted = visit.starts_at + timedelta(minutes=this.rule.delay_minutes)
    window = hours_of(visit, this.clinic, this.window)  # a state's too: it solicits
    opens = next_open(max(wanted, this.now), zones, window)
    if isinstance(opens, Never):
        _note(this, visit, why=opens.why)
        return
    message_id = outbox.queue(
        this.session,
        clinic_id=this.rule.clinic_id,
        number_id=this.sender.id or 0,
        phone=visit.phone,
        topic=Topic.reviews,
        kind=MessageKind.review_request,
        body=text.body,
        dedupe_key=f"review:{visit.id}:{visit.version}",
        send_from=opens,
        send_until=opens + USEFUL,
        zones=zones,
        window=str(window),
        now=this.now,
    )
    asked.add(visit.phone)
    _note(this, visit, message_id=message_id)


def _note(
    this: _Round,
    visit: Booked,
    *,
    message_id: int | None = None,
    why: str | None = None,
) -> None:
    this.session.connection().execute(
        insert_or_ignore(this.session, ReviewRequest),
        {
            "clinic_id": this.rule.clinic_id,
            "appointment_id": visit.id,
            "version": visit.version,
            "phone": visit.phone,
            "planned_at": this.now,
            "message_id": message_id,
            "skipped_why": why,
        },
    )


def _over(
    session: Session,
    rule: ReviewRule,
    languages: Sequence[Language],
    now: datetime,
    limit: int,
) -> list[Booked]:
    """Visits that have begun, stand, and were not asked about, of phones that agreed to be
    asked; the oldest first."""
    planned = sa.exists().where(
        col(ReviewRequest.clinic_id) == col(Appointment.clinic_id),
        col(ReviewRequest.appointment_id) == col(Appointment.id),
        col(ReviewRequest.version) == col(Appointment.version),
    )
    rows = (
        session.connection()
        .execute(
            sa.select(*BOOKED)
            .join(Patient, col(Patient.id) == col(Appointment.patient_id))
            .join(
                Standing,
                sa.and_(
                    col(Standing.clinic_id) == col(Appointment.clinic_id),
                    col(Standing.phone) == col(Patient.phone),
                    col(Standing.topic) == Topic.reviews,
                ),
            )
            .join(Line, OF_ONE_PHONE)
            .where(
                col(Appointment.clinic_id) == rule.clinic_id,
                col(Appointment.starts_at) <= now,
                col(Appointment.starts_at) > max(rule.since or now, now - LOOKED_BACK),
                col(Appointment.status).in_(MAY_HAVE_BEEN),
                MAY_BE_TOLD,
                col(Standing.granted_seq) > col(Line.stopped_seq),
                col(Line.held_since).is_(None),
                col(Patient.language).in_(languages),
                ~planned,
            )
            .order_by(col(Appointment.starts_at), col(Appointment.id))
            .limit(limit)
            .with_for_update(of=Appointment, skip_locked=True)
        )
        .mappings()
    )
    return [Booked(**row) for row in rows]


def _asked_lately(
    session: Session, rule: ReviewRule, phones: Collection[str], now: datetime
) -> set[str]:
    """The rule is locked by one planner at a time, so one sees what another queued."""
    since = now - timedelta(days=rule.every_days)
    found = session.connection().scalars(
        sa.select(col(Message.phone)).where(
            col(Message.clinic_id) == rule.clinic_id,
            col(Message.phone).in_(phones),
            col(Message.kind) == MessageKind.review_request,
            col(Message.created_at) > since,
            col(Message.state).not_in(NOT_ASKED),
        )
    )
    return {phone for phone in found if phone is not None}


def _wordings(
    session: Session, sender: SenderNumber, now: datetime
) -> dict[Language, Wording]:
    """What to say in each language.  What cannot be said is left out, with a task."""
    usable: dict[Language, Wording] = {}
    for language in Language:
        given = (sender.clinic_id, sender.campaign_id or 0, KIND, language.value)
        found = newest(session, *given)
        if isinstance(found, NoWording):
            wrong, version = [found.why], "none"
        else:
            of = Language(found.language)
            wrong, version = check(found.text, of, KIND), str(found.id)
            usable[language] = Wording(found.text, of, found.health_note is not None)
        if wrong:
            usable.pop(language, None)
            why = f"Nobody who reads '{language.value}' is asked for a review. "
            key = f"wording:{KIND.value}:{language.value}:{version}"
            sentence = why + " ".join(wrong)
            kind = TaskKind.wording
            open_task(session, sender.clinic_id, kind, key, sentence, now)
    return usable
