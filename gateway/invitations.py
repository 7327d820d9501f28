"""The clinic asks a patient by text to reply YES: read, written down, queued.

The caller commits, or rolls back what was refused.  Opts nobody in: YES does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Language
from consent import record
from consent.at_desk import WHERE
from consent.models import Topic
from consent.standing import LineState, line_state, lock_line
from gateway.invitation import (
    ASK_WITHIN,
    MANY,
    PER_DAY,
    Facts,
    MayNot,
    decide,
)
from gateway.models import InboundMessage, Message, MessageKind, State
from gateway.opt_in_answers import ASKED_BY_CLINIC, pending
from gateway.opt_in_place import Place, request_text
from gateway.opt_in_requests import queue_request
from kernel.counters import count
from registration.wordings import NoWording

NEVER_LEFT = (State.withdrawn, State.expired)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """Whom to ask, and who stands behind it."""

    phone: str
    patient: str  # the clinic's own number for them
    language: Language
    zones: tuple[str, ...]  # where they may be: quiet hours count
    told: str | None  # a key of WHERE: they said there that we may text once; or None
    by: str  # staff e-mail


@dataclass(frozen=True, slots=True)
class Asked:
    seq: int  # of the ledger
    text: str


def invite(
    session: Session, place: Place, invited: Invited, now: datetime
) -> Asked | MayNot:
    clinic_id, phone = place.clinic.id, invited.phone
    line = lock_line(session, clinic_id, phone)
    told = invited.told is not None
    decided = decide(facts_of(session, place, phone, line, told, now))
    if isinstance(decided, MayNot):
        return decided
    topics = _topics(session, clinic_id, phone)
    text = request_text(session, place, invited.language, topics)
    if isinstance(text, NoWording):
        return MayNot((text.why,))
    if _today(session, place, now) > PER_DAY:
        return MayNot((MANY,))
    detail: dict[str, Any] = {
        "method": ASKED_BY_CLINIC,
        "why": decided.ground.value,
        "where": WHERE[invited.told] if invited.told is not None else None,
        "asked": text,
        "recorded_by": invited.by,
        "patient": invited.patient,
        "language": invited.language.value,
        "campaign": place.campaign_ref,
    }
    seq = record.request_opt_in(session, clinic_id, phone, Topic.care, detail, now)
    queue_request(
        session,
        place,
        phone,
        topics[0],
        text,
        key=f"invitation:{clinic_id}:{seq}",
        now=now,
        until=now + ASK_WITHIN,
        zones=invited.zones,
    )
    return Asked(seq, text)


def look(
    session: Session, place: Place, phone: str, *, told: bool, now: datetime
) -> Facts:
    """The same without a lock, for a page."""
    line = line_state(session, place.clinic.id, phone)
    return facts_of(session, place, phone, line, told, now)


def text_for(
    session: Session, place: Place, phone: str, language: Language
) -> str | NoWording:
    """What would be texted."""
    topics = _topics(session, place.clinic.id, phone)
    return request_text(session, place, language, topics)


def facts_of(
    session: Session,
    place: Place,
    phone: str,
    line: LineState,
    told: bool,
    now: datetime,
) -> Facts:
    asked_at, texted_at = _asked_and_texted(session, place.clinic.id, phone)
    return Facts(
        now=now,
        clinic_zone=place.clinic.time_zone,
        word=line.word,
        grade=line.grade,
        held=line.held,
        told=told,
        asked_at=asked_at,
        answered=asked_at is not None
        and texted_at is not None
        and texted_at > asked_at,
    )


def _topics(session: Session, clinic_id: int, phone: str) -> Sequence[Topic]:
    """YES answers all that is open, so the text must name all of it."""
    waiting = {one.topic for one in pending(session, clinic_id, phone)}
    return sorted(waiting | {Topic.care}, key=list(Topic).index)


def _today(session: Session, place: Place, now: datetime) -> int:
    local = now.astimezone(ZoneInfo(place.clinic.time_zone)).replace(tzinfo=UTC)
    name = f"invitations {place.clinic.id}"
    return count(session, name, timedelta(days=1), local)


def _asked_and_texted(
    session: Session, clinic_id: int, phone: str
) -> tuple[datetime | None, datetime | None]:
    """Every request counts that left or still may, whoever wanted it; one that the
    vendor refused counts too, for it may have been seen."""
    left = sa.func.coalesce(col(Message.submitted_at), col(Message.created_at))
    asked = sa.select(sa.func.max(left)).where(
        col(Message.clinic_id) == clinic_id,
        col(Message.phone) == phone,
        col(Message.kind) == MessageKind.opt_in_request,
        col(Message.state).not_in(NEVER_LEFT),
    )
    texted = sa.select(sa.func.max(col(InboundMessage.received_at))).where(
        col(InboundMessage.clinic_id) == clinic_id, col(InboundMessage.phone) == phone
    )
    connection = session.connection()
    return connection.scalar(asked), connection.scalar(texted)
