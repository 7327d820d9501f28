"""A CSV file as rows, one at a time, with the lines that they stand on.

Bounded before it is parsed.  A file whose headings, encoding or date order are in
doubt is refused whole; any other mistake costs its own row only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO
from zoneinfo import ZoneInfo

from kernel.csv_records import MOST_COLUMNS, Record, delimiter_of, records_of
from kernel.decode import MOST_BYTES, Undecodable, decode, wrong_byte
from reminders.intake.entry import PatientRow
from reminders.intake.headings import Column, Columns, Unmapped, find_columns
from reminders.intake.moments import day_first
from reminders.intake.problem import Problem, UnusableFile
from reminders.intake.rows import AppointmentRow, RefusedRow, read_row

MOST_ROWS = 10_000  # a second or two of one transaction, in which a STOP has to wait

NO_APPOINTMENT_ID = (
    "The file has no appointment id, so a visit that moves looks like a new one and "
    "the old one stays. Import the old one as cancelled, or add the column."
)


@dataclass(frozen=True, slots=True)
class Table:
    """An opened file whose headings are understood."""

    text: str
    delimiter: str
    columns: Columns
    rows: int
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All of a file: the rows that can be brought in, and every problem."""

    rows: tuple[AppointmentRow, ...] = ()
    refused: int = 0
    problems: tuple[Problem, ...] = ()
    unusable: bool = False  # the file as a whole: nothing of it was read
    people: tuple[PatientRow, ...] = ()  # patients of a feed without a visit in it
    passed: int = 0  # entries of a feed that say nothing new
    unit: str = "Line"  # what the problems count


def read_file(
    stream: BinaryIO, place: ZoneInfo, saved: Mapping[str, str] | None = None
) -> Reading:
    """`place` is the clinic's zone; `saved` its map {their heading: our column}."""
    table = open_table(stream, saved)
    if isinstance(table, UnusableFile):
        return Reading(refused=table.rows, problems=table.problems, unusable=True)
    rows: list[AppointmentRow] = []
    problems = list(table.warnings)
    refused = 0
    for row in read_rows(table, place):
        if isinstance(row, AppointmentRow):
            rows.append(row)
            problems += row.warnings
        else:
            refused += 1
            problems += row.problems
    return Reading(rows=tuple(rows), refused=refused, problems=tuple(problems))


def open_table(
    stream: BinaryIO, saved: Mapping[str, str] | None = None
) -> Table | UnusableFile:
    decoded = decode(stream.read(MOST_BYTES + 1))
    if isinstance(decoded, Undecodable):
        return _unusable(decoded.line, None, decoded.message)
    delimiter = delimiter_of(decoded.text)
    records = records_of(decoded.text, delimiter)
    header = next(records, None)
    if header is None:
        return _unusable(1, None, "The file is empty.")
    if header.broken or len(header.cells) > MOST_COLUMNS:
        why = header.broken or f"The file has more than {MOST_COLUMNS} columns."
        return _unusable(header.line, None, why)
    if any(wrong_byte(title) is not None for title in header.cells):
        why = "The headings are not UTF-8. Save the table as 'CSV UTF-8'."
        return _unusable(header.line, None, why)
    columns = find_columns(header.cells, saved)
    rows = sum(1 for _ in islice(records, MOST_ROWS + 1))
    if isinstance(columns, Unmapped):
        return UnusableFile(
            tuple(Problem(header.line, None, why) for why in columns.messages), rows
        )
    if rows > MOST_ROWS:
        why = f"The file has more than {MOST_ROWS} rows. Split it."
        return _unusable(header.line, None, why, rows)
    table = Table(decoded.text, delimiter, columns, rows, _warnings(columns, header))
    return _if_month_first(table)


