"""One conversation: what a phone and the clinic said to each other, by time.

Reads rows and changes none.  What was never to be said any more is left out.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from consent.models import ConsentEvent
from consent.standing import LineState, Word, line_state
from gateway.inbox import read_as
from gateway.intent import Intent
from gateway.models import Conversation, InboundMessage, Message, MessageKind, State
from gateway.progress import progress
from gateway.rule_words import because
from gateway.whose import Whose, whose
from kernel.errors import NotFound

SHOWN = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CURSOR = re.compile(r"([0-9]{1,17})\.([01])\.([0-9]{1,9})")
HERS, OURS = 0, 1  # at one moment, her text stands before our answer
LEFT_OUT = (State.withdrawn, State.claimed)

Place = tuple[datetime, int, int]  # time, HERS or OURS, id


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One text, hers or ours."""

    place: Place
    hers: bool
    words: str
    new: bool = False  # nobody has read it yet
    read_as: str = ""  # of hers
    because: str = ""  # the rule that read it so, in words
    stop: bool = False  # hers, and it was one
    kind: MessageKind | None = None  # of ours
    state: str = ""  # of ours: sent, delivered, held, failed
    why: tuple[str, ...] = ()
    by: str = ""  # who of the clinic wrote it
    waits: bool = False  # it has not left, and may be taken back

    @property
    def at(self) -> datetime:
        return self.place[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    who: Whose
    line: LineState
    since: datetime | None  # of the STOP or the opt-in that counts
    conversation: Conversation | None  # None: this phone has never texted
    said: tuple[Said, ...]  # the newest first
    older: str | None


def thread(
    session: Session, clinic_id: int, phone: str, before: str | None = None
) -> Thread:
    """Raises NotFound when there is nothing between this phone and the clinic."""
    conversation = session.get(Conversation, (clinic_id, phone))
    after = _read_place(before)
    found = [
        *_hers(session, clinic_id, phone, conversation, after),
        *_ours(session, clinic_id, phone, after),
    ]
    if not found and conversation is None:
        raise NotFound("Nothing was texted between this number and this clinic.")
    found.sort(key=lambda said: said.place, reverse=True)
    line = line_state(session, clinic_id, phone)
    return Thread(
        who=whose(session, clinic_id, {phone})[phone],
        line=line,
        since=_since(session, clinic_id, line),
        conversation=conversation,
        said=tuple(found[:SHOWN]),
        older=_cursor(found[SHOWN - 1].place) if len(found) > SHOWN else None,
    )


def _hers(
    session: Session,
    clinic_id: int,
    phone: str,
    conversation: Conversation | None,
    before: Place | None,
) -> list[Said]:
    at = sa.func.coalesce(
        col(InboundMessage.vendor_at), col(InboundMessage.received_at)
    )
    rows = session.connection().execute(
        sa.select(
            col(InboundMessage.id),
            col(InboundMessage.body),
            col(InboundMessage.intent),
            col(InboundMessage.rule),
            col(InboundMessage.received_at),
            at.label("at"),
        )
        .where(
            col(InboundMessage.clinic_id) == clinic_id,
            col(InboundMessage.phone) == phone,
            _before(before, HERS, at, col(InboundMessage.id)),
        )
        .order_by(at.desc(), col(InboundMessage.id).desc())
        .limit(SHOWN + 1)
    )
    return [
        Said(
            place=(row.at, HERS, row.id),
            hers=True,
            words=row.body,
            new=_is_new(conversation, row.received_at),
            read_as=read_as(row.intent, row.rule),
            because=because(row.rule),
            stop=row.intent == Intent.stop.value,
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class LastText:
    """Her newest: the number that it came to is the one that answers."""

    number_id: int
    at: datetime


def last_text(session: Session, clinic_id: int, phone: str) -> LastText | None:
    conversation = session.get(Conversation, (clinic_id, phone))
    if conversation is None:
        return None
    row = session.get_one(InboundMessage, conversation.last_inbound_id)
    return LastText(row.number_id, row.vendor_at or row.received_at)


def _is_new(conversation: Conversation | None, received_at: datetime) -> bool:
    """It came since something waits, and since somebody last said Done."""
    if conversation is None or conversation.waiting_since is None:
        return False
    read_until = conversation.done_at
    unread = read_until is None or received_at > read_until
    return unread and received_at >= conversation.waiting_since


def _ours(
    session: Session, clinic_id: int, phone: str, before: Place | None
) -> list[Said]:
    at = sa.func.coalesce(
        col(Message.submitted_at),
        col(Message.finished_at),
        col(Message.held_since),
        col(Message.created_at),
    )
    waits = sa.and_(col(Message.state) == State.due, col(Message.held_since).is_(None))
    rows = session.connection().execute(
        sa.select(
            col(Message.id),
            col(Message.body),
            col(Message.kind),
            col(Message.state),
            col(Message.delivery),
            col(Message.held_why),
            col(Message.outcome),
            col(Message.written_by),
            at.label("at"),
        )
        .where(
            col(Message.clinic_id) == clinic_id,
            col(Message.phone) == phone,
            sa.or_(
                sa.and_(col(Message.state).not_in(LEFT_OUT), ~waits),
                sa.and_(  # whoever wrote it sees it at once
                    col(Message.kind) == MessageKind.staff_reply,
                    col(Message.state) != State.withdrawn,
                ),
            ),
            _before(before, OURS, at, col(Message.id)),
        )
        .order_by(at.desc(), col(Message.id).desc())
        .limit(SHOWN + 1)
    )
    return [_of_ours(row) for row in rows]


def _of_ours(row: Any) -> Said:
    why = row.held_why if row.state is State.due else [row.outcome]
    return Said(
        place=(row.at, OURS, row.id),
        hers=False,
        words=row.body,
        kind=row.kind,
        state=progress(row.state, row.delivery, held=bool(row.held_why)),
        by=row.written_by or "",
        waits=row.written_by is not None and row.state in (State.due, State.claimed),
        why=tuple(sentence for sentence in why or () if sentence),
    )


def _since(session: Session, clinic_id: int, line: LineState) -> datetime | None:
    counts = {Word.opted_in: line.granted_seq, Word.opted_out: line.stopped_seq}
    seq = counts.get(line.word)
    found: datetime | None = session.connection().scalar(
        sa.select(col(ConsentEvent.at)).where(
            col(ConsentEvent.clinic_id) == clinic_id, col(ConsentEvent.seq) == seq
        )
    )
    return found


def _before(before: Place | None, side: int, at: Any, row_id: Any) -> Any:
    """Rows of one side that stand before a place in the order of the whole."""
    if before is None:
        return sa.true()
    moment, other, last_id = before
    if side < other:
        return at <= moment
    if side > other:
        return at < moment
    return sa.or_(at < moment, sa.and_(at == moment, row_id < last_id))


def _cursor(place: Place) -> str:
    moment, side, row_id = place
    return f"{(moment - EPOCH) // timedelta(microseconds=1)}.{side}.{row_id}"


def _read_place(cursor: str | None) -> Place | None:
    """What is no place is read as none: the newest are shown."""
    found = CURSOR.fullmatch(cursor or "")
    if found is None:
        return None
    micros, side, row_id = (int(part) for part in found.groups())
    return EPOCH + timedelta(microseconds=micros), side, row_id
