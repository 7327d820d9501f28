"""All that is known about one campaign: its carriers, its own fields, every word that
any source said of it, its numbers and its wordings.

Reads rows and decides nothing.  A fixed number of queries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from kernel.carriers import GATED, Carrier
from kernel.errors import NotFound
from registration.board import CampaignLine, CarrierLine, board
from registration.evidence import Evidence, read_all
from registration.models import Brand, Campaign, StatusEvent, WordingVersion
from registration.number_list import NumberLine, all_numbers
from registration.wordings import in_use

SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    line: CampaignLine
    campaign: Campaign
    brand: Brand
    numbers: tuple[NumberLine, ...]
    wordings: Sequence[WordingVersion]
    events: Sequence[StatusEvent]  # the newest first
    older: int | None
    evidence: Mapping[str, Evidence]  # by the text that stands in a cell or an event


def campaign_of(session: Session, clinic_id: int, ref: str) -> Campaign:
    """Raises NotFound when the clinic has no campaign of this reference."""
    known = select(Campaign).where(
        col(Campaign.clinic_id) == clinic_id, col(Campaign.ref) == ref
    )
    # PostgreSQL refuses some characters, so they are not asked for.
    found = session.exec(known).one_or_none() if ref.isprintable() else None
    if found is None:
        raise NotFound(
            f"The clinic has no campaign '{ref}'. See the list under Campaigns."
        )
    return found


def carrier_line(
    session: Session, campaign: Campaign, word: str, now: datetime, time_zone: str
) -> CarrierLine:
    """Raises NotFound for a carrier that approves no campaigns."""
    if word not in GATED:
        raise NotFound("Only AT&T, T-Mobile and Verizon approve campaigns.")
    line = _line(session, campaign, now, time_zone)
    return next(one for one in line.carriers if one.carrier is Carrier(word))


def dossier(
    session: Session,
    clinic_id: int,
    ref: str,
    now: datetime,
    time_zone: str,
    *,
    before: int | None = None,
) -> Dossier:
    """`before` is the number of the event that was shown last."""
    campaign = campaign_of(session, clinic_id, ref)
    campaign_id = campaign.id or 0
    line = _line(session, campaign, now, time_zone)
    events = _events(session, clinic_id, campaign_id, before)
    shown = events[:SHOWN]
    texts = [carrier.evidence for carrier in line.carriers]
    texts += [event.evidence for event in shown]
    numbers = all_numbers(session, now, clinic_id=clinic_id)
    return Dossier(
        line=line,
        campaign=campaign,
        brand=session.get_one(Brand, campaign.brand_id),
        numbers=tuple(one for one in numbers if one.campaign_id == campaign_id),
        wordings=in_use(session, clinic_id, campaign_id),
        events=shown,
        older=shown[-1].id if len(events) > SHOWN else None,
        evidence=read_all(session, clinic_id, texts),
    )


def _line(
    session: Session, campaign: Campaign, now: datetime, time_zone: str
) -> CampaignLine:
    lines = board(session, campaign.clinic_id, now, time_zone)
    return next(line for line in lines if line.id == campaign.id)


def _events(
    session: Session, clinic_id: int, campaign_id: int, before: int | None
) -> Sequence[StatusEvent]:
    wanted = select(StatusEvent).where(
        col(StatusEvent.clinic_id) == clinic_id,
        col(StatusEvent.campaign_id) == campaign_id,
    )
    last = session.exec(wanted.where(col(StatusEvent.id) == before)).first()
    order = sa.tuple_(col(StatusEvent.at), col(StatusEvent.id))
    if last is not None:
        wanted = wanted.where(order < sa.tuple_(last.at, last.id))
    # By when it was said: what was taken over from elsewhere is older than its row.
    newest = wanted.order_by(col(StatusEvent.at).desc(), col(StatusEvent.id).desc())
    return session.exec(newest.limit(SHOWN + 1)).all()
