"""When a clinic is closed, since when, and when it opens again: a table."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from clinics.hours import Hours, opens_words
from clinics.models import Language

DAY = (time(8), time(17))
WEEK = Hours(
    week=(DAY, DAY, DAY, (time(10), time(19)), DAY, None, None),
    holidays_closed=True,
    time_zone="America/Los_Angeles",
)
HERE = ZoneInfo("America/Los_Angeles")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=HERE).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "since", "opens", "said"),
    [
        ("2026-11-30T08:00", None, None, None),  # a Monday
        ("2026-11-30T16:59", None, None, None),
        ("2026-11-30T17:00", "2026-11-30T17:00", "2026-12-01T08:00", "Tue 8:00 AM"),
        ("2026-12-01T07:59", "2026-11-30T17:00", "2026-12-01T08:00", "Tue 8:00 AM"),
        ("2026-12-03T09:00", "2026-12-02T17:00", "2026-12-03T10:00", "Thu 10:00 AM"),
        ("2026-12-05T12:00", "2026-12-04T17:00", "2026-12-07T08:00", "Mon 8:00 AM"),
        # Thanksgiving, and the Friday after it is no federal holiday
        ("2026-11-26T12:00", "2026-11-25T17:00", "2026-11-27T08:00", "Fri 8:00 AM"),
        # the clocks go back in the night before this Monday's weekend ends
        ("2026-11-01T01:30", "2026-10-30T17:00", "2026-11-02T08:00", "Mon 8:00 AM"),
    ],
)
def test_closed_since_and_until(now, since, opens, said):
    shut = WEEK.shut(at(now))

    if since is None:
        assert shut is None
    else:
        assert (shut.since, shut.opens_at) == (at(since), at(opens))
        assert opens_words(shut, Language.en, at(now)) == said


def test_another_week_is_said_with_its_date_and_in_spanish():
    once = Hours(
        week=(DAY, None, None, None, None, None, None),
        holidays_closed=False,
        time_zone="America/Los_Angeles",
    )
    now = at("2026-11-30T18:00")
    shut = once.shut(now)

    assert opens_words(shut, Language.en, now) == "Mon Dec 7 8:00 AM"
    assert opens_words(shut, Language.es, now) == "lunes 7 dic 8:00 AM"


def test_who_opens_on_no_near_day_promises_nothing():
    never = Hours(week=(None,) * 7, holidays_closed=False, time_zone="UTC")

    assert never.shut(at("2026-11-30T18:00")) is None
