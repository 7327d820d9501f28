"""A vendor's list as numbers with the line each stands on.

A file without a column of phones is refused whole; a row that cannot be read costs
itself only and is named.  A number is never lost for the sake of its date.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from gateway import intent
from gateway.intent import Intent
from gateway.lists.days import Span, read_span
from kernel import phone as phones
from kernel.csv_records import MOST_COLUMNS, Record, delimiter_of, records_of
from kernel.decode import Undecodable, decode

MOST_LINES = 2_000_000
LONGEST_DATE = 40
NAMED = 200  # problems that are kept; the rest is counted

# Normalised headings, the best first; those of one rank are looked at together.
PHONE = (
    ("phone", "phonenumber", "mobile", "mobilephone", "mobilenumber", "cell", "msisdn"),
    ("recipient", "recipientnumber", "contact", "subscriber", "patientphone"),
    ("from", "to", "fromnumber", "tonumber", "number", "deactivatednumber"),
)
DAY = (
    ("optoutdate", "optedoutat", "optedouton", "unsubscribedat", "deactivationdate"),
    ("deactivatedat", "deactivatedon", "date", "datesent", "datecreated", "timestamp"),
    ("createdat", "updatedat", "time", "datetime"),
)
WORD = (("optouttype", "keyword", "status", "action", "type"),)
TEXT = (("body", "message", "messagebody", "text"),)
# The vendor's words for who may be texted; any other word is an opt-out.
NOT_OUT = frozenset(
    {
        *("start", "unstop", "yes", "help", "info"),
        *("optin", "optedin", "subscribed", "resubscribed"),
    }
)
DIGITS = re.compile(r"(?:\+?1)?([2-9]\d{2}[2-9]\d{6})", re.ASCII)
DRESS = str.maketrans("", "", " -().\u00a0\u202a\u202c\u2011")

NO_PHONE = (
    "No heading names a column of phone numbers. Call it Phone, Mobile, Number, "
    "From, To or Recipient."
)
OURS = "This is one of our own numbers, and no other number stands in the row."
TWO = "Two phone numbers stand in this row. Leave the patient's own one only."
NO_DATE = "This is no date that we know. The number was read, as one without a date."


@dataclass(frozen=True, slots=True)
class Row:
    """`at` is None where the row has no date that we can read; `date` is how it stands
    there."""

    line: int
    phone: str
    at: Span | None
    date: str


@dataclass(frozen=True, slots=True)
class Problem:
    line: int
    column: str | None
    why: str


@dataclass(slots=True)
class Listed:
    """All of a file: each number once, with its newest date."""

    rows: dict[str, Row] = field(default_factory=dict)
    dated: bool = False  # the file has a column of dates
    unused: int = 0  # rows that say something else than an opt-out
    refused: int = 0
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, problem: Problem) -> None:
        self.refused += 1
        self.name(problem)

    def name(self, problem: Problem) -> None:
        if len(self.problems) < NAMED:
            self.problems.append(problem)

    def take(self, row: Row) -> None:
        before = self.rows.get(row.phone)
        if before is None or before.at is None or _newer(row, before):
            self.rows[row.phone] = row


@dataclass(frozen=True, slots=True)
class Unusable:
    """Nothing of the file was read."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class _Columns:
    titles: Sequence[str]
    phones: Sequence[int]
    day: int | None
    word: int | None
    text: int | None


def read_list(
    raw: bytes,
    place: ZoneInfo,
    ours: frozenset[str] = frozenset(),
    *,
    every_row: bool = False,
) -> Listed | Unusable:
    """`place` is the clinic's zone, `ours` the numbers that texts leave from;
    `every_row`: no word of a row can mean that it does not count."""
    decoded = decode(raw)
    if isinstance(decoded, Undecodable):
        return Unusable(decoded.line, decoded.message)
    records = records_of(decoded.text, delimiter_of(decoded.text), MOST_LINES)
    header = next(records, None)
    if header is None:
        return Unusable(1, "The file is empty.")
    if header.broken or len(header.cells) > MOST_COLUMNS:
        why = header.broken or f"The file has more than {MOST_COLUMNS} columns."
        return Unusable(header.line, why)
    listed = Listed()
    columns = _columns(header.cells, every_row)
    if columns is None:
        if len(header.cells) > 1 or not _phone(header.cells[0]):
            return Unusable(header.line, NO_PHONE)
        columns = _Columns(("number",), (0,), None, None, None)  # one a line, bare
        _read(header, columns, place, ours, listed)
    listed.dated = columns.day is not None
    for record in records:
        _read(record, columns, place, ours, listed)
    return listed


