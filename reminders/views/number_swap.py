"""The swap of a clinic's texting number, pressed on the operator's page of the move."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from sqlmodel import Session

from clinics.models import Role
from clinics.web import allow, here, me, noted
from kernel.asked import read_day
from kernel.errors import Invalid
from kernel.web import heed
from registration.moves import NotYet
from reminders.number_swap import swap, swapped_sentence

bp = Blueprint("number_swap", __name__)


@bp.post("/operator/numbers/<clinic>/moves/<int:move>/swap")
@allow(Role.operator)
def press(clinic: str, move: int) -> Any:
    def work(writing: Session) -> str | NotYet:
        keep_until = read_day(request.form.get("keep_until", ""))
        by, now = me().email, heed().now()
        done = swap(writing, here().id, move, keep_until, by, now)
        if isinstance(done, NotYet):
            return done
        noted(writing, "office number swapped in", f"{move} {done.after}")
        return swapped_sentence(done)

    try:
        told = heed().database.retrying(work)
    except Invalid as mistake:
        told = NotYet((str(mistake),))
    flash(str(told), "problem" if isinstance(told, NotYet) else "done")
    return redirect(url_for("moves.move", clinic=clinic, move=move), 303)
