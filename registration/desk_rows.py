"""What the nine steps are read from: the rows of many drafts at once, in a number of
queries that does not grow with them.

Reads and groups; runs no check and decides nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col, select

from kernel.carriers import Carrier
from registration.brand_words import PROVEN
from registration.brands import with_ein
from registration.checks.finding import Outcome
from registration.desk_models import (
    Clarification,
    FeeEntry,
    FeeKind,
    IntakeMark,
    Layer,
    LayerEvent,
    SubmissionVersion,
)
from registration.drafts import content_of
from registration.intake import Line, State, lines_of
from registration.layers import Standing, standings
from registration.models import (
    Brand,
    Campaign,
    CarrierCell,
    CheckRun,
    SenderNumber,
    SubmissionDraft,
)
from registration.status import Cell

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Run:
    """The last check that was kept."""

    content_sha256: str
    passed: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """One draft and all that its steps are read from."""

    draft: SubmissionDraft
    lines: tuple[Line, ...]
    asked: int  # questions without an answer
    paid: FeeEntry | None
    brand: Brand | None
    run: Run | None
    campaign: Campaign | None
    version: SubmissionVersion | None  # the newest
    layers: Mapping[Layer, Standing]
    cells: Mapping[Carrier, Cell]
    numbers: Sequence[SenderNumber]

    @property
    def checked(self) -> bool:
        """The check that is kept is of exactly what the draft says now, and passed."""
        run = self.run
        return (
            run is not None
            and run.passed
            and run.content_sha256 == self.draft.content_sha256
        )

    @property
    def looks_ready(self) -> bool:
        """Nothing else than what a check of this moment would find is in the way."""
        return (
            all(line.state is State.confirmed for line in self.lines)
            and not self.asked
            and self.paid is not None
            and self.brand is not None
            and self.brand.identity in PROVEN
            and self.checked
        )


def rows_of(session: Session, drafts: Sequence[SubmissionDraft]) -> list[Rows]:
    ids = [draft.id for draft in drafts]
    clinics = {draft.clinic_id for draft in drafts}
    marks = _grouped(_all(session, IntakeMark, "draft_id", ids), "draft_id")
    brands = _grouped(_all(session, Brand, "clinic_id", clinics), "clinic_id")
    asked, runs = _asked(session, ids), _runs(session, ids)
    paid = _paid(session, clinics)
    campaigns = _campaigns(session, clinics, {draft.ref for draft in drafts})
    campaign_ids = [one.id for one in campaigns.values()]
    versions = _versions(session, campaign_ids)
    version_ids = [one.id for one in versions.values()]
    events = _all(session, LayerEvent, "submission_id", version_ids)
    layers = _grouped(events, "submission_id")
    cells = _all(session, CarrierCell, "campaign_id", campaign_ids)
    said = _grouped(cells, "campaign_id")
    numbers = _all(session, SenderNumber, "campaign_id", campaign_ids)
    serving = _grouped(numbers, "campaign_id")

    def rows(draft: SubmissionDraft) -> Rows:
        campaign = campaigns.get((draft.clinic_id, draft.ref))
        version = versions.get(campaign.id or 0) if campaign else None
        ein = content_of(draft).brand.ein
        return Rows(
            draft=draft,
            lines=lines_of(draft, marks[draft.id]),
            asked=asked.get(draft.id or 0, 0),
            paid=paid.get(draft.clinic_id),
            brand=with_ein(brands[draft.clinic_id], ein),
            run=runs.get(draft.id or 0),
            campaign=campaign,
            version=version,
            layers=standings(layers[version.id]) if version else {},
            cells=_cells(said[campaign.id]) if campaign and version else {},
            numbers=serving[campaign.id] if campaign else (),
        )

    return [rows(draft) for draft in drafts]


def _all(
    session: Session, kind: type[T], name: str, of: Collection[Any], *more: Any
) -> Sequence[T]:
    """The oldest first."""
    column = getattr(kind, name)
    first = sa.inspect(kind).primary_key[0]
    found = select(kind).where(column.in_(of), *more)
    return session.exec(found.order_by(first)).all()


def _grouped(found: Iterable[T], name: str) -> Mapping[Any, list[T]]:
    groups: dict[Any, list[T]] = defaultdict(list)
    for one in found:
        groups[getattr(one, name)].append(one)
    return groups


def _campaigns(
    session: Session, clinics: Collection[int], refs: Collection[str]
) -> dict[tuple[int, str], Campaign]:
    found = _all(session, Campaign, "clinic_id", clinics, col(Campaign.ref).in_(refs))
    return {(one.clinic_id, one.ref): one for one in found}


def _asked(session: Session, ids: Collection[int | None]) -> dict[int, int]:
    rows = session.connection().execute(
        sa.select(col(Clarification.draft_id), sa.func.count())
        .where(
            col(Clarification.draft_id).in_(ids),
            col(Clarification.answered_at).is_(None),
        )
        .group_by(col(Clarification.draft_id))
    )
    return {draft_id: count for draft_id, count in rows}


def _paid(session: Session, clinics: Collection[int]) -> dict[int, FeeEntry]:
    """The setup fee of each clinic."""
    found = _all(
        session,
        FeeEntry,
        "clinic_id",
        clinics,
        col(FeeEntry.kind) == FeeKind.setup,
        col(FeeEntry.receipt).is_not(None),
    )
    return {one.clinic_id: one for one in reversed(found)}


def _runs(session: Session, ids: Collection[int | None]) -> dict[int, Run]:
    """Without the findings, which are long."""
    last = (
        sa.select(sa.func.max(col(CheckRun.id)))
        .where(col(CheckRun.draft_id).in_(ids))
        .group_by(col(CheckRun.draft_id))
    )
    rows = session.connection().execute(
        sa.select(
            col(CheckRun.draft_id),
            col(CheckRun.content_sha256),
            col(CheckRun.outcome),
            col(CheckRun.site_seen),
            col(CheckRun.at),
        ).where(col(CheckRun.id).in_(last))
    )
    return {
        row.draft_id: Run(
            row.content_sha256,
            row.outcome is not Outcome.fail and row.site_seen,
            row.at,
        )
        for row in rows
    }


def _versions(
    session: Session, campaign_ids: Collection[int | None]
) -> dict[int, SubmissionVersion]:
    last = (
        sa.select(
            col(SubmissionVersion.campaign_id),
            sa.func.max(col(SubmissionVersion.version)),
        )
        .where(col(SubmissionVersion.campaign_id).in_(campaign_ids))
        .group_by(col(SubmissionVersion.campaign_id))
    )
    which = sa.tuple_(
        col(SubmissionVersion.campaign_id), col(SubmissionVersion.version)
    )
    found = session.exec(select(SubmissionVersion).where(which.in_(last))).all()
    return {one.campaign_id: one for one in found}


def _cells(rows: Iterable[CarrierCell]) -> dict[Carrier, Cell]:
    return {
        row.carrier: Cell(
            status=row.status,
            since=row.since,
            source=row.source,
            observed_at=row.observed_at,
        )
        for row in rows
    }
