"""How fast each carrier takes texts, and whose turn it is: the rule of the pace.

Pure: no database, no clock.  A cap is never exceeded in any window, wherever a minute
is laid; answers to patients never wait here, but they count.  Where a cap is short, the
text goes first whose use ends first.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from itertools import accumulate
from typing import Self
from zoneinfo import ZoneInfo

from consent.models import Topic
from gateway.quiet_hours import Never, Window, next_open
from kernel.carriers import GATED, LABELS, Carrier
from kernel.clock import local_time
from registration.throughput import Limit, limits_of, said

PACIFIC = ZoneInfo("America/Los_Angeles")  # T-Mobile's day
MINUTE = timedelta(seconds=60)
SLACK = timedelta(seconds=4)  # from our count to the vendor's: the fence, an answer
SLOT = timedelta(seconds=2)
SLOTS = (MINUTE + SLACK) // SLOT + 1  # wherever a minute and its slack begin
RESERVED = 20  # one in so many is kept for answers to patients
SILENT = timedelta(minutes=15)  # a shorter wait is no news to a front desk

Place = tuple[int, datetime, int]  # in a queue: the lower, the sooner


class Span(StrEnum):
    minute = "minute"
    day = "day"  # from midnight to midnight, Pacific


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """One limit; whatever has the same `key` shares it.  Two campaigns of one brand may
    have different limits: each then leaves while all of the brand stay below its own."""

    key: str
    carrier: Carrier
    limit: int
    segments: bool  # it counts those, not texts
    span: Span
    per: str  # campaign, number or EIN

    @property
    def open_to_reminders(self) -> int:
        """The rest is kept for answers."""
        return self.limit - (max(1, self.limit // RESERVED) if self.limit > 1 else 0)

    def units(self, segments: int) -> int:
        return segments if self.segments else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """What the caps of a number follow from."""

    number_id: int
    campaign_id: int
    brand: str  # the tax number's digits, or what else names the brand
    use_case: str
    score: int | None
    att_class: str | None  # as the registry says, where it has said
    tmobile_tier: str | None


@dataclass(frozen=True, slots=True)
class Marks:
    """What left lately under one cap: units by slot.  A slot is two seconds of a
    minute, or a Pacific day."""

    slots: tuple[tuple[int, int], ...] = ()

    @classmethod
    def read(cls, text: str) -> Self:
        pairs = (part.split(":") for part in text.split(",") if part)
        return cls(tuple((int(slot), int(units)) for slot, units in pairs))

    def __str__(self) -> str:
        return ",".join(f"{slot}:{units}" for slot, units in self.slots)

    def used(self, span: Span, now: datetime) -> int:
        """In the windows that `now` is in: at most this much left in any minute that
        ends now, and on the day that it will count for."""
        if span is Span.day:
            days = _days(now)
            return max((units for slot, units in self.slots if slot in days), default=0)
        mine = _slot(now)
        return sum(units for slot, units in self.slots if abs(slot - mine) < SLOTS)

    def adding(self, span: Span, now: datetime, units: int) -> "Marks":
        """`units` below nothing: what was counted at `now` did not leave after all."""
        touched: Collection[int] = _days(now) if span is Span.day else {_slot(now)}
        near = 2 if span is Span.day else SLOTS
        kept = {
            slot: count
            for slot, count in self.slots
            if any(abs(slot - one) < near for one in touched)
        }
        for slot in touched:
            kept[slot] = max(0, kept.get(slot, 0) + units)
        return Marks(tuple(sorted(kept.items())))


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A text that could leave: now, or later today."""

    id: int
    topic: Topic
    send_from: datetime
    send_until: datetime
    segments: int
    caps: tuple[Cap, ...]

    @property
    def place(self) -> Place:
        return place_of(self.topic, self.send_until, self.id)


@dataclass(frozen=True, slots=True)
class Queue:
    """Who shares one cap, in the order in which they leave, and what has left."""

    places: tuple[Place, ...]
    sums: tuple[int, ...]  # units up to and with each of them
    used: int

    @classmethod
    def of(cls, cap: Cap, texts: Iterable[Waiting], used: int) -> Self:
        ordered = sorted((text.place, cap.units(text.segments)) for text in texts)
        sums = accumulate(units for _, units in ordered)
        return cls(tuple(place for place, _ in ordered), tuple(sums), used)

    def ahead(self, place: Place) -> int:
        """Units of those who leave before."""
        found = bisect_left(self.places, place)
        return self.sums[found - 1] if found else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """Not its turn: which cap is in the way, and about when there is room under it."""

    cap: Cap
    until: datetime
    too_late: bool  # it would be of no use by then
    silent: bool  # so short that nobody need be told


