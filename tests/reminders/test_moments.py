from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.intake.moments import (
    Moment,
    Unreadable,
    day_before_month,
    read_date_and_time,
    read_instant,
)

NEW_YORK = ZoneInfo("America/New_York")
THREE_PM = datetime(2026, 12, 1, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01T15:00",
        "2026-12-01T15:00:00",
        "2026-12-01 15:00:00.000",
        "2026-12-01T15:00:00-05:00",
        "2026-12-01T15:00-0500",
        "2026-12-01T20:00:00Z",
        "2026-12-01t20:00:00z",
        "2026-12-01T12:00:00-08:00",
        "12/1/2026 3:00 PM",
        "12/01/2026 03:00PM",
        "12/01/26 3:00 p.m.",
        "12-1-2026 15:00",
        "12.1.2026 3 pm",
        "12/1/2026, 3:00 PM",
        "12/1/2026 3:00 PM EST",
        "  12/1/2026   3:00 PM  ",
    ],
)
def test_the_same_visit_is_read_in_every_common_form(text):
    moment = read_instant(text, NEW_YORK)

    assert isinstance(moment, Moment)
    assert moment.starts_at == THREE_PM
    assert moment.wall_time == "2026-12-01T15:00"


@pytest.mark.parametrize(
    ("day", "time"),
    [
        ("2026-12-01", "15:00"),
        ("12/1/2026", "3:00 PM"),
        ("2026-12-01 00:00:00", "15:00"),
        ("12/1/2026 12:00 AM", "3 PM"),
        ("12/1/2026", "15:00:00 EST"),
    ],
)
def test_a_date_and_a_time_apart_are_the_same_visit(day, time):
    moment = read_date_and_time(day, time, NEW_YORK)

    assert isinstance(moment, Moment)
    assert moment.starts_at == THREE_PM


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("2026-12-01", "no time"),
        ("12/1/2026", "no time"),
        ("tomorrow", "no date"),
        ("2026-13-01T15:00", "no day"),
        ("2026-02-30T15:00", "no day"),
        ("2/30/2026 3 PM", "no day"),
        ("2026-12-01T24:00", "no time"),
        ("2026-12-01T15:60", "no time"),
        ("2026-12-01T15:00:61", "no time"),
        ("12/1/2026 13:00 PM", "no time"),
        ("12/1/2026 0:30 AM", "no time"),
        ("12/1/2026 15", "no time"),
        ("12/1/2026 9-10", "no time"),
        ("12/1/2026 3:00 PM PT", "not the time of"),
        ("12/1/2026 3:00 PM EDT", "not the time of"),
        ("2026-12-01T15:00+99:00", "offset"),
        ("12/1-2026 3 PM", "no date"),
        ("0026-12-01T15:00", "year"),
        ("9999-12-31T23:59", "year"),
        ("46357.625", "no date"),  # a spreadsheet's own number
        ("٢٠٢٦-12-01T15:00", "no date"),
    ],
)
def test_what_cannot_be_read_says_so(text, said):
    found = read_instant(text, NEW_YORK)

    assert isinstance(found, Unreadable)
    assert said in found.message


def test_an_hour_that_the_clocks_leave_out_does_not_exist():
    found = read_instant("2027-03-14T02:30", NEW_YORK)

    assert isinstance(found, Unreadable)
    assert "2:30 AM does not exist on 2027-03-14" in found.message
    assert isinstance(read_instant("2027-03-14T03:00", NEW_YORK), Moment)
    assert isinstance(
        read_instant("2027-03-14T02:30", ZoneInfo("America/Phoenix")), Moment
    )


def test_an_hour_that_comes_twice_must_say_which():
    found = read_instant("2026-11-01T01:30", NEW_YORK)
    first = read_instant("2026-11-01 1:30 AM EDT", NEW_YORK)
    second = read_instant("2026-11-01 1:30 AM EST", NEW_YORK)
    offset = read_instant("2026-11-01T01:30-05:00", NEW_YORK)

    assert isinstance(found, Unreadable)
    assert "comes twice" in found.message
    assert "EDT or EST" in found.message
    assert first.starts_at == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert second.starts_at == offset.starts_at == first.starts_at + timedelta(hours=1)


def test_an_offset_that_is_not_the_clinics_is_kept_and_asked_about():
    july = read_instant("2027-07-01T09:00-05:00", NEW_YORK)

    assert july.starts_at == datetime(2027, 7, 1, 14, 0, tzinfo=UTC)
    assert july.wall_time == "2027-07-01T10:00"
    assert "10:00 AM" in july.warning
    assert read_instant("2027-07-01T13:00Z", NEW_YORK).warning == ""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" 13/04/2026 3 PM", "13/04/2026"),
        ("03/04/2026", ""),
        ("04/13/2026", ""),
        ("2026-04-13", ""),
        ("13/14/2026", ""),
        ("", ""),
    ],
)
def test_a_day_before_its_month_is_found(text, found):
    assert day_before_month(text) == found


@given(
    st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)),
    st.sampled_from(["America/New_York", "America/Adak", "Pacific/Guam"]),
)
def test_an_instant_with_its_offset_is_always_read_back(wall, zone):
    instant = wall.replace(second=0, microsecond=0, tzinfo=UTC)
    text = instant.astimezone(ZoneInfo(zone)).isoformat()

    assert read_instant(text, ZoneInfo(zone)).starts_at == instant


@given(st.text(max_size=30))
def test_no_text_raises(text):
    assert isinstance(read_instant(text, NEW_YORK), Moment | Unreadable)
    found = read_date_and_time(text, text, NEW_YORK)
    assert isinstance(found, Moment | Unreadable)


@pytest.mark.parametrize("text", ["2026-12-08 00:00", "12/8/2026 12:00 AM"])
def test_midnight_may_be_a_day_whose_time_is_missing(text):
    found = read_instant(text, ZoneInfo("America/Los_Angeles"))

    assert "Look whether the time of day is missing" in found.warning
    assert (
        read_instant(
            text.replace("00:00", "00:01").replace("AM", "PM"),
            ZoneInfo("America/Los_Angeles"),
        ).warning
        == ""
    )
