"""Why did the patient not get the text?  One box, one click, one answer."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from clinics.access import clinic_by_slug
from clinics.models import Role
from clinics.web import allow, here
from kernel import phone as phones
from kernel.web import heed
from reminders.answer import answers
from reminders.find_patients import Found, find

bp = Blueprint("why", __name__)


@bp.get("/desk/<clinic>/why")
@allow(Role.front_desk, Role.clinic_admin)
def why(clinic: str) -> Any:
    """Straight to the patient's page where only one is meant."""
    wanted = request.args.get("q", "").strip()[:100]
    now, found, told = heed().now(), Found((), None), {}
    if wanted:
        with heed().database.reading() as reading:
            found = find(reading, here().id, wanted, None, now)
            if len(found.rows) > 1:
                place = clinic_by_slug(reading, here().slug)
                told = answers(reading, place, [row.id for row in found.rows], now)
    if len(found.rows) == 1:
        return _to("patients.one", patient_id=found.rows[0].id)
    read = phones.read(wanted)
    if wanted and not found.rows and isinstance(read, phones.Phone):
        return _to("patients.patient", phone=read.e164)
    return render_template("reminders/why.html", wanted=wanted, found=found, told=told)


def _to(page: str, **path: Any) -> Any:
    path |= {"clinic": here().slug, "from": "why"}
    return redirect(url_for(page, **path) + "#answer")
