from datetime import UTC, datetime, timedelta

import pytest

from clinics.access import note_action
from clinics.tasks import open_tasks
from reminders.feed_silence import missed, watch_feeds

MONDAY = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
DESK = "desk@maple-dental.example"


def nights(until, count, *, weekdays=range(7), hour=4):
    """One import a night, the newest first night `until`."""
    last = until.replace(hour=hour, minute=0)
    found = [last - timedelta(days=number) for number in range(count)]
    return sorted(night for night in found if night.weekday() in weekdays)


@pytest.mark.parametrize(
    ("times", "now", "said"),
    [
        ([], MONDAY, False),
        (nights(MONDAY, 28), MONDAY, False),
        (nights(MONDAY - timedelta(days=1), 28), MONDAY, True),
        (nights(MONDAY - timedelta(days=5), 28), MONDAY, True),
        (nights(MONDAY - timedelta(days=1), 15), MONDAY, False),  # two weeks are few
        # On Sunday nobody waits for what comes on working days.
        (nights(MONDAY, 28, weekdays=range(5)), MONDAY + timedelta(days=6), False),
        (nights(MONDAY, 28, weekdays=(0,)), MONDAY + timedelta(days=6), False),
        (nights(MONDAY, 28, weekdays=(0,)), MONDAY + timedelta(days=7), True),
        # It may come a few hours later than it did.
        (nights(MONDAY - timedelta(days=1), 28, hour=16), MONDAY, False),
        # An upload now and then is no rhythm.
        (nights(MONDAY - timedelta(days=9), 28, weekdays=(2,)), MONDAY, False),
    ],
)
def test_a_list_is_missed_on_the_day_on_which_it_always_came(times, now, said):
    assert missed(times, now) is said


def imported(database, clinic_id, times):
    with database.writing() as session:
        for at in times:
            note_action(session, clinic_id, DESK, "appointments imported", "x", at)


def told(database, clinic_id):
    with database.reading() as session:
        return [task.sentence for task in open_tasks(session, clinic_id)]


def test_the_clinic_is_told_once_until_a_list_comes_again(database, cast):
    maple, birch = cast.maple.clinic_id, cast.birch.clinic_id
    imported(database, maple, nights(MONDAY - timedelta(days=1), 28))
    imported(database, birch, nights(MONDAY, 28))

    assert watch_feeds(database, MONDAY) == 1
    assert watch_feeds(database, MONDAY + timedelta(hours=1)) == 0

    (sentence,) = told(database, maple)
    assert sentence.startswith("No list of visits has come since Sat, Nov 28, 2026")
    assert told(database, birch) == []
    imported(database, maple, [MONDAY + timedelta(hours=2)])
    watch_feeds(database, MONDAY + timedelta(hours=3))
    assert told(database, maple) == []
