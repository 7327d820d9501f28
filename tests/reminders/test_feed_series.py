import pytest

from reminders.models import VisitStatus
from tests.reminders.feeding import (
    event,
    feed_in,
    ics,
)
from tests.reminders.imports import (
    counts,
    plan_maple,
    visits,
)


def test_a_series_that_moves_leaves_no_old_visit_behind(database, cast):
    rule = "RRULE:FREQ=WEEKLY;COUNT=3"
    feed_in(database, ics(event(rule)))
    plan_maple(database, cast)

    later = "LAST-MODIFIED:20261115T000000Z"
    done = feed_in(database, ics(event(rule, later, start=":20261209T150000")))

    assert counts(done) == (3, 0, 3, 0, 0)
    standing = [one for one in visits(database).values() if one.status == "booked"]
    assert [
        one.wall_time[:10] for one in sorted(standing, key=lambda v: v.starts_at)
    ] == [
        *("2026-12-09", "2026-12-16", "2026-12-23"),
    ]
    older = feed_in(database, ics(event(rule)))
    assert (older.added, older.changed, older.cancelled) == (0, 0, 0)


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        ([], ["RRULE:FREQ=WEEKLY;COUNT=2"], 2),
        (["RRULE:FREQ=WEEKLY;COUNT=2"], [], 1),
        (["RRULE:FREQ=WEEKLY;COUNT=3"], ["RRULE:FREQ=WEEKLY;COUNT=2"], 2),
        (
            ["RRULE:FREQ=WEEKLY;COUNT=3"],
            ["RRULE:FREQ=WEEKLY;COUNT=3", "STATUS:CANCELLED"],
            0,
        ),
        (["RRULE:FREQ=WEEKLY;COUNT=3"], ["RRULE:FREQ=HOURLY"], 3),
    ],
)
def test_what_a_series_does_not_hold_any_more_is_cancelled(
    database, cast, before, after, left
):
    feed_in(database, ics(event(*before)))

    feed_in(database, ics(event("SEQUENCE:1", *after)))

    standing = [one for one in visits(database).values() if one.status == "booked"]
    assert len(standing) == left


def test_a_calendar_that_leaves_an_event_out_cancels_nothing(database, cast):
    feed_in(database, ics(event(), event(uid="E2", start=":20261209T150000")))

    done = feed_in(database, ics(event()))

    assert counts(done) == (0, 0, 0, 1, 0)
    assert visits(database)["E2"].status is VisitStatus.booked