def _columns(cells: Sequence[str], every_row: bool) -> _Columns | None:
    names = ["".join(filter(str.isalnum, cell.casefold())) for cell in cells]

    def best(ranks: Sequence[Sequence[str]]) -> list[int]:
        for rank in ranks:
            found = [place for place, name in enumerate(names) if name in rank]
            if found:
                return found
        return []

    phone = best(PHONE)
    if not phone:
        return None
    words = () if every_row else WORD, () if every_row else TEXT
    first: Iterator[int | None] = (
        next(iter(best(ranks)), None) for ranks in (DAY, *words)
    )
    return _Columns([cell.strip()[:40] for cell in cells], phone, *first)


def _read(
    record: Record,
    columns: _Columns,
    place: ZoneInfo,
    ours: frozenset[str],
    listed: Listed,
) -> None:
    cells, line = record.cells, record.line
    if record.broken:
        return listed.refuse(Problem(line, None, record.broken))
    if len(cells) != len(columns.titles):
        why = f"The row has {len(cells)} cells and the headings {len(columns.titles)}."
        return listed.refuse(Problem(line, None, why))
    if not _is_opt_out(cells, columns):
        listed.unused += 1
        return None
    phone = _the_phone(cells, columns, ours)
    if isinstance(phone, phones.NotAPhone):
        titles = ", ".join(columns.titles[place] for place in columns.phones)
        return listed.refuse(Problem(line, titles, phone.why))
    date = cells[columns.day].strip()[:LONGEST_DATE] if columns.day is not None else ""
    at = read_span(date, place) if date else None
    if date and at is None and columns.day is not None:
        listed.name(Problem(line, columns.titles[columns.day], NO_DATE))
    return listed.take(Row(line, phone.e164, at, date))


def _is_opt_out(cells: Sequence[str], columns: _Columns) -> bool:
    """What is not surely something else counts; of a text, only what asks to stop."""
    if columns.word is not None:
        word = "".join(filter(str.isalnum, cells[columns.word].casefold()))
        if word or columns.text is None:
            return word not in NOT_OUT
    if columns.text is not None:
        context = intent.Context(standing="opted_in", open_prompt=None)
        return intent.read(cells[columns.text], context).intent is Intent.stop
    return True


def _the_phone(
    cells: Sequence[str], columns: _Columns, ours: frozenset[str]
) -> phones.Phone | phones.NotAPhone:
    """A log has our number in one column and the patient's in another."""
    written = [cells[place] for place in columns.phones if cells[place].strip()]
    found: Mapping[str, str] = {
        e164: text for text in written if (e164 := _phone(text))
    }
    theirs = [e164 for e164 in found if e164 not in ours]
    if len(theirs) == 1:
        return phones.Phone(theirs[0])
    if theirs:
        return phones.NotAPhone(TWO)
    if found:
        return phones.NotAPhone(OURS)
    read = phones.read(written[0] if written else "")
    return read if isinstance(read, phones.NotAPhone) else phones.Phone(read.e164)


def _phone(text: str) -> str | None:
    """E.164.  A list of a million numbers is read by form alone: what no phone can
    have matches no line."""
    plain = DIGITS.fullmatch(text.strip().translate(DRESS))
    return f"+1{plain[1]}" if plain else None


def _newer(row: Row, before: Row) -> bool:
    return (
        row.at is not None and before.at is not None and row.at.since > before.at.since
    )
