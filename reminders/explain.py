"""Everything known of one phone at one clinic, as one timeline of plain sentences.

Reads rows and decides nothing: the verdicts are those that the gate wrote down.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.access import key_of
from clinics.models import Clinic, Patient, Task
from consent.models import ConsentDetail, ConsentEvent, EventKind
from gateway.models import (
    CarrierLookup,
    DeliveryReport,
    InboundMessage,
    Message,
    SendDecision,
    State,
)
from kernel.carriers import LABELS
from kernel.clock import local_time
from reminders.models import Appointment, Reminder


@dataclass(frozen=True, slots=True)
class Fact:
    """`kind` is visit, consent, inbound, carrier, planned, verdict, sent, delivery,
    ended or task."""

    at: datetime
    kind: str
    sentence: str


def timeline(session: Session, clinic: Clinic, phone: str) -> list[Fact]:
    """The oldest first; `phone` is E.164."""
    clinic_id = key_of(clinic)
    facts = [
        fact
        for source in SOURCES
        for fact in source(session, clinic_id, phone, clinic.time_zone)
    ]
    return sorted(facts, key=lambda fact: fact.at)


def _visits(session: Session, clinic_id: int, phone: str, zone: str) -> Iterator[Fact]:
    rows = session.exec(
        select(Appointment, Patient)
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(col(Appointment.clinic_id) == clinic_id, col(Patient.phone) == phone)
        .order_by(col(Appointment.id))
    )
    for visit, patient in rows:
        whose = f"{patient.given_name} {patient.family_name}'s visit of "
        whose += local_time(visit.starts_at, visit.time_zone)
        yield Fact(visit.updated_at, "visit", f"{whose} is {visit.status.value}.")
        if visit.reply is not None and visit.replied_at is not None:
            answer = visit.reply.value.replace("_", " ")
            yield Fact(visit.replied_at, "visit", f"{whose}: the answer is '{answer}'.")
        yield from _skipped(session, clinic_id, visit, whose)


def _skipped(
    session: Session, clinic_id: int, visit: Appointment, whose: str
) -> Iterator[Fact]:
    reminders = session.exec(
        select(Reminder).where(
            col(Reminder.clinic_id) == clinic_id,
            col(Reminder.appointment_id) == visit.id,
            col(Reminder.version) == visit.version,
            col(Reminder.skipped_why).is_not(None),
        )
    )
    for reminder in reminders:
        step = f"{whose}: no text {_before(reminder.offset_minutes)} before."
        sentence = f"{step} {reminder.skipped_why}"
        yield Fact(visit.updated_at, "planned", sentence)


def _before(minutes: int) -> str:
    days, rest = divmod(minutes, 24 * 60)
    return f"{days} day(s)" if days and not rest else f"{minutes / 60:g} hours"


def _consents(
    session: Session, clinic_id: int, phone: str, zone: str
) -> Iterator[Fact]:
    rows = session.connection().execute(
        sa.select(
            col(ConsentEvent.seq),
            col(ConsentEvent.at),
            col(ConsentEvent.kind),
            col(ConsentDetail.detail),
        )
        .join(
            ConsentDetail,
            sa.and_(
                col(ConsentDetail.clinic_id) == col(ConsentEvent.clinic_id),
                col(ConsentDetail.seq) == col(ConsentEvent.seq),
            ),
        )
        .where(
            col(ConsentDetail.clinic_id) == clinic_id,
            col(ConsentDetail.phone) == phone,
        )
        .order_by(col(ConsentEvent.seq))
    )
    for row in rows:
        detail = json.loads(row.detail)
        sentence = f"{_consent_words(row.kind, detail)} (ledger no. {row.seq})"
        yield Fact(row.at, "consent", sentence)


def _consent_words(kind: EventKind, detail: dict[str, Any]) -> str:
    how = str(detail.get("method", "")).strip()
    words = detail.get("words")
    said = f' with the words "{words}"' if words else ""
    by = f", recorded by {detail['recorded_by']}" if "recorded_by" in detail else ""
    why = detail.get("why") or detail.get("said") or detail.get("note") or ""
    sentences = {
        EventKind.opt_in: f"She agreed to texts about {detail.get('topic')} by "
        f"{how or 'an unnamed way'}{said}{by}: {detail.get('grade')} consent.",
        EventKind.opt_in_requested: "She was asked to reply YES.",
        EventKind.opt_out: f"She stopped all texts of the clinic{said}.",
        EventKind.vendor_block: f"Twilio holds a STOP that we never saw ({why}).",
        EventKind.held: f"Her number is held until a person decides{said} ({why}).",
        EventKind.hold_released: f"{detail.get('by')} released the hold: {why}.",
        EventKind.asserted_by_import: "The clinic's file says that she agreed; "
        f"{detail.get('signed_by')} signed for it: asserted consent.",
    }
    return sentences[kind]


def _inbound(session: Session, clinic_id: int, phone: str, zone: str) -> Iterator[Fact]:
    texts = session.exec(
        select(InboundMessage)
        .where(
            col(InboundMessage.clinic_id) == clinic_id,
            col(InboundMessage.phone) == phone,
        )
        .order_by(col(InboundMessage.id))
    )
    for text in texts:
        sentence = f'This phone texted "{text.body}", read as {text.intent}.'
        yield Fact(text.received_at, "inbound", sentence)


def _carrier(session: Session, clinic_id: int, phone: str, zone: str) -> Iterator[Fact]:
    found = session.get(CarrierLookup, (clinic_id, phone))
    if found is not None:
        label = LABELS[found.carrier]
        textable = "can" if found.textable else "cannot"
        yield Fact(
            found.looked_up_at,
            "carrier",
            f"The phone was looked up: {label}, a {found.line_type} line that "
            f"{textable} receive texts.",
        )


def _messages(
    session: Session, clinic_id: int, phone: str, zone: str
) -> Iterator[Fact]:
    messages = session.exec(
        select(Message)
        .where(col(Message.clinic_id) == clinic_id, col(Message.phone) == phone)
        .order_by(col(Message.id))
    ).all()
    for message in messages:
        name = f"Text no. {message.id} ({message.kind.value.replace('_', ' ')})"
        planned = f'{name} was planned for {local_time(message.send_from, zone)}: "'
        yield Fact(message.created_at, "planned", f'{planned}{message.body}"')
        yield from _verdicts(session, message, name)
        yield from _reports(session, message, name)
        yield from _end(message, name)


def _verdicts(session: Session, message: Message, name: str) -> Iterator[Fact]:
    decisions = session.exec(
        select(SendDecision)
        .where(
            col(SendDecision.clinic_id) == message.clinic_id,
            col(SendDecision.message_id) == message.id,
        )
        .order_by(col(SendDecision.id))
    )
    for decision in decisions:
        reasons = " ".join(finding["sentence"] for finding in decision.obstacles)
        allowed = "may leave: nothing stands in the way."
        said = allowed if decision.allowed else f"is held. {reasons}"
        yield Fact(decision.at, "verdict", f"{name} {said}")


def _reports(session: Session, message: Message, name: str) -> Iterator[Fact]:
    if message.submitted_at is not None:
        yield Fact(message.submitted_at, "sent", f"{name} was handed to Twilio.")
    reports = session.exec(
        select(DeliveryReport)
        .where(
            col(DeliveryReport.clinic_id) == message.clinic_id,
            col(DeliveryReport.message_id) == message.id,
        )
        .order_by(col(DeliveryReport.id))
    )
    for report in reports:
        code = f", error {report.error_code}" if report.error_code else ""
        sentence = f"Twilio says of {name[0].lower()}{name[1:]}: {report.status}{code}."
        yield Fact(report.received_at, "delivery", sentence)


def _end(message: Message, name: str) -> Iterator[Fact]:
    if message.outcome is None:
        return
    at = message.finished_at or message.submitted_at or message.created_at
    words = "not delivered" if message.state is State.accepted else message.state.value
    yield Fact(at, "ended", f"{name}: {words}. {message.outcome}")


def _tasks(session: Session, clinic_id: int, phone: str, zone: str) -> Iterator[Fact]:
    tasks = session.exec(
        select(Task)
        .where(col(Task.clinic_id) == clinic_id, col(Task.phone) == phone)
        .order_by(col(Task.id))
    )
    for task in tasks:
        yield Fact(task.created_at, "task", f"Task #{task.id}: {task.sentence}")
        if task.done_at is not None:
            done = f"Task #{task.id} was done by {task.done_by}."
            yield Fact(task.done_at, "task", done)


Source = Callable[[Session, int, str, str], Iterator[Fact]]
# In this order where two facts have the same time.
SOURCES: tuple[Source, ...] = (
    _visits,
    _consents,
    _inbound,
    _carrier,
    _messages,
    _tasks,
)
