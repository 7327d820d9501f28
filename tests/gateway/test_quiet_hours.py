from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.quiet_hours import (
    Closed,
    Never,
    Open,
    Window,
    day_is_over,
    is_open,
    last_open_before,
    look,
    next_open,
    one_day,
    shipped_hours,
)

DAY = Window(time(9), time(20))
NEW_YORK, LOS_ANGELES = "America/New_York", "America/Los_Angeles"

US_ZONES = [
    "America/New_York",
    "America/Detroit",
    "America/Kentucky/Louisville",
    "America/Indiana/Indianapolis",
    "America/Chicago",
    "America/Menominee",
    "America/North_Dakota/Center",
    "America/Denver",
    "America/Boise",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "America/Juneau",
    "America/Adak",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "America/St_Thomas",
    "Pacific/Guam",
    "Pacific/Pago_Pago",
    "Pacific/Saipan",
]


def local(zone, *parts):
    return datetime(*parts, tzinfo=ZoneInfo(zone))


def clock_changes():
    for year in range(2025, 2036):
        for month, week in ((3, 8), (11, 1)):
            first = date(year, month, week)
            yield first + timedelta(days=(6 - first.weekday()) % 7)


CHANGES = sorted(clock_changes())
instants = st.one_of(
    st.datetimes(datetime(2025, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC)),
    st.builds(
        lambda day, minutes: (
            datetime.combine(day, time(), UTC) + timedelta(minutes=minutes)
        ),
        st.sampled_from(CHANGES),
        st.integers(-1440, 3 * 1440),
    ),
)
windows = st.builds(
    lambda opens, hours: Window(time(opens), time(min(opens + hours, 23))),
    st.integers(3, 19),
    st.integers(1, 12),
)
places = st.lists(st.sampled_from(US_ZONES), min_size=1, max_size=3, unique=True)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ((2026, 12, 1, 8, 59, 59), False),
        ((2026, 12, 1, 9, 0), True),
        ((2026, 12, 1, 19, 59, 59), True),
        ((2026, 12, 1, 20, 0), False),
        ((2026, 12, 6, 11, 59), False),  # a Sunday
        ((2026, 12, 6, 12, 0), True),
        ((2026, 12, 5, 9, 0), True),  # a Saturday
    ],
)
def test_the_window_is_open_from_its_first_minute_until_just_before_its_last(
    moment, expected
):
    assert is_open(local(NEW_YORK, *moment), [NEW_YORK], DAY) is expected


def test_with_two_possible_zones_both_must_be_open():
    nine_in_new_york = local(NEW_YORK, 2026, 12, 1, 9, 0)

    assert not is_open(nine_in_new_york, [NEW_YORK, LOS_ANGELES], DAY)
    opens = next_open(nine_in_new_york, [NEW_YORK, LOS_ANGELES], DAY)

    assert opens == local(LOS_ANGELES, 2026, 12, 1, 9, 0)


@pytest.mark.parametrize("zones", [[], ["Mars/Olympus"], ["America"], ["", NEW_YORK]])
def test_what_is_not_known_is_closed_and_says_why(zones):
    noon = local(NEW_YORK, 2026, 12, 1, 12, 0)

    seen = look(noon, zones, DAY)

    assert isinstance(seen, Closed)
    assert "not known" in seen.why
    assert seen.opens_at is None
    assert not is_open(noon, zones, DAY)
    assert isinstance(next_open(noon, zones, DAY), Never)
    assert isinstance(last_open_before(noon, zones, DAY), Never)


def test_zones_too_far_apart_never_open_together():
    zones = ["Pacific/Guam", "America/Noronha"]  # twelve hours
    now = local(NEW_YORK, 2026, 12, 1, 12, 0)

    assert isinstance(next_open(now, zones, DAY), Never)
    assert isinstance(last_open_before(now, zones, DAY), Never)
    assert isinstance(look(now, zones, DAY), Closed)


def test_a_closed_hour_says_the_time_there_and_when_it_opens():
    seen = look(local(LOS_ANGELES, 2026, 12, 5, 21, 5), [LOS_ANGELES], DAY)

    assert isinstance(seen, Closed)
    assert "It is 9:05 PM by Los Angeles time." in seen.why
    assert "from 9:00 AM to 8:00 PM" in seen.why
    assert seen.opens_at == local(LOS_ANGELES, 2026, 12, 6, 12, 0)  # Sunday: noon


def test_a_clinic_can_narrow_the_shipped_hours_but_not_widen_them():
    wide = Window(time(0), time(23, 59))

    assert not is_open(local(NEW_YORK, 2026, 12, 1, 8, 30), [NEW_YORK], wide)
    assert not is_open(local(NEW_YORK, 2026, 12, 1, 20, 30), [NEW_YORK], wide)
    narrow = Window(time(9), time(11))
    sunday = local(NEW_YORK, 2026, 12, 6, 10, 0)
    assert next_open(sunday, [NEW_YORK], narrow) == local(NEW_YORK, 2026, 12, 7, 9, 0)


def test_the_last_open_minute_before_a_night_is_the_evening_before():
    before = last_open_before(local(NEW_YORK, 2026, 12, 2, 6, 0), [NEW_YORK], DAY)
    assert before == local(NEW_YORK, 2026, 12, 1, 19, 59)

    before = last_open_before(local(NEW_YORK, 2026, 12, 1, 15, 0), [NEW_YORK], DAY)
    assert before == local(NEW_YORK, 2026, 12, 1, 14, 59)


