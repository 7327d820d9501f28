"""One phone at the desk: what was agreed for it, how, and what must happen first.

Reads rows and decides nothing.  A fixed number of queries.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from consent.coverage import superseded
from consent.fact_words import GRADES, TOPICS
from consent.models import Disclosure, EventKind, Topic
from consent.receipt import Record, pending_of, records_of, wordings_of
from consent.standing import LineState, Word, line_state
from gateway.come_back import start_goes_to
from gateway.to_do import Todo, about
from kernel.visible import visible
from registration.models import SenderNumber
from registration.numbers import sender_for
from reminders.models import Appointment
from reminders.unsent import STANDS

TASKS, VISITS = 5, 10
WHERE_FROM = {
    "text message": "by text message",
    "web form": "on the clinic's web form",
    "signed form": "on a signed form",
    "said yes to staff": "aloud, after staff had read the script",
    "told to staff": "told to staff",
    "web preference page": "on their own page",
    "number changed": "the patient got another number",
    "vendor report": "Twilio's list of opt-outs names this number",
    "number deactivated": "a list of numbers that were given up names this one",
    "import": "in a list that the clinic imported",
}
STATES = {
    Word.opted_in: "opted in",
    Word.opted_out: "opted out",
    Word.pending: "pending",
    Word.none: "none",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What one topic's newest record says; all empty where there is none."""

    topic: Topic
    label: str
    state: str  # a word of `STATES`
    grade: str  # how well it is proven, as a sentence
    since: datetime | None
    how: str
    by: str  # the staff member who stands behind it
    seq: int
    wording: Disclosure | None
    older_words: bool  # broader ones have replaced those
    scan: str | None  # SHA-256


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The last STOP that nothing has undone."""

    at: datetime
    how: str
    from_the_phone: bool  # then the vendor may hold a block of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the desk needs to know before it does anything about this phone."""

    line: LineState
    topics: tuple[About, ...]
    stopped: Stopped | None
    tasks: tuple[Todo, ...]  # open ones about this phone
    asked_at: datetime | None  # to reply YES about care; no word has come since
    sender: str | None  # the number that START is texted to

    @property
    def known(self) -> bool:
        return self.line.held or any(about.state != "none" for about in self.topics)


def desk_of(session: Session, clinic_id: int, phone: str, now: datetime) -> Desk:
    lines = {topic: line_state(session, clinic_id, phone, topic) for topic in Topic}
    care = lines[Topic.care]
    seqs = {care.stopped_seq, *(line.granted_seq for line in lines.values())}
    pending = pending_of(session, clinic_id, phone)
    records = records_of(session, clinic_id, seqs | {*pending.values()})
    wordings = wordings_of(session, clinic_id, records)
    older = superseded(session, clinic_id)
    asked = records.get(pending.get(Topic.care, 0))
    unanswered = asked is not None and asked.seq > max(
        care.granted_seq, care.stopped_seq
    )
    stopped = care.word is Word.opted_out
    return Desk(
        line=care,
        topics=tuple(
            _about(topic, line, pending.get(topic, 0), records, wordings, older)
            for topic, line in lines.items()
        ),
        asked_at=asked.at if asked is not None and unanswered else None,
        stopped=_stopped(care, records) if stopped else None,
        tasks=about(session, clinic_id, phone, now)[:TASKS],
        sender=start_goes_to(session, clinic_id, phone, care.stopped_seq)
        if stopped
        else _sender(session, clinic_id),
    )


def _sender(session: Session, clinic_id: int) -> str | None:
    sender = sender_for(session, clinic_id)
    return sender.phone if isinstance(sender, SenderNumber) else None


def visits_ahead(
    session: Session, clinic_id: int, patient_id: int, now: datetime
) -> list[Appointment]:
    return list(
        session.exec(
            select(Appointment)
            .where(
                col(Appointment.clinic_id) == clinic_id,
                col(Appointment.patient_id) == patient_id,
                col(Appointment.starts_at) > now,
                col(Appointment.status).in_(STANDS),
            )
            .order_by(col(Appointment.starts_at))
            .limit(VISITS)
        )
    )


def _about(
    topic: Topic,
    line: LineState,
    pending_seq: int,
    records: Mapping[int, Record],
    wordings: Mapping[str, Disclosure],
    older: frozenset[str],
) -> About:
    seq = line.rests_on(pending_seq)
    record = records.get(seq)
    facts = record.facts if record else {}
    return About(
        topic=topic,
        label=TOPICS[topic.value],
        state=STATES[line.word],
        grade=GRADES[line.grade.value] if line.grade else "",
        since=record.at if record else None,
        how=_how(record.kind, facts) if record else "",
        by=_text(facts, "recorded_by") or _text(facts, "signed_by"),
        seq=seq,
        wording=wordings.get(_text(facts, "disclosure_sha256")),
        older_words=_text(facts, "disclosure_sha256") in older,
        scan=_text(facts, "attachment_sha256") or None,
    )


def _stopped(line: LineState, records: Mapping[int, Record]) -> Stopped | None:
    record = records.get(line.stopped_seq)
    if record is None:
        return None
    by_phone = _text(record.facts, "method") == "text message"
    return Stopped(
        at=record.at,
        how=_how(record.kind, record.facts),
        from_the_phone=by_phone or record.kind == EventKind.vendor_block,
    )


def _how(kind: str, facts: Mapping[str, Any]) -> str:
    """`On a signed form of Nov 20, 2026`, `By text message: “START”`."""
    if kind == EventKind.vendor_block and "list" not in facts:
        return "Twilio blocks texts to this phone, because it texted STOP to Twilio"
    method = _text(facts, "method") or (
        "import" if kind == EventKind.asserted_by_import else ""
    )
    said = WHERE_FROM.get(method, visible(method))
    where = _text(facts, "where")
    day = _text(facts, "signed_on")
    words = _text(facts, "words") or (_text(facts, "how") if where else "")
    if day:
        on = date.fromisoformat(day)
        said += f" of {on:%b} {on.day}, {on.year}"
    said += f" {where}" if where else ""
    guardian = _text(facts, "guardian")
    if guardian:
        said += f", for the patient by {visible(guardian)} ({_text(facts, 'relation')})"
    said = said[:1].upper() + said[1:]
    return f"{said}: “{visible(words)}”" if words else said


def _text(facts: Mapping[str, Any], name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""
