"""Rejections that a vendor told us: `errors[]` verbatim, and what it flags.

A person's entries are `registration.rejections`' work; the rows are the same.
"""

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from sqlmodel import Session, col, select

from clinics.models import TaskKind
from clinics.tasks import open_task
from kernel.hashing import canonical, sha256_hex
from registration.codes import look_up
from registration.desk_models import (
    Cause,
    Layer,
    Rejection,
    RejectionFix,
    SubmissionVersion,
)
from registration.twilio import Trouble

BY = "Twilio"
UNNAMED = Trouble(code="", text="Twilio turned it down and gave no reason.")
CAUSES = {"brand": Cause.brand, "use_case": Cause.use_case}
# Where a code says what is wrong and names no field.
PLACES: Mapping[str, str] = {
    "consent": "campaign.message_flow",
    "description": "campaign.description",
    "privacy": "campaign.privacy_policy_url",
    "terms": "campaign.terms_url",
    "samples": "campaign.samples",
    "use_case": "campaign.samples",
    "replies": "campaign.help_message",
    "brand": "brand.legal_name",
    "website": "website",
}
ELSE = "campaign.description"


def keep(
    session: Session,
    submission: SubmissionVersion,
    layer: Layer | None,
    errors: Sequence[Trouble],
    *,
    issuer: str,
    evidence: str,
    now: datetime,
    by: str = BY,
) -> list[Rejection]:
    """One row per reason that was not heard before, each with its open fixes."""
    known = {
        (one.issuer, one.code, one.text)
        for one in session.exec(
            select(Rejection).where(
                col(Rejection.clinic_id) == submission.clinic_id,
                col(Rejection.submission_id) == submission.id,
            )
        )
    }
    rows = []
    for error in errors or (UNNAMED,):
        if (issuer, error.code, error.text) in known:
            continue
        row = Rejection(
            clinic_id=submission.clinic_id,
            campaign_id=submission.campaign_id,
            submission_id=submission.id,
            layer=layer,
            issuer=issuer,
            code=error.code,
            text=error.text,
            cause=_cause(issuer, error.code),
            evidence=evidence,
            at=now,
            by=by,
        )
        session.add(row)
        session.flush()
        _fixes(session, submission, row, fields_of(issuer, error))
        rows.append(row)
    if rows:
        _task(session, submission, rows, now)
    return rows


def fields_of(issuer: str, error: Trouble) -> tuple[str, ...]:
    """What must be mended, as fields of contract section 5; at least one."""
    named = [_fields().get(token.strip().upper()) for token in error.fields]
    found = tuple(dict.fromkeys(field for field in named if field))
    if found:
        return found
    categories = [one.category for one in _meanings(issuer, error.code)]
    return (next((PLACES[c] for c in categories if c in PLACES), ELSE),)


def value_at(content: Mapping[str, Any], field: str) -> Any:
    """The value of `campaign.samples` and the like; the website is its address."""
    if field == "website":
        field = "brand.website"
    part, _, name = field.partition(".")
    inner = content.get(part)
    return inner.get(name) if isinstance(inner, Mapping) else None


def _fixes(
    session: Session,
    submission: SubmissionVersion,
    row: Rejection,
    fields: Sequence[str],
) -> None:
    for field in fields:
        value = {"value": value_at(submission.content, field)}
        session.add(
            RejectionFix(
                clinic_id=row.clinic_id,
                rejection_id=row.id or 0,
                field=field,
                what=row.text or f"Code {row.code}",
                before_sha256=sha256_hex(canonical(value)),
            )
        )
    session.flush()


def _task(
    session: Session,
    submission: SubmissionVersion,
    rows: Sequence[Rejection],
    now: datetime,
) -> None:
    reasons = "; ".join(f"{row.code} {row.text}".strip() for row in rows)[:600]
    open_task(
        session,
        submission.clinic_id,
        TaskKind.rejection,
        f"rejection:{submission.id}:{rows[0].id}",
        f"Version {submission.version} of the campaign was turned down: {reasons} "
        "Mend every part that is flagged, show it, and hand it in again.",
        now,
        urgent=True,
    )


def _cause(issuer: str, code: str) -> Cause:
    categories = {one.category for one in _meanings(issuer, code)}
    return next((CAUSES[c] for c in sorted(categories & set(CAUSES))), Cause.content)


def _meanings(issuer: str, code: str) -> Sequence[Any]:
    return look_up(code, issuer).meanings if code else ()


@cache
def _fields() -> Mapping[str, str]:
    path = files("registration").joinpath("data/twilio_fields.csv")
    rows = csv.DictReader(path.read_text("utf-8").splitlines())
    return {row["token"]: row["field"] for row in rows}
