"""What the operator does at the registration desk: confirm, ask, take the fee, register
the brand, submit.  One POST each."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, request
from flask import url_for as address
from sqlmodel import Session

from clinics.models import Role
from clinics.web import allow, here, me, noted
from consent import attachments
from kernel.asked import read_day
from kernel.errors import Conflict, Invalid, NotFound
from kernel.views import room_for
from kernel.web import heed
from registration import drafts, fees, intake, layers
from registration.desk_models import (
    FeeKind,
    Item,
    Layer,
    LayerState,
    SubmissionVersion,
)
from registration.intake_items import LABELS
from registration.models import Campaign, SubmissionDraft
from registration.shown import evidence_of
from registration.status import Source
from registration.submitting import campaign_for, handed_in, name_at_tcr
from registration.views.desk import page
from registration.workflow import head

bp = Blueprint("desk_work", __name__)
HERE = "/operator/registrations/<clinic>/<int:draft_id>"
FORM_BYTES = 64 * 1024
for _name in ("handed", "layer"):
    room_for(bp, _name, attachments.LARGEST + FORM_BYTES)
Work = Callable[[Session, SubmissionDraft], str]


def change(draft_id: int, part: str, work: Work) -> Any:
    """`work` tells what was done, or refuses; then the same page is shown again."""

    def run(writing: Session) -> str:
        return work(writing, drafts.draft_of(writing, here().id, draft_id))

    try:
        said = heed().database.retrying(run)
    except (Invalid, Conflict) as mistake:
        return page(draft_id, request.form, str(mistake), part), 400
    flash(said)
    to = address("desk.registration", clinic=here().slug, draft_id=draft_id)
    return redirect(f"{to}#{part}", 303)


@bp.post(f"{HERE}/confirm")
@allow(Role.operator)
def confirm(clinic: str, draft_id: int) -> Any:
    def work(writing: Session, draft: SubmissionDraft) -> str:
        item = _item(request.form.get("item", ""))
        shown = request.form.get("shown", "")
        seen = request.form.get("value", "")
        intake.confirm(writing, draft, item, me().email, heed().now(), shown, seen)
        noted(writing, "intake confirmed", f"{draft.ref}: {item.value}")
        return f"Confirmed: {LABELS[item]}."

    return change(draft_id, "intake", work)


@bp.post(f"{HERE}/questions")
@allow(Role.operator)
def ask(clinic: str, draft_id: int) -> Any:
    def work(writing: Session, draft: SubmissionDraft) -> str:
        given = request.form.get("item", "")
        asked = intake.ask(
            writing,
            draft,
            _item(given) if given else None,
            request.form.get("question", ""),
            me().email,
            heed().now(),
            read_day(request.form.get("due_on", "")),
        )
        noted(writing, "clinic asked", draft.ref)
        return f"Asked. The clinic sees it on its page; due on {asked.due_on:%b %-d}."

    return change(draft_id, "questions", work)


@bp.post(f"{HERE}/questions/<int:question_id>")
@allow(Role.operator)
def answer(clinic: str, draft_id: int, question_id: int) -> Any:
    def work(writing: Session, draft: SubmissionDraft) -> str:
        text = request.form.get("answer", "")
        intake.answer(writing, draft, question_id, text, me().email, heed().now())
        noted(writing, "answer noted", draft.ref)
        return "The answer is noted."

    return change(draft_id, "questions", work)


@bp.post(f"{HERE}/fee")
@allow(Role.operator)
def fee(clinic: str, draft_id: int) -> Any:
    def work(writing: Session, draft: SubmissionDraft) -> str:
        receipt, by, now = request.form.get("receipt", ""), me().email, heed().now()
        on = read_day(request.form.get("on", ""))
        if on is None:
            raise Invalid("Give the day of payment.")
        entry = fees.pay(
            writing,
            here().id,
            FeeKind.setup,
            cents=fees.read_amount(request.form.get("amount", "")),
            receipt=receipt,
            on=on,
            by=by,
            now=now,
        )
        content = drafts.content_of(draft)
        if not content.fee_receipt.strip():
            filled = content.model_copy(update={"fee_receipt": entry.receipt})
            drafts.save(writing, draft, filled, draft.version, by, now)
        noted(writing, "setup fee paid", f"{draft.ref}: {entry.receipt}")
        return f"{fees.dollars(entry.cents)} noted, receipt {entry.receipt}."

    return change(draft_id, "fee", work)


@bp.post(f"{HERE}/handed-in")
@allow(Role.operator)
def handed(clinic: str, draft_id: int) -> Any:
    def work(writing: Session, draft: SubmissionDraft) -> str:
        campaign, version = version_of(writing, draft)
        how, now = request.form.get("how", "").strip(), heed().now()
        tcr_id = request.form.get("tcr_id", "").strip()
        if not how:
            raise Invalid("Say where it was typed in, with its reference there.")
        shown = evidence_of(writing, here().id, request, me().email, now)
        handed_in(writing, version, how, now)
        if tcr_id:
            name_at_tcr(writing, campaign, tcr_id)
            _heard(
                writing,
                version,
                Layer.tcr,
                LayerState.cleared,
                f"TCR gave the id {tcr_id}: {how}",
                shown,
            )
        noted(writing, "handed in", f"{draft.ref}: {how}")
        return "Noted. From now on its days are counted."

    return change(draft_id, "submitted", work)


@bp.post(f"{HERE}/layers")
@allow(Role.operator)
def layer(clinic: str, draft_id: int) -> Any:
    def work(writing: Session, draft: SubmissionDraft) -> str:
        _, version = version_of(writing, draft)
        which, state = request.form.get("layer", ""), request.form.get("state", "")
        if which not in set(Layer) or state not in set(LayerState):
            raise Invalid("Choose who spoke, and what was said.")
        note, now = request.form.get("note", "").strip(), heed().now()
        shown = evidence_of(writing, here().id, request, me().email, now)
        raw = f"{state}: {note}" if note else ""
        element = request.form.get("element", "")
        _heard(writing, version, Layer(which), LayerState(state), raw, shown, element)
        noted(writing, "layer", f"{draft.ref} {which} {state}")
        return f"{layers.NAMES[Layer(which)]}: noted."

    return change(draft_id, "layers", work)


def version_of(
    writing: Session, draft: SubmissionDraft
) -> tuple[Campaign, SubmissionVersion]:
    """Raises NotFound while nothing was submitted."""
    campaign = campaign_for(writing, draft)
    version = layers.newest(writing, campaign.id or 0) if campaign else None
    if campaign is None or version is None:
        raise NotFound("Nothing was submitted of this draft yet.")
    return campaign, version


def _heard(
    writing: Session,
    version: SubmissionVersion,
    layer: Layer,
    state: LayerState,
    raw: str,
    evidence: str,
    element: str = "",
) -> None:
    """Raises Conflict where the word does not count; it is kept as a refused one only
    when a source said it, not when a person slipped."""
    event = layers.hear(
        writing,
        version,
        layer,
        state,
        source=Source.operator_entry,
        raw=raw,
        evidence=evidence,
        now=heed().now(),
        element=element,
        by=me().email,
    )
    if event is not None and not event.applied:
        raise Conflict(f"{event.why} Nothing was changed.")
    head(writing, version.campaign_id, heed().now())


def _item(given: str) -> Item:
    if given not in set(Item):
        raise Invalid("Choose one of the seven items.")
    return Item(given)


def score_of(given: str) -> int | None:
    if not given.strip():
        return None
    if not (given.strip().isascii() and given.strip().isdigit()):
        raise Invalid("A trust score is a number from 0 to 100.")
    return int(given)
