"""The plot of outcomes: one rate of each carrier over the weeks.

Pure geometry, in percent of its width and pixels of its height; the words and colours
stand in the template.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from kernel.clock import day_words
from reminders.outcome_counts import RATES, Outcomes, label_of

HEIGHT, TOP = 120, 10  # pixels: of the field, and above it
LEFT, RIGHT = 8.0, 98.0  # percent: where the first and the last week are
SCALES = (0.02, 0.05, 0.1, 0.25, 0.5, 1.0)  # what the field's top may be
NAMED = 4  # weeks at most that are written below


@dataclass(frozen=True, slots=True)
class Dot:
    group: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Stroke:
    """Between two weeks that follow each other."""

    group: str
    first: Dot
    second: Dot


@dataclass(frozen=True, slots=True)
class Mark:
    words: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    name: str
    dots: tuple[Dot, ...]
    strokes: tuple[Stroke, ...]
    levels: tuple[Mark, ...]  # `at` in pixels
    weeks: tuple[Mark, ...]  # `at` in percent
    height: int
    words: str  # the same in sentences, for who does not see it


def plots(found: Outcomes) -> tuple[Plot, ...]:
    """One of each rate; none where nothing is shown."""
    return tuple(_plot(found, name) for name in RATES) if found.rows else ()


def _plot(found: Outcomes, name: str) -> Plot:
    rates = {
        (row.group, row.week): rate
        for row in found.rows
        if (rate := row.counts.rate(name)) is not None
    }
    highest = max(rates.values(), default=0.0)
    scale = next(one for one in SCALES if highest <= one)
    dots = {
        key: Dot(key[0], _x(found.weeks, key[1]), _y(rate / scale))
        for key, rate in rates.items()
    }
    return Plot(
        name=name,
        dots=tuple(dots.values()),
        strokes=tuple(
            Stroke(group, dots[group, one], dots[group, other])
            for group in found.groups
            for one, other in pairwise(found.weeks)
            if (group, one) in dots and (group, other) in dots
        ),
        levels=tuple(
            Mark(f"{scale * part:.1%}".replace(".0%", "%"), _y(part))
            for part in (0.0, 0.5, 1.0)
        ),
        weeks=_named(found.weeks),
        height=TOP + HEIGHT,
        words=" ".join(_sentences(found, rates)),
    )


def _sentences(found: Outcomes, rates: dict[tuple[str, date], float]) -> Iterator[str]:
    for group in found.groups:
        said = [
            f"{rates[group, week]:.0%} in the week of {day_words(week)}"
            for week in found.weeks
            if (group, week) in rates
        ]
        if said:
            yield f"{label_of(group)}: {', '.join(said)}."


def _named(weeks: Sequence[date]) -> tuple[Mark, ...]:
    every = -(-len(weeks) // NAMED)
    return tuple(
        Mark(f"{week:%b} {week.day}", _x(weeks, week)) for week in weeks[::every]
    )


def _x(weeks: Sequence[date], week: date) -> float:
    if len(weeks) == 1:
        return (LEFT + RIGHT) / 2
    part = weeks.index(week) / (len(weeks) - 1)
    return round(LEFT + (RIGHT - LEFT) * part, 2)


def _y(part: float) -> float:
    return round(TOP + HEIGHT * (1 - part), 1)
