"""What the clinic sees of its registration, and the link by which it fills in its part."""

from typing import Any

from flask import Blueprint, flash, render_template, request
from sqlmodel import Session, col, select

from clinics.models import Role
from clinics.web import allow, here, noted
from kernel.mail import NotSent, send
from kernel.web import heed
from registration import intake
from registration.board import board
from registration.desk import desk
from registration.models import SubmissionDraft
from registration.rejections import rejections_of, who_of
from registration.views.desk_work import HERE, change
from registration.views.intake import link_for

bp = Blueprint("standing", __name__)


@bp.post(f"{HERE}/link")
@allow(Role.operator)
def send_link(clinic: str, draft_id: int) -> Any:
    """Mailed where there is a mail server and an address; else shown to copy."""
    to = request.form.get("email", "").strip()
    made: list[str] = []

    def work(writing: Session, draft: SubmissionDraft) -> str:
        made[:] = [link_for(draft)]
        draft.links_made_at = heed().now()
        noted(writing, "intake link made", draft.ref)
        return f"Copy this link and send it to the clinic: {made[0]}"

    answer = change(draft_id, "intake", work)
    if to and made and heed().settings.smtp_url.get_secret_value():
        body = (
            f"{here().name} is to be registered for texting.\n\nFill in the clinic's "
            f"part here:\n{made[0]}\n\nThe link works for 14 days. Nothing about any "
            "patient is asked.\n"
        )
        subject = f"Registration for texting: {here().name}"
        sent = send(heed().settings, to, subject, body)
        flash(sent.why if isinstance(sent, NotSent) else f"Mailed to {to}.")
    return answer


@bp.post(f"{HERE}/link/withdraw")
@allow(Role.operator)
def withdraw_links(clinic: str, draft_id: int) -> Any:
    """For a link that went to the wrong address."""

    def work(writing: Session, draft: SubmissionDraft) -> str:
        draft.links_ended, draft.links_made_at = (draft.links_ended or 0) + 1, None
        noted(writing, "intake links withdrawn", draft.ref)
        return "The links that were made until now open nothing any more."

    return change(draft_id, "intake", work)


@bp.get("/desk/<clinic>/registration")
@allow(Role.clinic_admin, Role.front_desk, Role.operator)
def standing(clinic: str) -> str:
    """Where it stands, why, and what comes next, in the clinic's words."""
    now = heed().now()
    with heed().database.reading() as reading:
        found = reading.exec(
            select(SubmissionDraft)
            .where(col(SubmissionDraft.clinic_id) == here().id)
            .order_by(col(SubmissionDraft.id).desc())
            .limit(10)
        ).all()
        desks = [desk(reading, draft, now) for draft in found]
        ours = {one.campaign.ref for one in desks if one.campaign is not None}
        standing = [
            line
            for line in board(reading, here().id, now, here().time_zone)
            if line.ref not in ours
        ]
        told = {
            one.draft.id: [
                (rejection, who_of(rejection))
                for rejection in rejections_of(reading, one.campaign.id or 0)
                if rejection.relayed_at is not None
                and one.version is not None
                and rejection.submission_id == one.version.id
            ]
            for one in desks
            if one.campaign is not None
        }
        asked = {
            one.draft.id: [
                question
                for question in intake.questions(reading, one.draft)
                if question.answered_at is None
            ]
            for one in desks
        }
    return render_template(
        "registration/standing.html",
        desks=desks,
        told=told,
        asked=asked,
        now=now,
        campaigns=standing,
    )
