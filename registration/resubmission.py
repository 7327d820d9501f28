"""May a campaign that was turned down be handed in again (R106-R112)?

A resubmission that is blind or unchanged costs a fee and a full cycle, so it is refused.
"""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from kernel.business_days import between, day_zero
from registration.a2p_campaign import frozen_changes
from registration.desk_models import SubmissionVersion
from registration.flagged import WEBSITE, hash_at
from registration.models import Campaign
from registration.rejections import all_fixes, of_version, still_flagged
from registration.status import Status
from registration.submission import CampaignPart, Submission, as_json

PREPARED = (
    "Version {version} is prepared and not with the provider yet. Hand it in, or change "
    "the draft first."
)
FROZEN = ("use_case", "sub_use_cases")


def resubmission_obstacles(
    session: Session,
    campaign: Campaign,
    version: SubmissionVersion,
    submission: Submission,
) -> list[str]:
    """Why a campaign that was handed in once may not be handed in again now."""
    if version.handed_in_at is None:
        same = version.content == as_json(submission)
        return [PREPARED.format(version=version.version)] if same else []
    if campaign.status is not Status.REJECTED:
        return [
            f"Version {version.version} is with the reviewers ({campaign.status.value}). "
            "Wait for their decision."
        ]
    found = of_version(session, campaign.id or 0, version)
    if not found:
        return [
            "Nobody has recorded why it was turned down. Ask for the code and the "
            "reason text, and record both."
        ]
    fixes = all_fixes(session, found)
    wrong = [
        f"Not mended yet: {fix.what}"
        for fix in fixes  # one may have been changed, and taken back since
        if fix.done_at is None or still_flagged(fix, submission)
    ]
    before, now_is = version.content["campaign"], as_json(submission)["campaign"]
    if any(before[name] != now_is[name] for name in FROZEN):
        wrong.append(
            "The use case is frozen once a campaign was handed in. Begin a new draft "
            "with another reference for the other use case."
        )
    elif campaign.usa2p_sid:
        wrong += _frozen_at_twilio(before, now_is)
    outside = all(fix.field == WEBSITE for fix in fixes)
    same = hash_at(version.content, "campaign") == hash_at(
        as_json(submission), "campaign"
    ) and hash_at(version.content, "brand") == hash_at(as_json(submission), "brand")
    if same and not outside:
        wrong.append(
            "The texts are the same as those that were turned down. The same "
            "submission is turned down again, and costs another fee."
        )
    return wrong


def _frozen_at_twilio(before: Any, after: Any) -> list[str]:
    """Twilio changes texts of a campaign that FAILED, but neither its automatic answers
    nor its keywords."""
    parts = (CampaignPart.model_validate(one, strict=False) for one in (before, after))
    fields = frozen_changes(*parts)
    if not fields:
        return []
    named = ", ".join(field.removeprefix("campaign.") for field in fields)
    return [
        f"Twilio cannot change {named} of a campaign it has. Take these changes back, "
        "or begin a new draft with another reference."
    ]


def cause_of(session: Session, version: SubmissionVersion) -> str:
    """Why a version had to be handed in again, for the fee ledger."""
    found = of_version(session, version.campaign_id, version)
    codes = ", ".join(filter(None, (one.code for one in found)))
    return f"Version {version.version} was turned down" + (
        f": {codes}" if codes else ""
    )


def days_lost(version: SubmissionVersion, now: datetime) -> int:
    """Business days since the version before was handed in."""
    return between(day_zero(version.handed_in_at or version.prepared_at), day_zero(now))
