import pytest

from reminders.intake.entry import Passed
from reminders.intake.rows import AppointmentRow, RefusedRow
from reminders.models import VisitStatus
from tests.reminders.feeding import (
    AIL,
    AIP,
    at,
    messages,
    only,
    pid,
    read,
    siu,
    why_not,
)


def test_a_new_visit_is_read_with_its_patient():
    row = only(siu(language="spa^Spanish"))

    assert (row.appointment_id, row.patient_id) == ("V1", "P1")
    assert (row.given_name, row.family_name, row.phone) == (
        *("Ana", "Lee"),
        "+12065550111",
    )
    assert row.starts_at == at(2026, 12, 8, 20, 0)
    assert row.wall_time == "2026-12-08T15:00"
    assert row.language.value == "es"
    assert (row.location, row.provider) == ("Oak Street Office", "Dr. Robert Kim")
    assert row.status is VisitStatus.booked


@pytest.mark.parametrize(
    ("event", "status"),
    [
        ("S12", "booked"),
        ("S13", "moved"),
        ("S14", "booked"),
        ("S15", "cancelled"),
        ("S16", "cancelled"),
        ("S17", "cancelled"),
        ("S26", "noshow"),
    ],
)
def test_what_an_event_means(event, status):
    assert only(siu(event=event)).status.value == status


@pytest.mark.parametrize("event", ["S18", "S19", "S20", "S21", "S22", "S23", "S24"])
def test_resources_and_blocked_time_are_named_as_nothing_to_import(event):
    row = only(siu(event=event))

    assert isinstance(row, Passed)
    assert "nothing to import" in row.problem.message


@pytest.mark.parametrize(
    ("event", "word", "status"),
    [
        ("S14", "Cancelled", "cancelled"),
        ("S14", "No Show", "noshow"),
        ("S12", "Overbook", "booked"),
        ("S13", "Booked", "moved"),
        ("S14", "Started", "kept"),
        ("S12", "Complete^Complete^HL70278", "kept"),
        ("S15", "Booked", "cancelled"),
        ("S26", "", "noshow"),
    ],
)
def test_the_fillers_own_word_counts(event, word, status):
    assert only(siu(event=event, status=word)).status.value == status


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("Waitlist", "waiting list"),
        ("Pending", "not agreed yet"),
        ("Florp", "'Florp' is not known here"),
    ],
)
def test_what_is_no_visit_yet_is_refused_by_its_name(word, said):
    row = only(siu(status=word))

    assert isinstance(row, RefusedRow)
    assert said in messages(row)
    assert row.problems[0].column == "SCH-25"


def test_pending_visits_are_read_where_the_clinic_says_so():
    row = only(siu(status="Pending"), {"pending": "yes"})

    assert row.status is VisitStatus.booked


@pytest.mark.parametrize(
    ("changes", "more", "wall"),
    [
        ({}, (), "2026-12-08T15:00"),
        ({"start": "20261208150000"}, (), "2026-12-08T15:00"),
        ({"start": "20261208150000.0000-0500"}, (), "2026-12-08T15:00"),
        ({"start": "202612081200-0800"}, (), "2026-12-08T15:00"),
        ({"start": ""}, ("AIS|1||CLEAN|202612081600",), "2026-12-08T16:00"),
        ({"start": ""}, ("AIL|1||X|||202612081600",), "2026-12-08T16:00"),
        ({"start": ""}, ("AIP|1||X|||202612081600",), "2026-12-08T16:00"),
        ({"start": "^202612081700"}, (), "2026-12-08T17:00"),
        ({}, ("TQ1|||||||202612081500",), "2026-12-08T15:00"),
    ],
)
def test_the_time_stands_where_senders_put_it(changes, more, wall):
    assert only(siu(*more, **changes)).wall_time == wall


