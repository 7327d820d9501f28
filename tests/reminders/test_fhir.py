import json

import pytest

from reminders.intake.rows import AppointmentRow, RefusedRow
from tests.reminders.feeding import (
    appointment,
    at,
    bundle,
    found_in,
    messages,
    only,
    patient,
    read,
    why_not,
)


def test_a_visit_finds_its_patient_in_the_same_bundle():
    row = only(bundle(appointment(), patient()))

    assert (row.appointment_id, row.patient_id) == ("V1", "P1")
    assert (row.given_name, row.family_name, row.phone) == (
        *("Ana", "Lee"),
        "+12065550111",
    )
    assert row.starts_at == at(2026, 12, 8, 20, 0)
    assert row.wall_time == "2026-12-08T15:00"
    assert (row.provider, row.location) == ("Dr. Kim", "Oak Street Office")
    assert row.warnings == ()


def test_ndjson_is_read_a_line_at_a_time_and_one_bad_line_costs_itself():
    lines = [json.dumps(appointment()), "", '{"resourceType": "Appoint', "{}"]
    text = "\n".join([*lines, json.dumps(patient())])

    rows = read(text)

    assert [(row.line, type(row)) for row in rows] == [
        (1, AppointmentRow),
        (3, RefusedRow),
        (4, RefusedRow),
    ]
    assert "no JSON" in messages(rows[1])
    assert found_in(text).unit == "Line"


def test_a_resource_written_over_many_lines_is_one_resource():
    text = json.dumps(bundle(appointment(), patient()), indent=2)

    assert only(text).appointment_id == "V1"
    assert only("\ufeff" + text).appointment_id == "V1"
    assert only(text.encode("utf-16")).appointment_id == "V1"


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("https://charts.example/fhir/Patient/P1", None),
        ("Patient/P1/_history/3", None),
        ("urn:uuid:5e0e", "urn:uuid:5e0e"),
        (
            "https://charts.example/fhir/Patient/P1",
            "https://charts.example/fhir/Patient/P1",
        ),
    ],
)
def test_references_of_every_form_are_followed(reference, url):
    content = bundle(patient(), appointment(who=reference))
    if url:
        content["entry"][0]["fullUrl"] = url

    assert only(content).phone == "+12065550111"


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("booked", "booked"),
        ("cancelled", "cancelled"),
        ("entered-in-error", "cancelled"),
        ("noshow", "noshow"),
        ("arrived", "kept"),
        ("checked-in", "kept"),
        ("fulfilled", "kept"),
    ],
)
def test_what_a_status_means(word, status):
    row = only(bundle(appointment(status=word), patient()))

    assert row.status.value == status


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("proposed", "only proposed"),
        ("waitlist", "waiting list"),
        ("pending", "not agreed yet"),
        ("planned", "'planned' is not known here"),
        (None, "no status"),
    ],
)
def test_what_is_no_visit_yet_is_refused_by_its_name(word, said):
    row = only(bundle(appointment(status=word), patient()))

    assert isinstance(row, RefusedRow)
    assert said in messages(row)


def test_pending_visits_are_read_where_the_clinic_says_so():
    content = bundle(appointment(status="pending"), patient())

    assert only(content, {"pending": "yes"}).status.value == "booked"


@pytest.mark.parametrize(
    ("start", "wall", "warned"),
    [
        ("2026-12-08T20:00:00Z", "2026-12-08T15:00", False),
        ("2026-12-08T15:00:00.123456789-05:00", "2026-12-08T15:00", False),
        ("2026-12-08T12:00:00-08:00", "2026-12-08T15:00", False),  # the server's
        ("2026-12-08T15:00:00-04:00", "2026-12-08T14:00", True),  # of the summer
        ("2026-12-08T15:00:00", "2026-12-08T15:00", True),
    ],
)
def test_an_instant_stays_an_instant(start, wall, warned):
    row = only(bundle(appointment(start=start), patient()))

    assert row.wall_time == wall
    assert bool(row.warnings) is warned


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (None, "no start"),
        ("2026-12-08", "no instant"),
        ("12/8/2026 3:00 PM", "no instant"),
        ("2026-13-08T15:00:00Z", "no day"),
        ("2026-12-08T25:00:00Z", "no time"),
        ("1999-12-08T15:00:00Z", "year"),
        ("2027-03-14T02:30:00", "does not exist"),
        ("2026-11-01T01:30:00", "comes twice"),
    ],
)
def test_a_start_that_is_none_is_a_named_problem(start, said):
    row = only(bundle(appointment(start=start), patient()))

    assert isinstance(row, RefusedRow)
    assert said in messages(row)
    assert row.problems[0].column == "start"


