"""Rejections that a vendor told us: `errors[]` verbatim, and what it flags.

A person's entries are `registration.rejections`' work; the rows are the same.
"""

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files

from sqlmodel import Session, col, select

from clinics.models import TaskKind
from clinics.tasks import open_task
from registration.desk_models import (
    Layer,
    Rejection,
    SubmissionVersion,
)
from registration.flagged import cause_of_code, elements, what
from registration.rejections import add_fix
from registration.twilio import Trouble

BY = "Twilio"
UNNAMED = Trouble(code="", text="Twilio turned it down and gave no reason.")


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
            cause=cause_of_code(error.code, issuer),
            evidence=evidence,
            at=now,
            by=by,
        )
        session.add(row)
        session.flush()
        for field in fields_of(issuer, error):
            add_fix(session, row, field, what(field), submission.content)
        rows.append(row)
    if rows:
        _task(session, submission, rows, now)
    return rows


def fields_of(issuer: str, error: Trouble) -> tuple[str, ...]:
    """What must be mended, as fields of contract section 5; at least one."""
    named = [_fields().get(token.strip().upper()) for token in error.fields]
    found = tuple(dict.fromkeys(field for field in named if field))
    return found or elements(error.code, issuer)


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


@cache
def _fields() -> Mapping[str, str]:
    path = files("registration").joinpath("data/twilio_fields.csv")
    rows = csv.DictReader(path.read_text("utf-8").splitlines())
    return {row["token"]: row["field"] for row in rows}
