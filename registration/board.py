"""The status board, of a clinic or of all: every campaign, every carrier, in plain
words.

Shows what the rows say and decides nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from clinics.models import Clinic
from kernel.carriers import GATED, LABELS, Carrier
from registration.alarms import RECONFIRM_AFTER
from registration.models import Campaign, CarrierCell
from registration.standing_words import ORDINARY, UNDECIDED, standing_sentence
from registration.status import (
    BY_A_PERSON,
    FRESH,
    POLLED,
    Cell,
    Source,
    Status,
    is_active,
    stale,
)
from registration.words import SOURCES, Meaning, meanings

GRAVE = frozenset({Status.REJECTED, Status.SUSPENDED})


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
    meaning: Meaning | None
    said_by: str
    until: datetime | None  # a polled word counts no longer than this
    confirm_by: datetime | None  # a typed ACTIVE is looked at again by then

    @property
    def asked(self) -> bool:
        """The Campaign Registry's answer stands: a person's word cannot loosen it."""
        polled = self.cell is not None and self.cell.source is Source.tcr_poll
        return polled and not self.stale

    @property
    def ordinary(self) -> str:
        """Why a word that is still awaited is no bad sign; nothing for another one."""
        awaited = self.cell is None or self.cell.status in UNDECIDED
        return ORDINARY if awaited else ""

    @property
    def grave(self) -> bool:
        """Somebody must act; waiting does not help."""
        return self.cell is None or self.stale or self.cell.status in GRAVE


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

    @property
    def rank(self) -> int:
        """0 somebody must act, 1 it waits for a carrier, 2 all is well, 3 ended."""
        if self.expired_at is not None:
            return 3
        if any(carrier.grave for carrier in self.carriers):
            return 0
        return 2 if all(carrier.active for carrier in self.carriers) else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A campaign on the board of all clinics."""

    clinic_id: int
    slug: str
    clinic: str
    time_zone: str
    line: CampaignLine


def board(
    session: Session, clinic_id: int, now: datetime, time_zone: str
) -> list[CampaignLine]:
    """By reference; `time_zone` is the clinic's."""
    cells = _cells(
        session.exec(select(CarrierCell).where(col(CarrierCell.clinic_id) == clinic_id))
    )
    campaigns = session.exec(
        select(Campaign)
        .where(col(Campaign.clinic_id) == clinic_id)
        .order_by(col(Campaign.ref))
    )
    return [_campaign(campaign, cells, now, time_zone) for campaign in campaigns]


def board_of_all(session: Session, now: datetime) -> list[Placed]:
    """Of every clinic, in two queries; those that need a person first."""
    cells = _cells(session.exec(select(CarrierCell)))
    rows = session.exec(
        select(Campaign, Clinic).join(Clinic, col(Clinic.id) == Campaign.clinic_id)
    )
    placed = [
        Placed(
            clinic_id=clinic.id or 0,
            slug=clinic.slug,
            clinic=clinic.display_name,
            time_zone=clinic.time_zone,
            line=_campaign(campaign, cells, now, clinic.time_zone),
        )
        for campaign, clinic in rows
    ]
    return sorted(placed, key=lambda one: (one.line.rank, one.clinic, one.line.ref))


def _cells(rows: Iterable[CarrierCell]) -> dict[tuple[int, Carrier], CarrierCell]:
    return {(row.campaign_id, row.carrier): row for row in rows}


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
    until, confirm_by = _deadlines(cell) if cell is not None else (None, None)
    return CarrierLine(
        carrier=carrier,
        label=label,
        cell=cell,
        evidence=row.evidence if row is not None else None,
        active=is_active(cell, now),
        stale=cell is not None and stale(cell, now),
        sentence=standing_sentence(label, cell, now, time_zone),
        next_action=meanings()[cell.status if cell else Status.PENDING].next_action,
        meaning=meanings()[cell.status] if cell else None,
        said_by=SOURCES[cell.source] if cell else "",
        until=until,
        confirm_by=confirm_by,
    )


def _deadlines(cell: Cell) -> tuple[datetime | None, datetime | None]:
    polled = cell.source in POLLED
    typed = cell.source in BY_A_PERSON and cell.status is Status.ACTIVE
    return (
        cell.observed_at + FRESH if polled else None,
        cell.observed_at + RECONFIRM_AFTER if typed else None,
    )
