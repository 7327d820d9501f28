"""Is the program able to keep its promises right now?  Asked by `/readyz`."""

import math
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from gateway.compared import last_compared
from gateway.models import Quarantine
from kernel.db import Database
from kernel.models import Heartbeat
from kernel.schema import is_current
from registration.models import SenderNumber, Watermark
from registration.numbers import INBOUND_VALID

CLOCK_VALID = timedelta(minutes=5)
KEPT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    ok: bool
    detail: str


@dataclass(slots=True)
class Kept:
    """The last answer, for a moment: anyone may ask, and asking writes to the disk."""

    database: Database
    answer: list[Check] = field(default_factory=list)
    asked_at: float = -math.inf
    lock: threading.Lock = field(default_factory=threading.Lock)

    def checks(self, now: datetime) -> list[Check]:
        with self.lock:
            if time.monotonic() - self.asked_at >= KEPT_SECONDS:
                self.answer = checks(self.database, now)
                self.asked_at = time.monotonic()
            return self.answer


def checks(database: Database, now: datetime) -> list[Check]:
    """Database writable, schema newest, clock ticking, inbound complete."""
    written = _writable(database)
    if not written.ok:
        return [written]
    return [
        written,
        _schema(database),
        _clock(database, now),
        _inbound(database, now),
        _quarantine(database),
        _compared(database, now),
        _backup(database, now),
    ]


def _writable(database: Database) -> Check:
    try:
        with database.writing() as session:
            session.connection().execute(
                sa.update(Heartbeat).where(sa.false()).values(name="")
            )
            if database.dialect == "sqlite":
                # Only a changed page shows a full disk or a read-only file.
                session.connection().exec_driver_sql("PRAGMA user_version = 1")
    except SQLAlchemyError as mistake:
        return Check("database", False, f"cannot be written ({type(mistake).__name__})")
    return Check("database", True, "can be written")


def _schema(database: Database) -> Check:
    current = is_current(database)
    detail = "newest" if current else "behind: run 'flask db upgrade'"
    return Check("migrations", current, detail)


def _clock(database: Database, now: datetime) -> Check:
    with database.reading() as session:
        at = session.connection().scalar(
            sa.select(col(Heartbeat.at)).where(col(Heartbeat.name) == "clock")
        )
    if at is None:
        return Check("clock", False, "has not ticked yet")
    age = now - at
    return Check("clock", abs(age) <= CLOCK_VALID, f"ticked {_seconds(age)} ago")


def _inbound(database: Database, now: datetime) -> Check:
    with database.reading() as session:
        oldest = (
            session.connection()
            .execute(
                sa.select(
                    sa.func.count(),
                    sa.func.count(col(Watermark.complete_until)),
                    sa.func.min(col(Watermark.complete_until)),
                )
                .select_from(SenderNumber)
                .outerjoin(Watermark, col(Watermark.number_id) == col(SenderNumber.id))
                .where(col(SenderNumber.connected_at).is_not(None))
            )
            .one()
        )
    numbers, seen, at = oldest
    if numbers == 0:
        return Check("inbound", True, "no number is connected")
    if seen < numbers or at is None:
        return Check("inbound", False, f"{numbers - seen} numbers never compared")
    age = now - at
    return Check(
        "inbound", abs(age) <= INBOUND_VALID, f"complete until {_seconds(age)} ago"
    )


def _quarantine(database: Database) -> Check:
    """Kept and reported; it is for a person, and no reason to stop."""
    with database.reading() as session:
        unseen = session.connection().scalar(
            sa.select(sa.func.count())
            .select_from(Quarantine)
            .where(col(Quarantine.seen_at).is_(None))
        )
    hint = " (flask quarantine list)" if unseen else ""
    return Check("quarantine", True, f"{unseen} not looked at{hint}")


def _compared(database: Database, now: datetime) -> Check:
    """Reported only: what comes in is complete or not whatever was compared."""
    with database.reading() as session:
        never, at = last_compared(session)
    if never:
        return Check("compared", True, f"{never} clinics never compared with Twilio")
    detail = "nothing to compare" if at is None else f"{_seconds(now - at)} ago"
    return Check("compared", True, detail)


def _backup(database: Database, now: datetime) -> Check:
    """Reported only: texts may leave without one.  `flask doctor` is stricter."""
    with database.reading() as session:
        at = session.connection().scalar(
            sa.select(col(Heartbeat.at)).where(col(Heartbeat.name) == "backup")
        )
    detail = "none was made yet" if at is None else f"made {_seconds(now - at)} ago"
    return Check("backup", True, detail)


def _seconds(age: timedelta) -> str:
    return f"{max(0, int(age.total_seconds()))} s"
