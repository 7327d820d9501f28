"""Numbers that texts cannot reach, before the visit."""

from flask import Blueprint, render_template

from clinics.models import Role
from clinics.web import allow, here
from kernel.web import heed
from reminders.numbers_to_mend import numbers_to_mend

bp = Blueprint("mend", __name__)


@bp.get("/desk/<clinic>/numbers-to-mend")
@allow(Role.front_desk, Role.clinic_admin)
def mend(clinic: str) -> str:
    with heed().database.reading() as reading:
        found = numbers_to_mend(reading, here().id, heed().now())
    return render_template("reminders/numbers_to_mend.html", found=found)
