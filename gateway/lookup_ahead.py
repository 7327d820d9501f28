"""Asks up to two days ahead which carrier the phones of coming texts are on: so what is
foretold of tomorrow is about carriers that we know, and a landline is found while there is
time to ask for another number.

An answer counts for 30 days, so a phone is hardly asked for more often than without it.  One
that nobody answered for in time is asked for when its text leaves (`gateway.lookup`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic
from consent.models import Line, Standing
from consent.standing import OF_ONE_PHONE
from gateway.gate import LOOKUP_VALID
from gateway.lookup import store
from gateway.models import CarrierLookup, Message
from gateway.twilio import LookupFailed, Vendor
from kernel.db import Database

AHEAD = timedelta(hours=48)  # all of tomorrow, at any hour of today
AT_ONCE = 100  # phones of one clinic
SILENT = 3  # phones in a row without an answer: it is the vendor, not the phone
AGAIN = timedelta(hours=1)


@dataclass(slots=True)
class LookupAhead:
    """`unanswered`: when a clinic's phone was last asked for in vain."""

    unanswered: dict[tuple[int, str], datetime] = field(default_factory=dict)

    def look(self, database: Database, vendor: Vendor, now: datetime) -> int:
        """How many phones are known by it."""
        self.unanswered = {
            phone: at for phone, at in self.unanswered.items() if now - at < AGAIN
        }
        asked = sa.select(col(Clinic.id)).order_by(col(Clinic.id))
        with database.reading() as session:
            clinics: Any = [*session.connection().scalars(asked)]
        return sum(self._of_clinic(database, vendor, one, now) for one in clinics)

    def _of_clinic(
        self, database: Database, vendor: Vendor, clinic_id: int, now: datetime
    ) -> int:
        with database.reading() as session:
            phones = [*self._phones(session, clinic_id, now)]
        known = silent = 0
        for phone in phones:
            answer = vendor.lookup(clinic_id, phone)
            if isinstance(answer, LookupFailed):
                self.unanswered[clinic_id, phone] = now
                silent += 1
                if silent == SILENT:
                    break
                continue
            database.retrying(
                partial(
                    store, clinic_id=clinic_id, phone=phone, network=answer, now=now
                )
            )
            known, silent = known + 1, 0
        return known

    def _phones(self, session: Session, clinic_id: int, now: datetime) -> Iterator[str]:
        """Of texts that may leave soon, to people who agreed; the nearest first."""
        vain = {phone for clinic, phone in self.unanswered if clinic == clinic_id}
        rows = session.connection().scalars(
            _asked(),
            {
                "clinic": clinic_id,
                "now": now,
                "until": now + AHEAD,
                "fresh": now + AHEAD - LOOKUP_VALID,
                "most": AT_ONCE + len(vain),
            },
        )
        yield from [phone for phone in rows if phone not in vain][:AT_ONCE]


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
