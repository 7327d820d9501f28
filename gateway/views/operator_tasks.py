"""Tasks of all clinics: the operator's own in full, the clinics' own as counts."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from clinics.models import Role
from clinics.web import allow, me, noted
from gateway.deciding import Decided, settle_for_operator
from gateway.to_do import of_all_clinics
from gateway.views.tasks import tell
from kernel.web import heed

bp = Blueprint("operator_tasks", __name__)
operator = allow(Role.operator)


@bp.get("/operator/tasks")
@operator
def tasks() -> str:
    with heed().database.reading() as reading:
        found = of_all_clinics(reading, heed().now())
    return render_template("gateway/operator_tasks.html", tasks=found)


@bp.post("/operator/tasks/<int:task_id>")
@operator
def settle(task_id: int) -> Any:
    note, by, now = request.form.get("note", ""), me().email, heed().now()
    with heed().database.writing() as writing:
        answer = settle_for_operator(writing, task_id, by, note, now)
        if isinstance(answer, Decided):
            noted(writing, answer.noted, answer.subject)
    tell(answer, "UTC")
    return redirect(url_for("operator_tasks.tasks"), 303)
