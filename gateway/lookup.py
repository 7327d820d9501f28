"""Which carrier a phone is on: asked of the vendor outside any transaction, kept for
30 days, because numbers are ported."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from gateway.gate import LOOKUP_VALID
from gateway.models import CarrierLookup
from gateway.outbox import Claimed
from gateway.twilio import LookupFailed, Network, Vendor
from kernel.carriers import Carrier, resolve
from kernel.db import Database, insert_or_ignore

TEXTABLE = frozenset({"mobile", "nonFixedVoip", "personal", "unknown"})


def ensure_looked_up(
    database: Database, vendor: Vendor, claimed: Claimed, now: datetime
) -> None:
    """Asks when there is no fresh answer.  A failure leaves things as they are: the
    gate then holds the text and says so."""
    if claimed.looked_up_at and now - claimed.looked_up_at <= LOOKUP_VALID:
        return
    answer = vendor.lookup(claimed.clinic_id, claimed.phone)
    if isinstance(answer, LookupFailed):
        return
    database.retrying(
        lambda session: store(session, claimed.clinic_id, claimed.phone, answer, now)
    )


def store(
    session: Session, clinic_id: int, phone: str, network: Network, now: datetime
) -> None:
    key = {"clinic_id": clinic_id, "phone": phone}
    values = {
        "carrier": carrier_of(network),
        "textable": network.valid and network.line_type in TEXTABLE,
        "line_type": network.line_type,
        "carrier_name": network.carrier_name,
        "mcc": network.mcc,
        "mnc": network.mnc,
        "looked_up_at": now,
    }
    connection = session.connection()
    connection.execute(insert_or_ignore(session, CarrierLookup), {**key, **values})
    connection.execute(
        sa.update(CarrierLookup)
        .where(
            col(CarrierLookup.clinic_id) == clinic_id,
            col(CarrierLookup.phone) == phone,
            col(CarrierLookup.looked_up_at) <= now,
        )
        .values(**values)
    )


def carrier_of(network: Network) -> Carrier:
    """VoIP and fixed lines are on no gated network, whatever the name says."""
    if network.line_type in {"nonFixedVoip", "fixedVoip", "landline"}:
        return Carrier.other
    return resolve(name=network.carrier_name, mcc=network.mcc, mnc=network.mnc)


def forget(session: Session, clinic_id: int, phone: str) -> None:
    """The vendor's last word makes the old answer doubtful: ask again next time."""
    session.connection().execute(
        sa.delete(CarrierLookup).where(
            col(CarrierLookup.clinic_id) == clinic_id, col(CarrierLookup.phone) == phone
        )
    )
