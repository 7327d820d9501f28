"""Examples: browsed by use case and carrier, compared with a draft, started from, and
kept of the operator's own campaigns."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask import url_for as address
from sqlmodel import Session

from clinics.access import clinic_by_slug
from clinics.models import Clinic, Role
from clinics.web import allow, here, me, noted
from kernel.carriers import LABELS, Carrier
from kernel.errors import Conflict, Invalid
from kernel.web import heed
from registration import drafts
from registration.approved import LONGEST, Offer, example_of, examples, keep, offer
from registration.checks.check import check
from registration.checks.finding import outcome
from registration.clinic_facts import facts_of
from registration.examples import TEXTS, distance, start_from
from registration.judging import judge

bp = Blueprint("examples", __name__)
operator = allow(Role.operator)
CARRIERS = {carrier.value: LABELS[carrier] for carrier in Carrier}


@bp.get("/operator/examples")
@operator
def all_examples() -> str:
    use_case = request.args.get("use_case", "")
    carrier = request.args.get("carrier", "")
    with heed().database.reading() as reading:
        every = examples(reading)
    return render_template(
        "registration/examples.html",
        found=[
            one
            for one in every
            if (not use_case or one.use_case == use_case)
            and (not carrier or carrier in one.cleared_by)
        ],
        use_cases=[(code, code) for code in sorted({one.use_case for one in every})],
        use_case=use_case,
        carrier=carrier,
        carriers=CARRIERS,
    )


@bp.get("/operator/examples/<example>")
@operator
def one(example: str) -> str:
    with heed().database.reading() as reading:
        found = example_of(reading, example)
    return render_template(
        "registration/example.html", example=found, texts=TEXTS, carriers=CARRIERS
    )


@bp.get("/operator/drafts/<clinic>/<int:draft_id>/examples/<example>")
@operator
def compare(clinic: str, draft_id: int, example: str) -> str:
    with heed().database.reading() as reading:
        draft = drafts.draft_of(reading, here().id, draft_id)
        found = example_of(reading, example)
        submission = drafts.content_of(draft)
        facts = facts_of(reading, _clinic(reading), submission, _base())
    started = start_from(found, submission, facts)
    return render_template(
        "registration/example_compared.html",
        example=found,
        draft=draft,
        distance=distance(submission, found, facts),
        started=started.campaign,
        outcome=outcome(check(started)).value,
        carriers=CARRIERS,
    )


@bp.post("/operator/drafts/<clinic>/<int:draft_id>/examples/<example>")
@operator
def start(clinic: str, draft_id: int, example: str) -> Any:
    """Copies the structure; the clinic's own facts go into it (R149)."""
    seen = request.form.get("seen", 0, type=int)

    def work(writing: Session) -> None:
        draft = drafts.draft_of(writing, here().id, draft_id)
        found = example_of(writing, example)
        submission = drafts.content_of(draft)
        facts = facts_of(writing, _clinic(writing), submission, _base())
        started = start_from(found, submission, facts)
        now = heed().now()
        judged = judge(writing, draft)
        drafts.note_check(
            writing, draft, judged.findings, judged.site_seen, me().email, now
        )
        drafts.save(writing, draft, started, seen, me().email, now, example=found.id)
        after = judge(writing, draft)
        drafts.note_check(
            writing, draft, after.findings, after.site_seen, me().email, now
        )
        noted(writing, "draft started from an example", f"{draft.ref}: {found.title}")

    place: dict[str, Any] = {"clinic": clinic, "draft_id": draft_id}
    try:
        heed().database.retrying(work)
    except Conflict as mistake:
        flash(str(mistake), "problem")
        return redirect(address("examples.compare", example=example, **place), 303)
    flash("The example’s structure has this clinic’s facts now. The checks ran again.")
    return redirect(address("drafts.report", **place), 303)


@bp.get("/operator/campaigns/<clinic>/<ref>/as-example")
@operator
def offered(clinic: str, ref: str) -> str:
    with heed().database.reading() as reading:
        found = offer(reading, _clinic(reading), ref, _base())
    return _offer_page(found, _typed(found))


@bp.post("/operator/campaigns/<clinic>/<ref>/as-example")
@operator
def keep_example(clinic: str, ref: str) -> Any:
    typed = {
        key: request.form.get(key, "").replace("\r\n", "\n").replace("\0", "")[:20_000]
        for key in (*TEXTS, "samples", "title")
    }

    def work(writing: Session) -> int:
        found = offer(writing, _clinic(writing), ref, _base())
        kept = keep(writing, found, typed, typed["title"], me().email, heed().now())
        noted(writing, "example kept", f"{ref}: {kept.title}")
        return kept.id or 0

    try:
        kept_id = heed().database.retrying(work)
    except (Invalid, Conflict) as mistake:
        with heed().database.reading() as reading:
            found = offer(reading, _clinic(reading), ref, _base())
        return _offer_page(found, typed, str(mistake)), 400
    flash("Kept. It is the operator’s own, and names no clinic.")
    return redirect(address("examples.one", example=f"own-{kept_id}"), 303)


def _typed(found: Offer) -> dict[str, str]:
    samples = "\n".join(" ".join(one.split()) for one in found.texts["samples"])
    return {**{key: found.texts[key] for key in TEXTS}, "samples": samples, "title": ""}


def _offer_page(found: Offer, typed: dict[str, str], problem: str = "") -> str:
    return render_template(
        "registration/example_keep.html",
        offer=found,
        typed=typed,
        problem=problem,
        texts=TEXTS,
        longest=LONGEST,
        carriers=CARRIERS,
    )


def _clinic(session: Session) -> Clinic:
    return clinic_by_slug(session, here().slug)


def _base() -> str:
    return heed().settings.public_base_url.rstrip("/")
