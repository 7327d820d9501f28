"""When a text may arrive, by the recipient's own wall clock.

Pure.  A clinic's window can narrow the shipped hours (`data/quiet_hours.csv`), never
widen them.  Where her zone is not certain, every zone she may be in must be open, and
a zone that nobody knows is closed.  Answers to her own text are not asked about here.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from kernel.asked import wall_time
from kernel.business_days import holiday_name

HOURS_FILE = Path(__file__).parent / "data" / "quiet_hours.csv"
DAYS_AHEAD = 9  # past the next Sunday, a holiday and a change of the clocks
MINUTE = timedelta(minutes=1)
MONDAY, SATURDAY, SUNDAY = 0, 5, 6
NO_HOLIDAYS = "no holidays"


@dataclass(frozen=True, slots=True)
class Window:
    """Local hours: open from `opens` until just before `closes`; empty where that is
    no later.  A weekend's day may have hours of its own, and federal holidays none."""

    opens: time
    closes: time
    saturday: "Window | None" = None  # None: as on other days
    sunday: "Window | None" = None
    holidays: bool = True

    @classmethod
    def read(cls, text: str) -> "Window":
        """From `09:00-20:00`, or `09:00-20:00;sunday 13:00-18:00;saturday closed;no
        holidays`.  Raises ValueError on anything else."""
        usual, *others = text.split(";")
        found = _hours(usual)
        for other in others:
            name, _, hours = other.partition(" ")
            if other == NO_HOLIDAYS:
                found = replace(found, holidays=False)
            elif name == "saturday":
                found = replace(found, saturday=_hours(hours))
            elif name == "sunday":
                found = replace(found, sunday=_hours(hours))
            else:
                raise ValueError(f"'{other}' is no part of a window")
        return found

    def __str__(self) -> str:
        parts = [self._said()]
        for name, hours in (("saturday", self.saturday), ("sunday", self.sunday)):
            parts += [f"{name} {hours._said()}"] if hours else []
        return ";".join([*parts, *([] if self.holidays else [NO_HOLIDAYS])])

    def _said(self) -> str:
        if self.empty:
            return "closed"
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"

    @property
    def empty(self) -> bool:
        return self.opens >= self.closes

    def on_weekday(self, weekday: int) -> "Window":
        """Its hours on that day, Monday = 0, as a window of one day."""
        own = {SATURDAY: self.saturday, SUNDAY: self.sunday}.get(weekday)
        return own or Window(self.opens, self.closes)

    def within(self, other: "Window") -> "Window":
        """What both allow, day by day."""
        saturday = sunday = None
        if self.saturday or other.saturday:
            saturday = _both(self, other, SATURDAY)
        if self.sunday or other.sunday:
            sunday = _both(self, other, SUNDAY)
        usual = _both(self, other, MONDAY)
        holidays = self.holidays and other.holidays
        return Window(usual.opens, usual.closes, saturday, sunday, holidays)


CLOSED = Window(time(0), time(0))


def _hours(text: str) -> Window:
    if text == "closed":
        return CLOSED
    opens, _, closes = text.partition("-")
    return Window(wall_time(opens), wall_time(closes))


def _both(one: Window, other: Window, weekday: int) -> Window:
    a, b = one.on_weekday(weekday), other.on_weekday(weekday)
    met = Window(max(a.opens, b.opens), min(a.closes, b.closes))
    return CLOSED if met.empty else met


@dataclass(frozen=True, slots=True)
class Open:
    """A text may arrive now."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Why not, and when it opens; None = not within the next days."""

    why: str
    opens_at: datetime | None


@dataclass(frozen=True, slots=True)
class Never:
    """There is no such instant, and why."""

    why: str


@cache
def shipped_hours() -> tuple[Window, ...]:
    """Monday to Sunday: the widest that any clinic may use."""
    with HOURS_FILE.open(newline="", encoding="utf-8") as file:
        return tuple(
            Window(time.fromisoformat(row["opens"]), time.fromisoformat(row["closes"]))
            for row in csv.DictReader(file)
        )


def look(now: datetime, zones: Sequence[str], window: Window) -> Open | Closed:
    """Open when the wall clock is inside the window in every zone."""
    if not zones:
        return Closed("The patient's time zone is not known, so no hour is safe.", None)
    for name in zones:
        zone = known_zone(name)
        if zone is None:
            return Closed(unknown_zone(name), None)
        if not _is_open_in(now, zone, window):
            later = next_open(now, zones, window)
            why = _sentence(now, name, zone, window)
            return Closed(why, None if isinstance(later, Never) else later)
    return Open()


def is_open(now: datetime, zones: Sequence[str], window: Window) -> bool:
    places = [known_zone(name) for name in zones]
    return bool(places) and all(
        zone is not None and _is_open_in(now, zone, window) for zone in places
    )


