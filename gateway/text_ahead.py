"""A text that has not left, and what the gate would say of it at the hour at which it may
leave first.

The gate itself is asked, with facts that were read without a lock; nothing is written.
When the text really leaves it is asked anew.  `gateway.looks_ahead` follows many texts
through a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from consent.models import Topic
from consent.standing import LineState
from gateway.facts import facts_of
from gateway.gate import Verdict, decide
from gateway.models import MessageKind
from gateway.number_ahead import Number
from kernel.carriers import Carrier
from registration.numbers import INBOUND_VALID


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp:
    """What Twilio said of a phone; `at` None: nobody has asked yet."""

    carrier: Carrier | None
    textable: bool | None
    line_type: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAhead:
    """A text that waits, or one that would be queued: it has no id yet."""

    message_id: int | None
    segments: int
    phone: str
    line: LineState
    looked_up: LookedUp
    once_a_day: bool
    send_from: datetime
    send_until: datetime
    zones: str
    window: str
    look_again_at: datetime
    held_since: datetime | None = None
    held_why: Sequence[str] | None = None
    kind: MessageKind = MessageKind.reminder
    topic: Topic = Topic.care


def first_look(number: Number, text: TextAhead, now: datetime) -> Verdict:
    """At the moment from which it may leave, by what is known at `now`."""
    at = max(text.send_from, now)
    row = row_of(number, text)
    seen = row.complete_until
    if seen is not None and abs(now - seen) <= INBOUND_VALID:
        row.complete_until = at  # replies are compared every few minutes, and will be
    row.looked_up_at = at  # what is not known yet is asked for before a text leaves
    carrier = row.carrier or Carrier.unknown
    row.per_hour = number.slowed_to.get(carrier)
    facts = facts_of(
        row,
        text.line,
        cells=number.cells_at(at, number.polled(now)),
        sent_last_hour=len(number.left.get(carrier, ())),
        beyond_campaign=(),
        reminded_at=None,
        attached=row.campaign_id is not None,
        now=at,
    )
    return decide(facts)


def row_of(number: Number, text: TextAhead) -> Any:
    """As `facts_of` reads it."""
    found = text.looked_up
    return SimpleNamespace(
        **number.row,
        phone=text.phone,
        kind=text.kind,
        topic=text.topic,
        permit=None,
        send_from=text.send_from,
        send_until=text.send_until,
        zones=text.zones,
        window=text.window,
        carrier=found.carrier,
        textable=True if found.textable is None else found.textable,
        line_type=found.line_type or "mobile",
    )
