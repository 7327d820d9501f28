"""The page for reviewers of one campaign: no sign-in, no script, three clicks to anything.

It is opened and closed by the operator, who keeps the form as it was on that day.
"""

from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlmodel import Session

from clinics.models import Role
from clinics.web import allow, anyone, here, me, noted
from consent.attachments import keep_page, kept
from consent.disclosures import WAYS
from consent.web import hand_out
from gateway.reviewer import GONE, reviewed
from gateway.views.opt_in import form_as_shown
from kernel.errors import NotFound
from kernel.phone import shown
from kernel.web import heed
from registration.drafts import draft_of

bp = Blueprint("reviewer", __name__)
LANGUAGES = {"en": "English", "es": "Spanish"}


@bp.get("/c/<clinic>/campaigns/<ref>")
@anyone
def campaign(clinic: str, ref: str) -> str:
    with heed().database.reading() as reading:
        found = reviewed(reading, clinic, ref)
    return render_template(
        "gateway/reviewer.html",
        found=found,
        ways=WAYS,
        languages=LANGUAGES,
        phone=shown(found.clinic.phone),
        proofs={one.kind: one for one in found.proofs},
    )


@bp.get("/c/<clinic>/campaigns/<ref>/form")
@anyone
def form(clinic: str, ref: str) -> Response:
    """The opt-in form as it was when the page was opened to reviewers."""
    with heed().database.reading() as reading:
        found = reviewed(reading, clinic, ref)
        if found.form_sha256 is None:
            raise NotFound(GONE)
        page = kept(reading, found.clinic.id or 0, found.form_sha256)
    return hand_out(page, "opt-in-form")


@bp.get("/c/<clinic>/campaigns/<ref>/proof/<sha256>")
@anyone
def proof(clinic: str, ref: str, sha256: str) -> Response:
    """Only a picture that this campaign names as its proof."""
    with heed().database.reading() as reading:
        found = reviewed(reading, clinic, ref)
        if sha256 not in {one.sha256 for one in found.proofs if one.sha256}:
            raise NotFound(GONE)
        file = kept(reading, found.clinic.id or 0, sha256)
    return hand_out(file, "proof")


@bp.post("/operator/drafts/<clinic>/<int:draft_id>/public")
@allow(Role.operator)
def open_or_close(clinic: str, draft_id: int) -> Any:
    opened = request.form.get("want") == "open"

    def work(writing: Session) -> None:
        draft, now = draft_of(writing, here().id, draft_id), heed().now()
        if opened == (draft.public_since is not None):
            return  # pressed twice, or somebody was faster
        if opened:
            page = form_as_shown(writing, here())
            draft.form_sha256 = (
                keep_page(writing, here().id, page, "opt-in form", me().email, now)
                if page is not None
                else None
            )
        draft.public_since = now if opened else None
        writing.add(draft)
        word = "opened" if opened else "closed"
        noted(writing, f"reviewer page {word}", draft.ref)

    heed().database.retrying(work)
    flash(
        "Reviewers can read it now, without a sign-in. The form was kept as it is."
        if opened
        else "Closed: this draft cannot be read from outside any more."
    )
    return redirect(url_for("drafts.report", clinic=clinic, draft_id=draft_id), 303)
