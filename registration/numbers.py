"""A clinic's texting numbers: which campaign each serves, and which are watched.

One number serves one campaign (Twilio 21712), and an office number comes only by its
move (`registration.moves`).  Rows only; the vendor is not called.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from kernel.errors import Conflict, NotFound
from kernel.phone import shown
from registration.hosting import move_texting_from, not_hosted_yet
from registration.models import Brand, Campaign, SenderNumber, Watermark, WhoReplies
from registration.number_limits import SOLE_PROPRIETOR, one_too_many
from registration.workflow import lock_campaign

INBOUND_VALID = timedelta(minutes=30)  # how long a comparison of inbound counts


@dataclass(frozen=True, slots=True)
class NoSender:
    """The clinic has no number at all; `why` is a sentence for its desk."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A connected number whose inbound texts are compared with the vendor's list."""

    number_id: int
    clinic_id: int
    phone: str
    connected_at: datetime
    complete_until: datetime | None  # None: never compared, so nothing leaves yet


def add_number(
    session: Session,
    clinic_id: int,
    phone: str,
    who_replies: WhoReplies,
    vendor_sid: str | None = None,
) -> SenderNumber:
    """A number that serves no campaign yet.  Raises Conflict for one that is on the
    list already, of this clinic or another, and for an office number that may not be
    hosted yet (R37, R38); `phone` is E.164."""
    taken = select(SenderNumber.id).where(col(SenderNumber.phone) == phone)
    if session.exec(taken).first() is not None:
        raise Conflict(f"{shown(phone)} is a texting number already.")
    too_early = not_hosted_yet(session, clinic_id, phone)
    if too_early is not None:
        raise Conflict(too_early)
    number = SenderNumber(
        clinic_id=clinic_id,
        phone=phone,
        who_replies=who_replies,
        vendor_sid=vendor_sid,
    )
    session.add(number)
    session.flush()
    return number


def attach(
    session: Session, clinic_id: int, number_id: int, campaign_id: int
) -> SenderNumber:
    """Let the number serve the campaign.

    Raises NotFound when either is not the clinic's, Conflict when it serves another
    (leaving a campaign deregisters the number and starts its wait anew, trap RT26) or
    when the campaign has no room for one more.
    """
    lock_campaign(session, campaign_id, shared=False)  # of two, one sees the other
    number = number_of(session, clinic_id, number_id)
    campaign = session.get(Campaign, campaign_id)
    if campaign is None or campaign.clinic_id != clinic_id:
        raise NotFound("The clinic has no such campaign.")
    if number.campaign_id not in (None, campaign_id):
        raise Conflict(
            f"{shown(number.phone)} serves another campaign. Detach it there first; "
            "its registration then starts anew."
        )
    if number.campaign_id is None:
        full = no_room(session, campaign)
        if full is not None:
            raise Conflict(full)
    number.campaign_id = campaign_id
    session.flush()
    return number


def detach(session: Session, clinic_id: int, number_id: int) -> SenderNumber:
    """It serves no campaign and is compared with no list any more; what came by it
    stays.  A STOP that is still texted to it holds, as long as Twilio brings it.

    Raises NotFound, and Conflict for a number that patients are texted from while the
    office number is on its way.
    """
    number = number_of(session, clinic_id, number_id)
    if number.campaign_id is None:
        raise Conflict(f"{shown(number.phone)} serves no campaign, so it is detached.")
    waiting = move_texting_from(session, clinic_id, number_id)
    if waiting is not None:
        raise Conflict(
            f"{shown(number.phone)} stands in for {shown(waiting)} until texts leave "
            "from there. Finish or cancel that first."
        )
    number.campaign_id, number.connected_at = None, None
    number.registered, number.temporary_since = False, None
    session.flush()
    return number


def connect(
    session: Session, clinic_id: int, number_id: int, now: datetime
) -> SenderNumber:
    """Twilio brings us the number's texts from now on.

    Makes no watermark: until the first comparison with the vendor's list, a STOP
    could be missing.  Raises NotFound, and Conflict for a number without a campaign.
    """
    number = number_of(session, clinic_id, number_id)
    if number.campaign_id is None:
        raise Conflict(
            f"{shown(number.phone)} serves no campaign yet. Attach it to one first."
        )
    number.connected_at = number.connected_at or now
    session.flush()
    return number


