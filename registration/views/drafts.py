"""Drafts of submissions: the list, one with its report, and the form."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask import url_for as address
from sqlmodel import Session, col, select

from clinics.access import clinic_by_slug, note_action
from clinics.models import Clinic, Role
from clinics.web import allow, here, me, noted
from consent import attachments
from kernel.carriers import LABELS
from kernel.errors import Conflict, Invalid
from kernel.views import room_for
from kernel.web import heed
from registration import drafts
from registration.approved import examples
from registration.bands import band
from registration.checks.finding import Finding, Severity, outcome
from registration.checks.marked import Piece, marked
from registration.checks.score import foretold, score, sections
from registration.clinic_facts import facts_of
from registration.codes import sources
from registration.draft_form import (
    PROOF_KINDS,
    SECTIONS,
    read_form,
    typed_of,
    with_proof,
)
from registration.examples import nearest
from registration.judging import judge
from registration.known import known_of
from registration.models import Campaign, SubmissionDraft
from registration.remedy import SERIES, can_write, of_series
from registration.report import reviews_of
from registration.submission import Submission, as_json
from registration.website_looks import ask_about_draft

bp = Blueprint("drafts", __name__)
room_for(bp, "add_proof", attachments.LARGEST + 64 * 1024)
operator = allow(Role.operator)
TEXTS = {  # that are shown with their places marked
    "campaign.description": "Description",
    "campaign.message_flow": "How patients opt in",
    "campaign.opt_in_message": "Opt-in confirmation",
    "campaign.help_message": "Answer to HELP",
    "campaign.opt_out_message": "Answer to STOP",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text of a draft as the report shows it."""

    field: str
    label: str
    pieces: tuple[Piece, ...]
    findings: tuple[Finding, ...]


@bp.get("/operator/drafts")
@operator
def all_drafts() -> str:
    return _list({}, "")


@bp.post("/operator/drafts")
@operator
def begin() -> Any:
    slug, ref = request.form.get("clinic", ""), request.form.get("ref", "")
    source = request.form.get("campaign", "").strip() or None
    if not slug:
        return _list(request.form, "Choose the clinic."), 400

    def work(writing: Session) -> SubmissionDraft:
        clinic = clinic_by_slug(writing, slug)
        known = known_of(writing, clinic, source)
        now, clinic_id = heed().now(), clinic.id or 0
        made = drafts.begin(
            writing, clinic_id, ref or source or "", known, me().email, now
        )
        note_action(writing, clinic_id, me().email, "draft begun", made.ref, now)
        return made

    try:
        made = heed().database.retrying(work)
    except (Invalid, Conflict) as mistake:
        return _list(request.form, str(mistake)), 400
    return redirect(address("drafts.report", clinic=slug, draft_id=made.id), 303)


@bp.get("/operator/drafts/<clinic>/<int:draft_id>")
@operator
def report(clinic: str, draft_id: int) -> str:
    with heed().database.reading() as reading:
        draft = drafts.draft_of(reading, here().id, draft_id)
        submission = drafts.content_of(draft)
        judged = judge(reading, draft)
        findings = judged.findings
        avoided = drafts.avoided(reading, draft, findings)
        last = drafts.last_run(reading, draft)
        facts = facts_of(
            reading,
            clinic_by_slug(reading, here().slug),
            submission,
            heed().settings.public_base_url,
        )
        like = nearest(submission, examples(reading), facts)
    seen = last is not None and last.content_sha256 == draft.content_sha256
    return render_template(
        "registration/draft.html",
        draft=draft,
        submission=submission,
        findings=findings,
        outcome=outcome(findings).value,
        score=score(findings, site_seen=judged.site_seen),
        layers=foretold(findings, site_seen=judged.site_seen),
        texts=_texts(submission, findings),
        elsewhere=_elsewhere(findings),
        sections=sections(findings, site_seen=judged.site_seen),
        estimate=band("standard"),
        reviews=reviews_of(submission),
        carriers=LABELS,
        series={
            key: (words, len(of_series(findings, key))) for key, words in SERIES.items()
        },
        can_write=can_write,
        issuers=sources(),
        blocking=sum(one.rule.severity is Severity.blocking for one in findings),
        avoided=avoided,
        last=last if seen else None,
        like=like,
        judged=judged,
    )


@bp.post("/operator/drafts/<clinic>/<int:draft_id>")
@operator
def keep_check(clinic: str, draft_id: int) -> Any:
    """Writes down that exactly these bytes were checked, and what was found."""

    def work(writing: Session) -> None:
        draft = drafts.draft_of(writing, here().id, draft_id)
        judged = judge(writing, draft)
        findings, seen = judged.findings, judged.site_seen
        drafts.note_check(writing, draft, findings, seen, me().email, heed().now())
        noted(writing, "draft checked", f"{draft.ref}, {outcome(findings).value}")

    heed().database.retrying(work)
    flash("The check is kept, with the hash of what was checked.")
    return redirect(_url("drafts.report", draft_id=draft_id), 303)


