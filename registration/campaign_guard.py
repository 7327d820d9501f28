"""Does a campaign cover a text: asked before a wording is used, before staff send one of
their own, and once more when it leaves.

Reads the campaign and what was handed in for it, and judges by `wording_guard`.
"""

from sqlmodel import Session, col, select

from registration.checks.campaign import LINK_HOLE, PHONE_HOLE
from registration.checks.words import PHONE, URL
from registration.layers import newest as newest_version
from registration.models import Campaign, WordingKind
from registration.submission import CampaignPart, Submission
from registration.wording_guard import HOLE, against, beyond_use_case

NO_CAMPAIGN = "The number that texts leave from serves no campaign yet."
UNKNOWN_SAMPLES = (
    "Nobody knows here which samples the campaign was registered with, so nobody knows "
    "whether carriers expect requests for a review. The operator writes them down first."
)


def refusals(
    session: Session,
    clinic_id: int,
    campaign_id: int | None,
    kind: WordingKind,
    language: str,
    text: str,
) -> tuple[str, ...]:
    """Every reason why the campaign does not cover this text, as sentences."""
    campaign = session.exec(
        select(Campaign).where(
            col(Campaign.clinic_id) == clinic_id, col(Campaign.id) == campaign_id
        )
    ).one_or_none()
    if campaign is None:
        return (NO_CAMPAIGN,)
    found = beyond_use_case(kind, text, campaign.use_case, campaign.sub_use_cases)
    registered = registered_part(session, campaign, kind)
    if registered is not None:
        return (*found, *against(registered, text, kind=kind, language=language))
    if kind is WordingKind.review_request:
        return (*found, UNKNOWN_SAMPLES)
    return found


def registered_part(
    session: Session, campaign: Campaign, kind: WordingKind
) -> CampaignPart | None:
    """As it was handed in here; of one that was registered elsewhere the samples that
    somebody wrote down, which show whether links and numbers were declared."""
    version = newest_version(session, campaign.id or 0)
    if version is not None:
        return Submission.model_validate(version.content, strict=False).campaign
    others = kind not in (WordingKind.update, WordingKind.review_request)
    if others or not campaign.samples:
        return None
    shown = [HOLE.sub(r"[\1]", sample) for sample in campaign.samples]
    return CampaignPart(
        samples=tuple(campaign.samples),
        embedded_link=any(URL.search(one) or LINK_HOLE.search(one) for one in shown),
        embedded_phone=any(
            PHONE.search(one) or PHONE_HOLE.search(one) for one in shown
        ),
    )
