from dataclasses import replace
from datetime import date

import pytest

from kernel.carriers import Carrier
from registration.bands import Days
from registration.busy_periods import Row, periods
from registration.forecast import forecast
from tests.registration.test_forecast import CLINIC

VERIZON = Carrier.verizon


def on(day, **changes):
    return replace(CLINIC, handed_in=date.fromisoformat(day), **changes)


@pytest.mark.parametrize(
    ("handed_in", "busy", "days"),
    [
        ("2026-10-05", True, Days(8, 16)),  # 5 and 8 days, half as much and double
        ("2027-02-01", False, Days(5, 8)),
        # Begins before the period: may be through in time, or run into it.
        ("2027-09-27", True, Days(5, 16)),
    ],
)
def test_busy_periods_extend_the_estimate_by_half_to_double(handed_in, busy, days):
    """R103: the last quarter of each year is configured."""
    step = forecast(on(handed_in)).carriers[VERIZON]

    assert (step.busy is not None) is busy
    assert step.window.days == days
    assert step.usual.days == Days(5, 8)


def test_every_part_is_extended_and_the_usual_time_stays_in_sight():
    """R103"""
    found = forecast(on("2026-10-05", flags=frozenset({"charity"})))
    steps = (*found.layers, *found.carriers.values())

    assert all(step.busy and step.busy.last > step.usual.last for step in steps)
    assert [step.window.days for step in steps] == [
        Days(3, 6),
        Days(8, 16),
        *[Days(18, 72)] * 3,
    ]
    assert [str(one.band) for one in found.clinic] == [
        "3 to 8 weeks",
        "30 to 60 business days",
    ]


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [
        ("2026-10-15", "2026-10-20", ["even", "every"]),
        ("2027-10-15", "2027-10-20", ["every"]),
        ("2027-01-05", "2027-01-06", ["over"]),
        ("2027-03-01", "2027-03-01", ["once"]),
        ("2028-03-01", "2028-03-01", []),
        ("2027-03-15", "2027-09-30", []),
    ],
)
def test_periods_are_of_every_year_of_even_ones_or_of_one(first, last, names):
    rows = [
        Row(name="every", first="10-01", last="12-30", years="every", source=""),
        Row(name="even", first="09-01", last="11-10", years="even", source=""),
        Row(name="over", first="12-31", last="01-15", years="every", source=""),
        Row(
            name="once", first="2027-02-20", last="2027-03-05", years="once", source=""
        ),
    ]
    found = periods(date.fromisoformat(first), date.fromisoformat(last), rows)

    assert sorted(one.name for one in found) == names
