"""When each carrier may say yes, counted from the day a submission is handed in.

Pure arithmetic over `registration.bands`: it promises nothing, knows no express way
(R26), and a resubmission is counted like a first one (R112, R124).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from typing import Any

from kernel.business_days import after, on_or_after
from kernel.carriers import LABELS, Carrier
from registration.bands import Band, Days, Unit, band, days_of
from registration.busy_periods import Period, Row, periods
from registration.carrier_review import Expected, Review, expected_reviews
from registration.checks.score import BASELINE
from registration.usecases import use_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What the time depends on (R101, R156)."""

    use_case: str
    flags: frozenset[str]
    handed_in: date
    long_queue: bool = False  # somebody who knows says that reviewers are behind
    reviewed: bool = False  # an aggregator examines it by hand (R56)
    missed: tuple[str, ...] = ()  # of the baseline (R87)


@dataclass(frozen=True, slots=True)
class Window:
    """Between which business days, and dates, it ends."""

    days: Days
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One part, counted from the day of handing in."""

    key: str  # a layer, or a carrier
    name: str
    usual: Window
    busy: Window | None  # where reviewers have more to do
    no_sla: bool  # a carrier looks itself, and promises no day (R57)
    expected: Expected = Expected.no  # a look of the carrier's own
    reasons: tuple[str, ...] = ()

    @property
    def window(self) -> Window:
        return self.busy or self.usual


@dataclass(frozen=True, slots=True)
class Figure:
    """A source's own figure in its own unit, with the dates that it comes to."""

    usual: Band
    busy: Band | None
    first: date
    last: date

    @property
    def band(self) -> Band:
        return self.busy or self.usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    case: Case
    day_zero: date
    standard: bool
    layers: tuple[Step, ...]  # validation, then the aggregators
    carriers: Mapping[Carrier, Step]
    periods: tuple[Period, ...]
    clinic: tuple[Figure, ...]  # what a clinic is told, apart from the layers (C1)
    pending: Figure  # how long a standard case is in PENDING (R51)

    @property
    def busy(self) -> bool:
        return bool(self.periods) or self.case.long_queue

    @property
    def path(self) -> str:
        """For the operator only: automation is promised to no clinic (C3)."""
        return STANDARD_PATH if self.standard else _special(self)

    @property
    def last(self) -> Window:
        """When the slowest carrier has spoken."""
        windows = [step.window for step in self.carriers.values()]
        return Window(
            Days(max(w.days.least for w in windows), max(w.days.most for w in windows)),
            max(w.first for w in windows),
            max(w.last for w in windows),
        )

    @property
    def baseline(self) -> str | None:
        """Why the usual time cannot be counted on, or None."""
        if not self.case.missed:
            return None
        lacking = ", ".join(BASELINE[key] for key in self.case.missed)
        return (
            f"Baseline not met: {lacking}. The estimate holds only once nothing of this "
            "is open; as it stands, expect questions or a rejection."
        )


STANDARD_PATH = (
    "Standard path, the most predictable one: the registry's validation and the "
    "aggregators work by automatic rules."
)
NO_SLA = "A carrier that looks itself promises no day."


def forecast(case: Case, configured: Sequence[Row] | None = None) -> Forecast:
    """`configured` are the busy periods; without them those of the table."""
    reviews = expected_reviews(case.use_case, case.flags)
    before = days_of("standard")
    before = before.and_then(days_of("reviewed")) if case.reviewed else before
    carriers = {one: review.after(before) for one, review in reviews.items()}
    day = on_or_after(case.handed_in)
    end = max(_window(day, days).last for days in carriers.values())
    clock = _Clock(day, periods(day, end, configured), case.long_queue)
    return Forecast(
        case=case,
        day_zero=day,
        standard=is_standard(case.use_case, reviews),
        layers=(
            clock.step("validation", "The Campaign Registry", days_of("validation")),
            clock.step("aggregators", "The aggregators (DCA)", before),
        ),
        carriers={
            carrier: clock.step(carrier.value, LABELS[carrier], days, reviews[carrier])
            for carrier, days in carriers.items()
        },
        periods=clock.periods,
        clinic=tuple(clock.figure(band(key)) for key in ("clinic", "clinic_at_most")),
        pending=clock.figure(band("pending")),
    )


def is_standard(use_case: str, reviews: Mapping[Carrier, Review]) -> bool:
    """No special use case, and no carrier that must look itself (R84, R85)."""
    known = use_cases().get(use_case)
    must = any(one.expected is Expected.required for one in reviews.values())
    return known is not None and not known.special and not must


@dataclass(frozen=True, slots=True)
class _Clock:
    day: date
    periods: tuple[Period, ...]
    long_queue: bool

    def step(
        self, key: str, name: str, days: Days, review: Review | None = None
    ) -> Step:
        usual = _window(self.day, days)
        more = self._more(usual.last)
        expected = review.expected if review else Expected.no
        return Step(
            key=key,
            name=name,
            usual=usual,
            busy=_window(self.day, Days(*_longer(days.least, days.most, more)))
            if more
            else None,
            no_sla=expected is not Expected.no,
            expected=expected,
            reasons=review.reasons if review else (),
        )

    def figure(self, usual: Band) -> Figure:
        more, busy = self._more(usual.dates(self.day)[1]), None
        if more:
            least, most = _longer(usual.least, usual.most, more)
            busy = replace(usual, least=least, most=most)
        return Figure(usual, busy, *(busy or usual).dates(self.day))

    def _more(self, last: date) -> tuple[int, int] | None:
        """By how many percent both ends move.  Who hands in before a period begins may
        be through in time, so only the later end moves."""
        if not self.long_queue and not any(
            one.touches(self.day, last) for one in self.periods
        ):
            return None
        busy = band("busy")
        inside = self.long_queue or any(one.has(self.day) for one in self.periods)
        return (busy.least if inside else 0), busy.most


def _window(day: date, days: Days) -> Window:
    return Window(days, after(day, days.least), after(day, days.most))


def _longer(least: int, most: int, percent: tuple[int, int]) -> tuple[int, int]:
    """A day that has begun counts."""
    return (
        ceil(least * (100 + percent[0]) / 100),
        ceil(most * (100 + percent[1]) / 100),
    )


def _special(one: Forecast) -> str:
    must = [
        step.name
        for step in one.carriers.values()
        if step.expected is Expected.required
    ]
    if must:
        return f"MNO review required: {', '.join(must)}. {NO_SLA}"
    return "A special use case without MNO review."


def fields(found: Forecast) -> dict[str, Any]:
    """`forecast` of a report (contract section 6)."""
    standard = days_of("standard")
    return {
        "unit": Unit.business_days.value,
        "standard": [standard.least, standard.most],
        "handed_in": found.case.handed_in.isoformat(),
        "path": found.path,
        "active_between": {
            carrier.value: [step.window.first.isoformat(), step.window.last.isoformat()]
            for carrier, step in found.carriers.items()
        },
        "business_days": {
            step.key: [step.window.days.least, step.window.days.most]
            for step in (*found.layers, *found.carriers.values())
        },
        "no_sla": [one.value for one, step in found.carriers.items() if step.no_sla],
        "busy": [one.name for one in found.periods],
        "baseline_missed": list(found.case.missed),
        "clinic": [
            {
                "unit": one.band.unit.value,
                "least": one.band.least,
                "most": one.band.most,
                "source": one.band.source,
                "between": [one.first.isoformat(), one.last.isoformat()],
            }
            for one in found.clinic
        ],
    }
