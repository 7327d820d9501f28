"""Calendars as mail programs and exports write them, and what becomes of the visits."""

import pytest

from reminders.intake.problem import Problem
from reminders.intake.rows import RefusedRow
from reminders.models import VisitStatus
from tests.reminders.feeding import at, event, feed_in, ics, messages, only, read
from tests.reminders.imports import HEADINGS, bring, counts, visits

FIRST, SECOND = event(uid="E1"), event(uid="E2", start=":20261209T150000")
SUMMER = ";TZID=EST:20270608T150000"


def zone(*parts):
    inner = [
        line
        for kind, offset in parts
        for line in (f"BEGIN:{kind}", f"TZOFFSETTO:{offset}", f"END:{kind}")
    ]
    return "\r\n".join(["BEGIN:VTIMEZONE", "TZID:EST", *inner, "END:VTIMEZONE"])


@pytest.mark.parametrize("cancelled_first", [False, True])
@pytest.mark.parametrize("method", [["METHOD:REQUEST"], []])
def test_of_two_calendars_in_one_file_only_the_cancelled_one_is(
    database, cast, cancelled_first, method
):
    feed_in(database, ics(FIRST, SECOND))
    both = [ics(*method, FIRST), ics("METHOD:CANCEL", SECOND)]

    done = feed_in(database, "".join(both[::-1] if cancelled_first else both))

    assert counts(done) == (0, 0, 1, 1, 0)
    assert visits(database)["E1"].status is VisitStatus.booked
    assert visits(database)["E2"].status is VisitStatus.cancelled


def test_a_cancelled_calendar_wins_over_the_status_of_its_event(database, cast):
    feed_in(database, ics(FIRST))

    feed_in(database, ics("METHOD:CANCEL", event("STATUS:CONFIRMED", uid="E1")))

    assert visits(database)["E1"].status is VisitStatus.cancelled


@pytest.mark.parametrize(
    "lines",
    [
        ["RECURRENCE-ID;RANGE=THISANDFUTURE:20261215T150000"],
        ["RECURRENCE-ID:20261215T150000", "X-NOTE:" + "x" * 70_000],
    ],
)
def test_a_series_that_is_changed_in_a_way_nobody_reads_is_not_imported(
    database, cast, lines
):
    whole = event("RRULE:FREQ=WEEKLY;COUNT=4")
    change = event(*lines, start=":20261215T170000")

    done = feed_in(database, ics(whole, change, SECOND))

    assert counts(done) == (1, 0, 0, 0, 2)
    assert [*visits(database)] == ["E2"]
    assert "none of it was imported" in done.problems[0].message


def test_a_series_that_was_imported_stands_when_its_change_is_not_read(database, cast):
    whole = event("RRULE:FREQ=WEEKLY;COUNT=4")
    feed_in(database, ics(whole))
    change = event("RECURRENCE-ID;RANGE=THISANDFUTURE:20261215T150000")

    done = feed_in(database, ics(whole, change))

    assert "Look over those of its visits" in done.problems[0].message
    assert {one.status for one in visits(database).values()} == {VisitStatus.booked}


def test_est_is_the_zone_that_the_file_spells_out():
    row = only(
        ics(zone(("STANDARD", "-0500"), ("DAYLIGHT", "-0400")), event(start=SUMMER))
    )

    assert row.starts_at == at(2027, 6, 8, 19)


@pytest.mark.parametrize("parts", [(), [zone(("STANDARD", "-0500"))]])
def test_est_by_itself_is_no_zone_for_it_says_nothing_of_summer(parts):
    (row,) = read(ics(*parts, event(start=SUMMER)))

    assert isinstance(row, RefusedRow)
    assert "The time zone 'EST' is not known" in messages(row)


def test_a_patients_zone_of_three_letters_is_refused(database, cast):
    line = "A1,P1,Ana,Lee,206-555-0111,en,2026-12-08T15:00,,,,,EST\n"

    done = bring(database, line, headings=HEADINGS)

    said = "'EST' is no time zone. Use a name such as America/Los_Angeles."
    assert done.problems == (Problem(2, "time_zone", said),)