@bp.post("/operator/drafts/<clinic>/<int:draft_id>/proof")
@operator
def add_proof(clinic: str, draft_id: int) -> Any:
    """A picture of a form that reviewers cannot open, kept by its hash."""
    file, kind = request.files.get("file"), request.form.get("kind", "")
    content = file.read(attachments.LARGEST + 1) if file else b""
    name = (file.filename or "") if file else ""

    def work(writing: Session) -> None:
        draft = drafts.draft_of(writing, here().id, draft_id)
        now, by = heed().now(), me().email
        changed = with_proof(
            drafts.content_of(draft),
            kind,
            attachments.keep(writing, here().id, content, name, by, now)[0],
        )
        drafts.save(writing, draft, changed, draft.version, by, now)
        noted(writing, "proof attached", f"{draft.ref}: {kind}")

    try:
        heed().database.retrying(work)
    except (Invalid, Conflict) as mistake:
        flash(str(mistake), "problem")
    else:
        flash("The picture is kept, and reviewers can look at it.")
    return redirect(_url("drafts.report", draft_id=draft_id), 303)


@bp.post("/operator/drafts/<clinic>/<int:draft_id>/website")
@operator
def look(clinic: str, draft_id: int) -> Any:
    """Pages of strangers are slow, so the clock opens them, not this request."""

    def work(writing: Session) -> None:
        draft = drafts.draft_of(writing, here().id, draft_id)
        if ask_about_draft(writing, draft, me().email, heed().now()):
            noted(writing, "website look", draft.ref)

    heed().database.retrying(work)
    flash("The website is looked at within a minute. Load this page again then.")
    return redirect(_url("drafts.report", draft_id=draft_id), 303)


@bp.get("/operator/drafts/<clinic>/<int:draft_id>/edit")
@operator
def edit(clinic: str, draft_id: int) -> str:
    with heed().database.reading() as reading:
        draft = drafts.draft_of(reading, here().id, draft_id)
    return _form(draft, typed_of(drafts.content_of(draft)))


@bp.post("/operator/drafts/<clinic>/<int:draft_id>/edit")
@operator
def save(clinic: str, draft_id: int) -> Any:
    seen = request.form.get("seen", 0, type=int)

    def work(writing: Session) -> None:
        draft = drafts.draft_of(writing, here().id, draft_id)
        changed = read_form(request.form, drafts.content_of(draft))
        drafts.save(writing, draft, changed, seen, me().email, heed().now())
        noted(writing, "draft changed", draft.ref)

    try:
        heed().database.retrying(work)
    except (Invalid, Conflict) as mistake:
        with heed().database.reading() as reading:
            draft = drafts.draft_of(reading, here().id, draft_id)
        return _form(draft, request.form, str(mistake)), 400
    flash("Saved. Below is what the checks say of it now.")
    return redirect(_url("drafts.report", draft_id=draft_id), 303)


def _list(typed: Any, problem: str) -> str:
    with heed().database.reading() as reading:
        lines = drafts.drafts(reading)
        clinics = reading.exec(
            select(Clinic.slug, Clinic.display_name).order_by(col(Clinic.display_name))
        ).all()
        campaigns = reading.exec(
            select(Clinic.slug, Campaign.ref)
            .join(Campaign, col(Campaign.clinic_id) == col(Clinic.id))
            .order_by(col(Clinic.slug), col(Campaign.ref))
        ).all()
    return render_template(
        "registration/drafts.html",
        lines=lines,
        clinics=[(slug, name) for slug, name in clinics],
        campaigns=campaigns,
        typed=typed,
        problem=problem,
    )


def _form(draft: SubmissionDraft, typed: Any, problem: str = "") -> str:
    return render_template(
        "registration/draft_edit.html",
        draft=draft,
        sections=SECTIONS,
        proofs=PROOF_KINDS,
        samples=sorted(
            (name for name in typed if re.fullmatch(r"sample\.[0-9]{1,2}", name)),
            key=lambda name: int(name[7:] or 0),
        ),
        typed=typed,
        problem=problem,
    )


def _texts(submission: Submission, findings: tuple[Finding, ...]) -> tuple[Text, ...]:
    fields = as_json(submission)["campaign"]
    labels = dict(TEXTS)
    numbers = range(len(submission.campaign.samples))
    labels |= {f"campaign.samples[{n}]": f"Sample {n + 1}" for n in numbers}
    shown = []
    for field, label in labels.items():
        name, _, number = field.removeprefix("campaign.").partition("[")
        value = fields[name][int(number[:-1])] if number else fields[name]
        own = tuple(one for one in findings if one.field == field)
        shown.append(
            Text(field=field, label=label, pieces=marked(value, own), findings=own)
        )
    return tuple(shown)


def _elsewhere(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """What stands beside no text of its own."""
    return tuple(
        one
        for one in findings
        if one.field not in TEXTS and not one.field.startswith("campaign.samples[")
    )


def _url(endpoint: str, **path: Any) -> str:
    return address(endpoint, **{"clinic": here().slug, **path})
