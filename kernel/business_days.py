"""Business days: Monday to Friday without the federal holidays of the United States.

Neither The Campaign Registry nor a carrier defines the word; this is our reading.
Day 0 is the day a thing was handed in, or the next business day when that was after
17:00 or on no business day; n business days end with the n-th one after day 0.
"""

from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

ZONE = "America/New_York"
CLOSES = time(17)
DAY = timedelta(days=1)


def is_business_day(day: date) -> bool:
    return day.weekday() < 5 and day not in _holidays(day.year)


def holiday_name(day: date) -> str | None:
    return _holidays(day.year).get(day)


def day_zero(at: datetime, zone: str = ZONE) -> date:
    """The business day on which something handed in at `at` begins to count."""
    local = at.astimezone(ZoneInfo(zone))
    late = local.time() > CLOSES
    return on_or_after(local.date() + DAY if late else local.date())


def day_of_zone(at: datetime, zone: str = ZONE) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def on_or_after(day: date) -> date:
    while not is_business_day(day):
        day += DAY
    return day


def after(day: date, count: int) -> date:
    """The `count`-th business day after `day`; with 0 the first one on or after it.

    Raises ValueError for a negative count.
    """
    if count < 0:
        raise ValueError("business days are counted forwards")
    day = on_or_after(day)
    for _ in range(count):
        day = on_or_after(day + DAY)
    return day


def before(day: date, count: int) -> date:
    """The last day from which `count` business days end on or before `day`."""
    while not is_business_day(day):
        day -= DAY
    for _ in range(count):
        day -= DAY
        while not is_business_day(day):
            day -= DAY
    return day


def between(first: date, last: date) -> int:
    """Business days after `first` up to and with `last`; 0 when `last` is no later."""
    days = (last - first).days
    return sum(is_business_day(first + DAY * n) for n in range(1, days + 1))


@cache
def _holidays(year: int) -> dict[date, str]:
    """Federal ones with their observed days, of the library `holidays`."""
    return dict(holidays.country_holidays("US", years=year).items())
