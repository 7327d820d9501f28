"""The list of conversations of a clinic: what waits, what is mine, everything.

Reads rows and changes none; four queries, however many texts there are.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Task, TaskKind
from gateway.intent import MAY_MEAN_VISIT, Intent
from gateway.models import Conversation, InboundMessage
from gateway.whose import Whose, whose

SHOWN = 50
FIRST_WORDS = 300  # characters of a text in a list


class Tab(StrEnum):
    waiting = "waiting"
    mine = "mine"
    all = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    who: Whose
    urgent: bool  # a text of this phone sounds like an emergency
    inbound_id: int  # the last text
    words: str
    read_as: str
    at: datetime  # when the last text came
    waiting_since: datetime | None
    assigned_to: str | None
    done_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    rows: tuple[Row, ...]
    more: bool  # there are more of them than are shown
    older: int | None  # where the tab `all` goes on
    emergencies: int  # which cannot wait for their place in the list


def inbox(
    session: Session, clinic_id: int, tab: Tab, me: str, before: int | None = None
) -> Inbox:
    found = _rows(session, clinic_id, tab, me, before)
    shown = found[:SHOWN]
    people = whose(session, clinic_id, {row.phone for row in shown})
    urgent = _emergencies(session, clinic_id)
    rows = tuple(_row(row, people[row.phone], row.phone in urgent) for row in shown)
    more = len(found) > SHOWN
    return Inbox(
        rows=rows,
        more=more,
        older=rows[-1].inbound_id if more and tab is Tab.all else None,
        emergencies=len(urgent),
    )


def _rows(
    session: Session, clinic_id: int, tab: Tab, me: str, before: int | None
) -> list[Any]:
    query = (
        sa.select(
            col(Conversation.phone),
            col(Conversation.last_inbound_id),
            col(Conversation.last_at),
            col(Conversation.waiting_since),
            col(Conversation.assigned_to),
            col(Conversation.done_by),
            sa.func.substr(col(InboundMessage.body), 1, FIRST_WORDS).label("words"),
            col(InboundMessage.intent),
            col(InboundMessage.rule),
        )
        .join(InboundMessage, col(InboundMessage.id) == Conversation.last_inbound_id)
        .where(col(Conversation.clinic_id) == clinic_id)
        .limit(SHOWN + 1)
    )
    if tab is Tab.all:
        return list(session.connection().execute(_newest(query, clinic_id, before)))
    query = query.where(col(Conversation.waiting_since).is_not(None))
    if tab is Tab.mine:
        query = query.where(col(Conversation.assigned_to) == me)
    oldest = query.order_by(
        col(Conversation.waiting_since), col(Conversation.last_inbound_id)
    )
    return list(session.connection().execute(oldest))


def _newest(query: Any, clinic_id: int, before: int | None) -> Any:
    """Older than the text `before`, which stays where it is when newer ones come."""
    last = (col(Conversation.last_at), col(Conversation.last_inbound_id))
    if before is not None:
        came = (
            sa.select(col(InboundMessage.received_at))
            .where(
                col(InboundMessage.id) == before,
                col(InboundMessage.clinic_id) == clinic_id,
            )
            .scalar_subquery()
        )
        query = query.where(
            last[0] <= came,  # where the index begins
            sa.or_(last[0] < came, last[1] < before),
        )
    return query.order_by(*(column.desc() for column in last))


def _row(row: Any, who: Whose, urgent: bool) -> Row:
    return Row(
        who=who,
        urgent=urgent,
        inbound_id=row.last_inbound_id,
        words=row.words,
        read_as=read_as(row.intent, row.rule),
        at=row.last_at,
        waiting_since=row.waiting_since,
        assigned_to=row.assigned_to,
        done_by=row.done_by,
    )


def _emergencies(session: Session, clinic_id: int) -> frozenset[str | None]:
    """The phones of which a text sounds like one, until somebody has called."""
    return frozenset(
        session.connection().scalars(
            sa.select(col(Task.phone))
            .where(
                col(Task.clinic_id) == clinic_id,
                col(Task.done_at).is_(None),
                col(Task.kind) == TaskKind.emergency,
            )
            .limit(SHOWN)
        )
    )


READ_AS = {
    Intent.stop: "asked to stop",
    Intent.start: "asked for texts",
    Intent.help: "asked for help",
    Intent.confirm: "confirmed a visit",
    Intent.cancel_visit: "cannot come to a visit",
    Intent.reschedule: "wants another time for a visit",
    Intent.unsure: "may have asked to stop",
    Intent.none: "not understood",
}
BY_RULE = {
    "word.cancel": "CANCEL: stops all texts, and may mean the visit",
    "phrase.decline": "said no to the question whether texts are wanted",
    "vendor.stop": "on Twilio's list of opt-outs, though consent is newer",
    "deactivated": "on a list of numbers that were given up",
    "unreached": "texts did not reach the phone on several days",
    "reassigned": "may be another person's number now",
    "body.missing": "the words did not reach us",
    "reader.failed": "could not be read",
    "emergency": "sounds like an emergency",
    "reaction": "a reaction to one of our texts",
}


def read_as(intent: str, rule: str) -> str:
    """How a text was read, in words."""
    rule = "word.cancel" if rule in MAY_MEAN_VISIT else rule
    known = BY_RULE.get(rule) or BY_RULE.get(rule.partition(".")[0])
    known = known if intent in READ_BY_RULE else None
    return known or READ_AS.get(Intent(intent), intent)


# A rule explains these; a START or HELP is what it is, whichever rule saw it.
READ_BY_RULE = frozenset({Intent.stop, Intent.unsure, Intent.none})
