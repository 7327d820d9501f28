"""Every texting number as the operator sees it, and who replies on each in words.

Reads rows and decides nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic
from registration.models import Campaign, SenderNumber, Watermark, WhoReplies
from registration.numbers import INBOUND_VALID

WHO_REPLIES = {
    WhoReplies.gateway: (
        "Heed replies",
        "Heed answers STOP, START and HELP itself, with the campaign's own wordings. "
        "Twilio's own answers must be switched off for this number.",
    ),
    WhoReplies.vendor_default: (
        "Twilio replies, with its standard words",
        "Twilio answers the bare words STOP, START and HELP with its standard texts. "
        "After START, Heed adds the campaign's own opt-in message; it answers longer "
        "texts itself.",
    ),
    WhoReplies.vendor_advanced: (
        "Twilio replies, with words set there",
        "Twilio's Advanced Opt-Out answers STOP, START and HELP with the words that "
        "were put into its Messaging Service. Heed adds nothing to these answers.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberLine:
    id: int
    clinic_id: int
    slug: str
    clinic: str
    time_zone: str
    phone: str
    campaign_id: int | None
    campaign: str | None  # its reference
    campaign_ended: bool
    who_replies: WhoReplies
    connected_at: datetime | None
    complete_until: datetime | None
    gap: bool  # connected, but a STOP could be missing: texts wait
    registered: bool | None  # in the campaign's pool; None: nobody can ask
    temporary_since: datetime | None

    @property
    def who(self) -> str:
        return WHO_REPLIES[self.who_replies][0]


def all_numbers(
    session: Session, now: datetime, *, clinic_id: int | None = None
) -> list[NumberLine]:
    """By clinic, then in the order in which they were added."""
    wanted = (
        sa.select(
            col(SenderNumber.id),
            col(SenderNumber.clinic_id),
            col(Clinic.slug),
            col(Clinic.display_name),
            col(Clinic.time_zone),
            col(SenderNumber.phone),
            col(SenderNumber.campaign_id),
            col(SenderNumber.who_replies),
            col(SenderNumber.connected_at),
            col(SenderNumber.registered),
            col(SenderNumber.temporary_since),
            col(Campaign.ref),
            col(Campaign.service_sid),
            col(Campaign.expired_at),
            col(Watermark.complete_until),
        )
        .join(Clinic, col(Clinic.id) == col(SenderNumber.clinic_id))
        .outerjoin(Campaign, col(Campaign.id) == col(SenderNumber.campaign_id))
        .outerjoin(Watermark, col(Watermark.number_id) == col(SenderNumber.id))
        .order_by(col(Clinic.display_name), col(SenderNumber.id))
    )
    if clinic_id is not None:
        wanted = wanted.where(col(SenderNumber.clinic_id) == clinic_id)
    return [_line(row, now) for row in session.connection().execute(wanted)]


def _line(row: Any, now: datetime) -> NumberLine:
    seen = row.complete_until
    late = seen is None or abs(now - seen) > INBOUND_VALID
    return NumberLine(
        id=row.id,
        clinic_id=row.clinic_id,
        slug=row.slug,
        clinic=row.display_name,
        time_zone=row.time_zone,
        phone=row.phone,
        campaign_id=row.campaign_id,
        campaign=row.ref,
        campaign_ended=row.expired_at is not None,
        who_replies=row.who_replies,
        connected_at=row.connected_at,
        complete_until=seen,
        gap=row.connected_at is not None and late,
        registered=row.registered if row.service_sid else None,
        temporary_since=row.temporary_since,
    )
