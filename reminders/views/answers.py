"""What a patient answered about a visit: noted by a person, and handed out as a file."""

from typing import Any

from flask import Blueprint, Response, flash, redirect, request, url_for
from sqlmodel import Session

from clinics.models import Role
from clinics.web import allow, here, me, noted
from kernel.asked import read_day
from kernel.errors import Invalid
from kernel.web import heed
from reminders.answer_file import answer_file
from reminders.answered import note_by_staff
from reminders.models import VisitReply

bp = Blueprint("answers", __name__)
DESK = (Role.front_desk, Role.clinic_admin)
NONE = "none"


@bp.post("/desk/<clinic>/appointments/<int:visit_id>/answer")
@allow(*DESK)
def answer(clinic: str, visit_id: int) -> Any:
    asked = request.form.get("answer", "")
    if asked not in {*VisitReply, NONE}:
        raise Invalid("Choose what the patient said.")
    reply = None if asked == NONE else VisitReply(asked)

    def work(writing: Session) -> bool:
        by, now = me().email, heed().now()
        done = note_by_staff(writing, here().id, visit_id, reply, by, now)
        if done:
            noted(writing, f"visit answer: {asked}", f"visit {visit_id}")
        return done

    if heed().database.retrying(work):
        flash("The answer is noted. Reminders that have not left follow it.")
    else:
        flash("That was the answer already; nothing was changed.")
    page = "appointments.visit"
    return redirect(url_for(page, clinic=clinic, visit_id=visit_id), 303)


@bp.post("/desk/<clinic>/appointments/answers")
@allow(*DESK)
def export(clinic: str) -> Response:
    """Each one is written down: it has names and numbers of patients."""
    first = read_day(request.form.get("first", ""))
    last = read_day(request.form.get("last", "")) or first
    if first is None or last is None:
        raise Invalid("Choose the day to begin with.")
    with heed().database.reading() as reading:
        made = answer_file(reading, here(), first, last)
    with heed().database.writing() as writing:
        noted(writing, "answers exported", f"{first} to {last}: {made.visits} visits")
    name = f"{clinic}-answers-{first}-{last}.csv"
    return Response(
        "\ufeff" + made.text,  # or a spreadsheet reads names in another alphabet
        mimetype="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