def caps_of(sender: Sender, carrier: Carrier) -> tuple[Cap, ...]:
    """In one order, which is that of their locks.  A phone on none of the three, or on
    one that nobody knows, counts for each of them: it could be any (as in the gate)."""
    words = said(sender.att_class, sender.tmobile_tier)
    limits = limits_of(sender.use_case, sender.score, words)
    wanted = {carrier} if carrier in GATED else {*GATED, Carrier.other}
    found = [_cap(limits[one], sender) for one in wanted if one in limits]
    return tuple(sorted(found, key=lambda cap: cap.key))


def place_of(topic: Topic, send_until: datetime, message_id: int) -> Place:
    """Care before reviews before marketing; then whose use ends first."""
    return tuple(Topic).index(topic), send_until, message_id


def turn(
    place: Place,
    segments: int,
    caps: Sequence[Cap],
    queues: Mapping[str, Queue],
    now: datetime,
) -> Waits | None:
    """None: it may leave now, under each cap.  A cap without a queue keeps nobody
    waiting.  Else the cap that keeps it longest."""
    waits = [
        found
        for cap in caps
        if (queue := queues.get(cap.key)) is not None
        and (over := _over(cap, queue, place, segments)) > 0
        and (found := waiting_for(cap, over, place[1], now))
    ]
    return max(waits, key=lambda one: (one.too_late, one.until), default=None)


def waiting_for(cap: Cap, over: int, send_until: datetime, now: datetime) -> Waits:
    """`over`: the units by which it, and those ahead of it, exceed the room there is."""
    each = max(1, cap.open_to_reminders)
    if cap.span is Span.day:
        until = next_pacific_day(now, 1 + (over - 1) // each)
    else:
        until = now + max(SLOT, (MINUTE + SLACK) * (over / each))
    late = until >= send_until
    short = cap.span is Span.minute and until - now <= SILENT
    return Waits(cap=cap, until=until, too_late=late, silent=short and not late)


def in_open_hours(
    waits: Waits, send_until: datetime, zones: Sequence[str], window: Window
) -> Waits:
    """Room under a cap is of no use at night: it leaves when her hours open after."""
    opens = next_open(waits.until, zones, window)
    if isinstance(opens, Never) or opens >= send_until:
        return replace(waits, too_late=True, silent=False)
    return replace(waits, until=opens)


def pacific_day(now: datetime) -> tuple[datetime, datetime]:
    """The day that T-Mobile counts: its first moment, and the next day's."""
    day = now.astimezone(PACIFIC).date()
    return _midnight(day.toordinal()), _midnight(day.toordinal() + 1)


def next_pacific_day(now: datetime, days: int = 1) -> datetime:
    return _midnight(now.astimezone(PACIFIC).date().toordinal() + days)


def sentence(waits: Waits, carrier: Carrier, zone: str, now: datetime) -> str:
    """For a front desk.  `carrier` is the phone's own."""
    cap = waits.cap
    what = "segments" if cap.segments else "texts"
    whose = {"EIN": "brand", "number": "number"}.get(cap.per, "campaign")
    takes = f"{LABELS[cap.carrier]} takes {cap.limit:,} {what} a {cap.span}"
    if cap.carrier is Carrier.other:
        takes = f"Smaller carriers take {cap.limit:,} {what} a {cap.span}"
    unsure = "" if carrier in GATED else UNSURE
    first = f"{unsure}{takes} from this clinic's {whose}, and visits that are nearer"
    if waits.too_late:
        return f"{first} go first. This text would come too late: call the patient."
    if cap.span is Span.day:
        there = local_time(waits.until, zone)
        return (
            f"{first} go first. This text leaves after midnight Pacific, from {there}."
        )
    hours = max(1, -(-(waits.until - now) // timedelta(hours=1)))
    within = "an hour" if hours == 1 else f"{hours} hours"
    return f"{first} go first. This text leaves within {within}."


UNSURE = "It is not known whose network this phone is on, so it counts for each. "


def _over(cap: Cap, queue: Queue, place: Place, segments: int) -> int:
    ahead = queue.ahead(place) + cap.units(segments)
    return ahead - max(0, cap.open_to_reminders - queue.used)


def _cap(limit: Limit, sender: Sender) -> Cap:
    shares = {"EIN": sender.brand, "number": sender.number_id}
    what, _, span = limit.unit.partition(" a ")
    return Cap(
        key=f"{limit.carrier} {limit.per} {shares.get(limit.per, sender.campaign_id)}",
        carrier=limit.carrier,
        limit=limit.limit,
        segments=what == "segments",
        span=Span(span),
        per=limit.per,
    )


def _slot(now: datetime) -> int:
    return int(now.timestamp() // SLOT.total_seconds())


def _days(now: datetime) -> frozenset[int]:
    """Two of them where what leaves now may arrive on the next."""
    return frozenset(
        at.astimezone(PACIFIC).date().toordinal() for at in (now, now + SLACK)
    )


@cache
def _midnight(ordinal: int) -> datetime:
    day = datetime.fromordinal(ordinal).date()
    return datetime.combine(day, time(), PACIFIC).astimezone(UTC)
