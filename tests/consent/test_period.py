from datetime import timedelta

import pytest

from consent import records
from kernel.errors import Invalid

ZONE = "America/Los_Angeles"


@pytest.mark.parametrize(
    ("first", "last", "why"),
    [
        ("2026-11-31", "", "This is no day"),
        ("", "30.11.2026", "This is no day"),
        ("", "9999-12-31", "This is no day"),
        ("0000-01-01", "", "This is no day"),
        ("2026-11-30", "2026-11-29", "before the first"),
    ],
)
def test_days_that_are_none_are_refused(first, last, why):
    with pytest.raises(Invalid, match=why):
        records.period(first, last, ZONE)


def test_days_are_those_of_the_clinic_and_the_last_is_included():
    since, until = records.period("2026-11-01", "2026-11-01", ZONE)

    assert until - since == timedelta(hours=25)  # that night the clocks go back
    assert records.period("", " ", ZONE) == (None, None)
