"""What one entry of a feed says of one visit, before it is a row.

A feed may say less than a file: a cancellation often names the visit alone, a booking
names the patient by number.  What is missing comes from what is stored, or is named.
"""

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path

from clinics.models import Language
from kernel import phone as phones
from kernel.decode import wrong_byte
from reminders.intake.cell_words import known_words
from reminders.intake.headings import Column, normalised
from reminders.intake.moments import Moment
from reminders.intake.problem import Problem
from reminders.intake.rows import LONGEST_ID, RefusedRow
from reminders.models import VisitStatus
from reminders.visible import plain

WORDS_FILE = Path(__file__).parents[1] / "data" / "feed_words.csv"
PENDING = (
    "is not agreed yet ('{word}'). If pending visits get texts here, say so in the "
    "clinic's field map."
)
NO_ID = "The visit has no number of its own, so it could not be found again."


@dataclass(frozen=True, slots=True)
class Passed:
    """Read, and nothing to import.  `problem` says why; None for an older word on what
    the same file says anew."""

    line: int
    problem: Problem | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRow:
    """A patient whom no visit of the file names."""

    line: int
    patient_id: str
    phone: str
    given_name: str | None
    family_name: str | None
    language: Language | None
    version: str | None
    warnings: tuple[Problem, ...] = ()


@dataclass(slots=True, kw_only=True)
class Entry:
    """`phone` is E.164, "" where the feed has none; `no_phone` then says so.  `gone`:
    why this patient is not texted at all."""

    line: int
    visit_id: str = ""
    patient_id: str = ""
    phone: str = ""
    no_phone: Problem | None = None
    phone_taken: bool = False  # the feed says that she has none any more
    old_phones: frozenset[str] = frozenset()
    given_name: str | None = None
    family_name: str | None = None
    language: Language | None = None
    moment: Moment | None = None
    place_zone: str | None = None
    location: str | None = None
    provider: str | None = None
    status: VisitStatus = VisitStatus.booked
    version: str | None = None
    patient_version: str | None = None
    gone: Problem | None = None
    not_agreed: bool = False  # no visit yet, or none any more
    unread: bool = False  # nobody can say when it is, whether, or whose
    refused: list[Problem] = field(default_factory=list)
    warned: list[Problem] = field(default_factory=list)

    def refuse(self, column: str | None, message: str, *, beside: bool = False) -> None:
        """`beside`: it is not about when the visit is, whether, or whose."""
        self.unread = self.unread or not beside
        self.refused.append(Problem(self.line, column, message))

    def warn(self, column: str | None, message: str) -> None:
        self.warned.append(Problem(self.line, column, message))

    @property
    def lacks(self) -> bool:
        """It cannot be a visit of its own."""
        return bool(self.refused) or self.moment is None

    def problems(self) -> tuple[Problem, ...]:
        return (*self.refused, *self.warned)


@dataclass(slots=True)
class People:
    """The patients of a feed who have no visit in it, and those not to be texted."""

    rows: list[PatientRow] = field(default_factory=list)
    gone: dict[str, Problem] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Series:
    """A recurring visit that a feed names as a whole, as far as `until`."""

    line: int
    version: str | None
    until: datetime


@dataclass(slots=True, kw_only=True)
class Found:
    """All that was found in a feed, in order.  `unit` is what it is counted in; `series`
    are the recurring visits that it names as a whole, by their own ids."""

    unit: str
    items: list[Entry | RefusedRow | Passed] = field(default_factory=list)
    people: People = field(default_factory=People)
    series: dict[str, Series] = field(default_factory=dict)


def clean(text: str, entry: Entry, column: str, most: int) -> str:
    """One line of plain text; "" and a problem where a byte is not UTF-8."""
    byte = wrong_byte(text[:2000])
    if byte is not None:
        entry.refuse(
            column,
            f"This is not UTF-8 (byte 0x{byte:02X}). Send the feed as UTF-8.",
            beside=True,
        )
        return ""
    said = plain(text)
    if len(said) > most:
        entry.warn(column, f"{len(said)} characters were cut to {most}.")
    return said[:most].strip()


def short_id(text: str) -> str:
    """As it is where it is plain and short; else another one that is always the same,
    for no two may become one: calendars write ids of a hundred letters."""
    said, text = plain(text), text.strip()
    if said == text and len(text) <= LONGEST_ID:
        return said
    return f"{said[:23]}~{hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()[:40]}"


def read_phone(text: str) -> str | Problem:
    """E.164, or why not; the line and the column are the caller's."""
    found = phones.read(text[:60])
    if isinstance(found, phones.Phone):
        return found.e164
    return Problem(0, None, found.why)


def language_of(tag: str, entry: Entry, column: str) -> Language | None:
    """`es-MX` and `spa` are Spanish.  None where the feed names none that we speak."""
    said = plain(tag[:40])
    if not said:
        return None
    for word in (said, said.replace("_", "-").partition("-")[0]):
        known = known_words().get((Column.language, "", normalised(word)))
        if known:
            return Language(known)
    entry.warn(column, f"The language '{said[:20]}' is not written here; English is.")
    return None


def status_of(
    feed: str, name: str, word: str, entry: Entry, column: str, *, pending: bool
) -> VisitStatus | Passed | None:
    """What a word of the feed means; None where the entry is refused for it.  `pending`:
    the clinic texts about visits that are not agreed yet."""
    meaning = feed_words().get((feed, name, word.strip().casefold()))
    if meaning is None:
        known = ", ".join(
            key[2] for key in sorted(feed_words()) if key[:2] == (feed, name)
        )
        entry.refuse(column, f"'{plain(word[:40])}' is not known here. Known: {known}.")
        return None
    how, colon, why = meaning.partition(": ")
    if how == "pending":
        if pending:
            return VisitStatus.booked
        entry.refuse(column, f"The visit {PENDING.format(word=plain(word[:40]))}")
        entry.not_agreed = True
        return None
    if colon and how == "refused":
        entry.refuse(column, f"The visit {why}.")
        entry.not_agreed = True
        return None
    if colon:
        said = f"It {why}. There is nothing to import."
        return Passed(entry.line, Problem(entry.line, column, said))
    return VisitStatus(how)


def instant(text: str) -> datetime | None:
    """An RFC 3339 instant; None for anything else."""
    try:
        found = datetime.fromisoformat(text[:40])
    except ValueError:
        return None
    # Near the ends of the calendar another zone has no such time.
    return found if found.tzinfo and found.year in range(1900, 2200) else None


@cache
def feed_words() -> Mapping[tuple[str, str, str], str]:
    """(feed, field, word in small letters) -> meaning."""
    with WORDS_FILE.open(newline="", encoding="utf-8") as file:
        return {
            (row["feed"], row["field"], row["word"].casefold()): row["meaning"]
            for row in csv.DictReader(file)
        }
