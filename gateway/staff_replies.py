"""A person of the clinic answers a text from the inbox.

It leaves through the outbox and the gate like every text: only to who agreed, with every
carrier's word.  Shortly after her own text an answer may leave at any hour; later it
waits for the morning.  A second click sends nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, Patient
from consent.models import Topic
from consent.standing import LineState, Word, lock_line
from gateway import conversations, outbox
from gateway.models import Conversation, InboundMessage, Message, MessageKind, State
from gateway.quiet_hours import Closed, Window, closes_at, look
from gateway.whereabouts import lawful, zones_of
from kernel.clock import local_time
from kernel.errors import Invalid
from kernel.phone import PLAIN
from kernel.segments import BASIC, EXTENDED, measure
from registration.free_text import against, registered, tells_what_ails
from registration.models import SenderNumber

FRESH = timedelta(minutes=60)  # after her text: then it is an answer, at any hour
LEAVES_WITHIN = timedelta(minutes=15)  # at night, or it is none any more
USEFUL_FOR = timedelta(hours=24)
MOST_SEGMENTS = 3
LONGEST = 600  # characters
HOURS = Window(time(0), time(23, 59))  # no narrower than the law has it
ONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
STALE = "This page is too old to send from. Reload it, and write the answer again."
WITHDRAWN = "The answer of this page was taken back. Send it once more if it should go."
ANSWERED = "{} has just answered. Read it first; what you wrote is still here."
NEWER = "Another text came in the meantime. Read it first; your answer is still here."
HELD = (
    "Decide first whether the patient asked to stop. Until then nothing is sent; call."
)
CALL = {
    Word.none: "No answer can go: the patient has never agreed to texts. Call.",
    Word.pending: "No answer can go: the patient has not replied YES yet. Call.",
    Word.opted_out: "No answer can go: the patient said stop. Call.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A text as it would leave; `problems` say why it may not."""

    body: str
    segments: int
    units: int
    encoding: str
    dear: tuple[str, ...]  # the letters that make it dearer than it need be
    problems: tuple[str, ...]
    health: tuple[str, ...]  # what others may read; a person may let it stand


@dataclass(frozen=True, slots=True, kw_only=True)
class May:
    """When an answer would leave."""

    zones: tuple[str, ...]  # empty: now, as an answer to what she just wrote
    window: Window
    until: datetime
    note: str  # for who writes; empty when it leaves at once


@dataclass(frozen=True, slots=True)
class Sent:
    message_id: int | None  # None: this very answer was sent before
    note: str


@dataclass(frozen=True, slots=True)
class Refused:
    problems: tuple[str, ...]


def why_not(line: LineState) -> str:
    """Why no answer can go to this number, and what to do; empty when it can."""
    if line.held:
        return HELD
    return "" if line.word is Word.opted_in else CALL[line.word]


def written(session: Session, clinic: Clinic, number_id: int, text: str) -> Written:
    body = f"{clinic.display_name}: {_one_line(text)}"
    cost = measure(body)
    return Written(
        body=body,
        segments=cost.segments,
        units=cost.units,
        encoding=cost.encoding,
        dear=tuple(dict.fromkeys(one for one in body if one not in BASIC | EXTENDED)),
        problems=tuple(_problems(session, number_id, text, cost.segments)),
        health=tells_what_ails(text, (clinic.display_name, clinic.legal_name)),
    )


def _problems(
    session: Session, number_id: int, text: str, segments: int
) -> Iterator[str]:
    if not text.strip():
        yield "Write the answer."
        return
    if len(text) > LONGEST or segments > MOST_SEGMENTS:
        yield (
            f"It would be billed as {segments} texts, and {MOST_SEGMENTS} is the most. "
            "Say it shorter, or call."
        )
    campaign_id = session.connection().scalar(
        sa.select(col(SenderNumber.campaign_id)).where(
            col(SenderNumber.id) == number_id
        )
    )
    if campaign_id is None:
        yield "The number that was texted serves no campaign any more. Call."
        return
    yield from against(text, registered(session, campaign_id))


def _one_line(text: str) -> str:
    shown = "".join(one if one.isprintable() else " " for one in text)
    return re.sub(r"\s+", " ", shown).strip()


def may_leave(
    session: Session, clinic: Clinic, phone: str, written_at: datetime, now: datetime
) -> May:
    zones = _zones(session, clinic, phone)
    window = lawful(HOURS, *filter(PLAIN.fullmatch, (phone, clinic.phone)))
    seen = look(now, zones, window)
    if (
        now - written_at < FRESH
    ):  # an answer: no hour, pause or pace of reminders keeps it
        until = now + LEAVES_WITHIN
        if not isinstance(seen, Closed):
            until = max(until, closes_at(now, zones, window))
        return May(zones=(), window=window, until=until, note="")
    note = ""
    if isinstance(seen, Closed):
        later = seen.opens_at and local_time(seen.opens_at, clinic.time_zone)
        note = f"{seen.why} It leaves {later}." if later else seen.why
    return May(zones=zones, window=window, until=now + USEFUL_FOR, note=note)


