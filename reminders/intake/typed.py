"""What somebody typed of a visit: one row of a file, or the sentence beside each field.

Pure.  It is read by the rules of the import, so that a typed time or phone means the
same; only what a person at the desk can answer at once is asked more strictly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.quiet_hours import clock
from reminders.intake.headings import Column, Columns
from reminders.intake.rows import AppointmentRow, RefusedRow, read_row

FARTHEST = timedelta(days=2 * 366)
DAY_BEGINS, DAY_ENDS = 6, 22  # hours; outside of them AM and PM were mixed up

NO_DATE = "Choose the day of the visit."
NO_TIME = "Write the time of the visit, such as 3:00 PM."
NO_NAME = "Write the patient's first name. The reminder begins with it."
PASSED = "This time has passed. Choose one that lies ahead."
TOO_FAR = "This is more than two years ahead. Look at the year."
AT_NIGHT = "{} is in the night. If it is meant, tick the box below."


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The fields of the form, as they were typed."""

    date: str
    time: str
    provider: str = ""
    place: str = ""
    at_night: bool = False  # the night is meant
    given_name: str = ""
    family_name: str = ""
    phone: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """Field of the form -> the sentence beside it."""

    sentences: Mapping[str, str]


def cells(typed: Typed) -> dict[Column, str]:
    return {
        Column.date: typed.date,
        Column.time: typed.time,
        Column.provider: typed.provider,
        Column.location: typed.place,
    }


def new_patient(typed: Typed) -> dict[Column, str]:
    return {
        Column.given_name: typed.given_name,
        Column.family_name: typed.family_name,
        Column.phone: typed.phone,
        Column.language: typed.language,
    }


def read(
    texts: Mapping[Column, str], place: ZoneInfo, typed: Typed, now: datetime
) -> AppointmentRow | Wrong:
    """The row, or everything that is wrong with it, by field."""
    columns = Columns(
        {column: where for where, column in enumerate(texts)},
        tuple(column.value for column in texts),
    )
    row = read_row(texts, columns, 1, place)
    wrong: dict[str, str] = {}
    if isinstance(row, RefusedRow):
        for problem in row.problems:
            wrong.setdefault(problem.column or "date", problem.message)
    else:
        wrong |= _when_wrong(row, typed, now)
    for column, sentence in ((Column.date, NO_DATE), (Column.time, NO_TIME)):
        if not texts[column].strip():
            wrong[column] = sentence
    if Column.given_name in texts and not texts[Column.given_name].strip():
        wrong[Column.given_name] = NO_NAME
    if wrong or isinstance(row, RefusedRow):
        return Wrong(wrong)
    return row


def _when_wrong(row: AppointmentRow, typed: Typed, now: datetime) -> dict[str, str]:
    if row.starts_at <= now:
        return {"date": PASSED}
    if row.starts_at > now + FARTHEST:
        return {"date": TOO_FAR}
    wall = datetime.fromisoformat(row.wall_time).time()
    if not (DAY_BEGINS <= wall.hour < DAY_ENDS or typed.at_night):
        return {"time": AT_NIGHT.format(clock(wall))}
    return {}
