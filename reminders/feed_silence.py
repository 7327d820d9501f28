"""Notices that lists of visits have stopped coming, and tells the clinic once.

A list is missed when one came on this weekday in each of the last three weeks, and none
now: so a feed that rests on Sundays, or comes once a week, is missed on its own day.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, StaffAction, Task, TaskKind
from clinics.tasks import finish_task, open_task
from kernel.clock import local_time
from kernel.db import Database

IMPORTED = "appointments imported"  # as an import notes itself
WEEKS = 3  # that a rhythm must have lasted
DAY = timedelta(hours=24)
LATE = timedelta(hours=6)  # by which a list may come later than it did
BY = "the next list"
SILENT = (
    "No list of visits has come since {last}, though one came on this day in each of the "
    "last three weeks. Visits that were booked or moved since are not known here. Look "
    "whether your system still sends it, or upload a list under Appointments."
)


def watch_feeds(database: Database, now: datetime) -> int:
    """How many clinics were told.  A clinic whose lists come again needs no telling."""
    with database.reading() as session:
        came = _imports(session, now)
        zones = _zones(session, list(came))
        done = _answered(session, came)
    for clinic_id, task_id in done:
        database.retrying(
            partial(finish_task, clinic_id=clinic_id, task_id=task_id, by=BY, now=now)
        )
    told = 0
    for clinic_id, times in came.items():
        if missed(times, now):
            last = times[-1]
            told += database.retrying(
                partial(
                    open_task,
                    clinic_id=clinic_id,
                    kind=TaskKind.feed_stopped,
                    dedupe_key=f"feed:{last.isoformat()}",
                    sentence=SILENT.format(last=local_time(last, zones[clinic_id])),
                    now=now,
                )
            )
    return told


def missed(times: Sequence[datetime], now: datetime) -> bool:
    """Whether a list should have come by now.  `times` are those of imports, the oldest
    first.  Pure."""
    if not times or times[-1] > now - DAY - LATE:
        return False
    weeks = (now - timedelta(weeks=number) for number in range(1, WEEKS + 1))
    return all(
        any(then - DAY - LATE < at <= then - LATE for at in times) for then in weeks
    )


def _imports(session: Session, now: datetime) -> dict[int, list[datetime]]:
    """The times of each clinic's imports of the weeks that matter, in order."""
    came: dict[int, list[datetime]] = defaultdict(list)
    found = session.connection().execute(
        sa.select(col(StaffAction.clinic_id), col(StaffAction.at))
        .where(
            col(StaffAction.action) == IMPORTED,
            col(StaffAction.at) > now - timedelta(weeks=WEEKS + 1),
            col(StaffAction.at) <= now,
            col(StaffAction.clinic_id).is_not(None),
        )
        .order_by(col(StaffAction.at))
    )
    for clinic_id, at in found:
        if clinic_id is not None:
            came[clinic_id].append(at)
    return dict(came)


def _zones(session: Session, clinic_ids: Sequence[int]) -> dict[int, str]:
    found = session.connection().execute(
        sa.select(col(Clinic.id), col(Clinic.time_zone)).where(
            col(Clinic.id).in_(clinic_ids)
        )
    )
    return {clinic_id: zone for clinic_id, zone in found if clinic_id is not None}


def _answered(
    session: Session, came: Mapping[int, Sequence[datetime]]
) -> list[tuple[int, int]]:
    """Open tasks after which a list did come."""
    found = session.connection().execute(
        sa.select(col(Task.clinic_id), col(Task.id), col(Task.created_at)).where(
            col(Task.kind) == TaskKind.feed_stopped, col(Task.done_at).is_(None)
        )
    )
    return [
        (clinic_id, task_id)
        for clinic_id, task_id, created_at in found
        if task_id and clinic_id in came and came[clinic_id][-1] > created_at
    ]
