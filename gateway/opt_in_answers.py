"""What her YES or START makes of the forms that named her phone.  The caller holds the
line's lock and commits.

A form alone opts nobody in: only a text from the phone itself does.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from consent import record
from consent.models import ConsentDetail, ConsentEvent, Grade, Line, Standing, Topic
from consent.standing import OF_ONE_PHONE, Word, line_state
from gateway import outbox
from gateway.intent import SAYS_YES
from gateway.models import Message, MessageKind, State

ASKED_BY_CLINIC = "asked by the clinic"  # the method of an invitation
LEFT = (State.submitting, State.accepted, State.unknown)
CONFIRMED = "The patient's answer came before this text left."


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A topic that a form asked for, and that no word of her own has settled since."""

    topic: Topic
    seq: int
    asked: bool  # a text that names it has left
    facts: Mapping[str, Any]  # of the form; empty when they were erased


def pending(session: Session, clinic_id: int, phone: str) -> tuple[Pending, ...]:
    given = {"clinic": clinic_id, "number": phone}
    rows = session.connection().execute(_pending_query(), given)
    return tuple(
        Pending(
            topic=row.topic,
            seq=row.pending_seq,
            asked=row.asked_id is not None,
            facts=json.loads(row.detail) if row.detail else {},
        )
        for row in rows
    )


def answerable(session: Session, clinic_id: int, phone: str) -> tuple[Pending, ...]:
    """What her word may settle.  More than appointments only when a text told her so:
    whoever typed her number in may have ticked the boxes."""
    return tuple(
        one
        for one in pending(session, clinic_id, phone)
        if one.asked or one.topic is Topic.care
    )


def agree(
    session: Session,
    clinic_id: int,
    phone: str,
    by_text: Mapping[str, Any],
    now: datetime,
) -> str | None:
    """She texted YES or START: every topic that waits for it is hers from now on.
    `by_text` is the evidence of the text.  Gives the language of her form, if any."""
    waiting = answerable(session, clinic_id, phone)
    for one in waiting:
        form = {
            "method": _confirmed(one.facts.get("method")),
            "request_seq": one.seq,
            "disclosure_sha256": one.facts.get("disclosure_sha256"),
            "language": one.facts.get("language"),
        }
        detail = {**by_text, **form}
        record.opt_in(session, clinic_id, phone, one.topic, Grade.proven, detail, now)
    keyword = by_text.get("rule") not in SAYS_YES
    missing = line_state(session, clinic_id, phone).word is not Word.opted_in
    if not waiting or (keyword and missing):
        record.opt_in(session, clinic_id, phone, Topic.care, Grade.proven, by_text, now)
    _withdraw_requests(session, clinic_id, phone, now)
    return waiting[-1].facts.get("language") if waiting else None


def _confirmed(asked: object) -> str:
    by_clinic = asked == ASKED_BY_CLINIC
    return f"{ASKED_BY_CLINIC if by_clinic else 'web form'}, confirmed by text"


def _withdraw_requests(
    session: Session, clinic_id: int, phone: str, now: datetime
) -> None:
    due = session.connection().scalars(
        sa.select(col(Message.id)).where(
            col(Message.clinic_id) == clinic_id,
            col(Message.phone) == phone,
            col(Message.kind) == MessageKind.opt_in_request,
            col(Message.state).in_(outbox.NOT_LEFT),
        )
    )
    outbox.withdraw(session, [one for one in due if one], CONFIRMED, now)


@cache
def _pending_query() -> Any:
    seq = col(Standing.pending_seq)
    asked = (
        sa.select(sa.func.max(col(Message.id)))
        .where(
            col(Message.clinic_id) == col(Standing.clinic_id),
            col(Message.phone) == col(Standing.phone),
            col(Message.kind) == MessageKind.opt_in_request,
            col(Message.created_at) >= col(ConsentEvent.at),
            col(Message.state).in_(LEFT),
        )
        .scalar_subquery()
    )
    return (
        sa.select(
            col(Standing.topic), seq, col(ConsentDetail.detail), asked.label("asked_id")
        )
        .select_from(Standing)
        .join(Line, OF_ONE_PHONE)
        .join(
            ConsentEvent,
            sa.and_(
                col(ConsentEvent.clinic_id) == col(Standing.clinic_id),
                col(ConsentEvent.seq) == seq,
            ),
        )
        .outerjoin(
            ConsentDetail,
            sa.and_(
                col(ConsentDetail.clinic_id) == col(Standing.clinic_id),
                col(ConsentDetail.seq) == seq,
            ),
        )
        .where(
            col(Standing.clinic_id) == sa.bindparam("clinic"),
            col(Standing.phone) == sa.bindparam("number"),
            seq > col(Line.stopped_seq),
            seq > col(Standing.granted_seq),
        )
        .order_by(col(Standing.topic))
    )
