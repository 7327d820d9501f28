from datetime import date

import pytest

from registration.forecast import forecast
from registration.timeline import timeline
from tests.registration.test_forecast import CLINIC, QUIET

FOUND = forecast(CLINIC, QUIET)  # handed in on Mon, Feb 1, 2027


def test_each_bar_runs_from_the_first_day_and_stays_within_the_picture():
    picture = timeline(FOUND, date(2027, 6, 1))

    assert len(picture.bars) == 7
    for bar in picture.bars:
        ends = [(span.x, round(span.x + span.width, 2)) for span in bar.spans]
        assert ends[0][0] == 0
        assert all(0 <= x < end <= 100 for x, end in ends)
        assert [x for x, _ in ends] == sorted(x for x, _ in ends)


def test_only_where_a_look_is_likely_there_is_a_part_for_it():
    kinds = {bar.name: [one.kind for one in bar.spans] for bar in timeline(FOUND).bars}

    assert kinds["AT&T"] == ["wait", "ends", "looks"]
    assert kinds["T-Mobile"] == ["wait", "ends"]


def test_the_words_say_what_the_picture_shows():
    words = timeline(FOUND).words

    assert "AT&T: Feb 8 to Mar 24." in words
    assert "Verizon: Feb 8 to Feb 11." in words


@pytest.mark.parametrize(
    ("needed_by", "marked"),
    [
        (None, False),
        ("2027-01-31", False),  # before it is handed in
        ("2027-02-01", True),
        ("2027-06-01", True),
        ("2200-12-31", False),  # would make every bar a hair
    ],
)
def test_the_day_it_is_needed_is_marked_where_it_fits(needed_by, marked):
    picture = timeline(FOUND, needed_by and date.fromisoformat(needed_by))

    assert (picture.needed is not None) is marked
    assert len(picture.months) < 20


def test_today_is_marked_only_while_it_is_under_way():
    days = (date(2027, 2, 1), date(2027, 2, 10), date(2028, 2, 10))

    assert [timeline(FOUND, None, day).today is not None for day in days] == [
        False,
        True,
        False,
    ]
