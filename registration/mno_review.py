"""The column “MNO review”: whether carriers look at a campaign themselves (R81).

What they are expected to do comes from what was declared; what they do, from their cells.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from kernel.carriers import LABELS, Carrier
from registration.board import CampaignLine
from registration.carrier_review import Expected, expected_reviews
from registration.desk_models import SubmissionVersion
from registration.status import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class MnoReview:
    reviewing: tuple[Carrier, ...]  # they say REVIEW now
    required: tuple[Carrier, ...]
    likely: tuple[Carrier, ...]

    @property
    def word(self) -> str:
        if self.reviewing:
            return f"now: {_names(self.reviewing)}"
        if self.required:
            return f"required: {_names(self.required)}"
        return f"likely: {_names(self.likely)}" if self.likely else "no"


def mno_reviews(
    session: Session, lines: Collection[CampaignLine]
) -> dict[int, MnoReview]:
    """By campaign, with one query."""
    flags = _flags(session, [line.id for line in lines])
    return {line.id: _of(line, flags.get(line.id, ())) for line in lines}


def flags_of(content: Mapping[str, Any]) -> tuple[str, ...]:
    """The declared ones of a submission's content, by name."""
    campaign = content.get("campaign", {})
    flags = [name for name, on in campaign.get("flags", {}).items() if on]
    more = ("age_gated", "direct_lending")
    return (*flags, *(name for name in more if campaign.get(name)))


def _of(line: CampaignLine, flags: Collection[str]) -> MnoReview:
    expected = expected_reviews(line.use_case, flags)
    cleared = {one.carrier for one in line.carriers if one.active}
    by_level = {
        level: tuple(
            carrier
            for carrier, review in expected.items()
            if review.expected is level and carrier not in cleared
        )
        for level in (Expected.required, Expected.likely)
    }
    return MnoReview(
        reviewing=tuple(
            one.carrier
            for one in line.carriers
            if one.cell is not None and one.cell.status is Status.REVIEW
        ),
        required=by_level[Expected.required],
        likely=by_level[Expected.likely],
    )


def _flags(session: Session, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    rows = session.connection().execute(
        sa.select(col(SubmissionVersion.campaign_id), col(SubmissionVersion.content))
        .where(col(SubmissionVersion.campaign_id).in_(ids))
        .order_by(col(SubmissionVersion.version))
    )
    return {row.campaign_id: flags_of(row.content) for row in rows}


def _names(carriers: Collection[Carrier]) -> str:
    return ", ".join(LABELS[carrier] for carrier in carriers)
