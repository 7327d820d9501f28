"""One at a time, over all processes: an errand is held by a row with owner and end.

A process that died holds it until that end; nobody frees what another holds.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from kernel.db import Database, insert_or_ignore
from kernel.models import Lease


@contextmanager
def alone(
    database: Database, name: str, lasts: timedelta, now: datetime
) -> Iterator[bool]:
    """False while somebody else is at the errand of this name."""
    owner = secrets.token_hex(8)
    mine = database.retrying(
        lambda session: take(session, name, owner, now + lasts, now)
    )
    try:
        yield mine
    finally:
        if mine:
            database.retrying(lambda session: give_back(session, name, owner))


def take(
    session: Session, name: str, owner: str, until: datetime, now: datetime
) -> bool:
    """Only what is free or over: the database decides between two who ask at once."""
    values = {"owner": owner, "until": until}
    over = (col(Lease.name) == name, col(Lease.until) <= now)
    taken = session.connection().execute(sa.update(Lease).where(*over).values(**values))
    if taken.rowcount:
        return True
    made = session.connection().execute(
        insert_or_ignore(session, Lease, "name"), {"name": name, **values}
    )
    return made.first() is not None


def give_back(session: Session, name: str, owner: str) -> None:
    session.connection().execute(
        sa.delete(Lease).where(col(Lease.name) == name, col(Lease.owner) == owner)
    )
