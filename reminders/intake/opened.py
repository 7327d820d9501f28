"""The seam between what reads a format and what stores visits.

A reader opens a binary stream and gives either an `UnusableFile` or an `Opened`: rows,
one at a time, in any number.  What stores them knows no format.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from reminders.intake.entry import PatientRow
from reminders.intake.problem import Problem
from reminders.intake.rows import AppointmentRow, RefusedRow

Told = Callable[[int, int], None]  # how much is done, of how much


def untold(done: int, total: int) -> None:
    """Nobody watches."""


def all_named(appointment_id: str) -> bool:
    """A reader that keeps no list of its visits: nothing is said of the others."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A file that was looked through once and found usable.

    `read` begins at the first row each time it is called, and gives good and refused
    rows in the order of the file.  Rows of one visit may follow each other: they are
    brought in one after the other, and the last one counts.
    """

    format: str  # csv, fhir, hl7 or ical
    read: Callable[[], Iterator[AppointmentRow | RefusedRow]]
    rows: int | None = None  # None = nobody counted them
    sha256: str = ""  # of the bytes
    problems: tuple[Problem, ...] = ()  # of the file as a whole
    names: Callable[[str], bool] = all_named  # is this visit one of the file's?
    steady: bool = True  # the same rows, whatever was stored since? a feed asks what is
    repeats: bool = True  # may a visit come again? False where the reader refuses it
    people: tuple[PatientRow, ...] = ()  # patients without a visit in it
    passed: int = 0  # entries that say nothing new
    unit: str = "Line"  # what the problems count: lines, messages, entries, events
