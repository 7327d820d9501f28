"""What the gate will say of texts that have not left, by a clock that runs ahead.

The same decision as when a text is sent, at the same moments, on facts that are read
without locks: nothing is written and nobody is called.  It takes for granted that the
program runs meanwhile, so that replies are compared and what the registry says of a
carrier today it says again.
"""

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from consent.standing import Word
from gateway.campaign_texts import HOUR
from gateway.facts import facts_of
from gateway.gate import (
    LOOKUP_VALID,
    Facts,
    Finding,
    Obstacle,
    Verdict,
    decide,
    look_again_at,
)
from gateway.number_ahead import Number
from gateway.pace_ahead import PaceAhead
from gateway.put_back import LOOK_AT_LATEST
from gateway.quiet_hours import closes_at
from gateway.text_ahead import TextAhead, row_of
from gateway.throughput import SLOT, Waits, caps_of, in_open_hours, sentence
from gateway.throughput import Waiting as Paced
from kernel.carriers import Carrier

NEW = 2**40  # the turn of a text that is not queued yet: after every other


class Fate(StrEnum):
    leaves = "leaves"
    held = "held"  # and was looked at before the end
    expires = "expires"
    waits = "waits"  # its time comes after the end


@dataclass(frozen=True, slots=True)
class Look:
    """A verdict that differs from the one before, as a `SendDecision` is."""

    at: datetime
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """`at` is when it leaves or expires."""

    fate: Fate
    at: datetime | None
    looks: tuple[Look, ...]


Expired = Callable[[int, datetime], None]


class Course:
    """What becomes of texts from `now` on, in the order in which workers would claim
    them.  Texts may be added and taken back on the way, as a planner would."""

    def __init__(
        self, number: Number, now: datetime, reminded: Mapping[str, datetime]
    ) -> None:
        """`reminded`: when phones had the last reminder that counts for a day."""
        self.number, self.now = number, now
        self.reminded = dict(reminded)
        self._left = {carrier: list(at) for carrier, at in number.left.items()}
        self._polled = number.polled(now)
        self._pace = PaceAhead(dict(number.marks))
        self._texts: list[_Text] = []
        self._turns: list[tuple[datetime, datetime, int, int]] = []
        self._until = now

    def add(self, text: TextAhead) -> int:
        """Its number in this course."""
        index = len(self._texts)
        place = NEW + index if text.message_id is None else text.message_id
        sender = self.number.sender
        carrier = text.looked_up.carrier or Carrier.unknown
        paced = Paced(
            id=place,
            topic=text.topic,
            send_from=text.send_from,
            send_until=text.send_until,
            segments=text.segments,
            caps=caps_of(sender, carrier) if sender else (),
        )
        self._texts.append(_Text(text, row_of(self.number, text), paced))
        if text.held_why is None and text.line.word is Word.opted_in:
            self._pace.enter(paced)
        first = max(text.look_again_at, self.now)
        heapq.heappush(self._turns, (first, text.look_again_at, place, index))
        return index

    def take_back(self, index: int) -> None:
        self._texts[index].gone = True
        self._pace.drop(self._texts[index].paced.id)

    def seen(self, index: int) -> Ahead:
        text = self._texts[index]
        return Ahead(fate=text.fate, at=text.at, looks=tuple(text.looks))

    def run(self, until: datetime, expired: Expired = lambda index, at: None) -> None:
        """Up to this moment; may be called again for a later one."""
        self._until = until
        while self._turns and self._turns[0][0] < until:
            at, _, place, index = heapq.heappop(self._turns)
            if self._texts[index].gone:
                continue
            self.now = at
            again = self._look(self._texts[index], at)
            if again is not None:
                heapq.heappush(self._turns, (again, again, place, index))
            elif self._texts[index].fate is Fate.expires:
                expired(index, at)
        self.now = max(self.now, until)

    def _look(self, text: "_Text", at: datetime) -> datetime | None:
        """When it is looked at again; None when that was the last time."""
        facts = self._facts(text, at)
        verdict = decide(facts)
        waits = self._pace.take(text.paced, at) if verdict.allowed else None
        if waits is not None:
            return _put_off(text, waits, facts)
        self._pace.drop(text.paced.id)
        if not text.looks or verdict.sentences != text.held_why:
            text.looks.append(Look(at, verdict))
        if verdict.allowed:
            text.fate, text.at = Fate.leaves, at
            self._left.setdefault(facts.carrier, []).append(at)
            if text.of.once_a_day:
                self.reminded[text.of.phone] = at
            return None
        if Obstacle.too_late in verdict.obstacles:
            text.fate, text.at = Fate.expires, at
            return None
        text.fate, text.held_why = Fate.held, verdict.sentences
        text.held_since = text.held_since or at
        return self._next_look(text, verdict, facts)

    def _next_look(self, text: "_Text", verdict: Verdict, facts: Facts) -> datetime:
        """The looks between which nothing can have changed are passed over."""
        latest = text.of.send_until
        at = min(look_again_at(verdict, text.held_since, facts.now), latest)
        if facts.slowed_to is not None:
            return at  # other texts may take its turn meanwhile
        change = min(_next_change(facts, verdict), latest, self._until)
        while at < change:
            at = min(look_again_at(verdict, text.held_since, at), latest)
        return at

    def _facts(self, text: "_Text", at: datetime) -> Facts:
        row = text.row
        row.complete_until = at  # the reconciler runs before every pass
        looked_up_at = text.of.looked_up.at
        if looked_up_at is None or at - looked_up_at > LOOKUP_VALID:
            looked_up_at = at  # it is asked for before the gate
        row.looked_up_at = looked_up_at
        carrier = row.carrier or Carrier.unknown
        row.per_hour = self.number.slowed_to.get(carrier)
        since = at - HOUR
        once = text.of.once_a_day
        return facts_of(
            row,
            text.of.line,
            cells=self.number.cells_at(at, self._polled),
            sent_last_hour=sum(one > since for one in self._left.get(carrier, ()))
            if row.per_hour is not None
            else 0,
            beyond_campaign=(),
            reminded_at=self.reminded.get(text.of.phone) if once else None,
            attached=row.campaign_id is not None,
            now=at,
        )


