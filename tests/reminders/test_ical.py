from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reminders.intake.rows import LONGEST_ID, AppointmentRow, RefusedRow
from tests.reminders.feeding import (
    at,
    event,
    found_in,
    ics,
    messages,
    only,
    read,
    why_not,
)

WEEKLY = "RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=4"


def walls(*parts, **options):
    return [row.wall_time for row in read(ics(*parts), **options)]


def test_a_visit_is_read_with_its_patient():
    row = only(ics(event("LOCATION:12 Oak St\\, Suite 4", "SUMMARY:Root canal")))

    assert (row.appointment_id, row.phone) == ("E1", "+12065550111")
    assert (row.given_name, row.family_name) == ("Ana", "Lee")
    assert row.wall_time == "2026-12-08T15:00"  # floating: the clinic's own
    assert row.starts_at == at(2026, 12, 8, 20, 0)
    assert row.location == "12 Oak St, Suite 4"
    assert "canal" not in repr(row)


@pytest.mark.parametrize(
    ("start", "wall"),
    [
        (":20261208T200000Z", "2026-12-08T15:00"),
        (";TZID=America/New_York:20261208T150000", "2026-12-08T15:00"),
        (";TZID=America/Los_Angeles:20261208T120000", "2026-12-08T15:00"),
        (";TZID=Pacific Standard Time:20261208T120000", "2026-12-08T15:00"),
        (
            ";TZID=/vendor.example/America/Los_Angeles:20261208T120000",
            "2026-12-08T15:00",
        ),
        (';TZID="America/Chicago":20261208T140000', "2026-12-08T15:00"),
        (";TZID=Our own:20261208T140000", "2026-12-08T15:00"),
        (";TZID=Named:20261208T120000", "2026-12-08T15:00"),
    ],
)
def test_zones_are_those_that_the_calendar_means(start, wall):
    assert walls(event(start=start), OUR_OWN, NAMED) == [wall]


OUR_OWN = """BEGIN:VTIMEZONE
TZID:Our own
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZOFFSETFROM:-0500
TZOFFSETTO:-0600
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZOFFSETFROM:-0600
TZOFFSETTO:-0500
END:DAYLIGHT
END:VTIMEZONE"""


NAMED = """BEGIN:VTIMEZONE
TZID:Named
X-LIC-LOCATION:America/Los_Angeles
END:VTIMEZONE"""


BOMB = """BEGIN:VTIMEZONE
TZID:Our own
BEGIN:STANDARD
DTSTART:00010101T000000
RRULE:FREQ=SECONDLY
TZOFFSETTO:+9959
END:STANDARD
END:VTIMEZONE"""


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (";TZID=Nowhere/Land:20261208T150000", "'Nowhere/Land' is not known"),
        (";TZID=Our own:20261208T150000", "'Our own' is not known"),
        (";VALUE=DATE:20261208", "all-day"),
        (":20261308T150000", "no day"),
        (":20261208T250000", "no time"),
        (":soon", "no time"),
        (":20270314T023000", "does not exist"),
        (":20261101T013000", "comes twice"),
        (";TZID=America/Chicago:20270314T023000", "does not exist"),
    ],
)
def test_a_start_that_is_none_is_a_named_problem(start, said):
    row = only(ics(event(start=start), BOMB))

    assert isinstance(row, RefusedRow)
    assert said in messages(row)


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["STATUS:CONFIRMED"], "booked"),
        (["STATUS:confirmed"], "booked"),
        ([], "booked"),
    ],
)
def test_what_a_status_means(lines, status):
    assert only(ics(event(*lines))).status.value == status


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["STATUS:TENTATIVE"], "not agreed yet"),
        (["STATUS:MAYBE"], "not known here"),
        (["RECURRENCE-ID;RANGE=THISANDFUTURE:20261208T150000"], "all later ones"),
        (["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"], "two rules"),
        (["EXRULE:FREQ=DAILY"], "two rules"),
        (["ATTENDEE:tel:+1-206-555-0112"], "Two people"),
        (["EXDATE:20261208T150000"] * 201, "more than 200 lines"),
        (["X-NOTE:" + "x" * 70_000], "larger than"),
        (['LOCATION;A="b:c'], "not as iCalendar writes it"),
    ],
)
def test_an_event_that_is_not_read_is_named(lines, said):
    rows = read(ics(event(*lines), event(uid="next")))

    assert said in messages(rows[0])
    assert rows[1].appointment_id == "next"


