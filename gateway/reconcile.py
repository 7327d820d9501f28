"""Compares with the vendor's own list: replays inbound that we lack, and finds out
what became of texts whose answer was lost.  Never sends anything again.

The watermark of a number moves only after a listing that ended well.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import TaskKind
from clinics.tasks import open_task
from gateway.inbound import OnReply
from gateway.missed import fetch_inbound
from gateway.models import Message, State
from gateway.outbox import release_leases
from gateway.sent import Report, take_report
from gateway.twilio import Listed, Vendor
from kernel.db import Database
from kernel.hashing import canonical
from kernel.logs import log
from registration.models import SenderNumber
from registration.numbers import Watched, mark_complete, numbers_to_watch

OVERLAP = timedelta(hours=24)  # the vendor filters by GMT day, and lists lag
FIRST_LOOK = timedelta(days=3)
ABSENT_AGAIN = timedelta(minutes=10)


@dataclass(slots=True)
class Pass:
    """What one pass did."""

    numbers: int = 0
    failed: int = 0
    replayed: int = 0
    found: int = 0
    absent: int = 0


def reconcile(
    database: Database,
    vendor: Vendor,
    on_reply: OnReply,
    now: datetime,
    wall: datetime | None = None,
    our_address: str | None = None,
) -> Pass:
    """One whole pass over every number; a number that fails keeps its watermark.

    `wall` is what the clock really shows, where that is not `now`: the vendor's list
    knows nothing of `flask tick --at`.  `our_address` is as `Arrived` has it.
    """
    done = Pass()
    with database.reading() as session:
        numbers = numbers_to_watch(session)
    for number in numbers:
        try:
            done.replayed += replay_inbound(
                database, vendor, number, on_reply, now, wall or now, our_address
            )
            done.numbers += 1
        except Exception as failure:  # whatever the client raises: not complete
            done.failed += 1
            log().error(
                "inbound listing failed",
                number_id=number.number_id,
                error=type(failure).__name__,
            )
    database.retrying(lambda session: release_leases(session, now))
    for unknown in _unknown(database):
        try:
            _resolve(database, vendor, unknown, done, now)
        except Exception as failure:
            done.failed += 1
            log().error(
                "look-up of a lost answer failed",
                message_id=unknown.id,
                error=type(failure).__name__,
            )
    return done


def replay_inbound(
    database: Database,
    vendor: Vendor,
    number: Watched,
    on_reply: OnReply,
    now: datetime,
    wall: datetime,
    our_address: str | None = None,
) -> int:
    """How many texts we had missed, since a day before the watermark."""
    since = min(number.complete_until or wall - FIRST_LOOK, wall) - OVERLAP
    missing = fetch_inbound(
        database, vendor, number, on_reply, since, now, our_address
    ).missing
    database.retrying(
        lambda session: mark_complete(session, number.clinic_id, number.number_id, now)
    )
    return len(missing)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A text that may be out: its answer never reached us."""

    id: int
    clinic_id: int
    phone: str
    from_phone: str
    body: str
    submitted_wall: datetime
    absent_since: datetime | None


def _unknown(database: Database) -> list[Lost]:
    with database.reading() as session:
        rows: Any = session.connection().execute(
            sa.select(
                col(Message.id),
                col(Message.clinic_id),
                col(Message.phone),
                col(SenderNumber.phone).label("from_phone"),
                col(Message.body),
                col(Message.submitted_wall),
                col(Message.absent_since),
            )
            .join(SenderNumber, col(SenderNumber.id) == col(Message.number_id))
            .where(col(Message.state) == State.unknown)
            .order_by(col(Message.id))
            .limit(1000)
        )
        return [Lost(**row._mapping) for row in rows]


def _resolve(
    database: Database, vendor: Vendor, lost: Lost, done: Pass, now: datetime
) -> None:
    listed = vendor.messages_between(
        lost.clinic_id,
        lost.from_phone,
        lost.phone,
        (lost.submitted_wall - OVERLAP).date(),
    )
    earliest = lost.submitted_wall - timedelta(minutes=1)  # two clocks
    same = [
        item
        for item in listed
        # An account may hide the words of what it sent.
        if item.body in (lost.body, None)
        and item.created_at
        and item.created_at >= earliest
    ]
    found = database.retrying(lambda session: _match(session, lost, same, now))
    if found:
        done.found += 1
    else:
        done.absent += 1
        database.retrying(lambda session: _note_absence(session, lost, now))


def _match(session: Session, lost: Lost, same: list[Listed], now: datetime) -> bool:
    """One to one: an id that another message has, or may be about to have, is not
    this one's."""
    twins_in_flight = session.connection().scalar(
        sa.select(sa.func.count()).where(
            col(Message.clinic_id) == lost.clinic_id,
            col(Message.phone) == lost.phone,
            col(Message.body) == lost.body,
            col(Message.state) == State.submitting,
        )
    )
    if twins_in_flight:
        return True  # not absent, not found: the next pass will tell
    taken = set(
        session.connection().scalars(
            sa.select(col(Message.vendor_sid)).where(
                col(Message.vendor_sid).in_([item.sid for item in same])
            )
        )
    )
    free = [item for item in same if item.sid not in taken]
    if not free:
        return False
    item = min(
        free, key=lambda item: (item.body is None, item.created_at or now, item.sid)
    )
    report = Report(
        account_sid=item.account_sid,
        vendor_sid=item.sid,
        status=item.status,
        error_code=item.error_code,
        raw=canonical({"listed": item.sid, "status": item.status}).decode(),
    )
    take_report(session, lost.clinic_id, lost.id, report, now)
    return True


def _note_absence(session: Session, lost: Lost, now: datetime) -> None:
    """Absent in two listings ten minutes apart: it never left.  It is not sent again
    by machine; a person calls."""
    if lost.absent_since is None or now - lost.absent_since < ABSENT_AGAIN:
        session.connection().execute(
            sa.update(Message)
            .where(col(Message.id) == lost.id, col(Message.absent_since).is_(None))
            .values(absent_since=now)
        )
        return
    session.connection().execute(
        sa.update(Message)
        .where(col(Message.id) == lost.id, col(Message.state) == State.unknown)
        .values(
            state=State.failed,
            finished_at=now,
            outcome="Twilio never took this text: it is in none of its lists.",
        )
    )
    open_task(
        session,
        lost.clinic_id,
        TaskKind.call_patient,
        f"lost:{lost.id}",
        "A text to this number got lost on its way to Twilio and was not sent again. "
        "Call the patient if it still matters.",
        now,
        phone=lost.phone,
    )
