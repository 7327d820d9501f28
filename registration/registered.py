"""A brand and a campaign as they are written down first; what became of them since is
`registration.workflow`'s.  The caller commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from kernel.errors import NotFound
from registration.models import Brand, Campaign
from registration.submission import BrandPart, Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFacts:
    """What a campaign is registered with."""

    ref: str
    use_case: str
    description: str
    message_flow: str
    sub_use_cases: Sequence[str] = ()
    samples: Sequence[str] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)
    tcr_id: str | None = None
    service_sid: str | None = None
    usa2p_sid: str | None = None


def add_brand(
    session: Session,
    clinic_id: int,
    *,
    legal_name: str,
    ein: str,
    entity_type: str,
    website: str,
    now: datetime,
    tcr_brand_id: str | None = None,
) -> Brand:
    brand = Brand(
        clinic_id=clinic_id,
        legal_name=legal_name,
        ein=ein,
        ein_digits=ein.replace("-", ""),
        entity_type=entity_type,
        website=website,
        tcr_brand_id=tcr_brand_id,
        created_at=now,
    )
    session.add(brand)
    session.flush()
    return brand


def create_campaign(
    session: Session, clinic_id: int, brand_id: int, facts: CampaignFacts, now: datetime
) -> Campaign:
    """PENDING (R49), with no cells: no carrier has said anything yet.

    Raises NotFound when the brand is not the clinic's.
    """
    brand = session.get(Brand, brand_id)
    if brand is None or brand.clinic_id != clinic_id:
        raise NotFound("The clinic has no such brand.")
    campaign = Campaign(
        clinic_id=clinic_id,
        brand_id=brand_id,
        ref=facts.ref,
        tcr_id=facts.tcr_id,
        service_sid=facts.service_sid,
        usa2p_sid=facts.usa2p_sid,
        status_since=now,
        use_case=facts.use_case,
        sub_use_cases=list(facts.sub_use_cases),
        description=facts.description,
        message_flow=facts.message_flow,
        samples=list(facts.samples),
        keywords=dict(facts.keywords),
        created_at=now,
    )
    session.add(campaign)
    session.flush()
    return campaign


def brand_for(
    session: Session, clinic_id: int, submission: Submission, now: datetime
) -> Brand:
    """One brand for a clinic's tax number; a brand comes before its campaign (R6)."""
    given = submission.brand
    known = session.exec(
        select(Brand).where(
            col(Brand.clinic_id) == clinic_id,
            col(Brand.ein_digits) == given.ein.replace("-", "").strip(),
        )
    ).one_or_none()
    return known or add_brand(
        session,
        clinic_id,
        legal_name=given.legal_name.strip(),
        ein=given.ein.strip(),
        entity_type=given.entity_type,
        website=given.website.strip(),
        now=now,
    )


def correct(brand: Brand, given: BrandPart) -> None:
    """What was mended in the draft; the tax number is the brand itself."""
    brand.legal_name, brand.website = given.legal_name.strip(), given.website.strip()
    brand.entity_type = given.entity_type


def facts_from(ref: str, submission: Submission) -> CampaignFacts:
    given = submission.campaign
    return CampaignFacts(
        ref=ref,
        use_case=given.use_case,
        sub_use_cases=given.sub_use_cases,
        description=given.description,
        message_flow=given.message_flow,
        samples=given.samples,
        keywords=_keywords(submission),
    )


def rewrite(campaign: Campaign, submission: Submission) -> None:
    """What may be edited later; the use case is frozen (R132)."""
    given = submission.campaign
    campaign.description, campaign.message_flow = given.description, given.message_flow
    campaign.samples = list(given.samples)
    campaign.keywords = _keywords(submission)


def _keywords(submission: Submission) -> dict[str, list[str]]:
    given = submission.campaign
    return {
        "opt_in": list(given.opt_in_keywords),
        "opt_out": list(given.opt_out_keywords),
        "help": list(given.help_keywords),
    }
