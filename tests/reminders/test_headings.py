import csv
import io
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from reminders.intake.csv_file import open_csv
from reminders.intake.headings import (
    Column,
    Columns,
    Unmapped,
    find_columns,
    known_headings,
    normalised,
)
from reminders.intake.problem import UnusableFile
from reminders.intake.rows import AppointmentRow

CANONICAL = [
    "appointment_id",
    "patient_id",
    "given_name",
    "family_name",
    "phone",
    "language",
    "starts_at",
    "location",
    "provider",
    "status",
    "consent",
    "time_zone",
]
CORPUS = Path(__file__).parents[2].parent / "shared/corpora/d_fhir_hl7_csv.jsonl"


def found(titles, saved=None):
    columns = find_columns(titles, saved)
    assert isinstance(columns, Columns), columns
    return {column: columns.titles[place] for column, place in columns.places.items()}


def refused(titles, saved=None):
    columns = find_columns(titles, saved)
    assert isinstance(columns, Unmapped)
    return " ".join(columns.messages)


def test_the_canonical_headings_are_all_ours():
    assert [column.value for column in found(CANONICAL)] == CANONICAL


def test_case_spaces_and_marks_do_not_matter():
    columns = found([" Mobile-Phone ", "APPT DATE", "Appt. Time", "Location(office)"])

    assert set(columns) == {*(Column.phone, Column.date, Column.time, Column.location)}


def test_a_mobile_phone_is_preferred_and_a_home_phone_is_never_guessed():
    assert found(["Phone", "Mobile", "starts_at"])[Column.phone] == "Mobile"
    assert found(["Home Phone", "Phone", "starts_at"])[Column.phone] == "Phone"
    assert "no column for the phone" in refused(["Home Phone", "starts_at"])


def test_two_columns_that_could_both_be_meant_are_refused_by_name():
    sentence = refused(["Mobile", "Cell", "starts_at"])

    assert "'Mobile' and 'Cell' could both be phone" in sentence
    assert "'phone' and 'phone'" in refused(["phone", "phone", "starts_at"])


def test_every_missing_column_is_named_with_the_headings_seen():
    sentence = refused(["Patient Name", "Reason"])

    for word in ("the phone", "the date", "the time", "'Patient Name', 'Reason'"):
        assert word in sentence


def test_a_day_without_a_time_says_what_to_do():
    assert "map it to starts_at" in refused(["phone", "Appt Date"])


def test_a_saved_map_wins_over_names():
    titles = ["Tel", "Home Phone", "Mobile", "When", "starts_at"]

    columns = found(titles, {"home phone": "phone", "When": "starts_at"})

    assert columns == {Column.phone: "Home Phone", Column.starts_at: "When"}


def test_a_saved_map_can_set_a_column_aside():
    columns = found(["Mobile", "Cell", "starts_at"], {"Cell": "ignore"})

    assert columns[Column.phone] == "Mobile"


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        ({"Fax": "phone"}, "names 'Fax', which is not here"),
        ({"Tel": "telephone"}, "names 'telephone', which is no column"),
        ({"Tel": "phone", "phone": "phone"}, "two columns for phone"),
    ],
)
def test_a_saved_map_that_does_not_fit_is_refused(saved, said):
    assert said in refused(["Tel", "phone", "starts_at"], saved)


def test_the_table_of_headings_is_normalised_and_each_has_one_meaning():
    file = Path(__file__).parents[2] / "reminders/data/headings.csv"
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))

    assert len(rows) == len(known_headings())
    for row in rows:
        assert row["heading"] == normalised(row["heading"])
        assert row["source"]


def headings_found_in_the_wild():
    if not CORPUS.exists():
        return []
    lines = CORPUS.read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row for row in rows if row["record_type"] == "csv_headings"]


# What a person would write under each heading, by the heading's own words.
CELLS = (
    (("phone", "mobile"), "(415) 555-0134"),
    (("datetime",), "2026-12-01 15:00:00"),
    (("start time", "app time", "appointment time", "appt time"), "3:00 PM"),
    (("app date", "appt date", "appointment date", "dos"), "12/1/2026"),
    (("fname", "first name"), "Ana"),
    (("lname", "last name"), "Lee"),
    (("name",), "Ana Lee"),
    (("patnum", "patient id", "aptnum", "appt id"), "1001"),
    (("language",), "Spanish"),
    (("aptstatus",), "1"),
    (("status",), "Scheduled"),
)
# The practice system and the column that its export lacks; none = it is imported.
LACKS = {
    "PhoneTree export": [],
    "reminder vendor export": [],
    "letters export": ["the time"],
    "orthotics practice report": [],
    "med-spa": ["the time"],
    "VetData": ["the phone"],
    "Rhinogram": ["the phone", "the date", "the time"],
    "Open Dental table": ["the phone"],
    "Open Dental query": [],
    "practice analytics": ["the phone"],
    "clinic app": ["the phone"],
    "clinic import": ["the phone", "the time"],
    "FileMaker practice (no heading row)": ["empty"],
}


def cell_for(heading):
    for words, cell in CELLS:
        if any(word in heading.casefold() for word in words):
            return cell
    return ""


@pytest.mark.skipif(not CORPUS.exists(), reason="shared/corpora is not here")
def test_exports_found_in_the_wild_are_read_or_refused_by_the_missing_column():
    seen = {}
    for export in headings_found_in_the_wild():
        written = io.StringIO()
        rows = csv.writer(written)
        rows.writerow(export["headings"])
        rows.writerow([cell_for(heading) for heading in export["headings"]])
        raw = io.BytesIO(written.getvalue().encode())
        feed = open_csv(raw, ZoneInfo("America/Los_Angeles"))
        if isinstance(feed, UnusableFile):
            said = " ".join(problem.message for problem in feed.problems)
            words = ("the phone", "the date", "the time", "empty")
            seen[export["system"]] = [word for word in words if word in said]
            continue
        (row,) = feed.read()
        assert isinstance(row, AppointmentRow), row
        assert row.phone == "+14155550134"
        assert row.wall_time == "2026-12-01T15:00"
        assert row.given_name == "Ana"
        seen[export["system"]] = []

    assert seen == LACKS
