"""`/intake/<token>`: the clinic's own part of the intake, opened by a signed link alone.

No sign-in.  Looking changes nothing; the link ends when the registration is handed in.
"""

from datetime import timedelta
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
)
from flask import url_for as address
from sqlmodel import Session

from clinics.models import Clinic
from clinics.tries import counted_in, network_of
from clinics.web import anyone
from consent import attachments
from kernel.errors import Conflict, Invalid, NotFound
from kernel.signed_links import seal, unseal
from kernel.views import csrf, room_for
from kernel.web import heed
from registration import drafts, intake
from registration.clinic_part import fields, typed_by_clinic, with_clinics_part
from registration.draft_form import with_proof
from registration.layers import newest
from registration.models import SubmissionDraft
from registration.submitting import campaign_for
from registration.views.desk_work import FORM_BYTES

bp = Blueprint("intake", __name__)
csrf.exempt(bp)  # nobody is signed in; the address itself is the secret
room_for(bp, "fill", attachments.LARGEST + FORM_BYTES)
PURPOSE = "intake"
LASTS = timedelta(days=14)
HOUR = timedelta(hours=1)
SAVES = 30  # an hour from one address
GONE = (
    "This link does not work. Ask whoever sent it for a new one: a link works for 14 "
    "days or until it is withdrawn, and a registration that was handed in needs none."
)


def _keys() -> list[str]:
    return [
        *reversed(current_app.config.get("SECRET_KEY_FALLBACKS") or []),
        current_app.config["SECRET_KEY"],
    ]


def link_for(draft: SubmissionDraft) -> str:
    opens = {
        "draft": draft.id,
        "clinic": draft.clinic_id,
        "ended": draft.links_ended or 0,
    }
    token = seal(_keys(), PURPOSE, opens, heed().now() + LASTS)
    path = address("intake.part", token=token)
    return f"{heed().settings.public_base_url.rstrip('/')}{path}"


@bp.get("/intake/<token>")
@anyone
def part(token: str) -> Response:
    with heed().database.reading() as reading:
        draft, clinic = _opened(reading, token)
        return _page(reading, draft, clinic, token, {}, "")


@bp.post("/intake/<token>")
@anyone
def fill(token: str) -> Any:
    name = " ".join(request.form.get("your_name", "").split())[:100]
    now = heed().now()

    came = f"intake from {network_of(request.remote_addr or '')}"
    few = heed().database.retrying(
        lambda writing: counted_in(writing, {came: SAVES}, HOUR, now)
    )

    def work(writing: Session) -> None:
        draft, _ = _opened(writing, token)
        if not few:
            raise Invalid("This page was saved too often. Wait an hour and try again.")
        if not name or not name.isprintable():
            raise Invalid("Type your name, so that it is known who gave this.")
        if request.form.get("seen", 0, type=int) != draft.version:
            raise Conflict(drafts.OVERTAKEN)
        given = with_clinics_part(drafts.content_of(draft), request.form)
        file = request.files.get("file")
        if file and file.filename:
            file.stream.seek(0)
            content = file.read(attachments.LARGEST + 1)
            sha256, _ = attachments.keep(
                writing, draft.clinic_id, content, file.filename, name, now
            )
            given = with_proof(given, request.form.get("kind", ""), sha256)
        by = f"{name} (clinic)"
        drafts.save(writing, draft, given, draft.version, by, now)
        writing.refresh(draft)
        intake.note_given(writing, draft, by, now)
        for question in intake.questions(writing, draft):
            text = request.form.get(f"answer.{question.id}", "").strip()
            if text and question.answered_at is None:
                intake.answer(writing, draft, question.id or 0, text, by, now)

    try:
        heed().database.retrying(work)
    except (Invalid, Conflict) as mistake:
        with heed().database.reading() as reading:
            draft, clinic = _opened(reading, token)
            page = _page(reading, draft, clinic, token, request.form, str(mistake))
        page.status_code = 400
        return page
    return redirect(address("intake.part", token=token, saved=1), 303)


def _opened(session: Session, token: str) -> tuple[SubmissionDraft, Clinic]:
    """Raises NotFound for a link that is not ours, too old, or of no use any more."""
    opened = unseal(_keys(), PURPOSE, token, heed().now())
    if opened is None:
        raise NotFound(GONE)
    draft = session.get(SubmissionDraft, opened.get("draft"))
    if draft is None or draft.clinic_id != opened.get("clinic"):
        raise NotFound(GONE)
    if opened.get("ended", 0) != (draft.links_ended or 0):
        raise NotFound(GONE)
    campaign = campaign_for(session, draft)
    if campaign is not None and newest(session, campaign.id or 0) is not None:
        raise NotFound(GONE)
    return draft, session.get_one(Clinic, draft.clinic_id)


def _page(
    reading: Session,
    draft: SubmissionDraft,
    clinic: Clinic,
    token: str,
    typed: Any,
    problem: str,
) -> Response:
    known = typed_by_clinic(drafts.content_of(draft))
    page = make_response(
        render_template(
            "registration/intake.html",
            draft=draft,
            clinic=clinic,
            token=token,
            fields=fields(),
            typed={**known, **{name: typed[name] for name in typed}},
            lines=intake.checklist(reading, draft),
            questions=[
                one
                for one in intake.questions(reading, draft)
                if one.answered_at is None
            ],
            problem=problem,
            saved="saved" in request.args,
        )
    )
    page.headers["Cache-Control"] = "no-store"
    page.headers["Referrer-Policy"] = "no-referrer"
    return page