def test_the_wall_clock_is_that_of_the_place():
    place = {
        "resourceType": "Location",
        "id": "L",
        "name": "Chicago",
        "extension": [
            {
                "url": "http://hl7.org/fhir/StructureDefinition/timezone",
                "valueCode": "America/Chicago",
            }
        ],
    }

    row = only(bundle(appointment(), place, patient()))

    assert (row.wall_time, row.place_zone) == ("2026-12-08T14:00", "America/Chicago")


def test_a_visit_that_the_patient_declined_is_named():
    visit = appointment()
    visit["participant"][0]["status"] = "declined"

    assert "declined" in messages(only(bundle(visit, patient())))


@pytest.mark.parametrize(
    ("visit", "said"),
    [
        (appointment(), "Patient/P1 is not in this file and not known here"),
        (appointment(participant=[]), "names no patient"),
        (
            appointment(participant=[{"actor": {"display": "Ana Lee"}}]),
            "names no patient",
        ),
        (
            appointment(
                participant=[
                    {"actor": {"reference": "Patient/P1"}},
                    {"actor": {"reference": "Patient/P2"}},
                ]
            ),
            "more than one patient",
        ),
        (
            appointment(participant=[{"actor": {"display": "Ana", "type": "Patient"}}]),
            "by no reference",
        ),
        (appointment(id=None), "no number of its own"),
        (appointment(id=7), "valid string"),
        (appointment(participant={"actor": 1}), "valid list"),
    ],
)
def test_what_is_missing_is_named_exactly(visit, said):
    row = only(visit)

    assert isinstance(row, RefusedRow)
    assert said in messages(row)


def test_the_field_map_takes_numbers_from_identifiers():
    marks = [{"use": "old", "value": "0"}, {"system": "urn:a", "value": "A-7"}]
    content = bundle(appointment(identifier=marks), patient(identifier=marks))

    row = only(content, {"visit": "identifier urn:a", "patient": "identifier"})

    assert (row.appointment_id, row.patient_id) == ("A-7", "A-7")


def test_what_the_visit_is_about_is_read_nowhere():
    about = {"coding": [{"code": "1", "display": "Abscess"}], "text": "Abscess"}
    visit = appointment(
        serviceType=[about],
        reasonCode=[about],
        description="Abscess",
        comment="Abscess",
    )

    assert "Abscess" not in repr(found_in(bundle(visit, patient())))


def test_a_deleted_visit_is_cancelled():
    content = bundle(patient())
    content["entry"] += [{"request": {"method": "DELETE", "url": "Appointment/V1"}}]

    (entry,) = found_in(content).items

    assert (entry.visit_id, entry.status.value) == ("V1", "cancelled")


def test_other_resources_of_a_bundle_are_passed_over():
    content = bundle({"resourceType": "Slot", "id": "S"}, appointment(), patient(), 7)

    rows = read(content)

    assert [type(row) for row in rows] == [AppointmentRow, RefusedRow]


DEEP = '{"resourceType":"Patient","contained":' + '[{"a":' * 5000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"resourceType": "Slot", "id": "1"}, "This is a FHIR Slot"),
        (bundle({"resourceType": "Slot"}), "only 1 Slot"),
        (bundle(), "no Appointment"),
        (appointment(reason={"text": "x"}), "DSTU2"),
        (appointment(type={"text": "x"}), "DSTU2"),
        (patient(name=[{"family": ["Lee"]}]), "DSTU2"),
        ({"hello": 1}, "not FHIR"),
        ([1, 2], "not FHIR"),
        ('{"resourceType": "Appointment"', "no JSON"),
        (DEEP, "nested far deeper"),
        ("[" * 100_000, "nested far deeper"),
        ('{"resourceType": 1' + "0" * 10_000 + "}", "no JSON"),
        ('{"resourceType": NaN}', "no JSON"),
        (b'{"resourceType": "Pati\xffent"}', "no JSON"),
    ],
)
def test_what_is_no_feed_of_ours_is_refused_with_a_sentence(content, said):
    if isinstance(content, list):
        content = json.dumps(content)

    assert said in " ".join(why_not(content))


def test_dstu2_inside_a_bundle_costs_its_entry_only():
    old = appointment("V2", reason={"text": "x"})

    rows = read(bundle(appointment(), old, patient()))

    assert [type(row) for row in rows] == [AppointmentRow, RefusedRow]
    assert "DSTU2" in messages(rows[1])


def test_more_entries_than_there_may_be_are_refused_whole():
    content = bundle(*[patient()] * 10_001)

    assert "more than 10000" in " ".join(why_not(content))
