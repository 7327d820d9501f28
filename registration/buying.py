"""A number for a clinic: bought at Twilio, put on the list, into the campaign's pool.

Connecting it for replies is `flask registration number CLINIC connect`; its texts come
to us from the purchase on.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from clinics.models import Clinic
from kernel.db import Database
from kernel.errors import Conflict
from kernel.phone import shown
from registration import a2p_numbers, numbers
from registration.a2p_numbers import Bought
from registration.accounts import Vendor
from registration.hosting import not_hosted_yet
from registration.models import Campaign, SenderNumber, WhoReplies
from registration.registering import BUSY, Done, Outcome, alone, client
from registration.twilio import Refused, Unclear, reference

NO_SERVICE = (
    "The campaign has no Messaging Service at Twilio yet. Hand its submission in first."
)


def free_numbers(
    vendor: Vendor, clinic_id: int, area_code: str
) -> tuple[str, ...] | Refused | Unclear:
    """Numbers of an area code that are for sale."""
    own = client(vendor, clinic_id)
    return own if isinstance(own, Refused) else a2p_numbers.search(own, area_code)


def buy_number(
    database: Database, vendor: Vendor, campaign_id: int, phone: str, now: datetime
) -> Outcome:
    """Buys `phone` (E.164) once, and lets it serve the campaign here and at Twilio."""
    with database.reading() as session:
        place = _place(session, campaign_id, phone)
    if isinstance(place, Refused):
        return place
    clinic_id, slug, service_sid = place
    own = client(vendor, clinic_id)
    if isinstance(own, Refused):
        return own
    with alone(database, f"buy:{campaign_id}", now) as free:
        if not free:
            return Unclear(BUSY)
        bought = a2p_numbers.buy(own, phone, reference(slug), vendor.webhook)
        if not isinstance(bought, Bought):
            return bought
        try:
            database.retrying(
                lambda session: _note(session, campaign_id, clinic_id, bought)
            )
        except Conflict as why:  # between the look and the purchase
            return Refused("", _no_place(phone, why))
        attached = a2p_numbers.attach(own, service_sid, bought.sid)
    if attached is not None:
        return attached
    return Done(bought.sid, f"{shown(phone)} is in the campaign's pool at Twilio.")


def release_from_pool(
    database: Database, vendor: Vendor, number_id: int, now: datetime
) -> Outcome:
    """Takes a number out of its campaign's pool, at Twilio first and then here."""
    with database.reading() as session:
        number = session.get(SenderNumber, number_id)
        campaign_id = number.campaign_id if number else None
        campaign = session.get(Campaign, campaign_id) if campaign_id else None
    if number is None or number.vendor_sid is None or campaign is None:
        return Refused("", "The number serves no campaign, so there is no pool.")
    own = client(vendor, number.clinic_id)
    if isinstance(own, Refused):
        return own
    out = a2p_numbers.detach(own, campaign.service_sid or "", number.vendor_sid)
    if out is not None:
        return out

    def work(session: Session) -> None:
        row = session.get_one(SenderNumber, number_id)
        row.campaign_id, row.registered = None, False

    database.retrying(work)
    return Done(number.vendor_sid, f"{shown(number.phone)} is out of the pool.")


def _note(session: Session, campaign_id: int, clinic_id: int, bought: Bought) -> None:
    row = session.exec(
        select(SenderNumber).where(
            col(SenderNumber.clinic_id) == clinic_id,
            col(SenderNumber.phone) == bought.phone,
        )
    ).one_or_none() or numbers.add_number(
        session, clinic_id, bought.phone, WhoReplies.vendor_default
    )
    row.vendor_sid = bought.sid
    numbers.attach(session, clinic_id, row.id or 0, campaign_id)


def _no_place(phone: str, why: Conflict) -> str:
    return (
        f"{shown(phone)} is bought, and stands in the clinic's account at Twilio under "
        f"Phone Numbers, but it serves no campaign: {why} Once that is settled, ask "
        "for the same number here again: it is not bought a second time. If it is not "
        "needed, release it at Twilio."
    )


def _place(
    session: Session, campaign_id: int, phone: str
) -> tuple[int, str, str] | Refused:
    """What would refuse the number afterwards refuses it before it costs anything."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None or campaign.service_sid is None:
        return Refused("", NO_SERVICE)
    held = session.exec(
        select(SenderNumber).where(col(SenderNumber.phone) == phone)
    ).one_or_none()
    ours = held is None or held.clinic_id == campaign.clinic_id
    if not ours or (held and held.campaign_id not in (None, campaign_id)):
        return Refused("", f"{shown(phone)} serves another campaign already.")
    why = None if held else not_hosted_yet(session, campaign.clinic_id, phone)
    if held is None or held.campaign_id is None:
        why = why or numbers.no_room(session, campaign)
    if why is not None:
        return Refused("", why)
    slug = session.get_one(Clinic, campaign.clinic_id).slug
    return campaign.clinic_id, slug, campaign.service_sid
