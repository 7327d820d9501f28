"""The records of a CSV text, each with the lines that it stands on.

Knows no heading and no meaning.  A record that is broken says so and costs itself only.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

MOST_COLUMNS = 200
MOST_LINES = 100_000  # blank ones and those inside cells included
DELIMITERS = ",;\t|"


class Record(NamedTuple):  # a million of them are made in a row
    """`line` is where it begins and `last` where it ends: a cell may hold newlines."""

    line: int
    last: int
    cells: Sequence[str]
    broken: str = ""


def records_of(
    text: str, delimiter: str, most_lines: int = MOST_LINES
) -> Iterator[Record]:
    """In order; blank lines are none."""
    # newline="" keeps the newlines inside cells and counts the lines of the file.
    return records_in(io.StringIO(text, newline=""), delimiter, most_lines)


def records_in(
    lines: Iterable[str], delimiter: str, most_lines: int | None = None
) -> Iterator[Record]:
    """The same for a text that is read line by line, each with its own line end."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while most_lines is None or reader.line_num < most_lines:
        first = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Record(first, reader.line_num, (), _broken(error))
            continue
        # The first cell tells of nearly every row that it is not blank.
        if cells and (cells[0].strip() or any(cell.strip() for cell in cells)):
            yield Record(first, reader.line_num, cells)


def delimiter_of(text: str) -> str:
    first = text.lstrip("\r\n").partition("\n")[0]
    return max(DELIMITERS, key=first.count)


def _broken(error: csv.Error) -> str:
    if "unexpected end" in str(error):
        return (
            "A quotation mark that opens here is never closed, so everything from "
            "this line on was not read."
        )
    if "field larger" in str(error):
        return "A cell is far too long. Look for a quotation mark that is not closed."
    return "A quotation mark stands where it cannot. Inside a cell write it twice."
