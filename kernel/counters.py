"""Caps that hold over all processes, because they are counted in the database.

A cap counts the tries of one fixed window; what it is about, the name says.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from kernel.db import insert_or_ignore
from kernel.models import Counter


def count(
    session: Session, name: str, window: timedelta, now: datetime, by: int = 1
) -> int:
    """Adds `by` and tells how many there are now in this window.

    The row stays locked until the caller commits, so two tries never count as one.
    """
    start = window_start(window, now)
    connection = session.connection()
    connection.execute(
        insert_or_ignore(session, Counter),
        {"name": name, "window_start": start, "count": 0},
    )
    place = (col(Counter.name) == name, col(Counter.window_start) == start)
    connection.execute(
        sa.update(Counter).where(*place).values(count=col(Counter.count) + by)
    )
    _forget_older(session, name, start)
    found = connection.scalar(sa.select(col(Counter.count)).where(*place))
    return int(found or 0)


def counted(session: Session, name: str, window: timedelta, now: datetime) -> int:
    """How many there are in this window, without adding one."""
    found = session.get(Counter, (name, window_start(window, now)))
    return found.count if found is not None else 0


def window_start(window: timedelta, now: datetime) -> datetime:
    seconds = int(window.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)


def _forget_older(session: Session, name: str, start: datetime) -> None:
    session.connection().execute(
        sa.delete(Counter).where(
            col(Counter.name) == name, col(Counter.window_start) < start
        )
    )
