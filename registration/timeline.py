"""The picture of a forecast: where each bar begins and ends, in percent of its width.

Pure geometry; the words and colours stand in the template.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from kernel.clock import day_words
from registration.carrier_review import Expected
from registration.forecast import Forecast, Step, Window

ROW, TOP, BAR = 46, 26, 14  # pixels: one row, above the first one, a bar's height
MARGIN = timedelta(days=4)
LONGEST = timedelta(days=400)  # a day that is needed later is not in the picture
ALL_OF_IT = ("All of it, as a rule", "All of it, at times")
NO_ROOM = 92  # percent: a word that begins here ends outside


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a bar: `x` and `width` in percent."""

    kind: str  # wait, ends, looks
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    name: str
    days: str
    top: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    name: str
    x: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    bars: tuple[Bar, ...]
    months: tuple[Mark, ...]
    shades: tuple[Span, ...]  # busy periods
    needed: Mark | None
    today: Mark | None
    height: int
    words: str  # the same in a sentence, for who does not see it


def timeline(
    found: Forecast, needed_by: date | None = None, today: date | None = None
) -> Timeline:
    """`today` is marked where it lies within the picture."""
    first = found.day_zero
    windows = [one.window for one in (*found.layers, *found.carriers.values())]
    ends = [one.last for one in windows] + [one.last for one in found.clinic]
    near = needed_by is not None and first <= needed_by <= first + LONGEST
    shown = needed_by if near else None
    last = max([*ends, shown or first]) + MARGIN
    axis = _Axis(first, last)
    passed = found.layers[-1].window
    rows = [(one.name, *_step(axis, one, passed)) for one in _steps(found)]
    rows += [
        (
            name,
            _words(one.first, one.last),
            axis.parts(one.first, one.last, None),
        )
        for name, one in zip(ALL_OF_IT, found.clinic, strict=True)
    ]
    return Timeline(
        bars=tuple(
            Bar(name, days, TOP + ROW * place, spans)
            for place, (name, days, spans) in enumerate(rows)
        ),
        months=axis.months(),
        shades=tuple(
            axis.span("busy", max(one.first, first), min(one.last, last))
            for one in found.periods
        ),
        needed=Mark(day_words(shown), axis.x(shown)) if shown else None,
        today=Mark(day_words(today), axis.x(today))
        if today and first < today < last
        else None,
        height=TOP + ROW * len(rows),
        words=". ".join(f"{name}: {days}" for name, days, _ in rows) + ".",
    )


def _steps(found: Forecast) -> tuple[Step, ...]:
    return (*found.layers, *found.carriers.values())


def _step(axis: "_Axis", step: Step, passed: Window) -> tuple[str, tuple[Span, ...]]:
    window = step.window
    looks = passed.last if step.expected is Expected.likely else None
    return _words(window.first, window.last), axis.parts(
        window.first, window.last, looks
    )


def _words(first: date, last: date) -> str:
    return f"{first:%b} {first.day} to {last:%b} {last.day}"


@dataclass(frozen=True, slots=True)
class _Axis:
    first: date
    last: date

    def x(self, day: date) -> float:
        length = (self.last - self.first).days
        return round(100 * (day - self.first).days / length, 2)

    def span(self, kind: str, first: date, last: date) -> Span:
        x = self.x(first)
        return Span(kind, x, round(max(self.x(last) - x, 0.8), 2))

    def parts(self, first: date, last: date, looks: date | None) -> tuple[Span, ...]:
        """Nothing can have ended before `first`; after `looks` only a carrier that
        looks itself is still at it."""
        spans = [self.span("wait", self.first, first)]
        if looks is not None and looks < last:
            spans.append(self.span("ends", first, looks))
            return (*spans, self.span("looks", looks, last))
        return (*spans, self.span("ends", first, last))

    def months(self) -> tuple[Mark, ...]:
        found = []
        day = self.first.replace(day=1)
        while day <= self.last:
            if day >= self.first and self.x(day) < NO_ROOM:
                found.append(Mark(f"{day:%b}", self.x(day)))
            day = (day + timedelta(days=32)).replace(day=1)
        return tuple(found)
