import csv
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.text_stream import CHUNK
from reminders.intake.csv_file import MOST_BYTES, open_csv
from reminders.intake.opened import Opened
from reminders.intake.rows import AppointmentRow, RefusedRow
from reminders.models import VisitStatus
from tests.reminders.tables import (
    HEADINGS,
    NEW_YORK,
    PLAIN,
    only,
    opened,
    read,
    unusable,
    written,
)


def test_lines_are_those_of_the_file_when_cells_hold_newlines():
    rows = read(written({"location": "12 Oak St\nSuite 4\n\nRear"}, {"phone": "1"}))

    assert (rows[0].line, rows[0].location) == (2, "12 Oak St Suite 4 Rear")
    assert rows[1].problems[0].line == 6


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_every_kind_of_newline_counts_lines(newline):
    raw = written({}, {"phone": "1"}).replace(b"\r\n", newline)

    assert read(raw)[1].problems[0].line == 3


def test_blank_lines_are_no_rows_but_are_counted():
    raw = b"\n" + HEADINGS.encode() + b"\n\n,,,,,,,,,,,\n" + b"A1," * 11 + b"\n"

    (row,) = read(raw)

    assert row.problems[0].line == 5


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"A9,P9,Ana", "3 cells"),
        (
            b"A9,P9,Ana,Lee,415-555-0134,en,2026-12-01T15:00,1 Oak, Rear,Dr,booked,,",
            "13",
        ),
        (b'A9,P9,"Ana "Annie" M",Lee,1,en,1,1,1,booked,,', "write it twice"),
        (b'A9,P9,"Ana,Lee,1,en,1,1,1,booked,,', "never closed"),
        (b"A9,P9," + b"m" * 200_000 + b",Lee,1,en,1,1,1,booked,,", "far too long"),
    ],
)
def test_a_broken_line_is_refused_where_it_begins(line, said):
    rows = read(written({}) + line + b"\r\n")

    assert isinstance(rows[0], AppointmentRow)
    (problem,) = rows[1].problems
    assert problem.line == 3
    assert said in problem.message


def test_a_row_after_a_broken_one_is_still_read():
    broken = b'A9,P9,"Ana "Annie" M",Lee,1,en,1,1,1,booked,,\r\n'
    rest = written({"appointment_id": "A8"}).split(b"\r\n", 1)[1]

    rows = read(written({}) + broken + rest)

    assert [type(row) for row in rows] == [AppointmentRow, RefusedRow, AppointmentRow]


def test_an_id_that_stands_twice_keeps_the_first_and_names_its_line():
    rows = read(written({}, {"appointment_id": "A1", "status": "cancelled"}))

    assert rows[0].status is VisitStatus.booked
    (problem,) = rows[1].problems
    assert (problem.line, problem.column) == (3, "appointment_id")
    assert "on line 2" in problem.message


def test_one_patient_cannot_have_two_phones_in_one_file():
    other = {"patient_id": "P1", "phone": "(415) 555-0199"}

    rows = read(written({}, other, {"patient_id": "P1"}))

    assert "another phone on line 2" in rows[1].problems[0].message
    assert isinstance(rows[2], AppointmentRow)


def test_two_patients_can_share_a_phone():
    assert all(isinstance(row, AppointmentRow) for row in read(written({}, {})))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le-bom", "utf-16-be-bom"]
)
def test_unicode_files_are_read(encoding):
    text = written({"given_name": "José"}).decode()
    if encoding.endswith("-bom"):
        raw = ("\ufeff" + text).encode(encoding.removesuffix("-bom"))
    else:
        raw = text.encode(encoding)

    assert only(raw).given_name == "José"


def test_a_wrong_byte_refuses_only_the_row_that_needs_it():
    raw = written({}, {"given_name": "José"}).decode().encode("cp1252")

    good, bad = read(raw)

    assert isinstance(good, AppointmentRow)
    (problem,) = bad.problems
    assert (problem.line, problem.column) == (3, "given_name")
    assert "0xE9" in problem.message


def test_a_wrong_byte_in_a_column_that_nobody_reads_does_not_matter():
    raw = written({}).replace(b"provider", b"comment").replace(b"Dr. Lee", b"caf\xe9")

    assert isinstance(only(raw), AppointmentRow)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"PK\x03\x04rest", "Excel workbook or a ZIP"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel"),
        (b"%PDF-1.7", "PDF"),
        (b'{"resourceType": "Bundle"}', "JSON"),
        (b"\xef\xbb\xbf [1]", "JSON"),
        (b"MSH|^~\\&|", "HL7"),
        (b"BEGIN:VCALENDAR", "calendar"),
        (written({}).decode().encode("utf-16-le"), "NUL"),
        (written({"given_name": "A\x00na"}), "NUL"),
        (("\ufeff" + HEADINGS).encode("utf-16-le")[:-1], "breaks off"),
        (
            HEADINGS.replace("phone", "t\xe9l").encode("cp1252"),
            "headings are not UTF-8",
        ),
        (b"x," * 300, "more than 200 columns"),
        (b'"' + HEADINGS.encode(), "never closed"),
        (b"a" * 200_000 + b",b\n", "far too long"),
        (b"name,reason\nAna,checkup\n", "no column for the phone"),
        (written({}).split(b"\n", 1)[1], "no column for the phone"),
    ],
)
def test_a_file_that_is_not_such_a_table_is_refused_whole(raw, said):
    problems = unusable(raw).problems

    assert any(said in problem.message for problem in problems)
    assert all(problem.line >= 1 for problem in problems)


