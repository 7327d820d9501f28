"""Whether too many patients of a campaign say stop or complain, carrier by carrier.

Pure, over `data/signals.csv` and `data/signal_levels.csv`; it counts nothing itself.
No carrier publishes its limits, so the levels are ours and say so.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files


class SuspensionCause(StrEnum):
    """Why a carrier takes an Active campaign off the air (R63)."""

    complaints = "complaints"
    opt_out_rate = "opt_out_rate"
    audit = "audit"


CAUSES = {
    SuspensionCause.complaints: "Too many patients complained",
    SuspensionCause.opt_out_rate: "Too many patients opted out",
    SuspensionCause.audit: "The carrier's audit found something",
}


class Signal(StrEnum):
    opt_outs = "opt_outs"
    complaints = "complaints"
    wrong_numbers = "wrong_numbers"
    filtered = "filtered"


class Over(StrEnum):
    """What a rate is counted over."""

    day = "day"
    week = "week"
    last_200 = "last_200"

    @property
    def words(self) -> str:
        return {"day": "24 hours", "week": "7 days"}.get(self.value, "the last 200")


class Level(StrEnum):
    calm = "calm"
    warn = "warn"
    slow = "slow"  # texts are slowed down until the operator has looked

    @property
    def words(self) -> str:
        return {
            "calm": "nothing unusual",
            "warn": "too many",
            "slow": "far too many",
        }[self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """One row of `data/signals.csv`; `counts` are the kinds, rules or codes."""

    counts: tuple[str, ...]
    words: str
    do: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One row of `data/signal_levels.csv`.  With fewer texts a rate means nothing."""

    signal: Signal
    level: Level
    over: Over
    percent: float
    least_texts: int
    least_events: int
    per_hour: int | None  # where it slows down; 0 stops
    source: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one campaign at one carrier."""

    texts: Mapping[Over, int] = field(default_factory=dict)
    events: Mapping[tuple[Signal, Over], int] = field(default_factory=dict)

    def rate(self, signal: Signal, over: Over) -> float | None:
        """In percent; None without a text."""
        texts = self.texts.get(over, 0)
        return 100 * self.events.get((signal, over), 0) / texts if texts else None


@dataclass(frozen=True, slots=True)
class Raised:
    """A signal that has crossed a limit, the gravest one that it crosses."""

    limit: Limit
    events: int
    texts: int

    @property
    def sentence(self) -> str:
        meaning = meanings()[self.limit.signal]
        return (
            f"{self.events} {meaning.words}, of {self.texts} texts in "
            f"{self.limit.over.words}: more than {self.limit.percent:g} %."
        )


def raised(counts: Counts, limits: Sequence[Limit] | None = None) -> tuple[Raised, ...]:
    """At most one of each signal, the gravest first."""
    found: dict[Signal, Raised] = {}
    for limit in sorted(limits or levels(), key=_gravest_first):
        texts = counts.texts.get(limit.over, 0)
        events = counts.events.get((limit.signal, limit.over), 0)
        enough = texts >= limit.least_texts and events >= limit.least_events
        if enough and 100 * events > limit.percent * texts:
            found.setdefault(limit.signal, Raised(limit, events, texts))
    return tuple(sorted(found.values(), key=lambda one: _gravest_first(one.limit)))


def level_of(found: Sequence[Raised]) -> Level:
    return found[0].limit.level if found else Level.calm


def pace_of(found: Sequence[Raised]) -> int | None:
    """At most so many texts an hour; None: as fast as they come."""
    slow = [one.limit.per_hour for one in found if one.limit.per_hour is not None]
    return min(slow, default=None)


def _gravest_first(limit: Limit) -> tuple[bool, bool, int, str]:
    per_hour = limit.per_hour or 0
    return limit.level is not Level.slow, per_hour > 0, per_hour, limit.signal.value


@cache
def meanings() -> Mapping[Signal, Meaning]:
    return {
        Signal(row["signal"]): Meaning(
            counts=tuple(row["counts"].split("|")),
            words=row["words"],
            do=row["do"],
            source=row["source"],
        )
        for row in _rows("signals")
    }


@cache
def levels() -> tuple[Limit, ...]:
    return tuple(
        Limit(
            signal=Signal(row["signal"]),
            level=Level(row["level"]),
            over=Over(row["over"]),
            percent=float(row["more_than_percent"]),
            least_texts=int(row["least_texts"]),
            least_events=int(row["least_events"]),
            per_hour=int(row["per_hour"]) if row["per_hour"] else None,
            source=row["source"],
        )
        for row in _rows("signal_levels")
    )


def _rows(name: str) -> list[dict[str, str]]:
    path = files("registration").joinpath(f"data/{name}.csv")
    return list(csv.DictReader(path.read_text("utf-8").splitlines()))
