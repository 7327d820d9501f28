"""Incoming texts that the vendor lists and we had not: taken as if they came now.

Moves no watermark, and decides nothing: a late text goes through the same door.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import partial

import sqlalchemy as sa
from sqlmodel import Session, col

from gateway.inbound import Arrived, OnReply, receive
from gateway.models import ArrivedBy, InboundMessage
from gateway.order import settle
from gateway.twilio import Listed, Vendor
from kernel.db import Database
from kernel.hashing import canonical
from registration.numbers import Watched


@dataclass(frozen=True, slots=True)
class Fetched:
    """The vendor's ids of what it listed, and of what we had not."""

    listed: tuple[str, ...]
    missing: tuple[str, ...]


def fetch_inbound(
    database: Database,
    vendor: Vendor,
    number: Watched,
    on_reply: OnReply,
    since: datetime,
    now: datetime,
    our_address: str | None = None,
) -> Fetched:
    """What we missed is applied in the vendor's order.  Moves no watermark."""
    listed = [
        item
        for item in vendor.messages_to(number.clinic_id, number.phone, since.date())
        if item.direction == "inbound"
    ]
    known = _known(database, listed)
    missing = [item for item in listed if item.sid not in known]
    for item in sorted(missing, key=lambda item: (item.created_at or now, item.sid)):
        arrived = _arrived(number, item, our_address)
        database.retrying(partial(_replay, arrived, on_reply, now))
    undated = [item for item in listed if known.get(item.sid) is Dated.no]
    if undated or missing:
        database.retrying(
            lambda session: settle(
                session, number.clinic_id, listed, undated, missing, now
            )
        )
    return Fetched(
        tuple(item.sid for item in listed), tuple(item.sid for item in missing)
    )


def _replay(
    arrived: Arrived, on_reply: OnReply, now: datetime, session: Session
) -> bool:
    return receive(session, arrived, on_reply, now)


class Dated(Enum):
    """Whether we know when the vendor got a text; a webhook does not tell."""

    yes = "yes"
    no = "no"


def _known(database: Database, listed: list[Listed]) -> dict[str, Dated]:
    known: dict[str, Dated] = {}
    sids = [item.sid for item in listed]
    with database.reading() as session:
        for start in range(0, len(sids), 500):
            rows = session.connection().execute(
                sa.select(
                    col(InboundMessage.vendor_sid), col(InboundMessage.vendor_at)
                ).where(col(InboundMessage.vendor_sid).in_(sids[start : start + 500]))
            )
            known.update((sid, Dated.yes if at else Dated.no) for sid, at in rows)
    return known


def _arrived(number: Watched, item: Listed, our_address: str | None) -> Arrived:
    return Arrived(
        clinic_id=number.clinic_id,
        number_id=number.number_id,
        account_sid=item.account_sid,
        vendor_sid=item.sid,
        from_phone=item.from_phone,
        body=item.body,
        opt_out_type=None,
        raw=canonical(
            {
                "sid": item.sid,
                "from": item.from_phone,
                "to": item.to_phone,
                "body": item.body,
                "created": item.created_at and item.created_at.isoformat(),
            }
        ).decode(),
        arrived_by=ArrivedBy.reconciler,
        vendor_at=item.created_at,
        our_address=our_address,
    )
