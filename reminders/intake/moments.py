"""Dates and times as practice systems write them, and the instant they mean.

Reads RFC 3339, ISO local time, and US month/day/year with 12- or 24-hour times.  A
wall time that does not exist, or that comes twice, is refused and never repaired.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from gateway.quiet_hours import clock

YEARS = range(2000, 2100)
# A year's visits stand at some thousand moments: what was read once is known.
KNOWN, KNOWN_PARTS = 16384, 2048

ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
US_DATE = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})", re.ASCII)
TIME = re.compile(
    r"""(?P<hour>\d{1,2}) (?: :(?P<minute>\d\d) (?: :(?P<second>\d\d)(?:\.\d+)? )? )?
    (?: \s* (?P<half>[ap])\.?\s?m\.? )?
    (?: \s* (?P<offset>z|[+-]\d\d:?\d\d) | \s+ (?P<zone>[a-z]{2,5}) )?""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
BOTH = re.compile(r"(?P<date>[^\sT,]+)(?:\s*T\s*|,?\s+)(?P<time>.+)", re.IGNORECASE)

WRITE = "Write it as 2026-12-01T15:00 or 12/1/2026 3:00 PM."
MIDNIGHT = (
    "This is midnight, and texts will say 12:00 AM. Look whether the time of day is "
    "missing, or stands somewhere else."
)
EMPTY = "The cell is empty. Every visit needs a date and a time."


@dataclass(frozen=True, slots=True)
class Moment:
    """`starts_at` in UTC; `wall_time` is `2026-12-01T15:00` where the clinic is.
    `warning` is "" or a sentence."""

    starts_at: datetime
    wall_time: str
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """`about_time`: the date was read, the time was not."""

    message: str
    about_time: bool = False


@dataclass(frozen=True, slots=True)
class _Time:
    wall: time
    offset: str
    zone: str


@lru_cache(maxsize=KNOWN)
def read_instant(text: str, place: ZoneInfo) -> Moment | Unreadable:
    """Date and time in one cell; without an offset it is the wall clock of `place`."""
    parts = BOTH.fullmatch(text.strip())
    if parts is None:
        if not text.strip():
            return Unreadable(EMPTY)
        if isinstance(_date(text.strip()), date):
            return Unreadable(f"'{_cut(text)}' has no time. {WRITE}")
        return Unreadable(f"'{_cut(text)}' is no date and time. {WRITE}")
    return read_date_and_time(parts["date"], parts["time"], place)


@lru_cache(maxsize=KNOWN)
def read_date_and_time(
    day_text: str, time_text: str, place: ZoneInfo
) -> Moment | Unreadable:
    day = _date(_without_midnight(day_text.strip()))
    if isinstance(day, Unreadable):
        return day
    moment = _time(time_text.strip())
    if isinstance(moment, Unreadable):
        return moment
    wall = datetime.combine(day, moment.wall)
    if moment.offset:
        return _with_offset(wall, moment.offset, place)
    return _by_the_wall(wall, moment.zone, place)


@lru_cache(maxsize=KNOWN)
def day_before_month(text: str) -> str:
    """The date of a cell that can only be day/month, as 13/04/2026; "" for any other.
    One such cell puts every 03/04/2026 of its column in doubt."""
    parts = US_DATE.match(text.strip())
    return parts[0] if parts and int(parts[1]) > 12 >= int(parts[3]) else ""


@lru_cache(maxsize=KNOWN_PARTS)
def _date(text: str) -> date | Unreadable:
    if not text:
        return Unreadable(EMPTY)
    iso, us = ISO_DATE.fullmatch(text), US_DATE.fullmatch(text)
    if iso:
        year, month, day = (int(part) for part in iso.groups())
    elif us:
        month, day, year = int(us[1]), int(us[3]), int(us[4])
        year += 2000 if len(us[4]) == 2 else 0
    else:
        return Unreadable(f"'{_cut(text)}' is no date. {WRITE}")
    if year not in YEARS:
        return Unreadable(f"The year of '{text}' cannot be right.")
    try:
        return date(year, month, day)
    except ValueError:
        return Unreadable(f"There is no day '{text}'.")


