"""A rejection at the registration desk: recorded as it came, mended element by element,
told to the clinic."""

from typing import Any

from flask import Blueprint, request
from sqlmodel import Session

from clinics.models import Role
from clinics.web import allow, here, me, noted
from consent import attachments
from kernel.carriers import GATED, Carrier
from kernel.errors import Invalid, NotFound
from kernel.views import room_for
from kernel.web import heed
from registration import drafts, flagged
from registration.desk_models import Layer, Rejection
from registration.models import SubmissionDraft
from registration.rejections import Said, add_fix, mend, of_version, record, who_of
from registration.shown import evidence_of
from registration.views.desk_work import FORM_BYTES, HERE, change, version_of

bp = Blueprint("rejecting", __name__)
room_for(bp, "reject", attachments.LARGEST + FORM_BYTES)


@bp.post(f"{HERE}/rejections")
@allow(Role.operator)
def reject(clinic: str, draft_id: int) -> Any:
    def work(writing: Session, draft: SubmissionDraft) -> str:
        campaign, _ = version_of(writing, draft)
        who, now = request.form.get("who", ""), heed().now()
        if who not in {*set(Layer), *GATED}:
            raise Invalid("Choose who turned it down.")
        found = record(
            writing,
            campaign,
            Said(
                issuer=request.form.get("issuer", ""),
                code=request.form.get("code", ""),
                text=request.form.get("text", ""),
                evidence=evidence_of(writing, here().id, request, me().email, now),
                layer=None if who in GATED else Layer(who),
                carrier=Carrier(who) if who in GATED else None,
                fields=tuple(_fields()),
            ),
            me().email,
            now,
        )
        noted(writing, "rejection", f"{draft.ref} {found.code}")
        return (
            f"{who_of(found)} has turned it down: noted. Mend every element that is "
            "listed, each with evidence."
        )

    return change(draft_id, "rejections", work)


@bp.post(f"{HERE}/fixes")
@allow(Role.operator)
def flag(clinic: str, draft_id: int) -> Any:
    """One more element that the reason names and the code does not."""

    def work(writing: Session, draft: SubmissionDraft) -> str:
        campaign, version = version_of(writing, draft)
        found = of_version(writing, campaign.id or 0, version)
        fields = list(_fields())
        if not found or not fields:
            raise Invalid("Choose the element that is flagged.")
        for field in fields:
            what = flagged.what(field)
            add_fix(writing, found[0], field, what, version.content)
        noted(writing, "element flagged", f"{draft.ref}: {', '.join(fields)}")
        return "It is on the list."

    return change(draft_id, "rejections", work)


@bp.post(f"{HERE}/fixes/<int:fix_id>")
@allow(Role.operator)
def fix(clinic: str, draft_id: int, fix_id: int) -> Any:
    def work(writing: Session, draft: SubmissionDraft) -> str:
        content, now = drafts.content_of(draft), heed().now()
        campaign, _ = version_of(writing, draft)
        shown = request.form.get("evidence", "")
        done = mend(writing, campaign, fix_id, content, shown, me().email, now)
        noted(writing, "element mended", f"{draft.ref}: {done.field}")
        return f"Mended: {done.what}"

    return change(draft_id, "rejections", work)


@bp.post(f"{HERE}/rejections/<int:rejection_id>/told")
@allow(Role.operator)
def told(clinic: str, draft_id: int, rejection_id: int) -> Any:
    """R108: reasons reach the operator, and the clinic hears them from us."""

    def work(writing: Session, draft: SubmissionDraft) -> str:
        campaign, _ = version_of(writing, draft)
        found = writing.get(Rejection, rejection_id)
        if found is None or found.campaign_id != campaign.id:
            raise NotFound("There is no such rejection.")
        found.relayed_at = found.relayed_at or heed().now()
        writing.add(found)
        noted(writing, "rejection relayed", f"{draft.ref} {found.code}")
        return "The clinic reads it on its page “Registration”, in plain words."

    return change(draft_id, "rejections", work)


def _fields() -> Any:
    known = dict(flagged.choices())
    return (one for one in request.form.getlist("field") if one in known)
