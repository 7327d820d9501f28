"""Everything known of one phone at one clinic, as one timeline of plain sentences.

Reads rows and decides nothing: the verdicts are those that the gate wrote down.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.access import key_of
from clinics.models import Clinic, Task
from consent.models import ConsentDetail, ConsentEvent, EventKind
from consent.told import told
from gateway.inbox import read_as
from gateway.intent import Intent
from gateway.line_types import LINES
from gateway.models import (
    CarrierLookup,
    DeliveryReport,
    InboundMessage,
    Message,
    MessageKind,
    SendDecision,
    State,
)
from gateway.progress import ARRIVED, NOT_DELIVERED
from kernel.carriers import LABELS
from kernel.clock import local_time
from reminders.other_facts import not_asked, not_updated
from reminders.text_names import LANGUAGE, NAMED, name_of, wording_of, wordings
from reminders.visit_facts import Fact, last, moves, phoned, replies, skipped, visits


def timeline(
    session: Session, clinic: Clinic, phone: str, newest: int | None = None
) -> list[Fact]:
    """The oldest first; `phone` is E.164.  With `newest` only so many, from the end.
    The number of queries is the same for a long history and a short one."""
    clinic_id = key_of(clinic)
    facts = [
        fact
        for source in SOURCES
        for fact in source(session, clinic_id, phone, clinic.time_zone, newest)
    ]
    facts.sort(key=lambda fact: (fact.at, ORDER.index(_place(fact))))
    return facts if newest is None else facts[-newest:]


def _place(fact: Fact) -> str:
    return "answer" if fact.answers else fact.kind


def _consents(
    session: Session, clinic_id: int, phone: str, zone: str, newest: int | None
) -> Iterator[Fact]:
    query = (
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
    )
    for row in last(session, query, col(ConsentEvent.seq), newest):
        detail = json.loads(row.detail)
        if row.kind is EventKind.held:
            detail["why"] = read_as(Intent.unsure, str(detail.get("why", "")))
        sentence = f"{told(row.kind, detail)} Kept as record {row.seq}."
        yield Fact(row.at, "consent", sentence)


def _inbound(
    session: Session, clinic_id: int, phone: str, zone: str, newest: int | None
) -> Iterator[Fact]:
    text = InboundMessage
    read = (col(text.body), col(text.intent), col(text.rule))
    query = sa.select(*read, col(text.received_at)).where(
        col(text.clinic_id) == clinic_id, col(text.phone) == phone
    )
    for row in last(session, query, col(text.id), newest):
        read_so = read_as(row.intent, row.rule)
        sentence = f'This phone texted "{row.body}". Read as: {read_so}.'
        yield Fact(row.received_at, "inbound", sentence)


def _carrier(
    session: Session, clinic_id: int, phone: str, zone: str, newest: int | None
) -> Iterator[Fact]:
    found = session.get(CarrierLookup, (clinic_id, phone))
    if found is not None:
        line = KINDS.get(found.line_type, f"a line of the kind '{found.line_type}'")
        textable = "can" if found.textable else "cannot"
        yield Fact(
            found.looked_up_at,
            "carrier",
            f"The phone was looked up: {LABELS[found.carrier]}, {line}, which "
            f"{textable} receive texts.",
        )


def _messages(
    session: Session, clinic_id: int, phone: str, zone: str, newest: int | None
) -> Iterator[Fact]:
    query = sa.select(*TEXT).where(*_to(clinic_id, phone))
    versions = wordings(session, clinic_id)
    for text in last(session, query, col(Message.id), newest):
        name = name_of(text)
        planned = f'{name} was planned for {local_time(text.send_from, zone)}: "'
        answers = text.kind not in BEGUN_BY_US
        words = f'{planned}{text.body}"'
        if text.kind is MessageKind.reminder:
            at = text.created_at
            used = wording_of(versions, text.number_id, text.language, at)
            words += f" Its words: {used}." if used else ""
        yield Fact(text.created_at, "planned", words, answers)
        if text.submitted_at is not None:
            yield Fact(text.submitted_at, "sent", f"{name} was handed to Twilio.")
        if text.outcome is not None:
            at = text.finished_at or text.submitted_at or text.created_at
            lost = text.state is State.accepted
            words = "not delivered" if lost else text.state.value
            yield Fact(at, "ended", f"{name}: {words}. {text.outcome}")


def _to(clinic_id: int, phone: str) -> tuple[Any, Any]:
    return col(Message.clinic_id) == clinic_id, col(Message.phone) == phone


def _verdicts(
    session: Session, clinic_id: int, phone: str, zone: str, newest: int | None
) -> Iterator[Fact]:
    decision = SendDecision
    said = (col(decision.obstacles), col(decision.at))
    query = (
        sa.select(*NAMED, *said)
        .join(decision, col(decision.message_id) == col(Message.id))
        .where(
            *_to(clinic_id, phone),
            col(decision.clinic_id) == clinic_id,
            col(decision.allowed).is_(False),  # the other texts left
        )
    )
    for row in last(session, query, col(decision.id), newest):
        reasons = " ".join(finding["sentence"] for finding in row.obstacles)
        yield Fact(row.at, "verdict", f"{name_of(row)} is held. {reasons}")


def _reports(
    session: Session, clinic_id: int, phone: str, zone: str, newest: int | None
) -> Iterator[Fact]:
    report = DeliveryReport
    said = (col(report.status), col(report.error_code), col(report.received_at))
    query = (
        sa.select(*NAMED, *said)
        .join(report, col(report.message_id) == col(Message.id))
        .where(
            *_to(clinic_id, phone),
            col(report.clinic_id) == clinic_id,
            col(report.status).in_(ENDED),
        )
    )
    for row in last(session, query, col(report.id), newest):
        code = f" (error {row.error_code})" if row.error_code else ""
        what = "not delivered" if row.status in NOT_DELIVERED else "delivered"
        sentence = f"{name_of(row)} was {what}{code}, says Twilio."
        yield Fact(row.received_at, "delivery", sentence)


def _tasks(
    session: Session, clinic_id: int, phone: str, zone: str, newest: int | None
) -> Iterator[Fact]:
    said = (col(Task.sentence), col(Task.created_at), col(Task.done_at))
    query = sa.select(col(Task.id), *said, col(Task.done_by)).where(
        col(Task.clinic_id) == clinic_id, col(Task.phone) == phone
    )
    for task in last(session, query, col(Task.id), newest):
        yield Fact(task.created_at, "task", f"Task #{task.id}: {task.sentence}")
        if task.done_at is not None:
            done = f"Task #{task.id} was done by {task.done_by}."
            yield Fact(task.done_at, "task", done)


KINDS = LINES | {
    "mobile": "a mobile phone",
    "nonFixedVoip": "an internet phone line",
    "personal": "a personal number",
    "unknown": "a line of an unknown kind",
}
BEGUN_BY_US = (MessageKind.reminder, MessageKind.update, MessageKind.review_request)
ENDED = NOT_DELIVERED | ARRIVED  # reports before the last say nothing new
TEXT = (
    *NAMED,
    LANGUAGE,
    col(Message.number_id),
    col(Message.state),
    col(Message.body),
    col(Message.outcome),
    col(Message.send_from),
    col(Message.created_at),
    col(Message.submitted_at),
    col(Message.finished_at),
)
# What comes first where two facts have the same time: a cause before its effect.
FIRST = ("visit", "planned", "inbound", "consent", "answer", "carrier", "verdict")
ORDER = (*FIRST, "sent", "delivery", "ended", "phoned", "task")

Source = Callable[[Session, int, str, str, int | None], Iterator[Fact]]
SOURCES: tuple[Source, ...] = (
    visits,
    moves,
    replies,
    skipped,
    not_updated,
    not_asked,
    _consents,
    _inbound,
    _carrier,
    _messages,
    _verdicts,
    _reports,
    phoned,
    _tasks,
)
