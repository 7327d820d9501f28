"""A rejection: code and reason as they came, every flagged element, and what must be
mended before the campaign may be handed in again (R106-R112).

The caller commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from clinics.models import TaskKind
from clinics.tasks import open_task
from kernel.carriers import LABELS, Carrier
from kernel.errors import Conflict, Invalid, NotFound
from registration.desk_models import (
    Cause,
    Layer,
    LayerState,
    Rejection,
    RejectionFix,
    SubmissionVersion,
)
from registration.flagged import WEBSITE, cause_of_code, elements, hash_at, what
from registration.layers import NAMES, hear, newest
from registration.models import Campaign
from registration.status import Observation, Source, Status
from registration.submission import Submission, as_json
from registration.workflow import head, observe

SCRUTINY_FROM = 2  # consecutive rejections that carriers look at more closely (R111)
LONGEST = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a rejection says, as it was typed or heard."""

    issuer: str
    code: str
    text: str
    evidence: str
    layer: Layer | None = None
    carrier: Carrier | None = None
    fields: tuple[str, ...] = ()
    cause: Cause | None = None


def record(
    session: Session, campaign: Campaign, said: Said, by: str, now: datetime
) -> Rejection:
    """The layer or the carrier turns REJECTED, every flagged element becomes a fix, and
    a task is opened.  Raises Invalid without a code or a reason, or without evidence."""
    code, text = said.code.strip(), said.text.strip()
    if not (code or text):
        raise Invalid(
            "Record the code or the reason. Whoever hands in again without knowing why "
            "is turned down again."
        )
    if not said.evidence.strip():
        raise Invalid("Show where it was said: a file or a web address.")
    if len(text) > LONGEST or len(code) > LONGEST:
        raise Invalid(f"At most {LONGEST:,} characters.")
    if (said.layer is None) == (said.carrier is None):
        raise Invalid("Say who turned it down: one layer or one carrier.")
    version = newest(session, campaign.id or 0)
    found = Rejection(
        clinic_id=campaign.clinic_id,
        campaign_id=campaign.id or 0,
        submission_id=version.id if version else None,
        layer=said.layer,
        carrier=said.carrier,
        issuer=said.issuer.strip() or "unknown",
        code=code,
        text=text,
        cause=said.cause or cause_of_code(code, said.issuer),
        evidence=said.evidence.strip(),
        at=now,
        by=by,
    )
    session.add(found)
    session.flush()
    content = version.content if version else {}
    for field in said.fields or elements(code, said.issuer):
        add_fix(session, found, field, what(field), content)
    _tell(session, campaign, found, version, now)
    open_task(
        session,
        campaign.clinic_id,
        TaskKind.rejection,
        f"rejection:{found.id}",
        f"{who_of(found)} turned down campaign '{campaign.ref}'"
        f"{f' with code {code}' if code else ''}. Mend every flagged element with "
        "evidence, then hand it in again.",
        now,
        urgent=True,
    )
    return found


def add_fix(
    session: Session,
    rejection: Rejection,
    field: str,
    what: str,
    content: Mapping[str, Any],
) -> RejectionFix:
    fix = RejectionFix(
        clinic_id=rejection.clinic_id,
        rejection_id=rejection.id or 0,
        field=field,
        what=what,
        before_sha256=hash_at(content, field),
    )
    session.add(fix)
    session.flush()
    return fix


def still_flagged(fix: RejectionFix, submission: Submission) -> bool:
    """It says what was turned down.  A website is not in the submission."""
    now_is = hash_at(as_json(submission), fix.field)
    return fix.field != WEBSITE and now_is == fix.before_sha256


def all_fixes(session: Session, found: Sequence[Rejection]) -> list[RejectionFix]:
    return [fix for one in found for fix in fixes_of(session, one.id or 0)]


def mend(
    session: Session,
    campaign: Campaign,
    fix_id: int,
    submission: Submission,
    evidence: str,
    by: str,
    now: datetime,
) -> RejectionFix:
    """Closes a fix with what shows it.  Raises NotFound, Invalid without evidence, and
    Conflict where the flagged text is what it was (R110)."""
    fix = session.get(RejectionFix, fix_id)
    rejection = session.get(Rejection, fix.rejection_id) if fix else None
    if fix is None or rejection is None or rejection.campaign_id != campaign.id:
        raise NotFound("There is no such element to mend.")
    if fix.done_at is not None:
        raise Conflict("This element was mended already.")
    if not evidence.strip():
        raise Invalid("Say what was changed, or where it can be seen.")
    if still_flagged(fix, submission):
        raise Conflict(
            f"{fix.what} The draft still says the same there. Change it first."
        )
    fix.evidence, fix.done_at, fix.done_by = evidence.strip(), now, by
    session.add(fix)
    session.flush()
    return fix


def rejections_of(session: Session, campaign_id: int) -> Sequence[Rejection]:
    """The newest first."""
    return session.exec(
        select(Rejection)
        .where(col(Rejection.campaign_id) == campaign_id)
        .order_by(col(Rejection.id).desc())
    ).all()


def fixes_of(session: Session, rejection_id: int) -> Sequence[RejectionFix]:
    return session.exec(
        select(RejectionFix)
        .where(col(RejectionFix.rejection_id) == rejection_id)
        .order_by(col(RejectionFix.id))
    ).all()


def of_version(
    session: Session, campaign_id: int, version: SubmissionVersion
) -> list[Rejection]:
    every = rejections_of(session, campaign_id)
    return [one for one in every if one.submission_id == version.id]


def consecutive(session: Session, campaign_id: int) -> int:
    """How many versions in a row, up to the newest, were turned down (R111)."""
    turned_down = {one.submission_id for one in rejections_of(session, campaign_id)}
    versions = session.exec(
        select(SubmissionVersion.id)
        .where(col(SubmissionVersion.campaign_id) == campaign_id)
        .order_by(col(SubmissionVersion.version).desc())
    ).all()
    count = 0
    for version_id in versions:
        if version_id not in turned_down:
            break
        count += 1
    return count


def who_of(rejection: Rejection) -> str:
    if rejection.carrier is not None:
        return LABELS[rejection.carrier]
    return NAMES[rejection.layer] if rejection.layer else "A reviewer"


def _tell(
    session: Session,
    campaign: Campaign,
    rejection: Rejection,
    version: SubmissionVersion | None,
    now: datetime,
) -> None:
    """The layer or the carrier's cell says so too, whoever said it first."""
    raw = f"REJECTED: {' '.join(filter(None, (rejection.code, rejection.text)))}"
    if rejection.carrier is not None:
        seen = Observation(
            status=Status.REJECTED,
            raw=raw,
            source=Source.operator_entry,
            at=now,
            evidence=rejection.evidence,
        )
        observe(session, campaign.id or 0, rejection.carrier, seen, rejection.by)
    elif version is not None and rejection.layer is not None:
        hear(
            session,
            version,
            rejection.layer,
            LayerState.rejected,
            source=Source.operator_entry,
            raw=raw,
            evidence=rejection.evidence,
            now=now,
            by=rejection.by,
        )
    head(session, campaign.id or 0, now)
