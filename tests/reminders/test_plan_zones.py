"""Every zone of the country, every change of its clocks from 2025 to 2035."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from gateway.quiet_hours import Window, is_open
from gateway.whereabouts import area_of
from reminders.plan import Planned, Policy, Visit, due_reminders
from tests.gateway.test_whereabouts import rows

DAY = 24 * 60
LADDER = Policy((7 * DAY, 3 * DAY, DAY, 120), Window.read("09:00-20:00;no holidays"))
# What the area codes know, and the places whose clocks have ways of their own.
ZONES = sorted(
    {zone for row in rows() for zone in row["zones"].split()}
    | {
        *("America/Detroit", "America/Boise", "America/Juneau", "America/Nome"),
        *("America/Menominee", "America/Kentucky/Louisville", "America/Sitka"),
        *("America/Kentucky/Monticello", "America/Indiana/Indianapolis"),
        *("America/Indiana/Tell_City", "America/Indiana/Knox"),
        *("America/North_Dakota/Beulah", "America/Yakutat", "America/Metlakatla"),
    }
)
CHANGES = [
    first + timedelta(days=(6 - first.weekday()) % 7)
    for year in range(2025, 2036)
    for first in (date(year, 3, 8), date(year, 11, 1))
]


def texts(zone, zones, starts):
    visit = Visit(starts_at=starts, time_zone=zone, zones=zones, told=frozenset())
    entries = due_reminders(visit, LADDER, starts - timedelta(days=20))
    return [entry for entry in entries if isinstance(entry, Planned)]


def visits(zone):
    # On the days around each change of the clocks, at an hour that goes round.
    place = ZoneInfo(zone)
    for number, change in enumerate(CHANGES):
        for day in range(-1, 9):
            hour = (8, 10, 13, 17, 19)[(number + day) % 5]
            when = datetime.combine(change + timedelta(days=day), time(hour, 30))
            yield when.replace(tzinfo=place)


def lawful(at, zone):
    local = at.astimezone(ZoneInfo(zone))
    opens = time(12) if local.weekday() == 6 else time(9)
    return opens <= local.time() < time(20)


@pytest.mark.parametrize("zone", ZONES)
def test_around_every_change_of_the_clocks_days_are_counted_by_the_wall(zone):
    place = ZoneInfo(zone)

    for starts in visits(zone):
        planned = texts(zone, (zone,), starts.astimezone(UTC))

        assert planned, starts
        for text in planned:
            local = text.send_from.astimezone(place)
            assert lawful(text.send_from, zone), (starts, text)
            wall = starts.replace(tzinfo=None) - timedelta(minutes=text.offset_minutes)
            wanted = wall.replace(tzinfo=place)
            if text.offset_minutes >= DAY and is_open(wanted, [zone], LADDER.window):
                assert local.replace(tzinfo=None) == wall, (starts, text)
            elif is_open(wanted, [zone], LADDER.window):
                elapsed = starts.astimezone(UTC) - text.send_from
                assert elapsed == timedelta(minutes=text.offset_minutes)
            else:
                assert text.send_from <= wanted.astimezone(UTC)
            assert text.send_until <= starts.astimezone(UTC) - timedelta(minutes=30)
        for one, other in pairwise(planned):
            assert other.send_from - one.send_from >= timedelta(hours=12)


@pytest.mark.parametrize(
    "code", [row["area_code"] for row in rows() if " " in row["zones"]]
)
def test_where_an_area_has_two_zones_no_text_is_wrong_in_either(code):
    zones = area_of(f"+1{code}5550100").zones

    for change in CHANGES:
        for day in range(-1, 3):
            starts = datetime.combine(
                change + timedelta(days=day), time(10), ZoneInfo(zones[0])
            )
            planned = texts(zones[0], zones, starts.astimezone(UTC))
            assert planned
            for text in planned:
                assert all(lawful(text.send_from, zone) for zone in zones)


def test_a_wall_time_that_is_skipped_or_comes_twice_makes_no_text_twice():
    """March 14, 2027: 2:30 does not exist; November 7, 2027: 1:30 comes twice."""
    zone = "America/New_York"
    for day, hour in ((date(2027, 3, 15), 2), (date(2027, 11, 8), 1)):
        starts = datetime.combine(day, time(hour, 30), ZoneInfo(zone)).astimezone(UTC)

        planned = texts(zone, (zone,), starts)

        offsets = [text.offset_minutes for text in planned]
        assert len(offsets) == len(set(offsets))
        assert all(lawful(text.send_from, zone) for text in planned)
