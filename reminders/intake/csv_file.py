"""A CSV file: looked through once, then read row by row, with the lines that
they stand on.

Bounded, and as large as it likes within that.  A file whose headings, encoding or date
order are in doubt is refused whole, before a row is given; any other mistake costs its
own row only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import BinaryIO
from zoneinfo import ZoneInfo

from kernel.csv_records import MOST_COLUMNS, Record, delimiter_of, records_in
from kernel.decode import Undecodable, wrong_byte
from kernel.text_stream import TextFile, lines_of, look_through
from reminders.intake.fingerprints import Ids, Said
from reminders.intake.headings import Column, Columns, Unmapped, find_columns
from reminders.intake.moments import day_before_month
from reminders.intake.opened import Opened, Told, untold
from reminders.intake.problem import Problem, UnusableFile
from reminders.intake.row_keys import keys_of
from reminders.intake.rows import AppointmentRow, Doubt, RefusedRow, RowReader
from reminders.intake.single import Single, refused
from reminders.visible import plain

MOST_BYTES = 512 * 1024 * 1024
MOST_ROWS = 2_000_000
HEAD = 65_536  # characters, in which the first line ends
TOLD_EVERY = 1_000  # rows

NO_APPOINTMENT_ID = (
    "The file has no appointment id, so a visit that moves looks like a new one and "
    "the old one stays. Import the old one as cancelled, or add the column."
)


@dataclass(frozen=True, slots=True)
class Table:
    """A file whose headings are understood."""

    stream: BinaryIO
    file: TextFile
    delimiter: str
    columns: Columns
    line: int  # of the headings


@dataclass(slots=True)
class _Looked:
    """What the first reading found."""

    rows: int = 0
    ids: Ids = field(default_factory=Ids)
    said: Said = field(default_factory=Said)
    in_doubt: Problem | None = None  # a date that has its day first


def open_csv(
    stream: BinaryIO,
    place: ZoneInfo,
    saved: Mapping[str, str] | None = None,
    told: Told = untold,
) -> Opened | UnusableFile:
    """It tells of the bytes that it has looked through."""
    file = look_through(stream, MOST_BYTES)
    if isinstance(file, Undecodable):
        return _unusable(file.line, None, file.message)
    delimiter = _delimiter(stream, file)
    header = _header(stream, file, delimiter)
    if isinstance(header, UnusableFile):
        return header
    columns = find_columns(header.cells, saved)
    if isinstance(columns, Unmapped):
        return UnusableFile(
            tuple(Problem(header.line, None, why) for why in columns.messages),
            _count(stream, file, delimiter),
        )
    table = Table(stream, file, delimiter, columns, header.line)
    looked = _look(table, place, told)
    if isinstance(looked, UnusableFile):
        return looked
    return Opened(
        format="csv",
        read=partial(_rows, table, place, looked),
        rows=looked.rows,
        sha256=file.sha256,
        problems=_warnings(columns, header),
        names=looked.ids.__contains__,
        repeats=False,
    )


def titles_of(stream: BinaryIO) -> tuple[str, ...]:
    """The headings of a file as they stand there; none where it cannot be read."""
    file = look_through(stream, MOST_BYTES)
    if isinstance(file, Undecodable):
        return ()
    header = _header(stream, file, _delimiter(stream, file))
    if isinstance(header, UnusableFile):
        return ()
    return tuple(title.strip() for title in header.cells)


def _delimiter(stream: BinaryIO, file: TextFile) -> str:
    with lines_of(stream, file) as lines:
        return delimiter_of(lines.read(HEAD))


def _header(stream: BinaryIO, file: TextFile, delimiter: str) -> Record | UnusableFile:
    with lines_of(stream, file) as lines:
        header = next(records_in(lines, delimiter), None)
    if header is None:
        return _unusable(1, None, "The file is empty.")
    if header.broken or len(header.cells) > MOST_COLUMNS:
        why = header.broken or f"The file has more than {MOST_COLUMNS} columns."
        return _unusable(header.line, None, why)
    if any(wrong_byte(title) is not None for title in header.cells):
        why = "The headings are not UTF-8. Save the table as 'CSV UTF-8'."
        return _unusable(header.line, None, why)
    return header


def _count(stream: BinaryIO, file: TextFile, delimiter: str) -> int:
    with lines_of(stream, file) as lines:
        return sum(1 for _ in records_in(lines, delimiter)) - 1


def _look(table: Table, place: ZoneInfo, told: Told) -> _Looked | UnusableFile:
    """Reads every row once and keeps none: how many there are, what comes twice, and
    whether the dates can be trusted.  US dates are month first; one cell that cannot be
    puts the whole column in doubt."""
    looked = _Looked()
    dates = _date_column(table.columns)
    keys = keys_of(table.columns, place)
    for record in _records(table):
        looked.rows += 1
        if looked.rows % TOLD_EVERY == 0:
            if looked.rows > MOST_ROWS:
                why = f"The file has more than {MOST_ROWS:,} rows. Split it."
                return _unusable(table.line, None, why, looked.rows)
            told(table.stream.tell(), table.file.size)
        if len(record.cells) == len(table.columns.titles):
            visit, patient, said = keys(record.cells)
            looked.ids.add(visit)
            looked.said.add(patient, said)
        if dates < len(record.cells) and looked.in_doubt is None:
            found = day_before_month(record.cells[dates])
            if found:
                looked.in_doubt = _in_doubt(record.line, table, dates, found)
    if looked.in_doubt is not None:
        return UnusableFile((looked.in_doubt,), looked.rows)
    looked.ids.close()
    looked.said.close()
    return looked


def _rows(
    table: Table, place: ZoneInfo, looked: _Looked
) -> Iterator[AppointmentRow | RefusedRow]:
    """Every row in order; blank lines are none.  An id that stands twice, and a patient
    with two phones, keep their first row."""
    single = Single(table.columns, looked.ids.firsts(), looked.said)
    reader, headings = RowReader(table.columns, place), len(table.columns.titles)
    for record in _records(table):
        if len(record.cells) != headings:
            yield single.not_read(_misshapen(record, table.columns))
            continue
        row = reader.read(record.cells, record.line)
        yield (
            single.only(row)
            if isinstance(row, AppointmentRow)
            else single.not_read(row)
        )


def _records(table: Table) -> Iterator[Record]:
    with lines_of(table.stream, table.file) as lines:
        records = records_in(lines, table.delimiter)
        next(records)
        yield from records


def _misshapen(record: Record, columns: Columns) -> RefusedRow:
    if record.broken:
        return refused(record.line, None, record.broken)
    # One comma too many shifts a phone by a column.
    over = "" if record.last == record.line else f" (to line {record.last})"
    why = (
        f"The row{over} has {len(record.cells)} cells and the headings are "
        f"{len(columns.titles)}. Look for a comma or a quotation mark in a cell that is "
        "not quoted."
    )
    found = refused(record.line, None, why)
    place = columns.places.get(Column.appointment_id, len(record.cells))
    if place >= len(record.cells):
        return found
    return replace(found, doubt=Doubt(plain(record.cells[place]), why))


def _date_column(columns: Columns) -> int:
    """Where the dates stand; behind the last column where there are none."""
    for column in (Column.starts_at, Column.date):
        if column in columns.places:
            return columns.places[column]
    return len(columns.titles)


def _in_doubt(line: int, table: Table, dates: int, found: str) -> Problem:
    return Problem(
        line,
        table.columns.titles[dates],
        f"In '{found}' the day comes first, so other dates of this column "
        "could be misread. Nothing was imported. Write dates as 2026-12-31.",
    )


def _warnings(columns: Columns, header: Record) -> tuple[Problem, ...]:
    if Column.appointment_id in columns.places:
        return ()
    return (Problem(header.line, None, NO_APPOINTMENT_ID),)


def _unusable(
    line: int, column: str | None, message: str, rows: int = 0
) -> UnusableFile:
    return UnusableFile((Problem(line, column, message),), rows)
