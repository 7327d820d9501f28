"""Takes one text from a patient: kept, understood, acted on and answered in one
transaction (i3 to i8).  A webhook and the reconciler use the same door.

A reader that fails never loses the text: the number is held and a person decides.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import TaskKind
from clinics.tasks import open_task
from consent import record
from consent.disclosures import hash_in_use
from consent.standing import lock_line
from gateway.answers import Answer, Consent, Heard, answer, meaning, other
from gateway.conversations import needs_a_person, note_text
from gateway.hearing import hear
from gateway.intent import Intent
from gateway.models import ArrivedBy, InboundMessage, MessageKind
from gateway.opt_in_answers import agree
from gateway.replies import queue_reply
from kernel import phone as phones
from kernel.db import insert_or_ignore
from kernel.faults import point
from registration.models import Campaign, SenderNumber

MOST_OF_A_SENDER = 64  # characters of an odd sender; an index row has its limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """An inbound message as the vendor gave it.  `our_address` is where patients reach
    our pages, for an answer that names one."""

    clinic_id: int
    number_id: int
    account_sid: str
    vendor_sid: str
    from_phone: str
    body: str | None  # None: the vendor no longer shows it
    opt_out_type: str | None
    raw: str
    arrived_by: ArrivedBy
    vendor_at: datetime | None
    our_address: str | None = None


@dataclass(frozen=True, slots=True)
class VisitAnswer:
    """What the visit side made of C, X or R: the one line that says it back, and
    what the desk must do, if anything."""

    reply: MessageKind | None
    task: str | None
    instead: tuple[MessageKind, ...] = ()
    holes: Mapping[str, str] = field(default_factory=dict)
    expects: str | None = None
    read: tuple[Intent, str] | None = None  # how it was read, where only it can tell
    waits: bool = False  # a person should see it all the same
    unsaid: str | None = None  # what the desk must do where the line may not be said


OnReply = Callable[[Session, int, str, Intent, int, datetime], VisitAnswer | None]


def receive(
    session: Session, arrived: Arrived, on_reply: OnReply, now: datetime
) -> bool:
    """False when this message is here already: then nothing happens again."""
    phone = readable(arrived.from_phone)
    inbound_id = _keep(session, arrived, phone, now)
    point("i4")
    if inbound_id is None:
        return False
    line = lock_line(session, arrived.clinic_id, phone)
    heard = hear(session, arrived, phone, line, now)
    decided = answer(heard)
    point("i5")
    _note_reading(session, inbound_id, heard)
    waits = _act(session, arrived, phone, inbound_id, heard, decided, on_reply)
    since = min(arrived.vendor_at or now, now) if waits else None
    note_text(session, arrived.clinic_id, phone, inbound_id, since, now)
    point("i7")
    return True


def readable(from_phone: str) -> str:
    """E.164 where it can be read; else the vendor's own text: a STOP from an odd
    sender is still a STOP from that sender."""
    found = phones.read(from_phone)
    if isinstance(found, phones.Phone):
        return found.e164
    return storable(from_phone)[:MOST_OF_A_SENDER]


def _keep(session: Session, arrived: Arrived, phone: str, now: datetime) -> int | None:
    kept: int | None = (
        session.connection()
        .execute(
            insert_or_ignore(session, InboundMessage, "id"),
            {
                "clinic_id": arrived.clinic_id,
                "number_id": arrived.number_id,
                "account_sid": arrived.account_sid,
                "vendor_sid": arrived.vendor_sid,
                "phone": phone,
                "body": storable(arrived.body or ""),
                "raw": storable(arrived.raw),
                "arrived_by": arrived.arrived_by,
                "received_at": now,
                "vendor_at": arrived.vendor_at,
                "intent": Intent.none.value,
                "rule": "",
            },
        )
        .scalar_one_or_none()
    )
    return kept


def storable(text: str) -> str:
    """Both databases refuse lone surrogates, PostgreSQL also NUL; `raw` has them
    escaped."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return clean.replace("\x00", "\ufffd")


