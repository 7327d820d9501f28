"""One row of a clinic's file: an appointment, or everything that is wrong with it.

Pure.  Cells are text and stay text; a formula is only a strange name.  A cell that
was left out says nothing, and what is known already stays.
"""

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from clinics.models import Language
from gateway.quiet_hours import known_zone
from kernel import phone as phones
from kernel.decode import wrong_byte
from reminders.intake.headings import Column, Columns, normalised
from reminders.intake.moments import (
    Moment,
    Unreadable,
    read_date_and_time,
    read_instant,
)
from reminders.intake.problem import Problem
from reminders.models import VisitStatus
from reminders.visible import folded, plain

WORDS_FILE = Path(__file__).parents[1] / "data" / "cell_words.csv"
LONGEST_ID, LONGEST_NAME, LONGEST_PLACE = 64, 80, 120
MADE = "~"  # begins an id of our own, where the clinic has none
WHEN = {Column.starts_at, Column.date, Column.time}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentRow:
    """None = the file does not say, so what is known stays."""

    line: int
    appointment_id: str
    patient_id: str
    given_name: str | None
    family_name: str | None
    phone: str  # E.164
    language: Language | None
    starts_at: datetime
    wall_time: str
    location: str | None
    provider: str | None
    status: VisitStatus
    asserted: bool  # the clinic says that she agreed to texts
    time_zone: str | None  # hers
    warnings: tuple[Problem, ...]
    version: str | None = None  # of the visit, in a feed (`versions`)
    patient_version: str | None = None
    place_zone: str | None = None  # of the place, where it is not the clinic's


@dataclass(frozen=True, slots=True)
class RefusedRow:
    line: int
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Cells:
    """The cells of one row, and what was found wrong on the way."""

    line: int
    columns: Columns
    texts: Mapping[Column, str]
    refused: list[Problem] = field(default_factory=list)
    warned: list[Problem] = field(default_factory=list)

    def text(self, column: Column) -> str:
        """Clean text; "" where the file has no such column or cell."""
        raw = self.texts.get(column, "")
        byte = wrong_byte(raw)
        if byte is not None:
            self.refuse(
                column,
                f"This cell is not UTF-8 (byte 0x{byte:02X}). "
                "Save the table as 'CSV UTF-8' and import that file.",
            )
            return ""
        return plain(raw)

    def short(self, column: Column, most: int) -> str | None:
        text = self.text(column)
        if len(text) > most:
            self.warn(column, f"{len(text)} characters were cut to {most}.")
        return text[:most].strip() or None

    def refuse(self, column: Column, message: str) -> None:
        title = self.columns.title(column)
        self.refused.append(Problem(self.line, title, message))

    def warn(self, column: Column, message: str) -> None:
        title = self.columns.title(column)
        self.warned.append(Problem(self.line, title, message))


def read_row(
    texts: Mapping[Column, str], columns: Columns, line: int, place: ZoneInfo
) -> AppointmentRow | RefusedRow:
    """`place` is the clinic's zone, in which times without an offset are written."""
    cells = _Cells(line, columns, texts)
    phone = _phone(cells)
    moment = _moment(cells, place)
    given, family = _names(cells)
    patient_id = _patient_id(cells, phone, f"{given or ''} {family or ''}")
    language = _word(cells, Column.language)
    status = _word(cells, Column.status)
    consent = _word(cells, Column.consent)
    location = cells.short(Column.location, LONGEST_PLACE)
    provider = cells.short(Column.provider, LONGEST_PLACE)
    zone = _zone(cells)
    if cells.refused or moment is None:
        return RefusedRow(line, (*cells.refused, *cells.warned))
    appointment_id = _appointment_id(cells, patient_id, moment)
    if cells.refused:
        return RefusedRow(line, (*cells.refused, *cells.warned))
    return AppointmentRow(
        line=line,
        appointment_id=appointment_id,
        patient_id=patient_id,
        given_name=given,
        family_name=family,
        phone=phone,
        language=Language(language) if language else None,
        starts_at=moment.starts_at,
        wall_time=moment.wall_time,
        location=location,
        provider=provider,
        status=VisitStatus(status or VisitStatus.booked),
        asserted=consent == "asserted",
        time_zone=zone,
        warnings=tuple(cells.warned),
    )


