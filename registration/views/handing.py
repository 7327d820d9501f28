"""The brand and the campaign go out from the registration desk: written down here first,
then handed to Twilio, where Heed registers through it.
"""

from typing import Any

from flask import Blueprint, flash, redirect, request
from flask import url_for as address
from sqlmodel import Session

from clinics.models import Role
from clinics.web import allow, here, me, noted
from consent import attachments
from kernel.errors import Invalid
from kernel.views import room_for
from kernel.web import heed
from registration import brands, drafts
from registration.accounts import vendor
from registration.desk_models import SubmissionVersion
from registration.handing_in import hand_in
from registration.models import Brand, Campaign, Identity, SubmissionDraft
from registration.registering import Done, Outcome, register_brand
from registration.shown import evidence_of
from registration.submitting import NotYet, prepare
from registration.views.desk import page
from registration.views.desk_work import FORM_BYTES, HERE, change, score_of, version_of

bp = Blueprint("handing", __name__)
room_for(bp, "brand_word", attachments.LARGEST + FORM_BYTES)


@bp.post(f"{HERE}/brand")
@allow(Role.operator)
def brand(clinic: str, draft_id: int) -> Any:
    """Written down here, then registered at Twilio; a refusal here calls nobody."""

    def work(writing: Session, draft: SubmissionDraft) -> str:
        found = brands.register(writing, draft, heed().now())
        noted(writing, "brand registered", found.legal_name)
        return "The brand is written down."

    answer = change(draft_id, "brand", work)
    refused = isinstance(answer, tuple)
    if not refused and heed().settings.twilio_account_sid:
        now = heed().now()
        flash_outcome(
            register_brand(heed().database, vendor(heed()), here().id, draft_id, now)
        )
    return answer


@bp.post(f"{HERE}/brand-word")
@allow(Role.operator)
def brand_word(clinic: str, draft_id: int) -> Any:
    """What the registry's portal shows of the brand, with evidence (R32)."""

    def work(writing: Session, draft: SubmissionDraft) -> str:
        word, now = request.form.get("identity", ""), heed().now()
        if word not in set(Identity):
            raise Invalid("Choose what the registry says of the brand.")
        found = brands.register(writing, draft, now)
        brands.typed(
            writing,
            found,
            Identity(word),
            note=request.form.get("note", ""),
            evidence=evidence_of(writing, here().id, request, me().email, now),
            now=now,
            by=me().email,
            tcr_brand_id=request.form.get("tcr_id", "").strip() or None,
            score=score_of(request.form.get("score", "")),
        )
        noted(writing, "brand status", f"{found.legal_name}: {word}")
        return f"{found.legal_name}: {brands.meaning_of(Identity(word)).meaning}"

    return change(draft_id, "brand", work)


@bp.post(f"{HERE}/submit")
@allow(Role.operator)
def submit(clinic: str, draft_id: int) -> Any:
    """R8: the operator submits on the clinic's behalf; a refusal is written down too."""

    def work(writing: Session) -> SubmissionVersion | NotYet:
        draft = drafts.draft_of(writing, here().id, draft_id)
        made = prepare(writing, draft, me().email, heed().now())
        refused = isinstance(made, NotYet)
        noted(writing, "submission refused" if refused else "submitted", draft.ref)
        return made

    made = heed().database.retrying(work)
    if isinstance(made, NotYet):
        why = " ".join(one.sentence for one in made.obstacles)
        return page(draft_id, {}, f"It was not submitted. {why}", "submitted"), 409
    flash(f"Version {made.version} is written down with exactly its bytes.")
    _at_twilio(made.id or 0)
    return redirect(
        address("desk.registration", clinic=here().slug, draft_id=draft_id), 303
    )


@bp.post(f"{HERE}/hand-in")
@allow(Role.operator)
def again(clinic: str, draft_id: int) -> Any:
    """What Twilio did not take, or did not answer, is tried once more."""

    def work(writing: Session) -> int:
        draft = drafts.draft_of(writing, here().id, draft_id)
        _, version = version_of(writing, draft)
        noted(writing, "hand in", draft.ref)
        return version.id or 0

    _at_twilio(heed().database.retrying(work))
    to = address("desk.registration", clinic=here().slug, draft_id=draft_id)
    return redirect(f"{to}#submitted", 303)


def _at_twilio(version_id: int) -> None:
    """By hand where the brand was not registered through Twilio."""
    with heed().database.reading() as reading:
        version = reading.get_one(SubmissionVersion, version_id)
        campaign = reading.get_one(Campaign, version.campaign_id)
        brand = reading.get_one(Brand, campaign.brand_id)
    if brand.vendor_sid is not None:
        now = heed().now()
        flash_outcome(hand_in(heed().database, vendor(heed()), version_id, now))
    else:
        flash("Next: type it into the provider’s portal, and say so below.")


def flash_outcome(outcome: Outcome) -> None:
    flash(outcome.sentence, "done" if isinstance(outcome, Done) else "problem")
