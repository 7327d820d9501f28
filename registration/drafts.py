"""Drafts of submissions: begun, changed, checked.

The caller commits.  What is checked is hashed, and a check says which bytes it saw.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Clinic
from kernel.errors import Conflict, Invalid, NotFound
from registration.checks.check import check
from registration.checks.finding import Finding, Outcome, Severity, outcome
from registration.checks.score import score
from registration.models import CheckRun, SubmissionDraft
from registration.submission import Submission, as_json, content_hash

SHOWN = 100
LONGEST_REF = 50
GONE = "This draft does not exist. See the list under Drafts."
OVERTAKEN = (
    "Somebody else saved this draft while it was open here, so nothing was saved. Look "
    "at it again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One draft in the list, with the last check of exactly what it says now."""

    id: int
    clinic: str
    slug: str
    time_zone: str
    ref: str
    updated_at: datetime
    updated_by: str
    outcome: Outcome
    score: int
    blocking: int


def begin(
    session: Session,
    clinic_id: int,
    ref: str,
    submission: Submission,
    by: str,
    now: datetime,
    example: str | None = None,
) -> SubmissionDraft:
    """Raises Invalid for a reference that cannot be one, Conflict for one in use."""
    ref = ref.strip()
    if (
        ref in ("", ".", "..")
        or len(ref) > LONGEST_REF
        or not ref.isprintable()
        or "/" in ref
    ):
        raise Invalid(
            f"A reference is a short name such as smile-care, at most {LONGEST_REF} "
            "characters, without a slash."
        )
    if find(session, clinic_id, ref) is not None:
        raise Conflict(
            f"The clinic has a draft '{ref}' already. Open it, or choose another name."
        )
    draft = SubmissionDraft(
        clinic_id=clinic_id,
        ref=ref,
        content=as_json(submission),
        content_sha256=content_hash(submission),
        example=example,
        created_at=now,
        updated_at=now,
        updated_by=by,
    )
    session.add(draft)
    session.flush()
    return draft


def draft_of(session: Session, clinic_id: int, draft_id: int) -> SubmissionDraft:
    """Raises NotFound, for another clinic's draft too."""
    found = session.get(SubmissionDraft, draft_id)
    if found is None or found.clinic_id != clinic_id:
        raise NotFound(GONE)
    return found


def find(session: Session, clinic_id: int, ref: str) -> SubmissionDraft | None:
    return session.exec(
        select(SubmissionDraft).where(
            col(SubmissionDraft.clinic_id) == clinic_id, col(SubmissionDraft.ref) == ref
        )
    ).one_or_none()


def by_ref(session: Session, clinic_id: int, ref: str) -> SubmissionDraft:
    """Raises NotFound."""
    found = find(session, clinic_id, ref) if ref.isprintable() else None
    if found is None:
        raise NotFound(
            f"The clinic has no draft '{ref}'. Begin one with registration intake."
        )
    return found


def content_of(draft: SubmissionDraft) -> Submission:
    return Submission.model_validate(draft.content, strict=False)


def save(
    session: Session,
    draft: SubmissionDraft,
    submission: Submission,
    seen: int,
    by: str,
    now: datetime,
    *,
    example: str | None = None,
) -> None:
    """`seen` is the version that was open.  Raises Conflict when it is not the last."""
    saved = session.connection().execute(
        sa.update(SubmissionDraft)
        .where(
            col(SubmissionDraft.id) == draft.id, col(SubmissionDraft.version) == seen
        )
        .values(
            content=as_json(submission),
            content_sha256=content_hash(submission),
            version=seen + 1,
            updated_at=now,
            updated_by=by,
            example=example or draft.example,
        )
    )
    if saved.rowcount != 1:
        raise Conflict(OVERTAKEN)
    session.expire(draft)


def note_check(
    session: Session,
    draft: SubmissionDraft,
    findings: Sequence[Finding],
    site_seen: bool,
    by: str,
    now: datetime,
) -> CheckRun:
    """Once for the same bytes and the same findings."""
    fields = [finding.fields() for finding in findings]
    last = last_run(session, draft)
    if (
        last is not None
        and last.content_sha256 == draft.content_sha256
        and last.findings == fields
        and last.site_seen == site_seen
    ):
        return last
    run = CheckRun(
        clinic_id=draft.clinic_id,
        draft_id=draft.id or 0,
        content_sha256=draft.content_sha256,
        outcome=outcome(findings),
        score=score(findings, site_seen=site_seen).total,
        site_seen=site_seen,
        findings=fields,
        at=now,
        by=by,
    )
    session.add(run)
    session.flush()
    return run


def last_run(session: Session, draft: SubmissionDraft) -> CheckRun | None:
    return session.exec(
        select(CheckRun)
        .where(col(CheckRun.draft_id) == draft.id)
        .order_by(col(CheckRun.id).desc())
        .limit(1)
    ).first()


def avoided(
    session: Session, draft: SubmissionDraft, findings: Iterable[Finding]
) -> int:
    """Blocking findings and warnings that a kept check named and that are gone from
    `findings`, those of now (R119)."""
    runs = session.exec(
        select(CheckRun.findings)
        .where(col(CheckRun.draft_id) == draft.id)
        .order_by(col(CheckRun.id).desc())
        .limit(SHOWN)
    ).all()
    ever = {(one["rule"], one["field"]) for run in runs for one in run if _counts(one)}
    return len(ever - {(one.rule.id, one.field) for one in findings})


def _counts(finding: dict[str, Any]) -> bool:
    return bool(finding["severity"] != Severity.advice.value)


def drafts(session: Session) -> tuple[Line, ...]:
    """Of all clinics, the last changed first; judged anew, for rules move."""
    rows = session.execute(
        sa.select(SubmissionDraft, Clinic)
        .join(Clinic, col(Clinic.id) == col(SubmissionDraft.clinic_id))
        .order_by(col(SubmissionDraft.updated_at).desc(), col(SubmissionDraft.id))
        .limit(SHOWN)
    ).all()
    return tuple(_line(draft, clinic) for draft, clinic in rows)


def _line(draft: SubmissionDraft, clinic: Clinic) -> Line:
    findings = check(content_of(draft))
    blocking = [one for one in findings if one.rule.severity is Severity.blocking]
    return Line(
        id=draft.id or 0,
        clinic=clinic.display_name,
        slug=clinic.slug,
        time_zone=clinic.time_zone,
        ref=draft.ref,
        updated_at=draft.updated_at,
        updated_by=draft.updated_by,
        outcome=outcome(findings),
        score=score(findings, site_seen=False).total,
        blocking=len(blocking),
    )
