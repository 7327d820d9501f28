"""One row of a clinic's file: an appointment, or everything that is wrong with it.

Pure.  Cells are text and stay text.  A cell that was left out says nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from clinics.models import Language
from gateway.quiet_hours import known_zone
from kernel import phone as phones
from kernel.decode import wrong_byte
from reminders.intake.cell_words import Meaning, meaning
from reminders.intake.headings import Column, Columns
from reminders.intake.made_ids import derived_id, made_patient_id
from reminders.intake.moments import (
    Moment,
    Unreadable,
    read_date_and_time,
    read_instant,
)
from reminders.intake.problem import Problem
from reminders.models import VisitStatus
from reminders.visible import plain

LONGEST_ID, LONGEST_NAME, LONGEST_PLACE = 64, 80, 120
STATUSES = {status.value: status for status in VisitStatus} | {"": VisitStatus.booked}
OF_VISIT = (Column.starts_at, Column.date, Column.time, Column.status)
ENDING = frozenset({"cancelled", "noshow", "kept"})
LANGUAGES = {"": None} | {language.value: language for language in Language}


@dataclass(slots=True, kw_only=True)  # frozen takes five times as long to make
class AppointmentRow:
    """None = the file does not say, so what is known stays.  Nobody changes one."""

    line: int
    appointment_id: str
    patient_id: str
    phone: str  # E.164
    starts_at: datetime
    wall_time: str
    status: VisitStatus
    given_name: str | None = None
    family_name: str | None = None
    language: Language | None = None
    location: str | None = None
    provider: str | None = None
    asserted: bool = False  # the clinic says that she agreed to texts
    time_zone: str | None = None  # hers
    warnings: tuple[Problem, ...] = ()
    version: str | None = None  # of the visit, in a feed (`versions`)
    patient_version: str | None = None
    place_zone: str | None = None  # of the place, where it is not the clinic's


class Doubt(NamedTuple):
    """A visit that a refused row names, and its time there; None where nobody can read
    when it is, or whether, or whose."""

    visit_id: str
    why: str
    starts_at: datetime | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """`ends`: a visit that it calls off beyond doubt, whatever is wrong with the rest."""

    line: int
    problems: tuple[Problem, ...]
    ends: tuple[str, VisitStatus] | None = None
    doubt: Doubt | None = None


@dataclass(slots=True)
class _Wrong:
    """What was found wrong with one row on the way."""

    line: int
    columns: Columns
    refused: list[Problem] = field(default_factory=list)
    warned: list[Problem] = field(default_factory=list)

    def refuse(self, column: Column, message: str) -> None:
        title = self.columns.title(column)
        self.refused.append(Problem(self.line, title, message))

    def doubt(self, visit_id: str, moment: Moment | None) -> Doubt:
        titles = {self.columns.title(column) for column in OF_VISIT}
        unread = [one.message for one in self.refused if one.column in titles]
        why = [*unread, self.refused[0].message][0]
        return Doubt(visit_id, why, moment.starts_at if moment and not unread else None)

    def warn(self, column: Column, message: str) -> None:
        title = self.columns.title(column)
        self.warned.append(Problem(self.line, title, message))

    def short(self, column: Column, text: str, most: int) -> str | None:
        if not text:
            return None
        if len(text) > most:
            self.warn(column, f"{len(text)} characters were cut to {most}.")
            text = text[:most].strip()
        return text or None


class RowReader:
    """Reads the rows of one table; where its columns stand is worked out once."""

    def __init__(self, columns: Columns, place: ZoneInfo) -> None:
        """`place` is the clinic's zone, in which times without an offset are written."""
        self.columns, self.place = columns, place
        self.used = tuple((place, column) for column, place in columns.places.items())
        # A column that the file has not stands behind the last one, and is empty.
        behind = len(columns.titles)
        at = {column: columns.places.get(column, behind) for column in Column}
        self.phone, self.whole = at[Column.phone], at[Column.starts_at]
        self.date, self.time = at[Column.date], at[Column.time]
        self.given, self.family = at[Column.given_name], at[Column.family_name]
        self.full, self.zone = at[Column.full_name], at[Column.time_zone]
        self.location, self.provider = at[Column.location], at[Column.provider]
        self.patient, self.visit = at[Column.patient_id], at[Column.appointment_id]
        self.has_visit = Column.appointment_id in columns.places
        self.has_patient = Column.patient_id in columns.places
        self.has_whole = Column.starts_at in columns.places
        self.words = tuple(
            (column, column.value, columns.title(column), at[column])
            for column in (Column.language, Column.status, Column.consent)
        )

    def read(self, cells: Sequence[str], line: int) -> AppointmentRow | RefusedRow:
        """`cells` are as many as the headings."""
        wrong = _Wrong(line, self.columns)
        texts = self._texts(cells, wrong)
        phone = _phone(texts[self.phone], wrong)
        moment = self._moment(texts, wrong)
        given, family = self._names(texts, wrong)
        patient_id = self._patient_id(texts, wrong, phone, given, family)
        language, status, consent = [
            _word(column, meaning(name, title, texts[at]), wrong)
            for column, name, title, at in self.words
        ]
        location = wrong.short(Column.location, texts[self.location], LONGEST_PLACE)
        provider = wrong.short(Column.provider, texts[self.provider], LONGEST_PLACE)
        zone = _zone(texts[self.zone], wrong)
        visit_id = self._visit_id(texts, wrong, patient_id, moment)
        if wrong.refused or moment is None:
            problems = (*wrong.refused, *wrong.warned)
            if not self.has_visit or not visit_id:
                return RefusedRow(line, problems)
            if status in ENDING:
                return RefusedRow(line, problems, ends=(visit_id, STATUSES[status]))
            return RefusedRow(line, problems, doubt=wrong.doubt(visit_id, moment))
        return AppointmentRow(
            line=line,
            appointment_id=visit_id,
            patient_id=patient_id,
            given_name=given,
            family_name=family,
            phone=phone,
            language=LANGUAGES[language],
            starts_at=moment.starts_at,
            wall_time=moment.wall_time,
            location=location,
            provider=provider,
            status=STATUSES[status],
            asserted=consent == "asserted",
            time_zone=zone,
            warnings=tuple(wrong.warned),
        )

    def _texts(self, cells: Sequence[str], wrong: _Wrong) -> list[str]:
        """Clean text of every cell that is read, and an empty one behind them."""
        whole = "".join(cells)
        if whole.isascii() and whole.isprintable() and "  " not in whole:
            return [*map(str.strip, cells), ""]  # as `plain` would say
        texts = [""] * (len(cells) + 1)
        for place, column in self.used:
            byte = wrong_byte(cells[place])
            if byte is None:
                texts[place] = plain(cells[place])
                continue
            wrong.refuse(
                column,
                f"This cell is not UTF-8 (byte 0x{byte:02X}). "
                "Save the table as 'CSV UTF-8' and import that file.",
            )
        return texts

    def _moment(self, texts: Sequence[str], wrong: _Wrong) -> Moment | None:
        if self.has_whole:
            column = Column.starts_at
            found = read_instant(texts[self.whole], self.place)
        else:
            column = Column.date
            day, time = texts[self.date], texts[self.time]
            found = read_date_and_time(day, time, self.place)
        if isinstance(found, Unreadable):
            if found.about_time and not self.has_whole:
                column = Column.time
            wrong.refuse(column, found.message)
            return None
        if found.warning:
            wrong.warn(column, found.warning)
        return found

    def _names(
        self, texts: Sequence[str], wrong: _Wrong
    ) -> tuple[str | None, str | None]:
        given = wrong.short(Column.given_name, texts[self.given], LONGEST_NAME)
        family = wrong.short(Column.family_name, texts[self.family], LONGEST_NAME)
        if given or family:
            return given, family
        full = wrong.short(Column.full_name, texts[self.full], 2 * LONGEST_NAME)
        return split_name(full or "")

    def _patient_id(
        self,
        texts: Sequence[str],
        wrong: _Wrong,
        phone: str,
        given: str | None,
        family: str | None,
    ) -> str:
        if self.has_patient:
            return _id(Column.patient_id, texts[self.patient], wrong)
        return made_patient_id(phone, f"{given or ''} {family or ''}")

    def _visit_id(
        self,
        texts: Sequence[str],
        wrong: _Wrong,
        patient_id: str,
        moment: Moment | None,
    ) -> str:
        if self.has_visit:
            return _id(Column.appointment_id, texts[self.visit], wrong)
        return derived_id(patient_id, moment.starts_at) if moment else ""


