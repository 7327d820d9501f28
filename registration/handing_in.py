"""Hands a submission in at Twilio: service, campaign, or the change of a FAILED one.

Each step records its sid in a transaction of its own.  Whether the submission may be
handed in at all (checks, fee, fixes) is `registration.submitting`'s question.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from clinics.models import Clinic
from kernel.db import Database
from kernel.hashing import canonical
from registration import a2p_campaign
from registration.a2p_campaign import CampaignSeen, frozen_changes
from registration.accounts import Vendor
from registration.brand_words import PROVEN
from registration.heard_layers import hear_twilio
from registration.layers import newest
from registration.models import (
    Brand,
    Campaign,
    CarrierCell,
    Identity,
    SubmissionVersion,
)
from registration.registering import BUSY, Done, Outcome, alone, client
from registration.status import Observation, Source, Status
from registration.submission import CampaignPart, Submission
from registration.twilio import Refused, Unclear, reference
from registration.vendor_verified import observations
from registration.words import status_of
from registration.workflow import observe

NO_BRAND = "The brand is not registered with Twilio yet. Register it first."
TOO_OLD = "A newer version of this submission is there. Hand in that one."


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One version of a campaign, and what Twilio has of it so far."""

    clinic_id: int
    slug: str
    submission_id: int
    campaign_id: int
    ref: str
    version: int
    part: CampaignPart
    before: CampaignPart | None  # the version before
    brand_sid: str
    service_sid: str | None
    usa2p_sid: str | None
    by: str


def hand_in(
    database: Database, vendor: Vendor, submission_id: int, now: datetime
) -> Outcome:
    """The first version makes the campaign; a later one changes the one that FAILED.

    What went wrong also stands in the submission, as its trouble.
    """
    with database.reading() as session:
        errand = _errand(session, submission_id)
    if isinstance(errand, Done):
        return errand
    if isinstance(errand, Refused):
        return _in_trouble(database, submission_id, errand)
    with alone(database, f"hand-in:{errand.campaign_id}", now) as free:
        if not free:
            return Unclear(BUSY)
        result = _run(database, vendor, errand, now, time.monotonic())
    return (
        result
        if isinstance(result, Done)
        else _in_trouble(database, submission_id, result)
    )


def update_after_rejection(
    database: Database, vendor: Vendor, submission_id: int, now: datetime
) -> Outcome:
    """A version that is to change the campaign which Twilio has already."""
    with database.reading() as session:
        errand = _errand(session, submission_id)
    if isinstance(errand, Errand) and errand.usa2p_sid is None:
        return Refused("", "Twilio has no campaign to change yet. Hand it in first.")
    return hand_in(database, vendor, submission_id, now)


def _run(
    database: Database, vendor: Vendor, errand: Errand, now: datetime, began: float
) -> Outcome:
    own = client(vendor, errand.clinic_id)
    if isinstance(own, Refused):
        return own
    service_sid = errand.service_sid or a2p_campaign.messaging_service(
        own, reference(errand.slug, errand.ref), vendor.webhook
    )
    if not isinstance(service_sid, str):
        return service_sid
    if errand.service_sid is None:
        _note_service(database, errand, service_sid)
    seen = _at_vendor(own, errand, service_sid)
    if not isinstance(seen, CampaignSeen):
        return seen
    # A poll that began meanwhile heard of the version before.
    at = now + timedelta(seconds=time.monotonic() - began)
    database.retrying(lambda session: _record(session, errand, seen, at))
    return Done(seen.sid, f"Handed in at Twilio as {seen.sid}: {seen.status}.")


def _at_vendor(
    own: Any, errand: Errand, service_sid: str
) -> CampaignSeen | Refused | Unclear:
    if errand.usa2p_sid is None:
        return a2p_campaign.hand_in(own, service_sid, errand.brand_sid, errand.part)
    frozen = frozen_changes(errand.before, errand.part) if errand.before else ()
    if frozen:
        return Refused(
            "",
            "Twilio changes no use case, no keywords and no replies of a campaign. "
            "Take these changes back, or begin a new campaign.",
            frozen,
        )
    return a2p_campaign.change(own, service_sid, errand.usa2p_sid, errand.part)


