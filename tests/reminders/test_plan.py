from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.quiet_hours import Window, is_open, one_day
from reminders.plan import Planned, Policy, Skipped, Visit, due_reminders

NEW_YORK, LOS_ANGELES = "America/New_York", "America/Los_Angeles"
HOUR = timedelta(hours=1)
THREE_DAYS, ONE_DAY, TWO_HOURS = 4320, 1440, 120


def local(*parts, zone=NEW_YORK):
    return datetime(*parts, tzinfo=ZoneInfo(zone))


TUESDAY_AT_THREE = Visit(
    starts_at=local(2026, 12, 8, 15, 0),
    time_zone=NEW_YORK,
    zones=(NEW_YORK,),
    told=frozenset(),
)
LADDER = Policy((THREE_DAYS, ONE_DAY), Window(time(9), time(20)))
WEEK_BEFORE = local(2026, 12, 1, 15, 0)


def planned(visit, policy, now):
    entries = due_reminders(visit, policy, now)
    return {entry.offset_minutes: entry for entry in entries if type(entry) is Planned}


def skipped(visit, policy, now):
    entries = due_reminders(visit, policy, now)
    return {
        entry.offset_minutes: entry.why for entry in entries if type(entry) is Skipped
    }


def test_each_step_leaves_at_the_hour_of_the_visit_some_days_before():
    steps = planned(TUESDAY_AT_THREE, LADDER, WEEK_BEFORE)

    assert steps[THREE_DAYS].send_from == local(2026, 12, 5, 15, 0)
    assert steps[THREE_DAYS].send_until == local(2026, 12, 7, 3, 0)
    assert steps[ONE_DAY].send_from == local(2026, 12, 7, 15, 0)
    assert steps[ONE_DAY].send_until == local(2026, 12, 8, 14, 30)


@pytest.mark.parametrize(
    ("starts", "offset", "expected"),
    [
        ((2027, 3, 14, 15, 0), ONE_DAY, (2027, 3, 13, 15, 0)),  # 23 hours before
        ((2026, 11, 2, 10, 0), ONE_DAY, (2026, 10, 31, 19, 0)),  # Sunday 10:00: earlier
        ((2026, 11, 3, 9, 0), 2 * ONE_DAY, (2026, 10, 31, 19, 0)),
        ((2026, 11, 1, 15, 0), 240, (2026, 10, 31, 19, 0)),  # Sunday before noon
        ((2026, 11, 1, 17, 0), 240, (2026, 11, 1, 13, 0)),
        ((2026, 12, 8, 21, 0), 1440 + 720, (2026, 12, 7, 9, 0)),  # a day and 12 hours
        ((2026, 12, 8, 8, 0), ONE_DAY, (2026, 12, 6, 19, 0)),  # Monday before nine
    ],
)
def test_steps_count_days_by_the_wall_and_move_earlier_into_the_window(
    starts, offset, expected
):
    visit = replace(TUESDAY_AT_THREE, starts_at=local(*starts).astimezone(UTC))
    policy = replace(LADDER, offsets=(offset,))

    steps = planned(visit, policy, local(2026, 10, 1, 12, 0))

    assert steps[offset].send_from == local(*expected)


def test_in_another_zone_the_window_is_hers():
    visit = replace(TUESDAY_AT_THREE, starts_at=local(2026, 12, 8, 10, 0))
    there = replace(visit, zones=(LOS_ANGELES,))

    steps = planned(there, LADDER, WEEK_BEFORE)

    # 10:00 in New York is 7:00 where she is, so it goes the evening before.
    sunday_evening = local(2026, 12, 6, 19, 0, zone=LOS_ANGELES)
    assert steps[ONE_DAY].send_from == sunday_evening


def test_a_booking_after_the_first_step_gets_one_text_that_makes_up_for_it():
    booked = local(2026, 12, 6, 14, 0)  # two days and an hour before

    steps = planned(TUESDAY_AT_THREE, LADDER, booked)

    assert steps[THREE_DAYS].send_from == booked
    assert steps[ONE_DAY].send_from == local(2026, 12, 7, 15, 0)


def test_no_text_makes_up_for_a_step_when_the_next_one_is_near():
    booked = local(2026, 12, 7, 9, 0)  # six hours before the one-day step

    assert list(planned(TUESDAY_AT_THREE, LADDER, booked)) == [ONE_DAY]
    assert "had passed" in skipped(TUESDAY_AT_THREE, LADDER, booked)[THREE_DAYS]