def titles_of(raw: bytes) -> tuple[str, ...]:
    """The headings of a file as they stand there; none where it cannot be read."""
    decoded = decode(raw)
    if isinstance(decoded, Undecodable):
        return ()
    header = next(records_of(decoded.text, delimiter_of(decoded.text)), None)
    if header is None or header.broken or len(header.cells) > MOST_COLUMNS:
        return ()
    if any(wrong_byte(title) is not None for title in header.cells):
        return ()
    return tuple(title.strip() for title in header.cells)


def read_rows(table: Table, place: ZoneInfo) -> Iterator[AppointmentRow | RefusedRow]:
    """Every row in order; blank lines are none.  `place` is the clinic's zone.

    An id that stands twice, and a patient with two phones, keep their first row.
    """
    seen: dict[str, int] = {}
    phones: dict[str, tuple[str, int]] = {}
    for record in _body(table):
        row = _row(record, table, place)
        if isinstance(row, AppointmentRow):
            row = _if_single(row, table, seen, phones)
        if isinstance(row, AppointmentRow):
            seen[row.appointment_id] = row.line
            phones.setdefault(row.patient_id, (row.phone, row.line))
        yield row


def _row(record: Record, table: Table, place: ZoneInfo) -> AppointmentRow | RefusedRow:
    cells, titles = record.cells, table.columns.titles
    if record.broken:
        return _refused(record.line, None, record.broken)
    if len(cells) != len(titles):  # one comma too many shifts a phone by a column
        over = "" if record.last == record.line else f" (to line {record.last})"
        return _refused(
            record.line,
            None,
            f"The row{over} has {len(cells)} cells and the headings are {len(titles)}. "
            "Look for a comma or a quotation mark in a cell that is not quoted.",
        )
    texts = {column: cells[place] for column, place in table.columns.places.items()}
    return read_row(texts, table.columns, record.line, place)


def _if_single(
    row: AppointmentRow,
    table: Table,
    seen: Mapping[str, int],
    phones: Mapping[str, tuple[str, int]],
) -> AppointmentRow | RefusedRow:
    if row.appointment_id in seen:
        if Column.appointment_id not in table.columns.places:
            why = f"The same patient and time stand on line {seen[row.appointment_id]}."
            return _refused(row.line, None, why)
        return _refused(
            row.line,
            table.columns.title(Column.appointment_id),
            f"'{row.appointment_id}' stands on line {seen[row.appointment_id]} "
            "already. That line was read, this one was not.",
        )
    phone, line = phones.get(row.patient_id, (row.phone, row.line))
    if phone != row.phone:
        return _refused(
            row.line,
            table.columns.title(Column.phone),
            f"The same patient has another phone on line {line}. "
            "Correct one of the two.",
        )
    return row


def _if_month_first(table: Table) -> Table | UnusableFile:
    """US dates are month first; a cell that cannot be puts the whole column in doubt."""
    for column in (Column.starts_at, Column.date):
        place = table.columns.places.get(column)
        if place is None:
            continue
        found = day_first(
            (record.line, record.cells[place])
            for record in _body(table)
            if len(record.cells) > place
        )
        if found:
            title = table.columns.title(column)
            return _unusable(
                found[0],
                title,
                f"In '{found[1]}' the day comes first, so other dates of this column "
                "could be misread. Nothing was imported. Write dates as 2026-12-31.",
                table.rows,
            )
        return table
    return table


def _body(table: Table) -> Iterator[Record]:
    records = records_of(table.text, table.delimiter)
    next(records)
    return records


def _warnings(columns: Columns, header: Record) -> tuple[Problem, ...]:
    if Column.appointment_id in columns.places:
        return ()
    return (Problem(header.line, None, NO_APPOINTMENT_ID),)


def _refused(line: int, column: str | None, message: str) -> RefusedRow:
    return RefusedRow(line, (Problem(line, column, message),))


def _unusable(
    line: int, column: str | None, message: str, rows: int = 0
) -> UnusableFile:
    return UnusableFile((Problem(line, column, message),), rows)
