"""Which zone a calendar means by a TZID: an IANA name, Outlook's name for one, or the
offsets that the file itself gives.  Anything else is refused, for an hour that is off by
one brings a patient at the wrong time.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from gateway.quiet_hours import known_zone
from reminders.intake.ical_lines import Block

OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?", re.ASCII)
# US zones by their offsets in winter and in summer, minutes; a zone of its own is not
# looked for, because most files that spell one out mean one of these.
US = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Phoenix",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "Pacific/Guam",
)


def zone_named(
    tzid: str, written: Mapping[str, Block], clinic: ZoneInfo
) -> ZoneInfo | None:
    """`written` are the zones that the file spells out, by TZID."""
    name = tzid.strip().strip('"')
    for guess in _names(name):
        found = known_zone(guess)
        if found:
            return found
    block = written.get(name)
    if block is None:
        return None
    place = block.value("X-LIC-LOCATION")
    found = known_zone(place) if place else None
    return found or _by_offsets(block.inner, clinic)


def _names(name: str) -> Iterable[str]:
    """`/vendor/America/New_York` ends in the name that is meant."""
    if len(name) > 100:
        return
    yield name
    if name in WINDOWS_TO_OLSON:
        yield WINDOWS_TO_OLSON[name]
    parts = name.strip("/").split("/")
    for start in range(1, min(len(parts) - 1, 6)):
        yield "/".join(parts[start:])


def _by_offsets(inner: Iterable[tuple[str, str]], clinic: ZoneInfo) -> ZoneInfo | None:
    """The clinic's own zone or the one of the US whose clock shows the same in winter
    and in summer.  The newest lines of the file count."""
    said = {kind: _minutes(text) for kind, text in inner}
    winter = said.get("STANDARD")
    if winter is None:
        return None
    summer = said.get("DAYLIGHT", winter)
    for name in (clinic.key, *US):
        if _of(name) == (winter, summer):
            return ZoneInfo(name)
    return None


@cache
def _of(name: str) -> tuple[int, int]:
    """Minutes from UTC in January and in July of this decade."""
    zone = ZoneInfo(name)
    moments = (datetime(2026, month, 1, 12, tzinfo=UTC) for month in (1, 7))
    shifts = [one.astimezone(zone).utcoffset() or timedelta() for one in moments]
    return int(shifts[0].total_seconds() // 60), int(shifts[1].total_seconds() // 60)


def _minutes(text: str) -> int | None:
    found = OFFSET.fullmatch(text)
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    return minutes if found[1] == "+" else -minutes