def test_a_booking_after_every_step_gets_one_text_until_two_hours_before():
    in_time, too_late = local(2026, 12, 8, 12, 59), local(2026, 12, 8, 13, 1)

    steps = planned(TUESDAY_AT_THREE, LADDER, in_time)

    assert list(steps) == [ONE_DAY]
    assert steps[ONE_DAY].send_from == in_time
    assert list(skipped(TUESDAY_AT_THREE, LADDER, in_time)) == [THREE_DAYS]
    assert not planned(TUESDAY_AT_THREE, LADDER, too_late)


def test_a_booking_at_night_for_the_next_morning_waits_for_the_window():
    visit = replace(TUESDAY_AT_THREE, starts_at=local(2026, 12, 8, 11, 30))
    night = local(2026, 12, 7, 22, 0)

    assert planned(visit, LADDER, night)[ONE_DAY].send_from == local(2026, 12, 8, 9, 0)
    early = replace(visit, starts_at=local(2026, 12, 8, 10, 30))
    assert not planned(early, LADDER, night)  # 9:00 is less than two hours before


@pytest.mark.parametrize("late", [timedelta(0), HOUR, timedelta(days=400)])
def test_after_the_visit_nothing_is_planned(late):
    now = TUESDAY_AT_THREE.starts_at + late

    assert not planned(TUESDAY_AT_THREE, LADDER, now)
    assert set(skipped(TUESDAY_AT_THREE, LADDER, now)) == {THREE_DAYS, ONE_DAY}


def test_two_steps_that_the_window_pushes_together_become_one():
    morning = replace(TUESDAY_AT_THREE, starts_at=local(2026, 12, 8, 9, 30))
    policy = replace(LADDER, offsets=(ONE_DAY, TWO_HOURS))

    # 7:30 moves to 19:00 the evening before, nine hours after the one-day text.
    assert list(planned(morning, policy, WEEK_BEFORE)) == [ONE_DAY]
    assert "12 hours" in skipped(morning, policy, WEEK_BEFORE)[TWO_HOURS]


def test_two_steps_of_one_day_are_one_text():
    policy = replace(LADDER, offsets=(240, TWO_HOURS))

    assert list(planned(TUESDAY_AT_THREE, policy, WEEK_BEFORE)) == [240]
    why = skipped(TUESDAY_AT_THREE, policy, WEEK_BEFORE)[TWO_HOURS]
    assert "one a day is the most" in why


def test_a_policy_that_wants_two_texts_on_one_day_gets_them():
    policy = replace(LADDER, offsets=(240, TWO_HOURS), same_day=True)

    steps = planned(TUESDAY_AT_THREE, policy, WEEK_BEFORE)

    assert steps[240].send_until <= steps[TWO_HOURS].send_from
    assert steps[TWO_HOURS].send_from == local(2026, 12, 8, 13, 0)


def test_a_phone_that_had_its_text_of_the_day_gets_the_next_one_tomorrow():
    booked = local(2026, 12, 7, 10, 0)  # the day before; a brother's text left at nine
    visit = replace(TUESDAY_AT_THREE, free_from=local(2026, 12, 8, 0, 0))

    steps = planned(visit, LADDER, booked)

    assert list(steps) == [ONE_DAY]
    assert steps[ONE_DAY].send_from == local(2026, 12, 8, 9, 0)
    morning = replace(visit, starts_at=local(2026, 12, 8, 10, 30))
    assert not planned(morning, LADDER, booked)
    assert "one a day is the most" in skipped(morning, LADDER, booked)[ONE_DAY]


def test_two_hours_before_leaves_on_top_of_it_only_where_the_policy_says_so():
    noon = local(2026, 12, 8, 12, 0)
    visit = replace(
        TUESDAY_AT_THREE,
        told=frozenset({ONE_DAY}),
        free_from=local(2026, 12, 9, 0, 0),
    )
    one = replace(LADDER, offsets=(ONE_DAY, TWO_HOURS))

    assert not planned(visit, one, noon)
    assert list(planned(visit, replace(one, same_day=True), noon)) == [TWO_HOURS]