def test_times_that_contradict_each_other_are_named():
    row = only(siu("AIS|1||CLEAN|202612081600"))

    assert row.wall_time == "2026-12-08T15:00"
    (warning,) = row.warnings
    assert warning.column == "AIS-4"
    assert "AIS-4 is 4:00 PM on 2026-12-08" in warning.message


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ("", "No time of the visit"),
        ("20261208", "no time of day"),
        ("2026120815", "no time of day"),
        ("202613081500", "no day"),
        ("202612082500", "no time"),
        ("tomorrow", "No time of the visit"),
        ("1208 15:00", "no time"),
        ("202703140230", "does not exist"),
        ("202611010130", "comes twice"),
        ("199912081500", "year"),
    ],
)
def test_a_time_that_is_none_is_a_named_problem(start, said):
    row = only(siu(start=start))

    assert isinstance(row, RefusedRow)
    assert said in messages(row)


@pytest.mark.parametrize(
    ("phone", "read_as"),
    [
        ("(206)555-0111^PRN^CP", "+12065550111"),
        ("206-555-0199^PRN^PH~206-555-0111^PRN^CP", "+12065550111"),
        ("555^PRN^CP~206-555-0111^ORN^CP", "+12065550111"),
        ("^PRN^CP^^1^206^5550111", "+12065550111"),
        ("^PRN^CP^^^^^^^^^2065550111", "+12065550111"),
        ("2065550111", "+12065550111"),
    ],
)
def test_the_mobile_is_found_among_the_phones(phone, read_as):
    assert only(siu(phone=phone)).phone == read_as


@pytest.mark.parametrize(
    ("phone", "said"),
    [
        ("", "No mobile phone is named"),
        ("206-555-0199^PRN^PH", "No mobile phone is named"),
        ("206-555-0199^WPN^FX", "No mobile phone is named"),
        ("206-5550^PRN^CP", "too few digits"),
        ('""', "took the phone away"),
    ],
)
def test_a_missing_mobile_is_named(phone, said):
    row = only(siu(phone=phone))

    assert isinstance(row, RefusedRow)
    assert said in messages(row)


def test_the_field_map_says_which_field_counts():
    saved = {
        "start": "AIS-4",
        "visit": "SCH-1",
        "phone": "PID-13[PRN]",
        "patient": "PID-2",
    }
    text = siu("AIS|1||CLEAN|202612081600", placer="O9", phone="206-555-0199^PRN^PH")

    row = only(text.replace("PID|1||", "PID|1|K5|"), saved)

    assert (row.appointment_id, row.patient_id) == ("O9", "K5")
    assert row.wall_time == "2026-12-08T16:00"
    assert row.phone == "+12065550199"


def test_a_social_security_number_is_never_an_id():
    row = only(siu(patient="123-45-6789^^^USA^SS~P9^^^MAPLE^PI"))

    assert row.patient_id == "P9"


@pytest.mark.parametrize("place", ["dead", "died"])
def test_nobody_who_died_is_reminded(place):
    said = {"dead": "Y"} if place == "dead" else {"died": "20260101"}

    row = only(siu(**said))

    assert isinstance(row, RefusedRow)
    assert "deceased" in messages(row)


def test_the_reason_of_a_visit_is_read_nowhere():
    row = only(siu("AIS|1||D1110^Root canal|202612081500", AIL, AIP, reason="Abscess"))

    assert isinstance(row, AppointmentRow)
    assert "Abscess" not in repr(row)
    assert "Root" not in repr(row)


@pytest.mark.parametrize(
    ("kind", "said"),
    [("ADT^A08", "ADT^A08"), ("ORU^R01", "ORU^R01"), ("ACK", "ACK"), ("", "no named")],
)
def test_a_file_of_other_messages_is_refused_whole(kind, said):
    (why,) = why_not(siu().replace("SIU^S12", kind))

    assert said in why
    assert "Only SIU" in why


def test_another_message_among_ours_is_refused_alone():
    rows = read(siu() + siu().replace("SIU^S12", "ADT^A08"))

    assert [type(row) for row in rows] == [AppointmentRow, RefusedRow]


def test_a_message_about_two_patients_is_refused():
    row = only(siu(pid(patient="P2")))

    assert "more than one patient" in messages(row)
