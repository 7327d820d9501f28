"""What a front desk looks at first: who can be texted, what went, what is held and why.

Reads rows and decides nothing.  A fixed number of queries, however many texts there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient, Task
from clinics.signin import ClinicHere
from consent.standing import Word
from gateway.gate import NOT_OPTED_IN
from gateway.models import LOST, Conversation, Message, MessageKind, State
from gateway.progress import progress
from gateway.restraint import LOOKED_AT_SOON, rule_of
from gateway.whose import whose
from kernel.clock import day_of
from registration.board import CarrierLine, board
from registration.numbers import NoSender
from reminders.models import Appointment, PhoneReminder, Reminder, ReminderPolicy
from reminders.near import near
from reminders.phone_day import of_nearest_visit, visits_of_text
from reminders.phoned import COLUMNS, OF_VISIT, Phoned, phoned_of
from reminders.policy import sender_of

SHOWN = 30
MAY_HAVE_LEFT = (
    "It may have left: the connection broke. Twilio is asked; it is not sent twice."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """Whether reminders leave at all.  `word` is on, off, paused or trial."""

    word: str
    by: str | None
    since: datetime | None
    paused_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text with the patient it is for; names are empty when nobody has the phone."""

    id: int
    phone: str
    name: str
    kind: str  # in plain words
    word: str  # how far it came, as `gateway.progress` says it
    at: datetime
    patient_id: int | None  # of the visit that it is about
    visit_at: datetime | None
    near: bool  # the visit is today or tomorrow
    phoned: Phoned | None
    why: tuple[str, ...]

    @property
    def to_call(self) -> bool:
        """A person has to remind them, and nobody has."""
        soon = self.why != () and LOOKED_AT_SOON.issuperset(self.why)
        return self.near and self.phoned is None and not soon

    @property
    def to_ask(self) -> bool:
        """Nobody has asked whether they agree to texts."""
        return NOT_OPTED_IN[Word.none] in self.why


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    sent: int
    delivered: int
    due: int  # until the end of the day, nothing in the way so far
    held: int
    lost: int
    waiting: int  # conversations that nobody has read
    tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    switch: Switch
    no_sender: str | None
    carriers: tuple[CarrierLine, ...]
    counts: Counts
    held: tuple[Text, ...]
    leaving: tuple[Text, ...]  # before the day ends
    lost: tuple[Text, ...]
    sent: tuple[Text, ...]


def today(session: Session, clinic: ClinicHere, now: datetime) -> Today:
    first, last = day_of(now, clinic.time_zone)
    sender = sender_of(session, clinic.id)
    unserved = isinstance(sender, NoSender) or sender.campaign_id is None
    why = sender.why if isinstance(sender, NoSender) else NO_CAMPAIGN
    due = (col(Message.clinic_id) == clinic.id, col(Message.state) == State.due)
    held = (*due, col(Message.held_since).is_not(None))
    sent = (
        col(Message.clinic_id) == clinic.id,
        col(Message.submitted_at) >= first,
        col(Message.submitted_at) < last,
        col(Message.state) == State.accepted,
    )
    lost = (
        col(Message.clinic_id) == clinic.id,
        sa.text(LOST),
        col(Message.finished_at) >= first,
        col(Message.finished_at) < last,
    )
    free = (*due, col(Message.held_since).is_(None), col(Message.send_from) < last)
    leaving = (col(Message.send_from), col(Message.id))
    found = {
        "held": _texts(session, held, NEAREST),
        "leaving": _texts(session, free, leaving),
        "lost": _texts(session, lost, _newest(col(Message.finished_at))),
        "sent": _texts(session, sent, _newest(col(Message.submitted_at))),
    }
    lists = {
        name: tuple(_text(row, clinic.time_zone, now) for row in rows)
        for name, rows in found.items()
    }
    return Today(
        switch=switch_of(session, clinic.id, now),
        no_sender=why if unserved else None,
        carriers=() if unserved else _carriers(session, clinic, sender, now),
        counts=_counts(session, clinic.id, free, held, sent, lost),
        **_named(session, clinic.id, lists),
    )


def switch_of(session: Session, clinic_id: int, now: datetime) -> Switch:
    policy = session.get(ReminderPolicy, clinic_id)
    rule = rule_of(session, clinic_id)
    paused = rule.paused_until is not None and rule.paused_until > now
    if policy is None or not policy.enabled:
        word = "off"
    elif paused:
        word = "paused"
    else:
        word = "on" if rule.trial_phones is None else "trial"
    return Switch(
        word=word,
        by=policy.enabled_by if policy else None,
        since=policy.enabled_at if policy else None,
        paused_until=rule.paused_until if paused else None,
    )