@pytest.mark.parametrize(
    ("starts", "window", "expected"),
    [
        # Thanksgiving is Thursday, November 26: the eve, not the day after.
        ((2026, 11, 27, 15, 0), "09:00-20:00;no holidays", (2026, 11, 25, 19, 0)),
        ((2026, 11, 27, 15, 0), "09:00-20:00", (2026, 11, 26, 15, 0)),
        # Monday is Labor Day, and on Sundays this clinic sends nothing.
        (
            (2026, 9, 8, 10, 0),
            "09:00-18:00;sunday closed;no holidays",
            (2026, 9, 5, 17, 0),
        ),
        ((2026, 9, 7, 10, 0), "09:00-20:00;sunday 14:00-16:00", (2026, 9, 5, 19, 0)),
        ((2026, 9, 7, 15, 0), "09:00-20:00;sunday 14:00-16:00", (2026, 9, 6, 15, 0)),
    ],
)
def test_on_a_day_without_texts_the_step_moves_to_the_day_before(
    starts, window, expected
):
    visit = replace(TUESDAY_AT_THREE, starts_at=local(*starts))
    policy = Policy((ONE_DAY,), Window.read(window))

    steps = planned(visit, policy, local(2026, 8, 1, 12, 0))

    assert steps[ONE_DAY].send_from == local(*expected)


def test_what_was_told_is_not_told_again():
    one = replace(TUESDAY_AT_THREE, told=frozenset({ONE_DAY}))
    after_it = local(2026, 12, 8, 9, 0)

    assert due_reminders(one, LADDER, after_it) == [
        Skipped(THREE_DAYS, "Its time had passed when the visit was planned.")
    ]
    assert list(planned(one, LADDER, WEEK_BEFORE)) == [THREE_DAYS]


@pytest.mark.parametrize(
    "change",
    [
        {"zones": ()},
        {"zones": ("Nowhere/Land",)},
        {"zones": ("Pacific/Guam", "America/Noronha")},
        {"time_zone": "Nowhere/Land"},
    ],
)
def test_a_zone_that_nobody_knows_is_never_guessed(change):
    visit = replace(TUESDAY_AT_THREE, **change)

    assert not planned(visit, LADDER, WEEK_BEFORE)
    assert set(skipped(visit, LADDER, WEEK_BEFORE)) == {THREE_DAYS, ONE_DAY}


minutes = st.integers(60, 20_160)
zones = st.sampled_from(
    [NEW_YORK, LOS_ANGELES, "America/Phoenix", "Pacific/Honolulu", "America/Adak"]
)
visits = st.builds(
    lambda starts, zone, hers, told: Visit(
        starts_at=starts, time_zone=zone, zones=tuple({zone, hers}), told=told
    ),
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    zones,
    zones,
    st.frozensets(st.sampled_from([ONE_DAY, THREE_DAYS])),
)


@settings(max_examples=400, deadline=None)
@example(
    visit=Visit(
        starts_at=datetime(2026, 1, 1, 15, 0, tzinfo=UTC),
        time_zone="Pacific/Honolulu",
        zones=("Pacific/Honolulu",),
        told=frozenset(),
    ),
    offsets=[60, 541],  # the nearer one is moved to just before the farther one
    before=542,
    same_day=True,
)
@given(
    visit=visits,
    offsets=st.lists(
        minutes | st.sampled_from([ONE_DAY, THREE_DAYS, TWO_HOURS]), max_size=5
    ),
    before=st.integers(-3 * ONE_DAY, 15 * ONE_DAY),
    same_day=st.booleans(),
)
def test_every_plan_is_complete_lawful_and_in_order(visit, offsets, before, same_day):
    now = visit.starts_at - timedelta(minutes=before)
    policy = replace(LADDER, offsets=tuple(offsets), same_day=same_day)

    entries = due_reminders(visit, policy, now)

    assert [entry.offset_minutes for entry in entries] == sorted(
        set(offsets) - visit.told, reverse=True
    )
    texts = [entry for entry in entries if isinstance(entry, Planned)]
    for text in texts:
        assert now <= text.send_from < text.send_until
        assert text.send_until <= visit.starts_at - HOUR / 2
        assert is_open(text.send_from, visit.zones, policy.window)
    for one, other in pairwise(texts):
        own = timedelta(minutes=one.offset_minutes - other.offset_minutes)
        assert other.send_from - one.send_from >= min(12 * HOUR, own)
        assert one.send_until < other.send_from
        if not same_day:
            assert not one_day(one.send_from, other.send_from, visit.zones)
