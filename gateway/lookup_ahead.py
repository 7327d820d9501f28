"""Asks up to two days ahead which carrier the phones of coming texts are on: so what is
foretold of tomorrow is about carriers that we know, and a landline is found while there is
time to ask for another number.

An answer counts for 30 days, so a phone is hardly asked for more often than without it.  One
that nobody answered for in time is asked for when its text leaves (`gateway.lookup`).
"""

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import VendorAccount
from consent.models import Line, Standing
from consent.standing import OF_ONE_PHONE
from gateway.gate import LOOKUP_VALID
from gateway.lookup import store
from gateway.models import CarrierLookup, Message
from gateway.twilio import LookupFailed, Vendor
from kernel.db import Database
from kernel.logs import log

AHEAD = timedelta(hours=48)  # all of tomorrow, at any hour of today
AT_ONCE = 20  # phones of one clinic, then the next clinic has its turn
SECONDS = 20.0  # of one pass
SILENT = 3  # phones in a row without an answer: it is the vendor, not the phone
AGAIN = timedelta(hours=1)


@dataclass(slots=True)
class LookupAhead:
    """`unanswered`: when a clinic's phone was last asked for in vain; `after`: the clinic
    whose turn it was last."""

    unanswered: dict[tuple[int, str], datetime] = field(default_factory=dict)
    after: int = 0

    def look(self, database: Database, vendor: Vendor, now: datetime) -> int:
        """How many phones are known by it."""
        self.unanswered = {
            phone: at for phone, at in self.unanswered.items() if now - at < AGAIN
        }
        until = time.monotonic() + SECONDS
        with database.reading() as session:
            clinics = _connected(session)
        known = 0
        for clinic_id in sorted(clinics, key=lambda one: (one <= self.after, one)):
            if time.monotonic() > until:
                break
            self.after = clinic_id
            try:
                known += self._of_clinic(database, vendor, clinic_id, now)
            except Exception as failure:  # of one clinic: the others have theirs
                log().error(
                    "carriers not asked for",
                    clinic_id=clinic_id,
                    error=type(failure).__name__,
                )
        return known

    def _of_clinic(
        self, database: Database, vendor: Vendor, clinic_id: int, now: datetime
    ) -> int:
        vain = {phone for clinic, phone in self.unanswered if clinic == clinic_id}
        most = AT_ONCE + len(vain)
        with database.reading() as session:
            found = _phones(session, clinic_id, now, most)
        known = silent = 0
        for phone in [one for one in found if one not in vain][:AT_ONCE]:
            with database.reading() as session:
                if not _phones(session, clinic_id, now, 1, only=phone):
                    continue  # another clock has asked meanwhile, or it said stop
            answer = vendor.lookup(clinic_id, phone)
            if not isinstance(answer, LookupFailed):
                keep = partial(
                    store, clinic_id=clinic_id, phone=phone, network=answer, now=now
                )
                database.retrying(keep)
                known, silent = known + 1, 0
                continue
            self.unanswered[clinic_id, phone] = now
            silent = 0 if answer.of_phone else silent + 1
            if silent == SILENT:
                break
        return known


def _connected(session: Session) -> list[int]:
    return list(
        session.connection().scalars(
            sa.select(col(VendorAccount.clinic_id)).where(
                col(VendorAccount.halted_since).is_(None)
            )
        )
    )


def _phones(
    session: Session, clinic_id: int, now: datetime, most: int, only: str = ""
) -> list[str]:
    """Of texts that may leave soon, to people who agreed; the nearest first.  `only`:
    of this phone alone."""
    asked = _asked().where(col(Message.phone) == only) if only else _asked()
    given = {
        "clinic": clinic_id,
        "now": now,
        "until": now + AHEAD,
        "fresh": now + AHEAD - LOOKUP_VALID,
        "most": most,
    }
    return list(session.connection().scalars(asked, given))


@cache
def _asked() -> Any:
    """In the words of the index `ix_message_clinic_due`."""
    of_text = sa.and_(
        col(Standing.clinic_id) == col(Message.clinic_id),
        col(Standing.phone) == col(Message.phone),
        col(Standing.topic) == col(Message.topic),
    )
    looked_up = sa.and_(
        col(CarrierLookup.clinic_id) == col(Message.clinic_id),
        col(CarrierLookup.phone) == col(Message.phone),
    )
    return (
        sa.select(col(Message.phone))
        .join(Standing, of_text)
        .join(Line, OF_ONE_PHONE)
        .outerjoin(CarrierLookup, looked_up)
        .where(
            sa.text("message.state = 'due'"),
            col(Message.clinic_id) == sa.bindparam("clinic"),
            col(Message.send_from) > sa.bindparam("now"),
            col(Message.send_from) <= sa.bindparam("until"),
            col(Standing.granted_seq) > col(Line.stopped_seq),
            col(Line.held_since).is_(None),
            sa.or_(
                col(CarrierLookup.looked_up_at).is_(None),
                col(CarrierLookup.looked_up_at) < sa.bindparam("fresh"),
            ),
        )
        .group_by(col(Message.phone))
        .order_by(sa.func.min(col(Message.send_from)), col(Message.phone))
        .limit(sa.bindparam("most"))
    )
