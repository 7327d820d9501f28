"""Asks Twilio about every brand that is registered there.

Lenient: an unknown word is kept raw and verifies nothing; a failed call changes
nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from kernel.db import Database
from registration import a2p_brand
from registration.a2p_brand import BrandSeen
from registration.models import Brand
from registration.registering import client_of_account, take_brand
from registration.twilio import Refused


def poll_brands(
    database: Database,
    client_of: Callable[[int], Any],
    now: datetime,
    only: int | None = None,
) -> dict[int, str]:
    """What was not heard, by brand: why.  `only` is one brand's id."""
    with database.reading() as session:
        asked = _asked(session, only)
    failed: dict[int, str] = {}
    for brand_id, clinic_id, sid in asked:
        own = client_of_account(client_of, clinic_id)
        if isinstance(own, Refused):
            failed[brand_id] = own.sentence
            continue
        seen = a2p_brand.look(own, sid)
        if isinstance(seen, BrandSeen):
            take_brand(database, brand_id, seen, now)
        else:
            failed[brand_id] = seen.sentence
    return failed


def _asked(session: Session, only: int | None) -> list[tuple[int, int, str]]:
    wanted = select(Brand).where(col(Brand.vendor_sid).is_not(None))
    if only is not None:
        wanted = wanted.where(col(Brand.id) == only)
    found = session.exec(wanted.order_by(col(Brand.id)))
    return [(b.id or 0, b.clinic_id, b.vendor_sid or "") for b in found]