def _zones(session: Session, clinic: Clinic, phone: str) -> tuple[str, ...]:
    """Of all who share the phone: the hour must be right for each."""
    known = session.connection().scalars(
        sa.select(col(Patient.time_zone)).where(
            col(Patient.clinic_id) == clinic.id, col(Patient.phone) == phone
        )
    )
    places = (clinic.time_zone,)
    if not PLAIN.fullmatch(phone):
        return places  # a sender that is no number: the gate will say so
    found = [zones_of(phone, zone, places) for zone in known.all() or [None]]
    return tuple(sorted({zone for zones in found for zone in zones}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What its writer had before them.  `once` is of that page alone."""

    seen_id: int  # her newest text
    seen_answer: int  # the newest answer of the clinic
    once: str
    health_stands: bool = False  # they mean to say words of health


def send(
    session: Session,
    clinic: Clinic,
    phone: str,
    text: str,
    page: Page,
    by: str,
    now: datetime,
) -> Sent | Refused:
    """Queues it and says Done to what its writer has read.  Raises NotFound for a phone
    that never texted."""
    if not ONCE.fullmatch(page.once):
        raise Invalid(STALE)
    clinic_id = clinic.id or 0
    key = f"staff:{clinic_id}:{page.once}"
    line = lock_line(session, clinic_id, phone)
    row = conversations.at(session, clinic_id, phone)
    before = _sent_before(session, clinic_id, key)
    if before is State.withdrawn:
        return Refused((WITHDRAWN,))
    if before is not None:
        return Sent(None, "")
    late = why_not(line) or _overtaken(session, row, page)
    if late:
        return Refused((late,))
    hers = session.get_one(InboundMessage, row.last_inbound_id)
    answer = written(session, clinic, hers.number_id, text)
    if answer.problems or (answer.health and not page.health_stands):
        return Refused(answer.problems)
    may = may_leave(session, clinic, phone, hers.vendor_at or hers.received_at, now)
    message_id = outbox.queue(
        session,
        clinic_id=clinic_id,
        number_id=hers.number_id,
        phone=phone,
        topic=Topic.care,
        kind=MessageKind.staff_reply,
        body=answer.body,
        dedupe_key=key,
        send_from=now,
        send_until=may.until,
        now=now,
        zones=may.zones,
        window=str(may.window),
        answers_id=None if may.zones else hers.id,
        written_by=by,
    )
    conversations.finish(session, clinic_id, phone, by, page.seen_id, now)
    return Sent(message_id, may.note)


def _overtaken(session: Session, row: Conversation, page: Page) -> str:
    """She wrote again, or somebody else has answered."""
    if row.last_inbound_id > page.seen_id:
        return NEWER
    other = newest_answer(session, row.clinic_id, row.phone)
    if other is not None and other.id > page.seen_answer:
        return ANSWERED.format(other.by)
    return ""


@dataclass(frozen=True, slots=True)
class Newest:
    id: int
    by: str


def newest_answer(session: Session, clinic_id: int, phone: str) -> Newest | None:
    row = (
        session.connection()
        .execute(
            sa.select(col(Message.id), col(Message.written_by))
            .where(
                col(Message.clinic_id) == clinic_id,
                col(Message.phone) == phone,
                col(Message.kind) == MessageKind.staff_reply,
                col(Message.state) != State.withdrawn,
            )
            .order_by(col(Message.id).desc())
            .limit(1)
        )
        .one_or_none()
    )
    return Newest(row.id, row.written_by or "Somebody") if row else None


def _sent_before(session: Session, clinic_id: int, key: str) -> State | None:
    """What became of the answer of this very page."""
    found: State | None = session.connection().scalar(
        sa.select(col(Message.state)).where(
            col(Message.dedupe_key) == key, col(Message.clinic_id) == clinic_id
        )
    )
    return found


def take_back(
    session: Session,
    clinic_id: int,
    phone: str,
    message_id: int,
    by: str,
    now: datetime,
) -> bool:
    """While it has not left.  It waits for a person again."""
    mine: Any = session.connection().scalar(
        sa.select(col(Message.id)).where(
            col(Message.id) == message_id,
            col(Message.clinic_id) == clinic_id,
            col(Message.phone) == phone,
            col(Message.kind) == MessageKind.staff_reply,
            col(Message.state).in_((State.due, State.claimed)),
        )
    )
    why = f"{by} took it back."
    if mine is None or not outbox.withdraw(session, [mine], why, now):
        return False
    conversations.reopen(session, clinic_id, phone, now)
    return True