def set_who_replies(
    session: Session, clinic_id: int, number_id: int, who: WhoReplies
) -> SenderNumber:
    """From the next text on.  Raises NotFound when the number is not the clinic's."""
    number = number_of(session, clinic_id, number_id)
    number.who_replies = who
    session.flush()
    return number


def sender_for(session: Session, clinic_id: int) -> SenderNumber | NoSender:
    """The number that the clinic's texts leave from: a connected one of a living
    campaign if there is one, else the one that is nearest to it (the gate holds)."""
    number = session.exec(
        select(SenderNumber)
        .outerjoin(Campaign, col(Campaign.id) == SenderNumber.campaign_id)
        .where(col(SenderNumber.clinic_id) == clinic_id)
        .order_by(
            sa.or_(
                col(SenderNumber.campaign_id).is_(None),
                col(Campaign.expired_at).is_not(None),
            ),
            col(SenderNumber.connected_at).is_(None),
            col(SenderNumber.took_over_at).is_(None),
            col(SenderNumber.took_over_at).desc(),
            col(SenderNumber.id),
        )
        .limit(1)
    ).first()
    if number is None:
        return NoSender("The clinic has no texting number yet. The operator adds one.")
    return number


def numbers_to_watch(session: Session) -> list[Watched]:
    """Every connected number, those unwatched for longest first."""
    rows = session.connection().execute(
        sa.select(
            col(SenderNumber.id),
            col(SenderNumber.clinic_id),
            col(SenderNumber.phone),
            col(SenderNumber.connected_at),
            col(Watermark.complete_until),
        )
        .outerjoin(Watermark, col(Watermark.number_id) == SenderNumber.id)
        .where(col(SenderNumber.connected_at).is_not(None))
        .order_by(
            col(Watermark.complete_until).is_not(None),
            col(Watermark.complete_until),
            col(SenderNumber.id),
        )
    )
    return [
        Watched(
            number_id=row.id,
            clinic_id=row.clinic_id,
            phone=row.phone,
            connected_at=row.connected_at,
            complete_until=row.complete_until,
        )
        for row in rows
    ]


def mark_complete(
    session: Session, clinic_id: int, number_id: int, until: datetime
) -> None:
    """The number's inbound is complete up to `until`; a mark never moves back."""
    number_of(session, clinic_id, number_id)
    mark = session.get(
        Watermark, number_id, populate_existing=True, with_for_update=True
    )
    if mark is None:
        session.add(
            Watermark(number_id=number_id, clinic_id=clinic_id, complete_until=until)
        )
    else:  # also back: a mark of the future would hide what comes until then
        mark.complete_until = until
    session.flush()


def number_of(session: Session, clinic_id: int, number_id: int) -> SenderNumber:
    """Raises NotFound."""
    number = session.get(SenderNumber, number_id)
    if number is None or number.clinic_id != clinic_id:
        raise NotFound("The clinic has no such number.")
    return number


def number_with(session: Session, clinic_id: int, phone: str) -> SenderNumber | None:
    return session.exec(
        select(SenderNumber).where(
            col(SenderNumber.clinic_id) == clinic_id, col(SenderNumber.phone) == phone
        )
    ).one_or_none()


def no_room(session: Session, campaign: Campaign) -> str | None:
    """Why the campaign takes no number more."""
    counted = sa.select(sa.func.count()).select_from(SenderNumber)
    mine = counted.where(col(SenderNumber.campaign_id) == campaign.id)
    of_service = 0
    if campaign.service_sid is not None:
        of_service = (
            session.connection().scalar(
                counted.join(
                    Campaign, col(Campaign.id) == SenderNumber.campaign_id
                ).where(col(Campaign.service_sid) == campaign.service_sid)
            )
            or 0
        )
    brand = session.get_one(Brand, campaign.brand_id)
    return one_too_many(
        of_campaign=session.connection().scalar(mine) or 0,
        of_service=of_service,
        sole_proprietor=brand.entity_type == SOLE_PROPRIETOR,
    )
