"""How often a clinic brings its list, learned from the lists that it brought, and
whether one is missing.

Pure.  Days are the clinic's own; a weekend or a federal holiday makes nobody late.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from kernel.business_days import after, between

WINDOW = timedelta(days=14)  # before the last list
ENOUGH = 3  # days with a list, else it is no habit
SLACK = timedelta(hours=2)  # a list may be a little late


@dataclass(frozen=True, slots=True)
class Brought:
    at: datetime
    reaches: datetime | None  # the last visit that stood booked then


@dataclass(frozen=True, slots=True)
class Habit:
    """A list comes every `gap` business days at least, by `by` on its day."""

    gap: int
    by: time


@dataclass(frozen=True, slots=True)
class Missing:
    last: date  # the day of the last list
    habit: Habit


@dataclass(frozen=True, slots=True)
class RunOut:
    last: date | None  # the day of the last visit that stands booked


def habit(lists: Sequence[Brought], zone: ZoneInfo) -> Habit | None:
    """None while there are too few to tell.  `lists` in the order in which they came;
    of several on a day the first counts for the hour."""
    if not lists:
        return None
    first: dict[date, datetime] = {}
    recent = [one for one in lists if one.at >= lists[-1].at - WINDOW]
    for one in recent:
        local = one.at.astimezone(zone)
        first.setdefault(local.date(), local)
    days = sorted(first)
    if len(days) < ENOUGH:
        return None
    gaps = [between(one, two) for one, two in pairwise(days)]
    return Habit(
        gap=max(1, *gaps),
        by=max(local.time() for local in first.values()),
    )


def missing(lists: Sequence[Brought], now: datetime, zone: ZoneInfo) -> Missing | None:
    """The list that should have come by now, and did not."""
    known = habit(lists, zone)
    if known is None:
        return None
    last = lists[-1].at.astimezone(zone).date()
    due = datetime.combine(after(last, known.gap), known.by, zone) + SLACK
    return Missing(last, known) if now >= due else None


def run_out(
    lists: Sequence[Brought], reaches: datetime | None, now: datetime, zone: ZoneInfo
) -> RunOut | None:
    """No visit stands booked beyond the next business day, and mostly there was one
    when a list had come.  `reaches` is when the last one begins."""
    today = now.astimezone(zone).date()
    before = [one for one in lists if one.at.astimezone(zone).date() < today]
    if habit(before, zone) is None or _ahead(reaches, now, zone):
        return None
    recent = [one for one in before if one.at >= before[-1].at - WINDOW]
    if 2 * sum(_ahead(one.reaches, one.at, zone) for one in recent) <= len(recent):
        return None
    return RunOut(reaches.astimezone(zone).date() if reaches else None)


def _ahead(reaches: datetime | None, at: datetime, zone: ZoneInfo) -> bool:
    if reaches is None:
        return False
    next_day = after(at.astimezone(zone).date() + timedelta(days=1), 0)
    return reaches.astimezone(zone).date() > next_day