def read_row(
    texts: Mapping[Column, str], columns: Columns, line: int, place: ZoneInfo
) -> AppointmentRow | RefusedRow:
    """One row alone, by our own columns."""
    cells = [""] * len(columns.titles)
    for column, where in columns.places.items():
        cells[where] = texts.get(column, "")
    return RowReader(columns, place).read(cells, line)


def _phone(text: str, wrong: _Wrong) -> str:
    found = phones.read(text)
    if isinstance(found, phones.Phone):
        return found.e164
    wrong.refuse(Column.phone, found.why)
    return ""


def split_name(full: str) -> tuple[str | None, str | None]:
    """Of `Lee, Ana Maria` or `Ana Lee`: given name, family name."""
    family, comma, given = full.partition(",")
    if not comma:
        given, _, family = full.strip().partition(" ")
    cut = [part.strip()[:LONGEST_NAME] or None for part in (given, family)]
    return cut[0], cut[1]


def _id(column: Column, text: str, wrong: _Wrong) -> str:
    if not text:
        wrong.refuse(column, "The cell is empty. Every row needs its own number here.")
    elif len(text) > LONGEST_ID:
        wrong.refuse(column, f"An id has at most {LONGEST_ID} characters.")
    return text


def _word(column: Column, found: Meaning, wrong: _Wrong) -> str:
    """What a cell of few words means; "" when the file does not say."""
    if not found.unknown:
        return found.word
    if column is Column.status:
        wrong.refuse(column, found.unknown)  # a guess texts the wrong person
    elif column is Column.consent:
        wrong.warn(column, f"{found.unknown} No consent was recorded.")
    else:
        wrong.warn(column, found.unknown)
    return ""


def _zone(text: str, wrong: _Wrong) -> str | None:
    if text and known_zone(text) is None:
        wrong.refuse(
            Column.time_zone,
            f"'{text[:40]}' is no time zone. Use a name such as America/Los_Angeles.",
        )
    return text or None
