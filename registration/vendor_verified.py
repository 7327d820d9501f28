"""Twilio's one word for a whole campaign, where no carrier has spoken itself.

VERIFIED counts only with every connected number in the sender pool: without it the
first text ends in error 30034.  Never answers what a stronger source said.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import requests
import sqlalchemy as sa
from sqlmodel import Session, col, select

from kernel.carriers import GATED, Carrier
from kernel.db import Database
from kernel.errors import Invalid, NotFound
from registration.a2p_campaign import CampaignSeen
from registration.a2p_campaign import seen as seen_campaign
from registration.heard_layers import hear_twilio
from registration.layers import newest
from registration.models import Campaign, SenderNumber
from registration.status import Observation, Source, Status
from registration.tcr_feed import Heard, Polled, Target, apply_in, beat
from registration.words import status_of
from registration.workflow import cells

if TYPE_CHECKING:
    from twilio.rest import Client


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What Twilio showed: the campaign's word and its service's sender pool."""

    campaign: CampaignSeen
    pool: frozenset[str]  # E.164


def observations(
    campaign_status: str, number_registered: bool, now: datetime
) -> dict[Carrier, Observation]:
    """The same for all three carriers: Twilio does not tell them apart."""
    status = status_of("twilio", campaign_status)
    raw = campaign_status
    if status is Status.ACTIVE and not number_registered:
        status, raw = Status.PENDING, f"{raw}, number not registered"
    seen = Observation(
        status=status,
        raw=raw,
        source=Source.vendor_verified,
        at=now,
        evidence=f"Twilio campaign_status {raw}",
    )
    return dict.fromkeys(GATED, seen)


def poll_vendor(
    database: Database,
    client_for: "Callable[[int], Client]",
    now: datetime,
    *,
    trusted: bool = True,
) -> Polled:
    """Ask Twilio about every living campaign that has a Messaging Service.

    Which numbers are in the pool is noted always; its word for the campaign counts only
    where it is `trusted` (VENDOR_VERIFIED).

    `client_for` takes the clinic's id and raises Invalid or NotFound without an
    account.  A failed call changes nothing: the last word grows stale.
    """
    from twilio.base.exceptions import TwilioException

    # ValueError: an answer that is not JSON.
    outside = (TwilioException, requests.RequestException, ValueError)
    failures = (*outside, Invalid, NotFound)
    polled = Polled()
    with database.reading() as session:
        targets = _targets(session)
    for target, service_sid in targets:
        polled.asked += 1
        try:
            snapshot = _look(client_for(target.clinic_id), service_sid, target)
        except failures as why:
            polled.failed.append((target, f"Twilio told nothing ({why})."))
            continue
        registered = _note(database, target.campaign_id, snapshot)
        if trusted:
            seen = snapshot.campaign
            polled.heard += take(database, target, seen, registered, now)
    if len(polled.failed) < max(1, polled.asked):
        beat(database, "vendor", now)
    return polled


def _look(client: "Client", service_sid: str, target: Target) -> Snapshot:
    service = client.messaging.v1.services(service_sid)
    campaign = seen_campaign(service.us_app_to_person(target.outside_id).fetch())
    pool = frozenset(
        str(number.phone_number) for number in service.phone_numbers.list()
    )
    return Snapshot(campaign, pool)


def take(
    database: Database,
    target: Target,
    campaign: CampaignSeen,
    registered: bool,
    now: datetime,
) -> list[Heard]:
    """Twilio's word goes to the layers first: a carrier's cell waits for them.

    Where there are layers, FAILED is the aggregator's word and not a carrier's: it only
    takes ACTIVE away.
    """
    seen = observations(campaign.status, registered, now)

    def work(session: Session) -> list[Heard]:
        hear_twilio(session, target.campaign_id, campaign, now)
        spoken = spoken_for(session, target.campaign_id, seen)
        return apply_in(session, target, spoken)

    return database.retrying(work)


def spoken_for(
    session: Session, campaign_id: int, seen: dict[Carrier, Observation]
) -> dict[Carrier, Observation]:
    if newest(session, campaign_id) is None:
        return seen
    active = {
        carrier
        for carrier, cell in cells(session, campaign_id).items()
        if cell.status is Status.ACTIVE
    }
    return {
        carrier: word
        for carrier, word in seen.items()
        if word.status is not Status.REJECTED or carrier in active
    }


def _note(database: Database, campaign_id: int, snapshot: Snapshot) -> bool:
    """How fast the campaign may be, and which of its numbers are registered; are all
    connected ones, and is there one at all?  A class or tier that is not told any more
    stays: it was the registry's last word."""
    seen = snapshot.campaign
    told = {"att_class": seen.att_class, "tmobile_tier": seen.tmobile_tier}
    known = {name: word for name, word in told.items() if word is not None}

    def work(session: Session) -> bool:
        if known:
            session.connection().execute(
                sa.update(Campaign)
                .where(col(Campaign.id) == campaign_id)
                .values(**known)
            )
        mine = col(SenderNumber.campaign_id) == campaign_id
        in_pool = col(SenderNumber.phone).in_(sorted(snapshot.pool))
        session.connection().execute(
            sa.update(SenderNumber).where(mine).values(registered=in_pool)
        )
        connected = session.exec(
            select(SenderNumber.registered).where(
                mine, col(SenderNumber.connected_at).is_not(None)
            )
        ).all()
        return bool(connected) and all(connected)

    return database.retrying(work)


def _targets(session: Session) -> list[tuple[Target, str]]:
    found = session.exec(
        select(Campaign)
        .where(
            col(Campaign.service_sid).is_not(None),
            col(Campaign.usa2p_sid).is_not(None),
            col(Campaign.expired_at).is_(None),
        )
        .order_by(col(Campaign.id))
    )
    return [
        (
            Target(
                campaign_id=campaign.id,
                clinic_id=campaign.clinic_id,
                ref=campaign.ref,
                outside_id=campaign.usa2p_sid,
            ),
            campaign.service_sid,
        )
        for campaign in found
        if campaign.id and campaign.usa2p_sid and campaign.service_sid
    ]
