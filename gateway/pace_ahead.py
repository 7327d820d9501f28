"""Whose turn it is under the carriers' caps, by a clock that runs ahead.

The rule of `gateway.throughput` on the texts of one number.  What other clinics of its
brand have sent counts; what they will send nobody knows.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.throughput import (
    Cap,
    Marks,
    Queue,
    Sender,
    Span,
    Waiting,
    Waits,
    caps_of,
    pacific_day,
    turn,
    waiting_for,
)
from gateway.waiting import EVERY
from kernel.carriers import Carrier


@dataclass(slots=True)
class PaceAhead:
    """`marks` are of every cap, and change as texts leave."""

    marks: dict[str, Marks]
    _waiting: dict[int, Waiting] = field(default_factory=dict)
    _wanted: Counter[str] = field(default_factory=Counter)  # units, by cap
    _queues: Mapping[str, Queue] = field(default_factory=dict)
    _seen_at: datetime | None = None

    def enter(self, text: Waiting) -> None:
        """Nothing but a cap may hold it."""
        if text.id not in self._waiting:
            self._waiting[text.id] = text
            self._count(text, 1)

    def drop(self, text_id: int) -> None:
        """It has left or ended, or something else holds it."""
        text = self._waiting.pop(text_id, None)
        if text is not None:
            self._count(text, -1)

    def take(self, text: Waiting, now: datetime) -> Waits | None:
        """None: it is counted, and leaves."""
        self.enter(text)
        short = {
            cap.key for cap in text.caps if self._wanted[cap.key] > self._room(cap, now)
        }
        if short:
            self._look(now)
            waits = turn(text.place, text.segments, text.caps, self._queues, now)
            for cap in text.caps:
                units = cap.units(text.segments)
                if waits is None and self._room(cap, now) < units:
                    waits = waiting_for(cap, units, text.send_until, now)
            if waits is not None:
                return waits
        for cap in text.caps:
            marks, units = self._marks(cap), cap.units(text.segments)
            self.marks[cap.key] = marks.adding(cap.span, now, units)
        self.drop(text.id)
        return None

    def _count(self, text: Waiting, sign: int) -> None:
        for cap in text.caps:
            self._wanted[cap.key] += sign * cap.units(text.segments)

    def _marks(self, cap: Cap) -> Marks:
        return self.marks.get(cap.key, Marks())

    def _room(self, cap: Cap, now: datetime) -> int:
        return cap.open_to_reminders - self._marks(cap).used(cap.span, now)

    def _look(self, now: datetime) -> None:
        """The queues, as `gateway.waiting` finds them: every few seconds."""
        if self._seen_at is not None and now - self._seen_at < EVERY:
            return
        _, day_ends = pacific_day(now)
        found: dict[str, tuple[Cap, list[Waiting]]] = {}
        for text in self._waiting.values():
            if text.send_from >= day_ends or text.send_until <= now:
                continue
            for cap in text.caps:
                if cap.span is Span.day or text.send_from <= now + EVERY:
                    found.setdefault(cap.key, (cap, []))[1].append(text)
        self._seen_at = now
        self._queues = {
            key: Queue.of(cap, waiting, self._marks(cap).used(cap.span, now))
            for key, (cap, waiting) in found.items()
        }


def keys_of(sender: Sender) -> set[str]:
    """Of all caps that its texts can count under."""
    return {cap.key for carrier in Carrier for cap in caps_of(sender, carrier)}
