"""What one text is heard as: the words, and all that their meaning depends on.

Reads under the line's lock, changes nothing.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.hours import hours_of
from consent.models import ConsentDetail, ConsentEvent
from consent.standing import LineState, Word
from gateway import intent
from gateway.answers import NOT_MONITORED_AGAIN, Heard
from gateway.intent import DECLINED, Intent, Reading
from gateway.models import ArrivedBy, InboundMessage, Message, MessageKind, State
from gateway.opt_in_answers import answerable
from kernel.faults import point
from registration.models import Campaign, SenderNumber, WhoReplies

if TYPE_CHECKING:
    from gateway.inbound import Arrived

PROMPT_OPEN = timedelta(hours=72)  # messaging.md 2.4
ALWAYS_START = frozenset({"start", "unstop", "yes", "comenzar", "iniciar"})


def hear(
    session: Session, arrived: "Arrived", phone: str, line: LineState, now: datetime
) -> Heard:
    number = _number(session, arrived.number_id)
    hours = hours_of(session, arrived.clinic_id)
    shut = hours.shut(now) if hours else None
    past = _past(session, arrived.clinic_id, phone, shut.since if shut else now, now)
    prompts = _open_prompts(session, arrived.clinic_id, phone, now)
    of_visits = max(prompts.get("visit", 0), prompts.get("which", 0))
    open_visit = of_visits > 0
    asked = bool(answerable(session, arrived.clinic_id, phone))
    # YES answers what was asked last; C, X and R can only mean the visit.
    opting_in = asked and prompts.get("opt_in", 0) >= of_visits
    standing = Word.pending if opting_in else line.word
    reading = _read(arrived.body, standing, open_visit, number.declared)
    if reading.rule == DECLINED and line.word is Word.opted_in:
        # No to one topic more: what was agreed to before stands, and a person reads it.
        reading = replace(reading, intent=Intent.none)
    return Heard(
        body=arrived.body or "",
        reading=reading,
        opt_out_type=arrived.opt_out_type,
        replayed=arrived.arrived_by is ArrivedBy.reconciler,
        who_replies=number.who_replies,
        standing=line.word,
        asked=asked,
        open_visit=open_visit,
        asked_which="which" in prompts,
        hours_known=hours is not None,
        shut=shut,
        closed_at=past.closed_at,
        stop_may_be_newer=_stop_may_be_newer(session, arrived, phone, line.stopped_seq),
        held=line.held,
        confirmed_at=past.confirmed_at,
        not_monitored_at=past.not_monitored_at,
        replies_last_hour=past.last_hour,
        now=now,
    )


@dataclass(frozen=True, slots=True)
class Number:
    who_replies: WhoReplies
    declared: frozenset[str]  # the campaign's own opt-in words, casefolded


def _number(session: Session, number_id: int) -> Number:
    given = {"number": number_id}
    row = session.connection().execute(_number_query(), given).one()
    words = (row.keywords or {}).get("opt_in", ())
    return Number(row.who_replies, frozenset(word.casefold() for word in words))


def _read(
    body: str | None, standing: Word, open_visit: bool, declared: frozenset[str]
) -> Reading:
    if body is None:
        return Reading(intent=Intent.unsure, rule="body.missing", span=(0, 0))
    context = intent.Context(
        standing=standing.value, open_prompt="visit" if open_visit else None
    )
    try:
        point("i5r")
        reading = intent.read(body, context)
    except Exception:  # whatever it is, the text is kept and the number held
        return Reading(intent=Intent.unsure, rule="reader.failed", span=(0, 0))
    family, _, word = reading.rule.partition(".")
    known = word.replace("_", " ") in ALWAYS_START | declared
    if reading.intent is Intent.start and family == "word" and not known:
        # JOIN and its like opt in only where the campaign told the carriers so.
        return replace(reading, intent=Intent.none)
    return reading


@dataclass(frozen=True, slots=True)
class Past:
    """Our own answers to this phone within the longest pause."""

    confirmed_at: datetime | None
    not_monitored_at: datetime | None
    closed_at: datetime | None
    last_hour: int


def _past(
    session: Session, clinic_id: int, phone: str, shut_since: datetime, now: datetime
) -> Past:
    given = {
        "clinic": clinic_id,
        "number": phone,
        "since": min(now - NOT_MONITORED_AGAIN, shut_since),
        "hour_ago": now - timedelta(hours=1),
    }
    rows = {
        row.kind: row
        for row in session.connection().execute(_answers_query(), given).all()
    }
    newest = {kind: row.newest for kind, row in rows.items()}
    return Past(
        confirmed_at=newest.get(MessageKind.opt_in_confirmation),
        not_monitored_at=newest.get(MessageKind.not_monitored),
        closed_at=newest.get(MessageKind.closed),
        last_hour=sum(row.last_hour for row in rows.values()),
    )


def _open_prompts(
    session: Session, clinic_id: int, phone: str, now: datetime
) -> dict[str, int]:
    """What our open texts expect of her, each with the newest such text's id."""
    given = {"clinic": clinic_id, "number": phone, "since": now - PROMPT_OPEN}
    rows = session.connection().execute(_open_prompts_query(), given)
    return {row.expects: row.newest for row in rows}


