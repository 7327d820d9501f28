from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from reminders.list_habit import Brought, habit, missing, run_out

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
# Thanksgiving is Thursday, November 26, 2026.


def at(day, clock="07:00"):
    return datetime.fromisoformat(f"2026-{day}T{clock}").replace(tzinfo=LOS_ANGELES)


def came(*days, reaches=None):
    return [Brought(at(*day.split()), at(reaches) if reaches else None) for day in days]


DAILY = ("11-16", "11-17 07:10", "11-18", "11-19", "11-20")
WEEKLY = ("11-06", "11-13", "11-20")


@pytest.mark.parametrize(
    ("days", "gap", "by"),
    [
        (DAILY, 1, time(7, 10)),
        (("11-16", "11-18", "11-20"), 2, time(7)),
        (WEEKLY, 5, time(7)),
        (("11-13", "11-14", "11-15", "11-16"), 1, time(7)),  # also at weekends
        (("11-16", "11-17", "11-17 18:00", "11-18"), 1, time(7)),
    ],
)
def test_how_often_a_list_comes_is_learned_from_its_days(days, gap, by):
    known = habit(came(*days), LOS_ANGELES)

    assert (known.gap, known.by) == (gap, by)


@pytest.mark.parametrize(
    "days",
    [
        (),
        ("11-19", "11-20"),
        ("11-20", "11-20 12:00", "11-20 17:00"),
        ("10-01", *DAILY[-2:]),
    ],
)
def test_too_few_days_are_no_habit(days):
    assert habit(came(*days), LOS_ANGELES) is None
    assert missing(came(*days), at("12-20"), LOS_ANGELES) is None


@pytest.mark.parametrize(
    ("days", "now", "late"),
    [
        (DAILY, ("11-20", "23:00"), False),
        (DAILY, ("11-22", "12:00"), False),  # a Sunday
        (DAILY, ("11-23", "09:09"), False),  # within two hours of the usual time
        (DAILY, ("11-23", "09:10"), True),
        ((*DAILY, "11-23", "11-24", "11-25"), ("11-26", "23:00"), False),  # the holiday
        ((*DAILY, "11-23", "11-24", "11-25"), ("11-27", "09:10"), True),
        (WEEKLY, ("11-27", "23:00"), False),  # one business day less in that week
        (WEEKLY, ("11-30", "09:00"), True),
    ],
)
def test_a_list_is_missing_once_its_business_day_has_passed_it_by(days, now, late):
    found = missing(came(*days), at(*now), LOS_ANGELES)

    assert (found is not None) is late


@pytest.mark.parametrize(
    ("reached", "reaches", "out"),
    [
        ("12-18", "12-18", False),
        ("12-18", "11-24", False),  # the day after the next one
        ("12-18", "11-23", True),  # a Monday: the next business day of Friday
        ("12-18", None, True),
        ("11-17", "11-23", False),  # a clinic that books no further than the next day
        (None, None, False),
    ],
)
def test_visits_run_out_only_where_they_used_to_go_on(reached, reaches, out):
    lists = came(*DAILY, reaches=reached)

    left = at(reaches) if reaches else None
    assert (run_out(lists, left, at("11-21", "10:00"), LOS_ANGELES) is not None) is out
