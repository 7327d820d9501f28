"""Cuts the rows of a feed into parts that one short transaction can bring in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from reminders.intake.problem import Problem
from reminders.intake.rows import AppointmentRow, RefusedRow

FIRST, FEWEST, MOST = 100, 50, 2000  # rows
AIM = 0.2  # seconds: a STOP waits for one part at most


@dataclass(slots=True)
class Pace:
    """How many rows make a part: as many as are stored in the time that we aim at.  A
    part that changes visits takes longer than one that finds them unchanged."""

    rows: int = FIRST

    def took(self, part: "Part", seconds: float) -> None:
        if len(part.rows) < self.rows:
            return  # the last one, or one that was cut: it says little
        wanted = self.rows * AIM / max(seconds, 0.001)
        # Grows by half at most, so that one lucky part does not make a long one.
        self.rows = round(max(FEWEST, min(MOST, 1.5 * self.rows, wanted)))


@dataclass(slots=True)
class Part:
    rows: list[AppointmentRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    refused: int = 0
    ends: list[RefusedRow] = field(default_factory=list)  # of those, what is certain
    doubts: list[RefusedRow] = field(
        default_factory=list
    )  # and what puts a visit in doubt
    read: int = 0  # rows of the feed up to the end of this part, refused ones too
    last: bool = False


def parts_of(
    rows: Iterable[AppointmentRow | RefusedRow],
    skip: int = 0,
    pace: Pace | None = None,
) -> Iterator[Part]:
    """In order; the last one says so, and a feed without rows is one empty part.  The
    first `skip` rows were brought in before: only what is wrong with them is said."""
    part, phones, ids = Part(), dict[str, str](), set[str]()
    read, pace = 0, pace or Pace()
    for row in rows:
        old = read < skip
        if not old and _must_cut(part, row, ids, phones, pace.rows):
            yield part
            part, phones, ids = Part(), {}, set()
        read += 1
        part.read = read
        if isinstance(row, RefusedRow):
            part.refused += not old
            part.problems += row.problems
            if row.ends and not old:
                part.ends.append(row)
            elif row.doubt and not old:
                part.doubts.append(row)
            continue
        part.problems += row.warnings
        if not old:
            part.rows.append(row)
            ids.add(row.appointment_id)
            phones[row.patient_id] = row.phone
    part.last = True
    yield part


def _must_cut(
    part: Part,
    row: AppointmentRow | RefusedRow,
    ids: set[str],
    phones: dict[str, str],
    most: int,
) -> bool:
    """A part is full, or names this visit already, or this patient with another phone:
    what comes later must find what came before stored."""
    if len(part.rows) + len(part.doubts) >= most or part.refused >= MOST:
        return True
    if isinstance(row, RefusedRow):
        return False
    known = phones.get(row.patient_id)
    return row.appointment_id in ids or known not in (None, row.phone)