@dataclass(slots=True)
class _Text:
    of: TextAhead
    row: Any
    paced: Paced
    held_since: datetime | None = None
    held_why: list[str] | None = None
    fate: Fate = Fate.waits
    at: datetime | None = None
    gone: bool = False
    looks: list[Look] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.held_since = self.of.held_since
        self.held_why = list(self.of.held_why) if self.of.held_why else None


def _put_off(text: _Text, waits: Waits, facts: Facts) -> datetime:
    """As `put_back.put_off`: a short wait is no news.  It is looked at half the way to
    its turn, and again, so that it leaves within seconds of it."""
    text.fate = Fate.held
    waits = in_open_hours(waits, facts.send_until, facts.zones, facts.window)
    if waits.silent:
        text.held_why = text.held_since = None
    else:
        words = sentence(waits, facts.carrier, facts.clinic_zone, facts.now)
        verdict = Verdict((Finding(Obstacle.carrier_full, words),))
        if verdict.sentences != text.held_why:
            text.looks.append(Look(facts.now, verdict))
        text.held_why = verdict.sentences
        text.held_since = text.held_since or facts.now
    pause = min(max(SLOT, (waits.until - facts.now) / 2), LOOK_AT_LATEST)
    return min(facts.now + pause, text.of.send_until)


def _next_change(facts: Facts, verdict: Verdict) -> datetime:
    """When the clock alone makes another verdict possible."""
    at = [one.passes_at for one in verdict.findings if one.passes_at]
    at.append(facts.send_until)
    if facts.paused_until is not None and facts.paused_until > facts.now:
        at.append(facts.paused_until)
    if facts.zones and Obstacle.quiet_hours not in verdict.obstacles:
        at.append(closes_at(facts.now, facts.zones, facts.window))
    return min(at)