def _record(
    session: Session, errand: Errand, seen: CampaignSeen, now: datetime
) -> None:
    """What Twilio has now; its first word about the layers is part of it."""
    campaign = session.get_one(Campaign, errand.campaign_id)
    submission = session.get_one(SubmissionVersion, errand.submission_id)
    campaign.usa2p_sid = seen.sid
    campaign.tcr_id = seen.tcr_id or campaign.tcr_id
    campaign.description = errand.part.description
    campaign.message_flow = errand.part.message_flow
    campaign.samples = list(errand.part.samples)
    submission.handed_in_at, submission.handed_in_how = now, seen.sid
    submission.trouble = None
    session.flush()
    hear_twilio(session, errand.campaign_id, seen, now)
    if errand.version > 1:
        _reopen(session, errand, seen, now)


def _reopen(
    session: Session, errand: Errand, seen: CampaignSeen, now: datetime
) -> None:
    """Cells that were turned down wait again: it was handed in anew.  Twilio's own no
    is lifted by its own word, a stronger source's by the person who handed it in."""
    rejected = session.exec(
        select(CarrierCell).where(
            col(CarrierCell.campaign_id) == errand.campaign_id,
            col(CarrierCell.status) == Status.REJECTED,
        )
    ).all()
    by_twilio = observations(seen.status, False, now)
    for cell in rejected:
        if cell.source is Source.vendor_verified:
            if status_of("twilio", seen.status) is Status.PENDING:
                observe(
                    session, errand.campaign_id, cell.carrier, by_twilio[cell.carrier]
                )
            continue
        anew = Observation(
            status=Status.PENDING,
            raw=f"Handed in again as version {errand.version}.",
            source=Source.operator_entry,
            at=now,
            evidence=seen.raw,
        )
        observe(session, errand.campaign_id, cell.carrier, anew, errand.by)


def _note_service(database: Database, errand: Errand, service_sid: str) -> None:
    def work(session: Session) -> None:
        session.get_one(Campaign, errand.campaign_id).service_sid = service_sid

    database.retrying(work)


def _in_trouble(
    database: Database, submission_id: int, why: Refused | Unclear
) -> Refused | Unclear:
    def work(session: Session) -> None:
        submission = session.get(SubmissionVersion, submission_id)
        if submission is not None and submission.handed_in_at is None:
            submission.trouble = why.sentence

    database.retrying(work)
    return why


def _errand(session: Session, submission_id: int) -> Errand | Done | Refused:
    submission = session.get(SubmissionVersion, submission_id)
    if submission is None:
        return Refused("", "There is no such submission.")
    if submission.handed_in_at is not None:
        how = submission.handed_in_how or ""
        return Done(how, f"It was handed in already, as {how}.")
    latest = newest(session, submission.campaign_id)
    if latest is None or latest.id != submission.id:
        return Refused("", TOO_OLD)
    campaign = session.get_one(Campaign, submission.campaign_id)
    brand = session.get_one(Brand, campaign.brand_id)
    why = _brand_obstacle(brand)
    if why is not None:
        return Refused("", why)
    return Errand(
        clinic_id=submission.clinic_id,
        slug=session.get_one(Clinic, submission.clinic_id).slug,
        submission_id=submission_id,
        campaign_id=submission.campaign_id,
        ref=campaign.ref,
        version=submission.version,
        part=_part(submission.content),
        before=_before(session, submission),
        brand_sid=brand.vendor_sid or "",
        service_sid=campaign.service_sid,
        usa2p_sid=campaign.usa2p_sid,
        by=submission.prepared_by,
    )


def _brand_obstacle(brand: Brand) -> str | None:
    """A campaign of a brand that nobody verified costs its fee and cannot run."""
    if brand.vendor_sid is None:
        return NO_BRAND
    if brand.vendor_status != "APPROVED":
        return (
            f"Twilio has the brand as {brand.vendor_status or 'not known'}. Hand the "
            "campaign in once it is APPROVED."
        )
    if brand.identity not in PROVEN:
        word = brand.identity.value if isinstance(brand.identity, Identity) else "none"
        return (
            f"The brand's identity at The Campaign Registry is {word}, and without a "
            "verified one no campaign runs. Compare the legal name and the EIN with "
            "the tax letter."
        )
    return None


def _before(session: Session, submission: SubmissionVersion) -> CampaignPart | None:
    """The texts that Twilio has: the last version that reached it."""
    content = session.exec(
        select(SubmissionVersion.content)
        .where(
            col(SubmissionVersion.campaign_id) == submission.campaign_id,
            col(SubmissionVersion.version) < submission.version,
            col(SubmissionVersion.handed_in_at).is_not(None),
        )
        .order_by(col(SubmissionVersion.version).desc())
        .limit(1)
    ).first()
    return _part(content) if content is not None else None


def _part(content: Any) -> CampaignPart:
    return Submission.model_validate_json(canonical(dict(content))).campaign
