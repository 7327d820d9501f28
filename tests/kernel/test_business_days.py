from datetime import UTC, date, datetime

import pytest

from kernel.business_days import after, before, between, day_zero, is_business_day


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-20", True),  # a Friday
        ("2026-11-21", False),
        ("2026-11-26", False),  # Thanksgiving
        ("2026-11-27", True),  # the day after is no federal holiday
        ("2026-07-03", False),  # Independence Day falls on a Saturday
        ("2027-07-05", False),  # and on a Sunday a year later
        ("2027-12-31", False),  # New Year's Day of 2028 is a Saturday
        ("2026-06-19", False),
        ("2026-10-12", False),
    ],
)
def test_a_business_day_is_a_weekday_without_a_federal_holiday(
    day: str, expected: bool
) -> None:
    assert is_business_day(date.fromisoformat(day)) is expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-20T21:59:00", "2026-11-20"),  # 16:59 in New York
        ("2026-11-20T22:01:00", "2026-11-23"),  # a Friday after the close
        ("2026-11-22T15:00:00", "2026-11-23"),  # a Sunday
        ("2026-11-26T03:00:00", "2026-11-27"),  # Wednesday night before Thanksgiving
        ("2026-07-02T20:30:00", "2026-07-02"),
    ],
)
def test_what_is_handed_in_late_counts_from_the_next_business_day(
    at: str, expected: str
) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert day_zero(moment) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("first", "count", "expected"),
    [
        ("2026-11-23", 5, "2026-12-01"),  # over Thanksgiving
        ("2026-11-23", 8, "2026-12-04"),
        ("2026-11-23", 0, "2026-11-23"),
        ("2026-11-21", 0, "2026-11-23"),
        ("2026-12-24", 1, "2026-12-28"),
        ("2026-11-09", 10, "2026-11-24"),  # Veterans Day: ten are fifteen days
    ],
)
def test_counting_forwards_and_back_again(
    first: str, count: int, expected: str
) -> None:
    day, end = date.fromisoformat(first), date.fromisoformat(expected)
    assert after(day, count) == end
    assert between(day, end) == count or not is_business_day(day)
    assert after(before(end, count), count) == end


def test_nothing_lies_between_a_day_and_an_earlier_one() -> None:
    assert between(date(2026, 11, 27), date(2026, 11, 20)) == 0
    with pytest.raises(ValueError, match="forwards"):
        after(date(2026, 11, 27), -1)