@pytest.mark.parametrize(
    "text",
    [
        *("9-20", "", "09:00", "25:00-26:00", "all day"),
        *("09:00-20:00;", "09:00-20:00;monday closed", "09:00-20:00;sunday"),
    ],
)
def test_a_window_that_cannot_be_read_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        Window.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "09:00-20:00",
        "10:00-18:00;saturday closed",
        "10:00-18:00;saturday 10:00-12:00;sunday closed;no holidays",
        "09:00-20:00;no holidays",
        "closed",
    ],
)
def test_a_window_reads_what_it_writes(text):
    assert str(Window.read(text)) == text


@pytest.mark.parametrize(
    ("text", "moment", "expected"),
    [
        ("09:00-20:00;sunday closed", (2026, 12, 6, 13, 0), False),
        ("09:00-20:00;sunday 14:00-18:00", (2026, 12, 6, 13, 59), False),
        ("09:00-20:00;sunday 14:00-18:00", (2026, 12, 6, 14, 0), True),
        ("09:00-20:00;sunday 09:00-18:00", (2026, 12, 6, 11, 0), False),  # noon
        ("09:00-20:00;saturday 10:00-17:00", (2026, 12, 5, 17, 0), False),
        ("09:00-20:00", (2026, 12, 25, 13, 0), True),
        ("09:00-20:00;no holidays", (2026, 12, 25, 13, 0), False),
        ("09:00-20:00;no holidays", (2027, 7, 5, 13, 0), False),  # observed
        ("09:00-20:00;no holidays", (2026, 12, 24, 13, 0), True),
    ],
)
def test_a_weekend_and_a_holiday_may_have_hours_of_their_own(text, moment, expected):
    assert is_open(local(NEW_YORK, *moment), [NEW_YORK], Window.read(text)) is expected


def test_a_holiday_is_named_and_the_next_day_opens():
    christmas = local(NEW_YORK, 2026, 12, 25, 13, 0)

    seen = look(christmas, [NEW_YORK], Window.read("09:00-20:00;no holidays"))

    assert seen.why == "On Christmas Day no reminders are sent (New York time)."
    assert seen.opens_at == local(NEW_YORK, 2026, 12, 26, 9, 0)


def test_two_windows_allow_what_both_allow_day_by_day():
    one = Window.read("09:00-20:00;sunday 13:00-18:00")
    other = Window.read("10:00-21:00;saturday 10:00-17:00;no holidays")

    both = one.within(other)

    assert str(both) == (
        "10:00-20:00;saturday 10:00-17:00;sunday 13:00-18:00;no holidays"
    )
    assert both == other.within(one)
    assert str(one.within(Window.read("09:00-20:00;sunday 09:00-12:00"))) == (
        "09:00-20:00;sunday closed"
    )


def test_a_day_is_over_when_it_is_over_in_every_zone():
    evening = local(NEW_YORK, 2026, 12, 1, 19, 0)

    assert day_is_over(evening, [NEW_YORK, LOS_ANGELES]) == local(
        LOS_ANGELES, 2026, 12, 2, 0, 0
    )
    assert one_day(evening, local(LOS_ANGELES, 2026, 12, 1, 9, 0), [NEW_YORK])
    assert not one_day(evening, local(NEW_YORK, 2026, 12, 2, 9, 0), [NEW_YORK])
    assert one_day(evening, local(NEW_YORK, 2026, 12, 2, 9, 0), ["Mars/Olympus"])


def test_every_day_has_shipped_hours_within_the_federal_ones():
    assert len(shipped_hours()) == 7
    for hours in shipped_hours():
        assert time(8) <= hours.opens < hours.closes <= time(21)


@settings(max_examples=300, deadline=None)
@given(now=instants, zones=places, window=windows)
def test_looking_and_asking_agree(now, zones, window):
    assert is_open(now, zones, window) == isinstance(look(now, zones, window), Open)


@settings(max_examples=300, deadline=None)
@given(now=instants, zones=places, window=windows)
def test_the_next_opening_is_open_everywhere_and_nothing_before_it_is(
    now, zones, window
):
    found = next_open(now, zones, window)

    until = now + timedelta(days=7) if isinstance(found, Never) else found
    if isinstance(found, datetime):
        assert found >= now
        for zone in zones:
            there = found.astimezone(ZoneInfo(zone))
            opens = time(12) if there.weekday() == 6 else time(9)
            assert max(opens, window.opens) <= there.time()
            assert there.time() < min(time(20), window.closes)
    before = now
    while before < until:
        assert not is_open(before, zones, window)
        before += timedelta(minutes=37)


@settings(max_examples=300, deadline=None)
@given(instant=instants, zones=places, window=windows)
def test_the_last_opening_is_open_everywhere_and_nothing_after_it_is(
    instant, zones, window
):
    found = last_open_before(instant, zones, window)

    since = instant - timedelta(days=7)
    if isinstance(found, datetime):
        assert found < instant
        assert is_open(found, zones, window)
        since = found + timedelta(minutes=1)
    while since < instant - timedelta(minutes=1):
        assert not is_open(since, zones, window)
        since += timedelta(minutes=37)


@pytest.mark.parametrize("zone", US_ZONES)
def test_on_every_day_that_the_clocks_change_the_first_open_minute_is_by_the_wall(
    zone,
):
    for day in CHANGES:
        midnight = datetime.combine(day, time(), ZoneInfo(zone))
        opens = next_open(midnight, [zone], DAY)

        assert opens == datetime.combine(day, time(12), ZoneInfo(zone))  # Sundays
        assert not is_open(opens - timedelta(seconds=1), [zone], DAY)