def test_a_wrong_header_says_how_many_rows_were_left_out():
    assert unusable(b"name,reason\nAna,x\nSam,y\n").rows == 2


def test_nul_bytes_are_named_by_their_line():
    raw = written({}, {"given_name": "A\x00na"})

    assert unusable(raw).problems[0].line == 3


def test_dates_with_the_day_first_refuse_the_whole_column():
    raw = written({"starts_at": "03/04/2026 15:00"}, {"starts_at": "13/04/2026 15:00"})

    (problem,) = unusable(raw).problems

    assert (problem.line, problem.column) == (3, "starts_at")
    assert "the day comes first" in problem.message
    assert unusable(raw).rows == 2


def test_dates_and_times_apart_are_refused_by_their_own_heading():
    raw = (
        b"Appt Date,Appt Time,Mobile\n"
        b"12/1/2026,3:00 PM,415-555-0134\n"
        b"12/1/2026,noon,415-555-0135\n"
        b"soon,3:00 PM,415-555-0136\n"
        b"3/14/2027,2:30 AM,415-555-0137\n"
    )

    good, *bad = read(raw)

    assert good.wall_time == "2026-12-01T15:00"
    assert [row.problems[0].column for row in bad] == [
        *("Appt Time", "Appt Date", "Appt Time")
    ]


def test_without_ids_the_same_visit_keeps_the_same_id_and_a_warning_says_the_rest():
    raw = b"Name,Mobile,starts_at\nAna Lee,415-555-0134,2026-12-01T15:00\n"
    later = raw.replace(b"15:00", b"16:00").replace(b"Ana Lee", b" ana  LEE")

    one, again, moved = only(raw), only(raw), only(later)

    assert one.appointment_id == again.appointment_id != moved.appointment_id
    assert one.patient_id == moved.patient_id
    assert "a visit that moves looks like" in opened(raw).problems[0].message


def test_without_ids_one_visit_twice_is_refused_by_its_line():
    line = b"Ana Lee,415-555-0134,2026-12-01T15:00\n"

    rows = read(b"Name,Mobile,starts_at\n" + line + line)

    assert "line 2" in rows[1].problems[0].message


@pytest.mark.parametrize("delimiter", [b";", b"\t", b"|"])
def test_other_delimiters_are_seen_in_the_first_line(delimiter):
    assert isinstance(only(written({}).replace(b",", delimiter)), AppointmentRow)


def test_a_saved_map_reads_a_foreign_table():
    raw = b"Tel,When,Ref\n415-555-0134,2026-12-01T15:00,77\n"
    saved = {"Tel": "phone", "When": "starts_at", "Ref": "appointment_id"}

    assert read(raw, saved)[0].appointment_id == "77"


def test_too_large_a_file_is_refused_by_its_bytes_and_read_in_small_parts():
    class Endless(io.RawIOBase):
        given = 0

        def seekable(self):
            return True

        def seek(self, place, whence=0):
            return place

        def read(self, size=-1):
            assert 0 < size <= CHUNK
            self.given += size
            return (b"a" * 1023 + b"\n") * (size // 1024)

    source = Endless()

    found = open_csv(source, NEW_YORK)

    assert "larger than 512 MB" in found.problems[0].message
    assert source.given <= MOST_BYTES + 2 * CHUNK


def test_a_file_without_line_ends_is_refused_whole_by_its_line():
    wide = b"a," * 4_000_000 + b"\n"
    quoted = HEADINGS.encode() + b'\n"' + b"x" * 8_000_000

    tracemalloc.start()
    found = [unusable(wide), unusable(quoted)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [one.problems[0].line for one in found] == [1, 2]
    assert "far longer than a row" in found[1].problems[0].message
    assert peak < 32 * 1024 * 1024


cells = st.lists(st.text(max_size=20), min_size=len(PLAIN), max_size=len(PLAIN))


@given(st.lists(cells, max_size=4))
def test_no_row_of_a_well_formed_table_is_lost(table):
    file = io.StringIO()
    rows = csv.writer(file)
    rows.writerow(PLAIN)
    rows.writerows(table)
    raw = file.getvalue().encode("utf-8", "surrogatepass")
    if b"\x00" in raw or any("/" in cell for row in table for cell in row):
        return  # refused whole, as other tests say

    kept = [row for row in table if any(cell.strip() for cell in row)]
    assert len(read(raw)) == len(kept)


@given(st.binary(max_size=200))
def test_no_bytes_raise(raw):
    header = HEADINGS.encode() + b"\n"

    for file in (raw, header + raw):
        found = opened(file)
        if isinstance(found, Opened):
            assert len(list(found.read())) == found.rows