def _act(
    session: Session,
    arrived: Arrived,
    phone: str,
    inbound_id: int,
    heard: Heard,
    decided: Answer,
    on_reply: OnReply,
) -> bool:
    """True when a person must read this text."""
    clinic_id, now = arrived.clinic_id, heard.now
    visit = None
    language = _record_consent(session, arrived, phone, inbound_id, heard, decided)
    sentences = {kind: TASK_SENTENCES[kind] for kind in decided.tasks}
    if decided.visit:
        silent = decided.silent
        visit = on_reply(
            session, clinic_id, phone, heard.reading.intent, inbound_id, now
        )
        decided = _of_the_visit(heard, visit, silent)
        unsaid = silent or heard.reading.urgent
        told = visit and (visit.task or (visit.unsaid if unsaid else None))
        if told:
            sentences[TaskKind.visit_change] = told
        if visit is not None and visit.read:
            _note(session, inbound_id, *visit.read)
    for kind, sentence in sentences.items():
        open_task(
            session,
            clinic_id,
            kind,
            f"inbound:{inbound_id}:{kind.value}",
            sentence,
            now,
            phone=phone,
            urgent=kind is TaskKind.emergency,
            due_in=TASK_DUE.get(kind, timedelta(hours=4)),
        )
    if decided.reply is not None:
        queue_reply(session, arrived, phone, inbound_id, decided, now, language)
    settled = visit is not None and not visit.waits
    return needs_a_person(heard, visit_heard=settled, task_opened=bool(sentences))


def _of_the_visit(heard: Heard, visit: VisitAnswer | None, silent: bool) -> Answer:
    """What the visit side said; without a visit it is a text like any other."""
    decided = other(heard)
    if visit is not None and not heard.reading.urgent:  # else 911 comes first
        decided = Answer(
            reply=visit.reply,
            instead=visit.instead,
            holes=visit.holes,
            expects=visit.expects,
        )
    return replace(decided, reply=None) if silent else decided


TASK_SENTENCES: dict[TaskKind, str] = {
    TaskKind.unsure_reply: "The patient may have asked to stop. Read the text and decide; "
    "nothing is sent to them until then.",
    TaskKind.reassigned: "Someone else may have this number now. Check it with the "
    "patient; nothing is sent to it until then.",
    TaskKind.emergency: "This text sounds like an emergency. Call now.",
    TaskKind.visit_word: "The patient texted CANCEL, which stops all texts by law. "
    "Ask whether the visit is to be cancelled too.",
}
TASK_DUE = {TaskKind.emergency: timedelta(0)}


def _record_consent(
    session: Session,
    arrived: Arrived,
    phone: str,
    inbound_id: int,
    heard: Heard,
    decided: Answer,
) -> str | None:
    """Gives the language that she chose on the form which this text confirms."""
    if decided.consent is Consent.unchanged:
        return None
    clinic_id, now = arrived.clinic_id, heard.now
    detail: dict[str, Any] = {
        "method": "text message",
        "words": storable(heard.body),
        "rule": heard.reading.rule,
        "vendor_sid": arrived.vendor_sid,
        "vendor_opt_out_type": heard.opt_out_type,
        "arrived_by": arrived.arrived_by.value,
        "inbound_id": inbound_id,
    }
    if decided.consent is Consent.opt_out:
        record.opt_out(session, clinic_id, phone, detail, now)
    elif decided.consent is Consent.hold:
        record.hold(session, clinic_id, phone, heard.reading.rule, detail, now)
    else:
        detail |= _keyword_path(session, arrived)
        return agree(session, clinic_id, phone, detail, now)
    return None


def _keyword_path(session: Session, arrived: Arrived) -> dict[str, Any]:
    """The campaign's declared way of opting in by keyword: what the reviewer saw."""
    given = {"number": arrived.number_id}
    row = session.connection().execute(_declaring(), given).one()
    return {
        "campaign": row.ref,
        "declared_path": row.message_flow,
        "texted_to": row.phone,
        "disclosure_sha256": hash_in_use(session, arrived.clinic_id, "keyword"),
    }


def _note_reading(session: Session, inbound_id: int, heard: Heard) -> None:
    _note(session, inbound_id, meaning(heard), heard.reading.rule)


def _note(session: Session, inbound_id: int, intent: Intent, rule: str) -> None:
    read = {"intent": intent.value, "rule": rule}
    session.connection().execute(_noting(), {"this": inbound_id, **read})


@cache
def _noting() -> Any:
    return sa.update(InboundMessage).where(
        col(InboundMessage.id) == sa.bindparam("this")
    )


@cache
def _declaring() -> Any:
    return (
        sa.select(
            col(Campaign.ref), col(Campaign.message_flow), col(SenderNumber.phone)
        )
        .select_from(SenderNumber)
        .outerjoin(Campaign, col(Campaign.id) == col(SenderNumber.campaign_id))
        .where(col(SenderNumber.id) == sa.bindparam("number"))
    )
