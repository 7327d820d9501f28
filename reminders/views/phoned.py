"""Marks a visit whose patient was reminded by phone, and takes the mark back."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from sqlmodel import Session

from clinics.models import Role
from clinics.web import allow, here, me, noted
from kernel.asked import read_id
from kernel.errors import Conflict
from kernel.web import heed
from reminders.phoned import mark, take_back, texts_of

bp = Blueprint("phoned", __name__)
desk = allow(Role.front_desk, Role.clinic_admin)
DONE = "Marked as reminded by phone."
UNDONE = "The mark is gone: the patient was not reminded by phone."


@bp.post("/desk/<clinic>/appointments/<int:visit_id>/phoned")
@desk
def phoned(clinic: str, visit_id: int) -> Any:
    seen = request.form.get("starts_at", "")

    def work(writing: Session) -> None:
        if mark(writing, here().id, visit_id, seen, me().email, heed().now()):
            noted(writing, "reminded by phone", f"visit {visit_id}")

    try:
        heed().database.retrying(work)
    except Conflict as refusal:
        flash(str(refusal), "problem")
    else:
        with heed().database.reading() as reading:
            flash(" ".join([DONE, *texts_of(reading, here().id, visit_id)]))
    return _back(visit_id)


@bp.post("/desk/<clinic>/appointments/<int:visit_id>/not-phoned")
@desk
def not_phoned(clinic: str, visit_id: int) -> Any:
    def work(writing: Session) -> None:
        if take_back(writing, here().id, visit_id):
            noted(writing, "not reminded by phone", f"visit {visit_id}")

    heed().database.retrying(work)
    flash(UNDONE)
    return _back(visit_id)


def _back(visit_id: int) -> Any:
    """To the page that the button stood on: the call list, the patient's, the visit's."""
    clinic, given = here().slug, request.form
    patient_id = read_id(given.get("patient"))
    if given.get("calls"):
        asked: dict[str, Any] = {
            name: given.get(name) or None for name in ("first", "last", "why")
        }
        page = url_for("calls.calls", clinic=clinic, **asked)
    elif patient_id is None:
        page = url_for("appointments.visit", clinic=clinic, visit_id=visit_id)
    else:
        page = url_for("patients.one", clinic=clinic, patient_id=patient_id)
    return redirect(page)
