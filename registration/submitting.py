"""From a draft to a submission: what still stands in the way, and the version that is
handed in, with exactly the bytes that were checked.

Nothing here calls a vendor or approves anything.  Every obstacle is named at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from clinics.access import lock_clinic
from consent.attachments import SCANS
from consent.models import Attachment
from kernel.errors import Conflict
from registration.brand_words import PROVEN
from registration.brands import brand_of, meaning_of
from registration.checks.finding import Outcome, Severity
from registration.desk_models import (
    Clarification,
    FeeEntry,
    FeeKind,
    SubmissionVersion,
)
from registration.drafts import avoided, content_of, last_run
from registration.fees import fell_due, setup_paid
from registration.intake import State, checklist
from registration.judging import judge
from registration.layers import newest
from registration.models import Campaign, PageLook, SubmissionDraft
from registration.registered import brand_for, create_campaign, facts_from, rewrite
from registration.resubmission import cause_of, days_lost, resubmission_obstacles
from registration.submission import Submission
from registration.website_looks import last_of_draft
from registration.workflow import begin_anew, head


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why it cannot be submitted yet.  `about` names the part of the desk's page."""

    about: str
    sentence: str


@dataclass(frozen=True, slots=True)
class NotYet:
    obstacles: tuple[Obstacle, ...]


def campaign_for(session: Session, draft: SubmissionDraft) -> Campaign | None:
    return session.exec(
        select(Campaign).where(
            col(Campaign.clinic_id) == draft.clinic_id, col(Campaign.ref) == draft.ref
        )
    ).one_or_none()


def obstacles(session: Session, draft: SubmissionDraft) -> tuple[Obstacle, ...]:
    """All of them, in the order of the desk's page."""
    return tuple(_obstacles(session, draft))


def prepare(
    session: Session, draft: SubmissionDraft, by: str, now: datetime
) -> SubmissionVersion | NotYet:
    """The next version of the draft's campaign: PENDING, with no layer cleared (R49).

    Begins the brand and the campaign where there are none.  A later version has a fee
    of its own and begins the whole way anew (R60, R61).
    """
    lock_clinic(session, draft.clinic_id)  # of two clicks, one finds the other's
    found = obstacles(session, draft)
    run, proof = last_run(session, draft), proof_kept(session, draft)
    paid = setup_paid(session, draft.clinic_id)
    if found or run is None or proof is None or paid is None:
        return NotYet(found)
    submission = content_of(draft)
    campaign = campaign_for(session, draft)
    before = newest(session, campaign.id or 0) if campaign else None
    if campaign is None:
        brand = brand_for(session, draft.clinic_id, submission, now)
        facts = facts_from(draft.ref, submission)
        campaign = create_campaign(session, draft.clinic_id, brand.id or 0, facts, now)
    fee = paid
    if before is not None:
        # What nobody has got yet costs nothing once more.
        known = session.get_one(FeeEntry, before.fee_entry_id)
        late = before.handed_in_at is not None
        fee = _again(session, campaign, before, by, now) if late else known
        rewrite(campaign, submission)
        session.add(campaign)
    made = SubmissionVersion(
        clinic_id=draft.clinic_id,
        campaign_id=campaign.id or 0,
        draft_id=draft.id or 0,
        version=(before.version if before else 0) + 1,
        content=draft.content,
        content_sha256=draft.content_sha256,
        check_run_id=run.id or 0,
        proof_sha256=proof,
        fee_entry_id=fee.id or 0,
        needed_by=submission.needed_by,
        avoided=avoided(session, draft, judge(session, draft).findings),
        prepared_at=now,
        prepared_by=by,
    )
    session.add(made)
    session.flush()
    if before is not None:
        begin_anew(session, campaign.id or 0, made.content_sha256, by, now)
    head(session, campaign.id or 0, now)
    return made


def handed_in(
    session: Session, version: SubmissionVersion, how: str, now: datetime
) -> None:
    """The vendor has it: `how` is its id, or where a person typed it in."""
    if version.handed_in_at is not None:
        raise Conflict(f"It was handed in already: {version.handed_in_how}.")
    version.handed_in_at = now
    version.handed_in_how, version.trouble = how, None
    session.add(version)
    session.flush()


def name_at_tcr(session: Session, campaign: Campaign, tcr_id: str) -> None:
    """What the registry calls it.  Raises Conflict for another campaign's id."""
    others = select(Campaign.id).where(
        col(Campaign.tcr_id) == tcr_id, col(Campaign.id) != campaign.id
    )
    if session.exec(others).first() is not None:
        raise Conflict(f"'{tcr_id}' is the id of another campaign. Look at it again.")
    campaign.tcr_id = tcr_id
    session.add(campaign)
    session.flush()


def proof_kept(session: Session, draft: SubmissionDraft) -> str | None:
    """The SHA-256 of the artefact that shows the opt-in (R14): an attached file, else
    the page as it was when the website was looked at."""
    clinic_id = draft.clinic_id
    for proof in content_of(draft).opt_in_proof:
        if proof.file and _is_kept(session, clinic_id, proof.file):
            return proof.file
        seen = _page_seen(session, draft, proof.url) if proof.url else None
        if seen is not None:
            return seen
    return None