def test_the_phone_and_name_stand_where_the_clinic_writes_them():
    note = "DESCRIPTION:Mobile: 206-555-0112\\nPatient: Ray\\, Ben\\nPatient ID: 77"
    alone = event(note).replace("ATTENDEE;CN=Ana Lee:tel:+1-206-555-0111\r\n", "")

    row = only(ics(alone))

    assert (row.phone, row.patient_id) == ("+12065550112", "77")
    assert (row.given_name, row.family_name) == ("Ben", "Ray")


def test_the_title_is_read_only_where_the_clinic_says_so():
    alone = event("SUMMARY:Ana Lee", "X-TEL:2065550112").replace("ATTENDEE", "X-STAFF")

    assert "No phone is named" in messages(only(ics(alone)))
    row = only(ics(alone), {"phone": "X-TEL", "name": "SUMMARY"})
    assert (row.phone, row.given_name) == ("+12065550112", "Ana")


def test_a_number_in_an_alarm_or_in_plain_words_is_nobodys():
    alarm = ["BEGIN:VALARM", "DESCRIPTION:Mobile: 206-555-0112", "END:VALARM"]
    alone = event("DESCRIPTION:call 206-555-0112", *alarm).replace("tel:", "mailto:")

    assert "No phone is named" in messages(only(ics(alone)))


def test_folded_lines_and_strange_line_ends_are_one_line():
    text = ics(event("LOCATION:12 Oak\r\n  Street\u2028STATUS:CANCELLED"))

    row = only(text)

    assert row.location == "12 Oak Street STATUS:CANCELLED"
    assert row.status.value == "booked"
    assert only(text.replace("\r\n", "\n")).location == row.location


def test_a_long_uid_becomes_a_short_id_that_stays_the_same():
    long = "040000008200E00074C5B7101A82E008" * 4

    first, second = (only(ics(event(uid=long))) for _ in range(2))
    rows = read(ics(event(WEEKLY, uid=long)))

    assert first.appointment_id == second.appointment_id
    assert all(len(row.appointment_id) <= LONGEST_ID for row in rows)
    assert len({row.appointment_id for row in rows}) == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (ics(), "no event"),
        (ics("METHOD:REPLY", event()), "an answer to an invitation"),
        ("BEGIN:VCALENDAR", "no event"),
    ],
)
def test_what_is_no_calendar_of_visits_is_refused_with_a_sentence(content, said):
    assert said in " ".join(why_not(content))


def test_a_calendar_that_cancels_cancels_all_of_it():
    (entry,) = found_in(ics("METHOD:CANCEL", event())).items

    assert entry.status.value == "cancelled"


def test_an_event_that_breaks_off_is_refused():
    rows = read(ics(event(), event(uid="E2")).rpartition("ATTENDEE")[0])

    assert [type(row) for row in rows] == [AppointmentRow, RefusedRow]
    assert "breaks off" in messages(rows[1])


ZONES = ["America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "Europe/Berlin"]


@given(
    st.datetimes(datetime(2025, 1, 1, 6), datetime(2035, 12, 31, 20)),
    st.sampled_from(ZONES),
)
def test_a_start_is_the_instant_that_a_library_reads(wall, zone):
    start = f";TZID={zone}:{wall:%Y%m%dT%H%M}00"
    text = ics(event(start=start))
    (theirs,) = icalendar.Calendar.from_ical(text).walk("VEVENT")

    row = only(text)

    if isinstance(row, AppointmentRow):  # no hour that is lost or comes twice
        assert row.starts_at == theirs["DTSTART"].dt.astimezone(UTC)
    else:
        assert timedelta(hours=1) <= timedelta(hours=wall.hour) <= timedelta(hours=3)
