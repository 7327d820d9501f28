"""What a form of the web leaves behind: one event a topic, and at most one text that
asks for YES.  The caller commits.

Opts nobody in; caps are counted in the database, so they hold over all processes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Language, TaskKind
from clinics.tasks import open_task
from clinics.tries import network_of
from consent import record
from consent.models import Topic
from consent.standing import Word, line_state, lock_line
from gateway import outbox
from gateway.models import InboundMessage, Message, MessageKind, Permit
from gateway.opt_in import (
    ASK_WITHIN,
    BURST,
    PER_CLINIC,
    PER_IP,
    PER_PHONE,
    Act,
    Facts,
    Known,
    Wish,
    decide,
)
from gateway.opt_in_answers import LEFT, pending
from gateway.opt_in_place import Place, request_text
from kernel.counters import count
from kernel.hashing import sha256_hex
from kernel.models import Counter
from registration.wordings import NoWording

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a form came from, as evidence."""

    url: str
    ip: str
    user_agent: str
    language: Language
    disclosure_sha256: str  # of the words that stood beside the boxes


class Taken(StrEnum):
    """All that the page may tell apart: never what the phone's standing is."""

    taken = "taken"
    too_many = "too_many"


def take(
    session: Session, place: Place, wish: Wish, origin: Origin, now: datetime
) -> Taken:
    """Counts first: beyond a cap nothing is kept but the count."""
    local = now.astimezone(ZoneInfo(place.clinic.time_zone)).replace(tzinfo=UTC)
    clinic = place.clinic.id
    # Hashed, so that the table of counts names nobody.
    ip = f"opt-in ip {sha256_hex(network_of(origin.ip).encode())}"
    if count(session, ip, HOUR, now) > PER_IP:
        return Taken.too_many
    phone = f"opt-in phone {clinic} {sha256_hex(wish.phone.encode())}"
    if count(session, phone, DAY, local) > PER_PHONE:
        return Taken.taken  # as if it were the first: a form tells nothing of a phone
    today = count(session, f"opt-in clinic {clinic}", DAY, local)
    if today == 1:
        _forget_counts(session, now)
    if today > PER_CLINIC:
        return Taken.too_many
    this_hour = count(session, f"opt-in hour {clinic}", HOUR, now)
    if this_hour > BURST:
        _alarm(session, place, now)
    _note(session, place, wish, origin, this_hour, now)
    return Taken.taken


def _forget_counts(session: Session, now: datetime) -> None:
    session.connection().execute(
        sa.delete(Counter).where(
            col(Counter.name).startswith("opt-in "),
            col(Counter.window_start) < now - 3 * DAY,
        )
    )


def _alarm(session: Session, place: Place, now: datetime) -> None:
    open_task(
        session,
        place.clinic.id,
        TaskKind.opt_in_burst,
        f"opt_in_burst:{now.astimezone(UTC):%Y-%m-%dT%H}",
        f"More than {BURST} people signed up for texts on the web within an hour. If "
        "that is not you, tell the operator: someone may be typing in numbers. Until "
        "the hour is over nobody is asked by text; the sign-ups are kept as pending.",
        now,
        urgent=True,
        due_in=timedelta(hours=1),
    )


def _note(
    session: Session,
    place: Place,
    wish: Wish,
    origin: Origin,
    this_hour: int,
    now: datetime,
) -> None:
    """One event a topic, and the text that asks for YES where one may be sent."""
    clinic_id = place.clinic.id
    line = lock_line(session, clinic_id, wish.phone)
    known = {
        topic: line_state(session, clinic_id, wish.phone, topic)
        for topic in wish.topics
    }
    facts = Facts(
        topics={
            topic: Known(word=state.word, grade=state.grade)
            for topic, state in known.items()
        },
        stopped=line.stopped_seq > max(state.granted_seq for state in known.values())
        and line.word is not Word.opted_in,
        held=line.held,
        asked_unanswered=_asked_unanswered(session, clinic_id, wish.phone),
        this_hour=this_hour,
    )
    decision = decide(facts)
    detail = evidence(place, wish, origin, decision.act)
    seq = 0
    for topic in decision.pending:
        seq = record.request_opt_in(session, clinic_id, wish.phone, topic, detail, now)
    if decision.act is Act.ask:
        _ask(session, place, wish.phone, origin.language, seq, now)


def evidence(place: Place, wish: Wish, origin: Origin, act: Act) -> dict[str, Any]:
    """Who asked for what, under which words, from where: each event holds it all."""
    return {
        "method": "web form",
        "url": origin.url,
        "ip": origin.ip,
        "user_agent": origin.user_agent,
        "language": origin.language.value,
        "disclosure_sha256": origin.disclosure_sha256,
        "name": wish.name or None,
        "typed": wish.typed,
        "topics": ", ".join(wish.topics),
        "boxes": "unticked when shown; ticked by the person",
        "campaign": place.campaign_ref,
        "request": act.value,
    }


def _ask(
    session: Session,
    place: Place,
    phone: str,
    language: Language,
    seq: int,
    now: datetime,
) -> None:
    topics = sorted(
        {one.topic for one in pending(session, place.clinic.id, phone)},
        key=list(Topic).index,
    )
    text = request_text(session, place, language, topics)
    if isinstance(text, NoWording):
        open_task(
            session,
            place.clinic.id,
            TaskKind.wording,
            f"wording:{place.campaign_id}:{MessageKind.opt_in_request.value}",
            text.why,
            now,
        )
        return
    queue_request(
        session,
        place,
        phone,
        topics[0],
        text,
        key=f"opt_in_request:{place.clinic.id}:{seq}",
        now=now,
        until=now + ASK_WITHIN,
    )


def queue_request(
    session: Session,
    place: Place,
    phone: str,
    topic: Topic,
    text: str,
    *,
    key: str,
    now: datetime,
    until: datetime,
    zones: Sequence[str] = (),
) -> None:
    """The one text that a pending phone may get.  `zones` for one that the patient did
    not just ask for: it keeps quiet hours."""
    outbox.queue(
        session,
        clinic_id=place.clinic.id,
        number_id=place.number_id,
        phone=phone,
        topic=topic,
        kind=MessageKind.opt_in_request,
        body=text,
        dedupe_key=key,
        send_from=now,
        send_until=until,
        now=now,
        zones=zones,
        expects="opt_in",
        permit=Permit.opt_in_request,
    )


def _asked_unanswered(session: Session, clinic_id: int, phone: str) -> bool:
    """Has a request left, or is one about to, since her last text?"""
    given = {"clinic": clinic_id, "number": phone}
    row = session.connection().execute(_asked_query(), given).one()
    return row.asked_at is not None and (
        row.texted_at is None or row.texted_at <= row.asked_at
    )


@cache
def _asked_query() -> Any:
    clinic: Any = sa.bindparam("clinic")
    number: Any = sa.bindparam("number")
    asked = sa.select(sa.func.max(col(Message.created_at))).where(
        col(Message.clinic_id) == clinic,
        col(Message.phone) == number,
        col(Message.kind) == MessageKind.opt_in_request,
        col(Message.state).in_((*LEFT, *outbox.NOT_LEFT)),
    )
    texted = sa.select(sa.func.max(col(InboundMessage.received_at))).where(
        col(InboundMessage.clinic_id) == clinic, col(InboundMessage.phone) == number
    )
    return sa.select(
        asked.scalar_subquery().label("asked_at"),
        texted.scalar_subquery().label("texted_at"),
    )
