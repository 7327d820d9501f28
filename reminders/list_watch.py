"""A list of visits that came regularly and does not come any more is noticed, once, and
so is a clinic whose booked visits run out.  The next list ends it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, Task, TaskKind
from clinics.tasks import end_tasks, open_task
from gateway.quiet_hours import clock
from kernel.clock import rfc3339
from kernel.db import Database
from reminders.brought import last_visit
from reminders.list_habit import (
    Brought,
    Habit,
    Missing,
    RunOut,
    missing,
    run_out,
)
from reminders.models import ListBrought

ENDED_BY, ENDED_HOW = "Heed", "There are visits ahead again."
LOOKED_BACK = timedelta(days=60)  # a clinic that stopped before was told long ago
NO_LIST = (
    "No list of visits has come since {day}, and usually one comes {often}: upload the "
    "next one, or ask whoever sends it."
)
NO_VISITS = (
    "No visit is booked {beyond}, and usually there are more: upload the next list, or "
    "look whether the last one was whole."
)


@dataclass(frozen=True, slots=True)
class _Found:
    key: str  # what is missing: told once
    sentence: str


def watch_lists(database: Database, now: datetime) -> int:
    """Looks at every clinic that brings lists; how many are missing one."""
    with database.reading() as session:
        found = {
            clinic_id: _found(session, clinic_id, now)
            for clinic_id in _clinics(session, now)
        }
        told = {clinic_id for clinic_id in found if missing_list(session, clinic_id)}
    for clinic_id, one in found.items():
        if one is not None:
            database.retrying(partial(_open, clinic_id=clinic_id, found=one, now=now))
        elif clinic_id in told:
            database.retrying(partial(_end, clinic_id=clinic_id, now=now))
    return sum(one is not None for one in found.values())


def _found(session: Session, clinic_id: int, now: datetime) -> _Found | None:
    zone = ZoneInfo(session.get_one(Clinic, clinic_id).time_zone)
    lists = lists_of(session, clinic_id, now)
    late = missing(lists, now, zone)
    if late is not None:
        return _Found(f"list:{rfc3339(lists[-1].at)}", said_of_missing(late))
    gone = run_out(lists, last_visit(session, clinic_id), now, zone)
    if gone is not None:
        return _Found(f"visits:{gone.last}", said_of_run_out(gone))
    return None


def missing_list(session: Session, clinic_id: int) -> str | None:
    """The sentence for the desk's pages, while its task is open."""
    asked = (
        sa.select(col(Task.sentence))
        .where(
            col(Task.clinic_id) == clinic_id,
            col(Task.kind) == TaskKind.list_missing,
            col(Task.done_at).is_(None),
        )
        .order_by(col(Task.id).desc())
        .limit(1)
    )
    return session.connection().scalar(asked)


def lists_of(session: Session, clinic_id: int, now: datetime) -> list[Brought]:
    rows = session.connection().execute(
        sa.select(col(ListBrought.at), col(ListBrought.reaches))
        .where(
            col(ListBrought.clinic_id) == clinic_id,
            col(ListBrought.at) > now - LOOKED_BACK,
            col(ListBrought.at) <= now,
        )
        .order_by(col(ListBrought.at), col(ListBrought.id))
    )
    return [Brought(at, reaches) for at, reaches in rows]


def said_of_missing(late: Missing) -> str:
    return NO_LIST.format(day=_day(late.last), often=_often(late.habit))


def said_of_run_out(gone: RunOut) -> str:
    beyond = f"after {_day(gone.last)}" if gone.last else "any more"
    return NO_VISITS.format(beyond=beyond)


def _often(habit: Habit) -> str:
    if habit.gap == 1:
        return f"every weekday by {clock(habit.by)}"
    return f"at least every {habit.gap} weekdays"


def _day(day: date) -> str:
    return f"{day:%A, %B} {day.day}"


def _open(session: Session, clinic_id: int, found: _Found, now: datetime) -> None:
    kind, due = TaskKind.list_missing, timedelta(hours=4)
    open_task(session, clinic_id, kind, found.key, found.sentence, now, due_in=due)


def _end(session: Session, clinic_id: int, now: datetime) -> None:
    end_tasks(session, clinic_id, TaskKind.list_missing, ENDED_BY, ENDED_HOW, now)


def _clinics(session: Session, now: datetime) -> list[int]:
    """Those that brought a list lately."""
    asked = (
        sa.select(col(ListBrought.clinic_id))
        .where(col(ListBrought.at) > now - LOOKED_BACK)
        .distinct()
    )
    return sorted(session.connection().scalars(asked))
