"""When each text of a day leaves under the carriers' caps, were nothing to change.

Pure: the same rule as the real thing (`gateway.throughput`), run ahead of time.  Hours
of the night are the caller's: a text is given with the times in which it may leave.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from gateway.throughput import (
    SLOT,
    Cap,
    Marks,
    Queue,
    Span,
    Waiting,
    Waits,
    next_pacific_day,
    turn,
)

Foretold = Mapping[int, datetime | Waits]  # by id: when it leaves, or what it waits for


def foretell(
    texts: Sequence[Waiting],
    left: Mapping[str, Marks],
    now: datetime,
    until: datetime,
) -> Foretold:
    """What happens from `now` to just before `until`.  `left` is what has left lately
    under each cap, by its key.  A text that comes into its time by then has an entry."""
    marks = dict(left)
    rest = [one for one in texts if one.send_from < until and one.send_until > now]
    said: dict[int, datetime | Waits] = {}
    while rest:
        now = max(now, min(one.send_from for one in rest))
        if now >= until:
            break
        ready = [one for one in rest if one.send_from <= now]
        queues = _queues(rest, marks, now)
        waits: list[Waits] = []
        gone: set[int] = set()
        for one in ready:
            found = turn(one.place, one.segments, one.caps, queues, now)
            said[one.id] = found or now
            if found is None:
                gone.add(one.id)
                _count(one, marks, now)
            else:
                waits.append(found)
        coming = [one.send_from for one in rest if one.send_from > now]
        now = min([*coming, *(_next(one, now) for one in waits), until])
        rest = [one for one in rest if one.id not in gone and one.send_until > now]
    return said


def _queues(
    texts: Iterable[Waiting], marks: Mapping[str, Marks], now: datetime
) -> dict[str, Queue]:
    midnight = next_pacific_day(now)
    sharing: dict[str, list[Waiting]] = defaultdict(list)
    caps: dict[str, Cap] = {}
    for one in texts:
        for cap in one.caps:
            waits = one.send_from <= now
            if waits or (cap.span is Span.day and one.send_from < midnight):
                caps[cap.key] = cap
                sharing[cap.key].append(one)
    return {
        key: Queue.of(
            caps[key], some, marks.get(key, Marks()).used(caps[key].span, now)
        )
        for key, some in sharing.items()
    }


def _count(one: Waiting, marks: dict[str, Marks], now: datetime) -> None:
    for cap in one.caps:
        before = marks.get(cap.key, Marks())
        marks[cap.key] = before.adding(cap.span, now, cap.units(one.segments))


def _next(waits: Waits, now: datetime) -> datetime:
    """When it is looked at again: room under a minute comes slot by slot."""
    return next_pacific_day(now) if waits.cap.span is Span.day else now + SLOT
