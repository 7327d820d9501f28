"""Connecting a number: Twilio brings us its texts, and reminders may leave from it.

Takes the database, not a session: the call to Twilio runs inside no transaction.
"""

from datetime import datetime

from sqlmodel import Session

from clinics.access import note_action
from gateway.twilio import Vendor
from kernel import phone as phones
from kernel.db import Database
from kernel.errors import Conflict, Invalid, NotFound
from registration import numbers
from registration.models import SenderNumber


def connect(
    database: Database,
    vendor: Vendor,
    base: str,
    clinic_id: int,
    number_id: int,
    by: str,
    now: datetime,
) -> tuple[SenderNumber, str]:
    """The number, and the address that Twilio calls.  Raises NotFound, Conflict for a
    number without a campaign, and Invalid where Twilio did not take it."""
    with database.reading() as reading:
        row = numbers.number_of(reading, clinic_id, number_id)
        if row.campaign_id is None:
            raise Conflict(
                f"{phones.shown(row.phone)} serves no campaign yet. Attach it to one "
                "first."
            )
    url = f"{base.rstrip('/')}/webhooks/twilio/inbound"
    point_at_us(vendor, clinic_id, row.phone, row.vendor_sid, url)

    def work(writing: Session) -> SenderNumber:
        note_action(writing, clinic_id, by, "number connected", row.phone, now)
        return numbers.connect(writing, clinic_id, number_id, now)

    return database.retrying(work), url


def point_at_us(
    vendor: Vendor, clinic_id: int, phone: str, sid: str | None, url: str
) -> None:
    """Raises Invalid where Twilio did not take it, NotFound for a number not owned."""
    try:
        sid = sid or vendor.number_sid(clinic_id, phone)
        if sid is not None:
            vendor.connect(clinic_id, sid, url)
    except Invalid:
        raise
    except Exception as failure:  # whatever the client raises, nothing was changed here
        raise Invalid(
            f"Twilio did not take the webhook address ({type(failure).__name__}). "
            "Nothing was changed. Check the clinic's account, then try again."
        ) from None
    if sid is None:
        raise NotFound(
            f"The clinic's Twilio account does not own {phones.shown(phone)}. "
            "Buy or host it there first."
        )
