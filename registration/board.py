"""The status board of a clinic: every campaign, every carrier, in plain words.

Shows what the rows say and decides nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from kernel.carriers import GATED, LABELS, Carrier
from registration.models import Campaign, CarrierCell
from registration.status import Cell, Status, is_active, stale, standing_sentence
from registration.words import meanings


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierLine:
    """One carrier; `cell` is None while it has said nothing."""

    carrier: Carrier
    label: str
    cell: Cell | None
    evidence: str | None
    active: bool
    stale: bool
    sentence: str
    next_action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignLine:
    id: int
    ref: str
    tcr_id: str | None
    use_case: str
    status: Status
    since: datetime
    expired_at: datetime | None
    carriers: tuple[CarrierLine, ...]  # AT&T, T-Mobile, Verizon


def board(
    session: Session, clinic_id: int, now: datetime, time_zone: str
) -> list[CampaignLine]:
    """By reference; `time_zone` is the clinic's."""
    rows = session.exec(
        select(CarrierCell).where(col(CarrierCell.clinic_id) == clinic_id)
    )
    cells = {(row.campaign_id, row.carrier): row for row in rows}
    campaigns = session.exec(
        select(Campaign)
        .where(col(Campaign.clinic_id) == clinic_id)
        .order_by(col(Campaign.ref))
    )
    return [_campaign(campaign, cells, now, time_zone) for campaign in campaigns]


def _campaign(
    campaign: Campaign,
    cells: Mapping[tuple[int, Carrier], CarrierCell],
    now: datetime,
    time_zone: str,
) -> CampaignLine:
    return CampaignLine(
        id=campaign.id or 0,
        ref=campaign.ref,
        tcr_id=campaign.tcr_id,
        use_case=campaign.use_case,
        status=campaign.status,
        since=campaign.status_since,
        expired_at=campaign.expired_at,
        carriers=tuple(
            _carrier(carrier, cells.get((campaign.id or 0, carrier)), now, time_zone)
            for carrier in sorted(GATED)
        ),
    )


def _carrier(
    carrier: Carrier, row: CarrierCell | None, now: datetime, time_zone: str
) -> CarrierLine:
    label = LABELS[carrier]
    cell = None
    if row is not None:
        cell = Cell(
            status=row.status,
            since=row.since,
            source=row.source,
            observed_at=row.observed_at,
        )
    return CarrierLine(
        carrier=carrier,
        label=label,
        cell=cell,
        evidence=row.evidence if row is not None else None,
        active=is_active(cell, now),
        stale=cell is not None and stale(cell, now),
        sentence=standing_sentence(label, cell, now, time_zone),
        next_action=meanings()[cell.status if cell else Status.PENDING].next_action,
    )
