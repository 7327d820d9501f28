"""The vendor's order of a phone's texts decides, not the order in which they reached us.

Webhooks overtake each other.  The vendor's list tells when each text came, and where
the newest word of a phone is STOP, it stays stopped.  Nothing here ever opts in.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from consent.models import ConsentDetail
from consent.record import opt_out
from consent.standing import Word, lock_line
from gateway.intent import Intent
from gateway.models import InboundMessage
from gateway.twilio import Listed

WORDS = (Intent.start.value, Intent.stop.value)


def settle(
    session: Session,
    clinic_id: int,
    listed: Sequence[Listed],
    undated: Sequence[Listed],
    replayed: Sequence[Listed],
    now: datetime,
) -> None:
    """Notes when known texts reached the vendor, then looks at each phone once.
    `listed` is the vendor's whole answer, newest first."""
    age = {item.sid: place for place, item in enumerate(listed)}
    for item in undated:
        session.connection().execute(
            sa.update(InboundMessage)
            .where(col(InboundMessage.vendor_sid) == item.sid)
            .values(vendor_at=item.created_at)
        )
    for phone in sorted(_phones(session, clinic_id, [*undated, *replayed])):
        _stop_if_last(session, clinic_id, phone, age, now)


def _phones(session: Session, clinic_id: int, items: Iterable[Listed]) -> set[str]:
    sids = [item.sid for item in items]
    found: set[str] = set()
    for start in range(0, len(sids), 500):
        found |= set(
            session.connection().scalars(
                sa.select(col(InboundMessage.phone)).where(
                    col(InboundMessage.clinic_id) == clinic_id,
                    col(InboundMessage.vendor_sid).in_(sids[start : start + 500]),
                    col(InboundMessage.intent).in_(WORDS),
                )
            )
        )
    return found


def _stop_if_last(
    session: Session,
    clinic_id: int,
    phone: str,
    age: Mapping[str, int],
    now: datetime,
) -> None:
    line = lock_line(session, clinic_id, phone)
    if line.word is not Word.opted_in:
        return
    words = _words(session, clinic_id, phone)
    starts = [
        word
        for word in words
        if word.id == _cause(session, clinic_id, line.granted_seq)
    ]
    if not starts:
        return  # she agreed in another way than by a text: no order to mend
    stops = [
        word
        for word in words
        if word.intent == Intent.stop.value and not _surely_before(word, starts[0], age)
    ]
    if stops:
        detail = {
            "method": "order of the vendor's list",
            "words": stops[-1].body,
            "vendor_sid": stops[-1].vendor_sid,
            "inbound_id": stops[-1].id,
        }
        opt_out(session, clinic_id, phone, detail, now)


def _surely_before(stop: Any, start: Any, age: Mapping[str, int]) -> bool:
    """The vendor tells seconds.  In one second STOP is last, unless the order in which
    they reached us and the order of the vendor's list both say otherwise."""
    if stop.at != start.at:
        return bool(stop.at < start.at)
    older = age.get(stop.vendor_sid, -1) > age.get(start.vendor_sid, len(age))
    return bool(stop.id < start.id and older)


def _words(session: Session, clinic_id: int, phone: str) -> list[Any]:
    """Her START and STOP texts in the vendor's order; in one second STOP is last."""
    at = sa.func.coalesce(
        col(InboundMessage.vendor_at), col(InboundMessage.received_at)
    ).label("at")
    rows = session.connection().execute(
        sa.select(
            col(InboundMessage.id),
            col(InboundMessage.intent),
            col(InboundMessage.body),
            col(InboundMessage.vendor_sid),
            at,
        )
        .where(
            col(InboundMessage.clinic_id) == clinic_id,
            col(InboundMessage.phone) == phone,
            col(InboundMessage.intent).in_(WORDS),
        )
        .order_by(at, col(InboundMessage.intent))
    )
    return list(rows)


def _cause(session: Session, clinic_id: int, seq: int) -> int | None:
    """Which text the event of that number was written for, if it was one."""
    detail = session.connection().scalar(
        sa.select(col(ConsentDetail.detail)).where(
            col(ConsentDetail.clinic_id) == clinic_id, col(ConsentDetail.seq) == seq
        )
    )
    cause: int | None = json.loads(detail).get("inbound_id") if detail else None
    return cause
