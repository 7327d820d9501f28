"""The days of a repeating event, within a horizon and a budget of steps.

Daily, weekly, monthly and yearly rules with the parts that calendars write for visits;
any other part is refused by its name.  A rule that never comes true costs the budget
and no more.
"""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from reminders.visible import plain

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
PARTS = frozenset(
    [
        "FREQ",
        "INTERVAL",
        "COUNT",
        "UNTIL",
        "BYDAY",
        "BYMONTHDAY",
        "BYMONTH",
        "BYSETPOS",
        "WKST",
    ]
)
DAYS = {
    name: number
    for number, name in enumerate(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])
}


@dataclass(slots=True)
class Budget:
    """Days that may be looked at, over all rules of one file."""

    days: int = 1_000_000  # two or three seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    frequency: str
    interval: int = 1
    count: int | None = None
    until: str = ""  # as it stands: its zone is the event's
    weekdays: tuple[tuple[int, int], ...] = ()  # (which of the period or 0, weekday)
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_starts: int = 0


def read_rule(text: str) -> Rule | str:
    """The rule, or why it is not read."""
    parts: dict[str, str] = {}
    for pair in text.strip().upper().split(";")[:20]:
        name, equals, value = pair.partition("=")
        if equals:
            parts[name.strip()] = value.strip()
    unknown = sorted(parts.keys() - PARTS)
    if unknown:
        return f"A visit that repeats by {plain(unknown[0][:20])} is not read."
    if parts.get("FREQ") not in FREQUENCIES:
        return "A visit repeats by day, week, month or year; this one does not."
    try:
        rule = Rule(
            frequency=parts["FREQ"],
            interval=_within(parts.get("INTERVAL", "1"), 1, 1000),
            count=_within(parts["COUNT"], 1, 10_000) if "COUNT" in parts else None,
            until=parts.get("UNTIL", ""),
            weekdays=tuple(_weekday(one) for one in _list(parts, "BYDAY")),
            month_days=tuple(_signed(one, 31) for one in _list(parts, "BYMONTHDAY")),
            months=tuple(_within(one, 1, 12) for one in _list(parts, "BYMONTH")),
            positions=tuple(_signed(one, 366) for one in _list(parts, "BYSETPOS")),
            week_starts=DAYS[parts.get("WKST", "MO")],
        )
    except (ValueError, KeyError):
        return "The rule by which the visit repeats cannot be read."
    if rule.frequency == "YEARLY" and rule.weekdays and not rule.months:
        return "A visit that repeats on weekdays of a whole year is not read."
    if rule.frequency in ("DAILY", "WEEKLY") and any(nth for nth, _ in rule.weekdays):
        return "The rule by which the visit repeats cannot be read."
    return rule


def days_of(rule: Rule, first: date, last: date, budget: Budget) -> Iterator[date]:
    """In order from `first`, which counts as the rule's beginning, to `last`.  Stops
    early when the budget is spent: ask `budget.days`."""
    given = 0
    for period in _periods(rule, first, last):
        budget.days -= 1 + len(period)
        if budget.days < 0:
            return
        found = sorted({day for day in period if _fits(rule, day, first)})
        for day in _picked(found, rule.positions):
            if day < first:
                continue
            if day > last or (rule.count is not None and given >= rule.count):
                return
            given += 1
            yield day


def _periods(rule: Rule, first: date, last: date) -> Iterator[list[date]]:
    """The days of each period that the rule names, every `interval` of them."""
    if rule.frequency == "DAILY":
        day = first
        while day <= last:
            yield [day]
            day += timedelta(days=rule.interval)
    elif rule.frequency == "WEEKLY":
        day = first - timedelta(days=(first.weekday() - rule.week_starts) % 7)
        while day <= last:
            yield [day + timedelta(days=number) for number in range(7)]
            day += timedelta(weeks=rule.interval)
    else:
        yield from _months(rule, first, last)


def _months(rule: Rule, first: date, last: date) -> Iterator[list[date]]:
    yearly = rule.frequency == "YEARLY"
    year, month = first.year, 1 if yearly else first.month
    while (year, month) <= (last.year, last.month):
        if not yearly:
            yield _days(year, month)
        else:
            wanted = rule.months or (
                (first.month,) if not rule.month_days else range(1, 13)
            )
            yield [day for one in sorted(set(wanted)) for day in _days(year, one)]
        month += 12 * rule.interval if yearly else rule.interval
        year, month = year + (month - 1) // 12, (month - 1) % 12 + 1


def _days(year: int, month: int) -> list[date]:
    return [
        date(year, month, day)
        for day in range(1, calendar.monthrange(year, month)[1] + 1)
    ]


def _fits(rule: Rule, day: date, first: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    length = calendar.monthrange(day.year, day.month)[1]
    if rule.month_days and not {day.day, day.day - length - 1} & set(rule.month_days):
        return False
    if rule.weekdays:
        return any(_is_weekday(rule, day, length, one) for one in rule.weekdays)
    if rule.month_days:
        return True
    if rule.frequency == "WEEKLY":
        return day.weekday() == first.weekday()
    if rule.frequency in ("MONTHLY", "YEARLY"):
        return day.day == first.day
    return True


def _is_weekday(rule: Rule, day: date, length: int, one: tuple[int, int]) -> bool:
    nth, weekday = one
    if day.weekday() != weekday:
        return False
    if not nth:
        return True
    return nth in ((day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1))


def _picked(days: list[date], positions: tuple[int, ...]) -> list[date]:
    if not positions:
        return days
    places = {place - 1 if place > 0 else len(days) + place for place in positions}
    return [day for place, day in enumerate(days) if place in places]


def _list(parts: dict[str, str], name: str) -> list[str]:
    return parts[name].split(",")[:400] if name in parts else []


def _weekday(text: str) -> tuple[int, int]:
    return (_signed(text[:-2], 53) if text[:-2] else 0), DAYS[text[-2:]]


def _signed(text: str, most: int) -> int:
    sign = -1 if text.startswith("-") else 1
    return sign * _within(text.lstrip("+-"), 1, most)


def _within(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 6):
        raise ValueError(text)
    number = int(text)
    if not least <= number <= most:
        raise ValueError(text)
    return number
