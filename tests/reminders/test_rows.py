import pytest

from clinics.models import Language
from reminders.intake.rows import AppointmentRow, RefusedRow, split_name
from reminders.models import VisitStatus
from tests.reminders.tables import only, read, written


def test_a_plain_row_is_an_appointment():
    row = only(written({}))

    assert isinstance(row, AppointmentRow)
    assert (row.line, row.appointment_id, row.patient_id) == (2, "A1", "P1")
    assert (row.given_name, row.family_name) == ("Ana", "Lee")
    assert row.phone == "+14155550134"
    assert row.language is Language.en
    assert row.starts_at.isoformat() == "2026-12-01T20:00:00+00:00"
    assert row.wall_time == "2026-12-01T15:00"
    assert row.status is VisitStatus.booked
    assert not row.asserted
    assert row.time_zone is None
    assert row.warnings == ()


@pytest.mark.parametrize(
    ("change", "column", "said"),
    [
        ({"appointment_id": ""}, "appointment_id", "empty"),
        ({"appointment_id": "9" * 65}, "appointment_id", "64"),
        ({"patient_id": " "}, "patient_id", "empty"),
        ({"phone": ""}, "phone", "No phone number"),
        ({"phone": "1.4155550134E+10"}, "phone", "Write ten digits"),
        ({"phone": "415-555-0134 x12"}, "phone", "extension"),
        ({"phone": "+44 20 7946 0000"}, "phone", "outside the US"),
        ({"starts_at": "soon"}, "starts_at", "no date"),
        ({"starts_at": "2026-12-01"}, "starts_at", "no time"),
        ({"starts_at": "2027-03-14T02:30"}, "starts_at", "does not exist"),
        ({"starts_at": "2026-11-01T01:30"}, "starts_at", "comes twice"),
        ({"status": "waitlist"}, "status", "'waitlist' is not known"),
        ({"status": "1"}, "status", "not known"),
        ({"time_zone": "Pacific"}, "time_zone", "no time zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone", "no time zone"),
    ],
)
def test_a_bad_cell_refuses_its_row_by_line_and_column(change, column, said):
    first, bad, last = read(written({}, change, {}))

    assert isinstance(first, AppointmentRow)
    assert isinstance(last, AppointmentRow)
    assert isinstance(bad, RefusedRow)
    (problem,) = bad.problems
    assert (problem.line, problem.column) == (3, column)
    assert said in problem.message


def test_everything_wrong_with_a_row_is_said_at_once():
    bad = only(written({"phone": "12", "starts_at": "soon", "status": "perhaps"}))

    assert [problem.column for problem in bad.problems] == [
        *("phone", "starts_at", "status")
    ]


@pytest.mark.parametrize(
    ("change", "column", "said"),
    [
        ({"given_name": "m" * 300}, "given_name", "cut to 80"),
        ({"location": "m" * 300}, "location", "cut to 120"),
        ({"language": "Vietnamese"}, "language", "Known are en, es"),
        ({"consent": "yes"}, "consent", "No consent was recorded"),
        ({"starts_at": "2027-07-01T09:00-05:00"}, "starts_at", "Check"),
    ],
)
def test_a_doubt_keeps_the_row_and_warns(change, column, said):
    row = only(written(change))

    assert isinstance(row, AppointmentRow)
    (problem,) = row.warnings
    assert (problem.line, problem.column) == (2, column)
    assert said in problem.message
    assert len(row.given_name) <= 80
    assert not row.asserted


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("", "booked"),
        ("Booked", "booked"),
        ("moved", "moved"),
        ("CANCELED", "cancelled"),
        ("Cancelled", "cancelled"),
        ("NO_SHOW", "noshow"),
        ("No-Show", "noshow"),
        ("Checked In", "kept"),
    ],
)
def test_status_words_are_read_in_every_spelling(word, status):
    assert only(written({"status": word})).status.value == status


def test_numbers_as_status_are_read_under_the_heading_that_defines_them():
    raw = written({"status": "5"}, {"status": "1"}).replace(b"status", b"AptStatus", 1)

    assert [row.status.value for row in read(raw)] == ["cancelled", "booked"]


@pytest.mark.parametrize("word", ["es", "ES", "Spanish", "Español", "spa", "es-MX"])
def test_spanish_is_known_by_its_names(word):
    assert only(written({"language": word})).language is Language.es


@pytest.mark.parametrize(
    "text", ["=HYPERLINK(1)", "+1+1", "@SUM(A1)", "-1", "＝1+1", "'; DROP TABLE"]
)
def test_a_formula_is_only_a_strange_name(text):
    row = only(written({"given_name": text}))

    assert row.given_name == text.replace("＝", "=")


def test_control_and_invisible_characters_do_not_get_in():
    row = only(written({"given_name": "\u202eA\x1bn\u200ba\r\n\tMaria\ufeff"}))

    assert row.given_name == "Ana Maria"


@pytest.mark.parametrize(
    ("full", "parts"),
    [
        ("Ana Lee", ("Ana", "Lee")),
        ("Lee, Ana Maria", ("Ana Maria", "Lee")),
        ("Ana", ("Ana", None)),
        ("Ana de la Cruz", ("Ana", "de la Cruz")),
        (", Ana", ("Ana", None)),
        ("", (None, None)),
    ],
)
def test_a_full_name_is_split(full, parts):
    assert split_name(full) == parts
