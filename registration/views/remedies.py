"""What to write instead: the proposals for a draft, compared with what stands, and
taken field by field; the letter to the clinic; what belongs on its website."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask import url_for as address
from sqlmodel import Session

from clinics.access import clinic_by_slug
from clinics.models import Clinic, Role
from clinics.web import allow, here, me, noted
from consent.difference import difference
from kernel.errors import Conflict
from kernel.web import heed
from registration import drafts
from registration.checks.finding import Finding
from registration.checks.marked import Piece, marked
from registration.clinic_facts import facts_of
from registration.judging import judge
from registration.remedy import (
    SAMPLES,
    SERIES,
    Change,
    apply,
    letter,
    of_series,
    remedies,
    with_true_flags,
)
from registration.remedy_texts import text

bp = Blueprint("remedies", __name__)
operator = allow(Role.operator)
PASTE = {  # what only somebody with access to the clinic's website can put there
    "privacy_clause": "A paragraph for the privacy policy",
    "terms": "The terms for texts",
    "form": "The form to opt in, as HTML",
}


@bp.get("/operator/drafts/<clinic>/<int:draft_id>/remedies")
@operator
def proposals(clinic: str, draft_id: int) -> str:
    """`?series=` or `?rule=` narrows them."""
    with heed().database.reading() as reading:
        draft = drafts.draft_of(reading, here().id, draft_id)
        submission = drafts.content_of(draft)
        facts = facts_of(reading, _clinic(reading), submission, _base())
        findings = _narrowed(judge(reading, draft).findings)
    changes = remedies(submission, findings, facts)
    return render_template(
        "registration/draft_remedies.html",
        draft=draft,
        changes=[
            (change, _difference(change), _flagged(change, findings))
            for change in changes
        ],
        findings=findings,
        series=SERIES,
        letter=letter(findings, facts),
        paste={key: (label, text(key, facts)) for key, label in PASTE.items()},
        narrowed=request.args.get("series") or request.args.get("rule") or "",
    )


@bp.post("/operator/drafts/<clinic>/<int:draft_id>/remedies")
@operator
def accept(clinic: str, draft_id: int) -> Any:
    seen, wanted = request.form.get("seen", 0, type=int), request.form.getlist("field")

    def work(writing: Session) -> int:
        draft = drafts.draft_of(writing, here().id, draft_id)
        submission = drafts.content_of(draft)
        facts = facts_of(writing, _clinic(writing), submission, _base())
        judged = judge(writing, draft)
        findings, site = judged.findings, judged.site_seen
        drafts.note_check(writing, draft, findings, site, me().email, heed().now())
        proposed = remedies(submission, findings, facts)
        taken = [change for change in proposed if change.field in wanted]
        if taken:
            changed = with_true_flags(apply(submission, taken), taken)
            drafts.save(writing, draft, changed, seen, me().email, heed().now())
            after = judge(writing, draft)
            drafts.note_check(
                writing,
                draft,
                after.findings,
                after.site_seen,
                me().email,
                heed().now(),
            )
            fields = ", ".join(change.field for change in taken)
            noted(writing, "remedies accepted", f"{draft.ref}: {fields}")
        return len(taken)

    try:
        taken = heed().database.retrying(work)
    except Conflict as mistake:
        flash(str(mistake), "problem")
        return redirect(_url("remedies.proposals", draft_id=draft_id), 303)
    if taken:
        flash(
            f"{taken} {'field' if taken == 1 else 'fields'} rewritten. The checks ran again."
        )
    else:
        flash("Nothing was chosen, so nothing was changed.", "problem")
    return redirect(_url("drafts.report", draft_id=draft_id), 303)


def _narrowed(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    series, rule = request.args.get("series", ""), request.args.get("rule", "")
    if series in SERIES:
        findings = of_series(findings, series)
    if rule:
        findings = tuple(one for one in findings if one.rule.id == rule)
    return findings


def _difference(change: Change) -> Any:
    """Word by word where both are texts, or lists of texts; else None."""
    before, after = _as_text(change.before), _as_text(change.after)
    return difference(before, after) if before and after else None


def _as_text(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return "\n".join(value)
    return value if isinstance(value, str) else ""


def _flagged(
    change: Change, findings: tuple[Finding, ...]
) -> tuple[tuple[tuple[Piece, ...], tuple[Finding, ...]], ...]:
    """What was found of the field as it is: each text with its places marked."""
    if isinstance(change.before, str):
        texts = {change.field: change.before}
    elif change.field == SAMPLES:
        texts = {f"{SAMPLES}[{n}]": text for n, text in enumerate(change.before)}
    else:
        texts = {}
    own = {
        field: tuple(one for one in findings if one.field == field) for field in texts
    }
    whole = tuple(
        one for one in findings if one.field == change.field and one.field not in texts
    )
    shown = [
        (marked(text, own[field]), own[field])
        for field, text in texts.items()
        if own[field]
    ]
    return (*shown, *(((), (one,)) for one in whole))


def _clinic(session: Session) -> Clinic:
    return clinic_by_slug(session, here().slug)


def _base() -> str:
    return heed().settings.public_base_url.rstrip("/")


def _url(endpoint: str, **path: Any) -> str:
    return address(endpoint, clinic=here().slug, **path)