KINDS = {
    MessageKind.reminder: "reminder",
    MessageKind.opt_in_confirmation: "confirmation that they agreed",
    MessageKind.opt_in_request: "question whether they agree to texts",
    MessageKind.stop_confirmation: "confirmation that they said stop",
    MessageKind.help: "answer to HELP",
    MessageKind.not_monitored: "answer: we cannot answer by text",
    MessageKind.visit_confirmed: "answer: the visit is confirmed",
    MessageKind.visit_to_desk: "answer: the front desk will call",
    MessageKind.emergency: "answer: call 911 in an emergency",
    MessageKind.update: "update to a day’s patients",
    MessageKind.review_request: "request for a review",
    MessageKind.visit_cannot_come: "answer: they cannot come, the front desk will call",
    MessageKind.visit_reschedule: "answer: another time, the front desk will call",
    MessageKind.answer_changed: "answer: what they said anew",
    MessageKind.which_visit: "question which visit they mean",
    MessageKind.closed: "answer: nobody reads this before we open",
    MessageKind.staff_reply: "answer from the inbox",
}
# The visit that is nearest; then what belongs to none, by when it becomes useless.
NEAREST = (
    col(Appointment.starts_at).is_(None),
    sa.func.coalesce(col(Appointment.starts_at), col(Message.send_until)),
    col(Message.id),
)
NO_CAMPAIGN = "The clinic's texting number serves no campaign yet. The operator attaches it to one."


def _carriers(
    session: Session, clinic: ClinicHere, sender: Any, now: datetime
) -> tuple[CarrierLine, ...]:
    lines = board(session, clinic.id, now, clinic.time_zone)
    serving = [line for line in lines if line.id == sender.campaign_id]
    return serving[0].carriers if serving else ()


def _counts(
    session: Session,
    clinic_id: int,
    free: tuple[Any, ...],
    held: tuple[Any, ...],
    sent: tuple[Any, ...],
    lost: tuple[Any, ...],
) -> Counts:
    def of(table: Any, *where: Any) -> int:
        asked = sa.select(sa.func.count()).select_from(table).where(*where)
        return int(session.connection().scalar(asked) or 0)

    both = sa.select(sa.func.count(), sa.func.count(col(Message.delivered_at)))
    all_sent, delivered = session.connection().execute(both.where(*sent)).one()
    return Counts(
        sent=all_sent,
        delivered=delivered,
        due=of(Message, *free),
        held=of(Message, *held),
        lost=of(Message, *lost),
        waiting=of(
            Conversation,
            col(Conversation.clinic_id) == clinic_id,
            col(Conversation.waiting_since).is_not(None),
        ),
        tasks=of(Task, col(Task.clinic_id) == clinic_id, col(Task.done_at).is_(None)),
    )


def _newest(column: Any) -> tuple[Any, Any]:
    """Both downwards, as the index lies: mixed, the whole day would be sorted."""
    return column.desc(), col(Message.id).desc()


def _texts(
    session: Session, where: tuple[Any, ...], order: tuple[Any, ...]
) -> Sequence[Any]:
    """The first few, each with the patient whose visit it is about.  They are chosen
    before they are joined, unless the visit is what they are chosen by: else
    PostgreSQL joins a whole day's texts to show thirty."""
    few = sa.select(col(Message.id)).where(*where).order_by(*order).limit(SHOWN)
    chosen = where if order is NEAREST else (col(Message.id).in_(few),)
    query = (
        sa.select(
            col(Message.id),
            col(Message.phone),
            col(Message.kind),
            col(Message.state),
            col(Message.send_from),
            col(Message.submitted_at),
            col(Message.held_why),
            col(Message.outcome),
            col(Message.delivery),
            col(Patient.given_name),
            col(Patient.family_name),
            col(Appointment.starts_at),
            col(Appointment.patient_id),
            visits_of_text().label("visits"),
            *COLUMNS,
        )
        .select_from(Message)
        .outerjoin(Reminder, col(Reminder.id) == of_nearest_visit())
        .outerjoin(Appointment, col(Appointment.id) == col(Reminder.appointment_id))
        .outerjoin(Patient, col(Patient.id) == col(Appointment.patient_id))
        .outerjoin(PhoneReminder, OF_VISIT)
        .where(*chosen)
        .order_by(*order)
        .limit(SHOWN)
    )
    return session.connection().execute(query).all()


def _named(
    session: Session, clinic_id: int, lists: Mapping[str, tuple[Text, ...]]
) -> dict[str, tuple[Text, ...]]:
    """A text about several visits, or none, has the names of all with its phone."""
    bare = {text.phone for texts in lists.values() for text in texts if not text.name}
    names = whose(session, clinic_id, bare)
    return {
        key: tuple(
            text if text.name else replace(text, name=names[text.phone].name)
            for text in texts
        )
        for key, texts in lists.items()
    }


def _text(row: Any, time_zone: str, now: datetime) -> Text:
    why = row.held_why if row.state is State.due else [row.outcome or ""]
    if row.state is State.unknown:
        why = [MAY_HAVE_LEFT]
    return Text(
        id=row.id,
        phone=row.phone,
        name=f"{row.given_name or ''} {row.family_name or ''}".strip()
        if row.visits < 2
        else "",
        kind=KINDS[row.kind],
        word=progress(row.state, row.delivery, row.held_why is not None),
        at=row.submitted_at or row.send_from,
        patient_id=row.patient_id,
        visit_at=row.starts_at,
        near=row.starts_at is not None and near(row.starts_at, now, time_zone) != "",
        phoned=phoned_of(row),
        why=tuple(sentence for sentence in why or () if sentence),
    )
