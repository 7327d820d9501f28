"""Tasks of a clinic: what a person must do, by when, and the buttons that settle it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from clinics.models import Role
from clinics.tasks import Settled, task_at
from clinics.web import allow, here, me, noted
from gateway.deciding import Decided, Verdict, decide
from gateway.to_do import done_of, open_of
from gateway.web import look_anew
from kernel.asked import read_id
from kernel.clock import local_time
from kernel.errors import Invalid
from kernel.web import heed

bp = Blueprint("tasks", __name__)
desk = allow(Role.front_desk, Role.clinic_admin)


@bp.get("/desk/<clinic>/tasks")
@desk
def tasks(clinic: str) -> str:
    now = heed().now()
    with heed().database.reading() as reading:
        if request.args.get("show") == "done":
            before = read_id(request.args.get("before"))
            done = done_of(reading, here().id, before, now)
            return render_template("gateway/tasks_done.html", done=done)
        found = open_of(reading, here().id, now)
    return render_template("gateway/tasks.html", tasks=found)


@bp.post("/desk/<clinic>/tasks/<int:task_id>")
@desk
def settle(clinic: str, task_id: int) -> Any:
    verdict = request.form.get("verdict", "")
    if verdict not in {*Verdict}:
        raise Invalid("This task was not settled. Go back and choose what to do.")
    note, by, now = request.form.get("note", ""), me().email, heed().now()
    with heed().database.writing() as writing:
        phone = task_at(writing, here().id, task_id).phone
        answer = decide(writing, here().id, task_id, Verdict(verdict), by, note, now)
        if isinstance(answer, Decided):
            noted(writing, answer.noted, answer.subject)
    if phone and verdict != Verdict.done:
        look_anew(phone)
    tell(answer, here().time_zone)
    if request.form.get("from") == "inbox" and phone:
        return redirect(url_for("inbox.conversation", clinic=clinic, phone=phone), 303)
    return redirect(url_for("tasks.tasks", clinic=clinic), 303)


def tell(answer: Decided | Settled, time_zone: str) -> None:
    """What came of it, shown on the next page."""
    if isinstance(answer, Decided):
        flash(answer.sentence)
        return
    at, how = local_time(answer.at, time_zone), f": {answer.how}" if answer.how else ""
    flash(
        f"{answer.by} settled this task already, on {at}{how}. Nothing was changed.",
        "problem",
    )