def _phone(cells: _Cells) -> str:
    found = phones.read(cells.text(Column.phone))
    if isinstance(found, phones.Phone):
        return found.e164
    cells.refuse(Column.phone, found.why)
    return ""


def _moment(cells: _Cells, place: ZoneInfo) -> Moment | None:
    whole = Column.starts_at in cells.columns.places
    if whole:
        column = Column.starts_at
        found = read_instant(cells.text(column), place)
    else:
        column = Column.date
        day, time = cells.text(Column.date), cells.text(Column.time)
        found = read_date_and_time(day, time, place)
        if isinstance(found, Unreadable) and found.about_time:
            column = Column.time
    if isinstance(found, Unreadable):
        cells.refuse(column, found.message)
        return None
    if found.warning:
        cells.warn(column, found.warning)
    return found


def _names(cells: _Cells) -> tuple[str | None, str | None]:
    given = cells.short(Column.given_name, LONGEST_NAME)
    family = cells.short(Column.family_name, LONGEST_NAME)
    if given or family:
        return given, family
    return split_name(cells.short(Column.full_name, 2 * LONGEST_NAME) or "")


def split_name(full: str) -> tuple[str | None, str | None]:
    """`Lee, Ana Maria` or `Ana Lee`: the given name, then the family name."""
    family, comma, given = full.partition(",")
    if not comma:
        given, _, family = full.strip().partition(" ")
    cut = [part.strip()[:LONGEST_NAME] or None for part in (given, family)]
    return cut[0], cut[1]


def _patient_id(cells: _Cells, phone: str, name: str) -> str:
    if Column.patient_id in cells.columns.places:
        return _id(cells, Column.patient_id)
    return made_patient_id(phone, name)


def made_patient_id(phone: str, name: str) -> str:
    """For a patient without a number of the clinic's own: a file without such numbers
    finds them again."""
    return _derived(phone, " ".join(folded(name).split()))


def _appointment_id(cells: _Cells, patient_id: str, moment: Moment) -> str:
    if Column.appointment_id in cells.columns.places:
        return _id(cells, Column.appointment_id)
    return derived_id(patient_id, moment.starts_at)


def _id(cells: _Cells, column: Column) -> str:
    text = cells.text(column)
    if not text:
        cells.refuse(column, "The cell is empty. Every row needs its own number here.")
    elif len(text) > LONGEST_ID:
        cells.refuse(column, f"An id has at most {LONGEST_ID} characters.")
    return text


def derived_id(patient_id: str, starts_at: datetime) -> str:
    """The id of a visit in a file that has none for it."""
    return _derived(patient_id, starts_at.isoformat())


def _derived(*parts: str) -> str:
    """An id of our own for a file that has none: the same parts, the same id."""
    return MADE + hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:24]


def _word(cells: _Cells, column: Column) -> str:
    """What a cell of few words means; "" when the file does not say."""
    text = cells.text(column)
    heading = normalised(cells.columns.title(column))
    known = known_words()
    for key in ((column, heading, normalised(text)), (column, "", normalised(text))):
        if key in known:
            return known[key]
    if not text:
        return ""
    choices = sorted({means for key, means in known.items() if key[0] == column} - {""})
    sentence = f"'{text[:40]}' is not known here. Known are {', '.join(choices)}."
    if column is Column.status:
        cells.refuse(column, sentence)  # booked or not: a guess texts the wrong person
    elif column is Column.consent:
        cells.warn(column, f"{sentence} No consent was recorded.")
    else:
        cells.warn(column, sentence)
    return ""


def _zone(cells: _Cells) -> str | None:
    text = cells.text(Column.time_zone)
    if text and known_zone(text) is None:
        cells.refuse(
            Column.time_zone,
            f"'{text[:40]}' is no time zone. Use a name such as America/Los_Angeles.",
        )
    return text or None


def words_for(column: Column, meaning: str) -> list[str]:
    """What a file may write for it, our own word first."""
    return [
        row["word"]
        for row in _cell_words()
        if (row["column"], row["heading"], row["meaning"]) == (column, "", meaning)
        and row["word"]
    ]


@cache
def _cell_words() -> list[dict[str, str]]:
    with WORDS_FILE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def known_words() -> Mapping[tuple[Column, str, str], str]:
    """(column, heading or "", normalised word) -> meaning."""
    return {
        (Column(row["column"]), row["heading"], normalised(row["word"])): row["meaning"]
        for row in _cell_words()
    }
