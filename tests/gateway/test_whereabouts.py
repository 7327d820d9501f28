"""Where a phone may be by its number, for every area code of the country."""

import csv
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from phonenumbers.tzdata import TIMEZONE_DATA

from gateway.quiet_hours import Window, is_open, shipped_hours
from gateway.whereabouts import DATA, area_of, lawful, state_hours, zones_of
from tests.conftest import SHARED

NEW_YORK, LOS_ANGELES = "America/New_York", "America/Los_Angeles"
CHICAGO, DENVER = "America/Chicago", "America/Denver"
DAY = Window(time(9), time(20))
TABLE = SHARED / "domain" / "tables" / "quiet_hours.csv"
# Zones whose clocks have shown the same for decades: the table names one of them.
SAME = {
    "America/Boise": DENVER,
    "America/North_Dakota/Center": CHICAGO,
    "America/Juneau": "America/Anchorage",
}


def rows() -> list[dict[str, str]]:
    with (DATA / "area_codes.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("phone", "state", "zones"),
    [
        ("+12065550100", "WA", (LOS_ANGELES,)),
        ("+18505550100", "FL", (CHICAGO, NEW_YORK)),  # Pensacola and Tallahassee
        ("+19285550100", "AZ", (DENVER, "America/Phoenix")),  # the Navajo Nation
        ("+12085550100", "ID", (DENVER, LOS_ANGELES)),
        ("+19075550100", "AK", ("America/Adak", "America/Anchorage")),
        ("+17875550100", "PR", ("America/Puerto_Rico",)),
        ("+16715550100", "GU", ("Pacific/Guam",)),
        ("+14165550123", None, ("America/Toronto",)),
        ("+18005550100", None, ()),  # toll-free: of no place
        ("+15005550100", None, ()),  # a personal number
    ],
)
def test_an_area_code_names_its_state_and_every_zone_it_has(phone, state, zones):
    area = area_of(phone)

    assert (area.state, area.zones) == (state, zones)


def test_no_area_code_has_a_zone_less_than_the_numbers_of_it_that_are_known():
    table = {row["area_code"]: set(row["zones"].split()) for row in rows()}

    for prefix, zones in TIMEZONE_DATA.items():
        ours = table.get(prefix[1:4]) if prefix.startswith("1") else None
        for zone in zones if ours and len(prefix) > 3 else ():
            found = SAME.get(zone, zone)
            assert found in ours or prefix.startswith("1907"), (prefix, zone)


def test_every_area_code_that_can_be_dialled_is_in_the_table():
    table = {row["area_code"] for row in rows()}
    assert len(table) == len(rows())

    for code in range(200, 1000):
        number = phonenumbers.PhoneNumber(
            country_code=1, national_number=int(f"{code}2340123")
        )
        region = phonenumbers.region_code_for_number(number)
        if (
            region in {"US", "PR", "GU", "VI", "MP", "AS"}
            and f"1{code}" in TIMEZONE_DATA
        ):
            assert str(code) in table, code


def test_every_zone_of_the_table_is_one_that_clocks_know():
    for row in rows():
        for zone in row["zones"].split():
            assert ZoneInfo(zone)
        assert len(row["state"]) == 2


def test_what_the_clinic_knows_counts_alone_else_all_that_may_be():
    guam, seattle = "+16715550100", "+12065550100"

    assert zones_of(guam, "Pacific/Honolulu", [NEW_YORK]) == ("Pacific/Honolulu",)
    assert zones_of(guam, None, [NEW_YORK]) == (NEW_YORK, "Pacific/Guam")
    assert zones_of(seattle, None, [LOS_ANGELES, LOS_ANGELES]) == (LOS_ANGELES,)
    assert zones_of("+18005550100", None, [NEW_YORK]) == (NEW_YORK,)


@pytest.mark.parametrize(
    ("phones", "expected"),
    [
        (("+12065550100",), "09:00-20:00"),  # Washington: nothing narrower
        (("+12055550100",), "09:00-20:00;sunday closed;no holidays"),  # Alabama
        (("+15025550100",), "10:00-20:00"),  # Kentucky
        (
            ("+14015550100",),
            "09:00-18:00;saturday 10:00-17:00;sunday 10:00-17:00",
        ),  # Rhode Island
        (("+15025550100", "+12055550100"), "10:00-20:00;sunday closed;no holidays"),
        (("+14165550123", "+18005550100"), "09:00-20:00"),
    ],
)
def test_a_state_narrows_the_hours_and_two_of_them_both(phones, expected):
    assert str(lawful(DAY, *phones)) == expected


def test_in_no_state_is_a_text_allowed_that_its_law_forbids():
    """Of the table itself, hour by hour through a week with a holiday in it."""
    with (DATA / "state_hours.csv").open(newline="") as file:
        states = list(csv.DictReader(file))
    zone = ZoneInfo(NEW_YORK)

    for row in states:
        window = shipped_hours()[0].within(state_hours()[row["state"]])
        for day in range(22, 29):  # November 2026: Sunday to Saturday, Thanksgiving
            for hour in range(24):
                at = datetime(2026, 11, day, hour, tzinfo=zone)
                column = {5: "saturday", 6: "sunday"}.get(at.weekday(), "weekdays")
                opens, _, closes = row[column].partition("-")
                allowed = row[column] != "closed" and opens <= f"{hour:02}:00" < closes
                if day == 26 and row["holidays"] == "closed":
                    allowed = False
                if is_open(at, [NEW_YORK], window):
                    assert allowed, (row["state"], at)


@pytest.mark.skipif(not TABLE.exists(), reason=f"{TABLE} is absent")
def test_every_state_of_the_tables_is_there():
    with TABLE.open(newline="") as file:
        known = {
            row["jurisdiction"][3:]
            for row in csv.DictReader(file)
            if row["jurisdiction"].startswith("US-") and len(row["jurisdiction"]) == 5
        }

    assert set(state_hours()) == known
    assert Path(DATA / "state_hours.csv").read_text().count("\n") == len(known) + 1