def _stop_may_be_newer(
    session: Session, arrived: "Arrived", phone: str, stopped_seq: int
) -> bool:
    """For a START that the reconciler brings late: is there a STOP that is not
    surely older?  Then STOP wins and a person asks."""
    if arrived.arrived_by is ArrivedBy.webhook or stopped_seq == 0:
        return False
    stopped = (
        session.connection()
        .execute(_stop_query(), {"clinic": arrived.clinic_id, "seq": stopped_seq})
        .one()
    )
    cause = json.loads(stopped.detail).get("inbound_id") if stopped.detail else None
    at = stopped.at
    if cause is not None:  # what counts is when she texted, not when we heard of it
        at = session.connection().scalar(_texted_query(), {"this": cause}) or at
    return arrived.vendor_at is None or at >= arrived.vendor_at


@cache
def _stop_query() -> Any:
    erasable = sa.and_(
        col(ConsentDetail.clinic_id) == col(ConsentEvent.clinic_id),
        col(ConsentDetail.seq) == col(ConsentEvent.seq),
    )
    return (
        sa.select(col(ConsentEvent.at), col(ConsentDetail.detail))
        .select_from(ConsentEvent)
        .outerjoin(ConsentDetail, erasable)
        .where(
            col(ConsentEvent.clinic_id) == sa.bindparam("clinic"),
            col(ConsentEvent.seq) == sa.bindparam("seq"),
        )
    )


@cache
def _texted_query() -> Any:
    return sa.select(
        sa.func.coalesce(col(InboundMessage.vendor_at), col(InboundMessage.received_at))
    ).where(col(InboundMessage.id) == sa.bindparam("this"))


@cache
def _number_query() -> Any:
    return (
        sa.select(col(SenderNumber.who_replies), col(Campaign.keywords))
        .outerjoin(Campaign, col(Campaign.id) == col(SenderNumber.campaign_id))
        .where(col(SenderNumber.id) == sa.bindparam("number"))
    )


@cache
def _answers_query() -> Any:
    recent = col(Message.created_at) > sa.bindparam("hour_ago")
    return (
        sa.select(
            col(Message.kind),
            sa.func.max(col(Message.created_at)).label("newest"),
            sa.func.sum(sa.case((recent, 1), else_=0)).label("last_hour"),
        )
        .where(
            *_to_this_phone(),
            col(Message.answers_id).is_not(None),
            col(Message.kind) != MessageKind.staff_reply,  # a person is no machine
            col(Message.created_at) >= sa.bindparam("since"),
            col(Message.state).not_in((State.withdrawn, State.expired)),
        )
        .group_by(col(Message.kind))
    )


@cache
def _open_prompts_query() -> Any:
    return (
        sa.select(col(Message.expects), sa.func.max(col(Message.id)).label("newest"))
        .where(
            *_to_this_phone(),
            col(Message.expects).is_not(None),
            col(Message.state).in_((State.accepted, State.submitting, State.unknown)),
            col(Message.submitted_at) > sa.bindparam("since"),
        )
        .group_by(col(Message.expects))
    )


def _to_this_phone() -> tuple[Any, Any]:
    return (
        col(Message.clinic_id) == sa.bindparam("clinic"),
        col(Message.phone) == sa.bindparam("number"),
    )
