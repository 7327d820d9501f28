"""From the day a clinic wants to text to the day by which to hand in, and back.

Pure.  It answers with ranges: how long a carrier takes is nobody's to promise (R123).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from kernel.business_days import between, on_or_after
from kernel.carriers import Carrier
from kernel.clock import day_words
from registration.bands import band, days_of
from registration.busy_periods import Row
from registration.carrier_review import REVIEWERS
from registration.forecast import Case, Forecast, forecast

ALL_THREE = frozenset(REVIEWERS)
FAR = 400  # days back: longer than any estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    needed_by: date
    advised: tuple[date, date]  # 6 to 8 weeks before, as the source says (R122)
    surely: date | None  # handed in by then, even the slowest estimate is in time
    at_best: date | None  # handed in later than this, no estimate is
    late: tuple[int, int]  # business days after `needed_by`, at best and at worst
    warning: str | None

    @property
    def sentence(self) -> str:
        return _sentence(self.late, self.needed_by)


def plan(
    case: Case,
    needed_by: date,
    wanted: Collection[Carrier] = ALL_THREE,
    configured: Sequence[Row] | None = None,
) -> Launch:
    """`wanted` are the carriers whose patients are to be texted on that day."""
    found = forecast(case, configured)
    most, least = band("launch").most, band("launch").least

    def last_day(at_worst: bool) -> date | None:
        return _last_day(case, needed_by, wanted, configured, at_worst=at_worst)

    return Launch(
        needed_by=needed_by,
        advised=(
            needed_by - timedelta(weeks=most),
            needed_by - timedelta(weeks=least),
        ),
        surely=last_day(True),
        at_best=last_day(False),
        late=lateness(found, needed_by, wanted),
        warning=_warning(case.handed_in, needed_by, wanted),
    )


def lateness(
    found: Forecast, needed_by: date, waiting: Collection[Carrier] = ALL_THREE
) -> tuple[int, int]:
    """Business days after `needed_by` at which the carriers that are waited for have
    spoken: at best and at worst; 0 is in time (R47)."""
    first, last = _ends(found, waiting)
    return between(needed_by, first), between(needed_by, last)


def late_words(
    found: Forecast, needed_by: date, today: date, waiting: Collection[Carrier]
) -> str:
    """One sentence for a campaign that is under way; `waiting` are the carriers that
    have not approved it."""
    if not waiting:
        return "Every carrier has approved it."
    over = between(_ends(found, waiting)[1], today)
    sentence = _sentence(lateness(found, needed_by, waiting), needed_by)
    if not over:
        return sentence
    days = "1 business day" if over == 1 else f"{over} business days"
    return f"{sentence} The estimate ended {days} ago: ask where it stands."


def _ends(found: Forecast, waiting: Collection[Carrier]) -> tuple[date, date]:
    windows = [found.carriers[carrier].window for carrier in waiting]
    return max(one.first for one in windows), max(one.last for one in windows)


def _last_day(
    case: Case,
    needed_by: date,
    wanted: Collection[Carrier],
    configured: Sequence[Row] | None,
    *,
    at_worst: bool,
) -> date | None:
    """The last business day that still ends in time.  Day by day, because a busy
    period makes a later day better at times."""
    for back in range(FAR):
        day = needed_by - timedelta(days=back)
        if day != on_or_after(day):
            continue
        ends = _ends(forecast(replace(case, handed_in=day), configured), wanted)
        if ends[at_worst] <= needed_by:
            return day
    return None


def _warning(
    handed_in: date, needed_by: date, wanted: Collection[Carrier]
) -> str | None:
    """R122: at least six weeks where all three approvals are needed."""
    launch, short = band("launch"), band("launch_too_short")
    enough = (needed_by - handed_in) >= timedelta(weeks=launch.least)
    if enough or not set(wanted) >= ALL_THREE:
        return None
    return (
        f"Less than {launch.least} weeks. To text patients of all three carriers, hand "
        f"in {launch} before the first text, not {short}."
    )


def _sentence(late: tuple[int, int], needed_by: date) -> str:
    best, worst = late
    day = day_words(needed_by)
    if not worst:
        return f"In time for {day} by every estimate."
    if not best:
        return f"May be in time for {day}, or up to {_days(worst)} late."
    return f"Late for {day}: by {best} to {_days(worst)}."


def _days(count: int) -> str:
    return "1 business day" if count == 1 else f"{count} business days"


def planning_figures() -> tuple[str, str]:
    """What to plan with: standard, and with carriers' own review (R113)."""
    return str(days_of("standard")), str(band("special"))