def _is_kept(session: Session, clinic_id: int, sha256: str) -> bool:
    """As a scan or a picture: a list of numbers shows no opt-in."""
    kept = select(Attachment.sha256).where(
        col(Attachment.clinic_id) == clinic_id,
        col(Attachment.sha256) == sha256,
        col(Attachment.media_type).in_(SCANS),
    )
    return session.exec(kept).first() is not None


def _page_seen(session: Session, draft: SubmissionDraft, url: str) -> str | None:
    look = last_of_draft(session, draft)
    return session.exec(
        select(PageLook.body_sha256).where(
            col(PageLook.clinic_id) == draft.clinic_id,
            col(PageLook.look_id) == (look.id if look else 0),
            col(PageLook.url) == url,
            col(PageLook.why).is_(None),
        )
    ).first()


def _obstacles(session: Session, draft: SubmissionDraft) -> Iterator[Obstacle]:
    submission = content_of(draft)
    yield from _intake(session, draft)
    yield from _fee(session, draft, submission)
    yield from _brand(session, draft, submission)
    yield from _checked(session, draft)
    if proof_kept(session, draft) is None:
        yield Obstacle(
            "intake",
            "No proof of the opt-in is kept. Attach a picture or an evidence pack, or "
            "look at the website while the form's address opens.",
        )
    campaign = campaign_for(session, draft)
    if campaign is None:
        return
    version = newest(session, campaign.id or 0)
    if version is None:
        yield Obstacle(
            "submission",
            f"Campaign '{draft.ref}' was registered elsewhere. Give the draft another "
            "reference: a new campaign is needed.",
        )
        return
    for sentence in resubmission_obstacles(session, campaign, version, submission):
        yield Obstacle("rejection", sentence)


def _intake(session: Session, draft: SubmissionDraft) -> Iterator[Obstacle]:
    for line in checklist(session, draft):
        if line.state is State.missing:
            yield Obstacle("intake", f"{line.label}: {' '.join(line.lacks)}")
        elif line.state is State.given:
            yield Obstacle("intake", f"{line.label}: nobody has confirmed it yet.")
    waiting = select(Clarification.id).where(
        col(Clarification.draft_id) == draft.id,
        col(Clarification.answered_at).is_(None),
    )
    count = len(session.exec(waiting).all())
    if count:
        what = "question is" if count == 1 else "questions are"
        yield Obstacle("questions", f"{count} {what} not answered yet.")


def _fee(
    session: Session, draft: SubmissionDraft, submission: Submission
) -> Iterator[Obstacle]:
    """R29: no submission while the setup fee is unpaid."""
    paid = setup_paid(session, draft.clinic_id)
    if paid is None:
        yield Obstacle(
            "fee", "The setup fee is not paid. Record its amount, day and receipt."
        )
    elif submission.fee_receipt.strip() not in _receipts(session, draft.clinic_id):
        yield Obstacle(
            "fee",
            f"The draft names receipt '{submission.fee_receipt.strip()}', the fee was "
            f"paid with '{paid.receipt}'. Write that one into the draft.",
        )


def _brand(
    session: Session, draft: SubmissionDraft, submission: Submission
) -> Iterator[Obstacle]:
    """A campaign has a brand, and only a verified brand may run one (R6)."""
    brand = brand_of(session, draft.clinic_id, submission.brand.ein)
    if brand is None:
        yield Obstacle("brand", "The brand is not registered yet.")
    elif brand.identity not in PROVEN:
        said = meaning_of(brand.identity)
        yield Obstacle("brand", f"{said.meaning} {said.next_action}")
    elif brand.vendor_sid is not None and brand.vendor_status != "APPROVED":
        word = brand.vendor_status or "not decided"
        yield Obstacle("brand", f"Twilio has the brand as {word}. Wait for APPROVED.")


def _receipts(session: Session, clinic_id: int) -> set[str | None]:
    return set(
        session.exec(
            select(FeeEntry.receipt).where(
                col(FeeEntry.clinic_id) == clinic_id,
                col(FeeEntry.kind) == FeeKind.setup,
            )
        )
    )


def _checked(session: Session, draft: SubmissionDraft) -> Iterator[Obstacle]:
    """R117, R128: these very bytes were checked, and R118: all four areas pass."""
    judged = judge(session, draft)
    blocking = [
        one for one in judged.findings if one.rule.severity is Severity.blocking
    ]
    if blocking:
        what = "finding must" if len(blocking) == 1 else "findings must"
        yield Obstacle("checks", f"{len(blocking)} {what} be mended first.")
    if not judged.site_seen:
        yield Obstacle(
            "checks",
            "The website was not looked at for exactly what the draft says now.",
        )
    run = last_run(session, draft)
    if run is None or run.content_sha256 != draft.content_sha256:
        yield Obstacle("checks", "No check of exactly these bytes is kept yet.")
    elif not blocking and (run.outcome is Outcome.fail or not run.site_seen):
        yield Obstacle("checks", "The check that is kept had failed. Keep a new one.")


def _again(
    session: Session,
    campaign: Campaign,
    before: SubmissionVersion,
    by: str,
    now: datetime,
) -> FeeEntry:
    return fell_due(
        session,
        campaign.clinic_id,
        FeeKind.resubmission,
        campaign_id=campaign.id or 0,
        by=by,
        now=now,
        cause=cause_of(session, before),
        days_lost=days_lost(before, now),
    )
