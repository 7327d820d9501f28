"""After an outage: what is still of use is made up for, once, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.models import Message, State
from gateway.quiet_hours import Window, next_open
from reminders.models import Reminder
from reminders.plan import Planned, Policy, Visit, due_reminders
from tests.reminders.booked import (
    NOW,
    ONE_DAY,
    THREE_DAYS,
    TUESDAY_AT_THREE,
    book,
    due,
    rows,
    run,
    switch_on,
)

ZONE = "America/Los_Angeles"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LADDERS = [(4320, 1440), (10080, 4320, 1440, 120), (1440,), (1440, 240, 120)]
WINDOW = Window.read("09:00-20:00;no holidays")


def visits():
    """One at every hour of a week of working days."""
    monday = datetime(2026, 12, 7, 16, 0, tzinfo=UTC)
    for day in range(5):
        for hour in range(0, 11, 2):
            yield monday + day * DAY + hour * HOUR


def planned(starts, offsets, now, same_day=False):
    visit = Visit(starts_at=starts, time_zone=ZONE, zones=(ZONE,), told=frozenset())
    entries = due_reminders(visit, Policy(offsets, WINDOW, same_day), now)
    return [entry for entry in entries if isinstance(entry, Planned)]


@pytest.mark.parametrize("outage", [2 * HOUR, 2 * DAY])
@pytest.mark.parametrize("offsets", LADDERS)
def test_after_an_outage_one_text_of_a_visit_may_leave_at_most(outage, offsets):
    for starts in visits():
        waiting = planned(starts, offsets, starts - 20 * DAY, same_day=True)
        for first in waiting:  # the lights go out just before it would have left
            back = first.send_from - timedelta(minutes=1) + outage
            opens = next_open(back, [ZONE], WINDOW)
            may_leave = [
                text for text in waiting if text.send_from <= opens < text.send_until
            ]
            assert len(may_leave) <= 1
            assert all(opens < starts for text in may_leave)
            # And so if it was booked in the dark, and nobody had planned it.
            late = planned(starts, offsets, back, same_day=True)
            at_once = [text for text in late if text.send_from <= opens]
            assert len(at_once) <= 1
            assert all(text.send_until < starts for text in late)


@pytest.mark.parametrize(
    ("began", "ended", "expected"),
    [
        # Two hours about the three-day text: it leaves late, the other in its time.
        (TUESDAY_AT_THREE - 3 * DAY - HOUR, 2 * HOUR, {THREE_DAYS, ONE_DAY}),
        # Two days: the first is of no use any more, the second is.
        (TUESDAY_AT_THREE - 3 * DAY - HOUR, 2 * DAY, {ONE_DAY}),
        (TUESDAY_AT_THREE - DAY - HOUR, 2 * HOUR, {ONE_DAY}),
        # Until after the visit: nothing.
        (TUESDAY_AT_THREE - DAY - HOUR, 2 * DAY, set()),
    ],
)
def test_a_visit_that_nobody_could_plan_is_planned_while_it_is_of_use(
    database, cast, began, ended, expected
):
    switch_on(database, cast.maple)
    book(database, cast.maple, updated_at=began)

    run(database, cast.maple, began + ended)

    texts = {text.id for text in due(database)}
    steps = {
        row.offset_minutes
        for row in rows(database, Reminder)
        if row.message_id in texts
    }
    assert steps == expected
    assert all(text.send_from >= began + ended for text in due(database))


def test_what_waited_through_the_outage_is_not_planned_a_second_time(database, cast):
    switch_on(database, cast.maple)
    book(database, cast.maple)
    run(database, cast.maple, NOW)

    for hours in (2, 48, 100, 190):
        assert run(database, cast.maple, NOW + hours * HOUR).queued == 0

    assert len(rows(database, Message)) == 2
    assert {text.state for text in rows(database, Message)} == {State.due}