def _without_midnight(text: str) -> str:
    """A spreadsheet writes a day as its midnight when the time has its own column."""
    parts = BOTH.fullmatch(text)
    if parts is None:
        return text
    moment = _time(parts["time"])
    midnight = isinstance(moment, _Time) and moment == _Time(time(0), "", "")
    return parts["date"] if midnight else text


@lru_cache(maxsize=KNOWN_PARTS)
def _time(text: str) -> _Time | Unreadable:
    parts = TIME.fullmatch(text)
    why = f"'{_cut(text)}' is no time. {WRITE}" if text else EMPTY
    unreadable = Unreadable(why, about_time=True)
    if parts is None or not (parts["minute"] or parts["half"]):
        return unreadable  # "15" alone could be anything
    hour = int(parts["hour"])
    if parts["half"]:
        if not 1 <= hour <= 12:
            return unreadable
        hour = hour % 12 + (12 if parts["half"] in "pP" else 0)
    try:  # seconds are checked, then dropped: nobody books them
        wall = time(hour, int(parts["minute"] or 0), int(parts["second"] or 0))
    except ValueError:
        return unreadable
    wall = wall.replace(second=0)
    return _Time(wall, (parts["offset"] or "").upper(), (parts["zone"] or "").upper())


def _with_offset(wall: datetime, offset: str, place: ZoneInfo) -> Moment | Unreadable:
    if offset == "Z":
        return _moment(wall.replace(tzinfo=UTC), place)
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    if minutes > 15 * 60:
        return Unreadable(f"There is no offset '{offset}'.", about_time=True)
    shift = timezone(timedelta(minutes=minutes if offset[0] == "+" else -minutes))
    aware = wall.replace(tzinfo=shift)
    there = aware.astimezone(place)
    if there.utcoffset() == aware.utcoffset():
        return _moment(aware, place)
    return _moment(
        aware,
        place,
        f"The offset {offset} is not {place.key}'s on that day, so texts will say "
        f"{clock(there.time())}. Check that this is the time of the visit.",
    )


def _by_the_wall(wall: datetime, zone: str, place: ZoneInfo) -> Moment | Unreadable:
    """`zone` is "" or an abbreviation, which tells apart an hour that comes twice."""
    both = [wall.replace(tzinfo=place, fold=fold) for fold in (0, 1)]
    if _round_trip(both[0]) != wall:
        return Unreadable(
            f"{clock(wall.time())} does not exist on {wall:%Y-%m-%d} in {place.key}: "
            "the clocks go forward. Correct the time.",
            about_time=True,
        )
    meant = [one for one in both if not zone or one.tzname() == zone]
    if not meant:
        return Unreadable(
            f"'{zone}' is not the time of {place.key} on {wall:%Y-%m-%d}. "
            "Leave it out, or give the offset, such as -05:00.",
            about_time=True,
        )
    if len({one.utcoffset() for one in meant}) > 1:
        return Unreadable(
            f"{clock(wall.time())} comes twice on {wall:%Y-%m-%d} in {place.key}: the "
            f"clocks go back. Add {both[0].tzname()} or {both[1].tzname()}.",
            about_time=True,
        )
    return _moment(meant[0], place, MIDNIGHT if wall.time() == time(0) else "")


def _round_trip(wall: datetime) -> datetime:
    return wall.astimezone(UTC).astimezone(wall.tzinfo).replace(tzinfo=None, fold=0)


def _moment(instant: datetime, place: ZoneInfo, warning: str = "") -> Moment:
    there = instant.astimezone(place)
    return Moment(instant.astimezone(UTC), f"{there:%Y-%m-%dT%H:%M}", warning)


def _cut(text: str) -> str:
    return text.strip()[:40]