def next_open(now: datetime, zones: Sequence[str], window: Window) -> datetime | Never:
    """The first instant from `now` on, UTC, that is open in every zone."""
    wrong = _unusable(zones)
    if wrong is not None:
        return wrong
    starts = _edges(now, zones, window, range(-1, DAYS_AHEAD), opening=True)
    for instant in (now, *sorted(start for start in starts if start > now)):
        if is_open(instant, zones, window):
            return instant.astimezone(UTC)
    return _apart(zones, window)


def last_open_before(
    instant: datetime, zones: Sequence[str], window: Window
) -> datetime | Never:
    """The last whole minute before `instant`, UTC, that is open in every zone."""
    wrong = _unusable(zones)
    if wrong is not None:
        return wrong
    ends = _edges(instant, zones, window, range(1, -DAYS_AHEAD, -1), opening=False)
    for end in (instant, *sorted((end for end in ends if end < instant), reverse=True)):
        minute = _minute_before(end)
        if is_open(minute, zones, window):
            return minute
    return _apart(zones, window)


def day_is_over(instant: datetime, zones: Sequence[str]) -> datetime:
    """The first instant, UTC, at which it is a later day in all of the zones."""
    ends = [instant]
    for zone in filter(None, map(known_zone, zones)):
        after = instant.astimezone(zone).date() + timedelta(days=1)
        ends.append(datetime.combine(after, time(), zone).astimezone(UTC))
    return max(ends)


def one_day(instant: datetime, other: datetime, zones: Sequence[str]) -> bool:
    """Both lie on one local day in one of the zones, or nobody knows."""
    places = [known_zone(name) for name in zones]
    return not zones or any(
        zone is None or instant.astimezone(zone).date() == other.astimezone(zone).date()
        for zone in places
    )


def closes_at(now: datetime, zones: Sequence[str], window: Window) -> datetime:
    """While it is open: the first instant at which one of the zones closes, UTC."""
    return min(
        edge
        for edge in _edges(now, zones, window, range(2), opening=False)
        if edge > now
    )


# As zones they have winter all year, and whoever writes one seldom means that: in
# summer an hour would be wrong.
NO_SUMMER = frozenset({"EST", "MST", "HST"})


@lru_cache(maxsize=1024)  # names come from files, too
def known_zone(name: str) -> ZoneInfo | None:
    """None for what is no IANA zone: then nobody knows what time it is there."""
    try:
        return None if name in NO_SUMMER else ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # OSError: "America" is a folder
        return None


def unknown_zone(name: str) -> str:
    return f"The time zone '{name}' is not known, so no hour is safe. Correct it."


@lru_cache(maxsize=4096)  # a visit asks for a week of days, a morning for one week
def hours_on(day: date, window: Window) -> Window:
    """The clinic's hours on that day: what it and the shipped hours both allow."""
    if not window.holidays and holiday_name(day) is not None:
        return CLOSED
    return window.on_weekday(day.weekday()).within(shipped_hours()[day.weekday()])


def _is_open_in(now: datetime, zone: ZoneInfo, window: Window) -> bool:
    local = now.astimezone(zone)
    hours = hours_on(local.date(), window)
    return hours.opens <= local.time() < hours.closes


def _edges(
    near: datetime,
    zones: Sequence[str],
    window: Window,
    days: range,
    *,
    opening: bool,
) -> Iterator[datetime]:
    """Instants at which a zone opens (or closes) on the days around `near`."""
    for name in zones:
        zone = ZoneInfo(name)
        today = near.astimezone(zone).date()
        for offset in days:
            day = today + timedelta(days=offset)
            hours = hours_on(day, window)
            edge = hours.opens if opening else hours.closes
            for fold in (0, 1):  # an hour that the clocks show twice
                local = datetime.combine(day, edge, zone).replace(fold=fold)
                yield local.astimezone(UTC)


def _minute_before(instant: datetime) -> datetime:
    whole = instant.astimezone(UTC).replace(second=0, microsecond=0)
    return whole if whole < instant else whole - MINUTE


def _unusable(zones: Sequence[str]) -> Never | None:
    if not zones:
        return Never("The patient's time zone is not known, so no hour is safe.")
    for name in zones:
        if known_zone(name) is None:
            return Never(unknown_zone(name))
    return None


def _apart(zones: Sequence[str], window: Window) -> Never:
    return Never(
        f"There is no hour in {window} in all of {', '.join(zones)}. Call the patient, "
        "or name their time zone in the list that is uploaded."
    )


def _sentence(now: datetime, name: str, zone: ZoneInfo, window: Window) -> str:
    local = now.astimezone(zone)
    hours = hours_on(local.date(), window)
    place = name.rpartition("/")[2].replace("_", " ")
    if hours.empty:
        holiday = None if window.holidays else holiday_name(local.date())
        day = f"{local:%A}s" if holiday is None else holiday
        return f"On {day} no reminders are sent ({place} time)."
    return (
        f"It is {clock(local.time())} by {place} time. On {local:%A}s reminders may "
        f"arrive from {clock(hours.opens)} to {clock(hours.closes)}."
    )


def clock(moment: time) -> str:
    """`9:05 AM`."""
    return f"{moment.hour % 12 or 12}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"
