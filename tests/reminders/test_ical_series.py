from datetime import date, datetime

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from reminders.intake.entry import Passed
from reminders.intake.field_map import Feed, fields_of
from reminders.intake.ical import Reader
from reminders.intake.ical_rules import Budget, Rule, days_of, read_rule
from reminders.intake.rows import AppointmentRow, RefusedRow
from tests.reminders.feeding import (
    NEW_YORK,
    at,
    event,
    ics,
    messages,
    only,
    read,
)
from tests.reminders.imports import NOW

WEEKLY = "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=4"


def walls(*parts, **options):
    return [row.wall_time for row in read(ics(*parts), **options)]


def test_a_recurring_visit_is_a_visit_each_time_and_keeps_its_hour():
    rule = "RRULE:FREQ=WEEKLY;UNTIL=20270331T000000Z"
    start = ";TZID=America/New_York:20270302T150000"

    rows = read(ics(event(rule, start=start)))

    assert [row.wall_time for row in rows] == [
        *("2027-03-02T15:00", "2027-03-09T15:00", "2027-03-16T15:00"),
        *("2027-03-23T15:00", "2027-03-30T15:00"),
    ]
    assert rows[1].starts_at == at(2027, 3, 9, 20, 0)
    assert rows[2].starts_at == at(2027, 3, 16, 19, 0)
    assert rows[2].appointment_id == "E1/20270316T1900Z"


@pytest.mark.parametrize(
    ("excluded", "left"),
    [
        ("EXDATE:20261215T150000", 3),
        ("EXDATE:20261215T200000Z,20261222T200000Z", 2),
        ("EXDATE;TZID=America/Chicago:20261215T140000", 3),
        ("EXDATE;VALUE=DATE:20261215", 3),
        ("EXDATE:20261215T160000", 4),
        ("EXDATE:rubbish", 4),
    ],
)
def test_visits_that_are_taken_out_are_left_out(excluded, left):
    assert len(walls(event(WEEKLY, excluded))) == left


def test_more_dates_belong_to_the_series():
    found = walls(event("RDATE:20261210T090000,20261211T090000"))

    assert found == ["2026-12-08T15:00", "2026-12-10T09:00", "2026-12-11T09:00"]


def test_one_visit_of_a_series_may_differ():
    moved = event("RECURRENCE-ID:20261215T150000", start=":20261216T100000")
    off = event("RECURRENCE-ID:20261222T200000Z", "STATUS:CANCELLED")

    rows = read(ics(moved, event(WEEKLY), off))

    assert [(row.wall_time, row.status.value) for row in rows] == [
        ("2026-12-16T10:00", "booked"),
        ("2026-12-08T15:00", "booked"),
        ("2026-12-29T15:00", "booked"),
        ("2026-12-08T15:00", "cancelled"),
    ]
    assert rows[0].appointment_id == "E1/20261215T2000Z"
    assert rows[3].appointment_id == "E1/20261222T2000Z"


def test_recurring_visits_are_read_half_a_year_ahead_and_not_behind():
    rows = read(ics(event("RRULE:FREQ=DAILY", start=":20200101T090000")))

    assert rows[0].wall_time == "2026-11-30T09:00"
    assert rows[-1].wall_time == "2027-06-01T09:00"
    assert len(rows) == 184


def test_a_series_that_is_over_says_nothing_new():
    row = only(ics(event("RRULE:FREQ=DAILY;COUNT=3", start=":20200101T090000")))

    assert row == Passed(1, None)


def test_a_series_over_the_night_of_the_clocks_names_the_one_that_is_lost():
    rows = read(ics(event("RRULE:FREQ=DAILY;COUNT=3", start=":20270313T023000")))

    assert [type(row) for row in rows] == [AppointmentRow, RefusedRow, AppointmentRow]
    assert "does not exist" in messages(rows[1])


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=SECONDLY", "by day, week, month or year"),
        ("FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", "by day, week, month or year"),
        ("FREQ=DAILY;BYHOUR=9,10,11", "BYHOUR"),
        ("FREQ=YEARLY;BYWEEKNO=53", "BYWEEKNO"),
        ("FREQ=DAILY;INTERVAL=0", "cannot be read"),
        ("FREQ=DAILY;COUNT=99999999999999999999", "cannot be read"),
        ("FREQ=WEEKLY;BYDAY=XX", "cannot be read"),
        ("FREQ=WEEKLY;UNTIL=soon", "cannot be read"),
        ("COUNT=3", "by day, week, month or year"),
    ],
)
def test_a_rule_that_is_not_read_is_named(rule, said):
    row = only(ics(event(f"RRULE:{rule}")))

    assert isinstance(row, RefusedRow)
    assert said in messages(row)


def test_rules_that_never_come_true_cost_a_budget_and_no_more():
    never = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
    events = [event(never, start=":20000101T090000"), event(uid="last")]
    reader = Reader(fields_of(Feed.ical), NEW_YORK, NOW, 100, Budget(5_000))

    first, last = reader.read(ics(*events)).items

    assert "too long" in messages(first)
    assert last.visit_id == "last"
    assert reader.budget.days < 0


def test_the_newest_word_on_an_event_counts():
    first = event("SEQUENCE:2", start=":20261208T160000")
    older = event("SEQUENCE:1")

    rows = read(ics(first, older))

    (row,) = [row for row in rows if isinstance(row, AppointmentRow)]
    assert row.wall_time == "2026-12-08T16:00"


def test_of_one_sequence_the_later_stamp_counts():
    later = event("LAST-MODIFIED:20261115T000000Z", start=":20261208T160000")

    rows = read(ics(later, event()))

    (row,) = [row for row in rows if isinstance(row, AppointmentRow)]
    assert row.wall_time == "2026-12-08T16:00"


RULES = st.one_of(
    st.builds("FREQ=DAILY;INTERVAL={}".format, st.integers(1, 40)),
    st.builds(
        "FREQ=WEEKLY;INTERVAL={};BYDAY={};WKST={}".format,
        st.integers(1, 5),
        st.sampled_from(["MO", "TU,TH", "SU,MO", "SA,FR,WE"]),
        st.sampled_from(["MO", "SU"]),
    ),
    st.builds(
        "FREQ=MONTHLY;INTERVAL={};{}".format,
        st.integers(1, 5),
        st.sampled_from(
            [
                *("BYDAY=2TU", "BYDAY=-1FR", "BYMONTHDAY=31", "BYMONTHDAY=-1,15"),
                *("BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "BYDAY=FR;BYMONTHDAY=13"),
            ]
        ),
    ),
    st.builds(
        "FREQ=YEARLY;BYMONTH={};{}".format,
        st.sampled_from(["1", "2,6", "11"]),
        st.sampled_from(["BYDAY=1SU", "BYMONTHDAY=29", "BYDAY=-1MO", "BYMONTHDAY=-2"]),
    ),
)


LAST = date(2029, 12, 31)


@given(
    RULES,
    st.dates(date(2025, 1, 1), date(2027, 12, 31)),
    st.none() | st.integers(1, 30),
)
def test_rules_give_the_days_that_a_library_gives(text, first, count):
    text = f"{text};COUNT={count}" if count else text
    theirs = rrulestr(text, dtstart=datetime.combine(first, datetime.min.time()))
    rule = read_rule(text)

    assert isinstance(rule, Rule), rule
    ours = list(days_of(rule, first, LAST, Budget()))

    there = []
    for moment in theirs:
        if moment.date() > LAST:
            break
        there.append(moment.date())
    assert ours == there
