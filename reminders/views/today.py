"""Today: the first page of a front desk."""

from flask import Blueprint, render_template

from clinics.models import Role
from clinics.web import allow, here
from kernel.web import heed
from reminders.list_watch import missing_list
from reminders.today import today as look

bp = Blueprint("today", __name__)


@bp.get("/desk/<clinic>/")
@allow(Role.front_desk, Role.clinic_admin)
def today(clinic: str) -> str:
    with heed().database.reading() as reading:
        found = look(reading, here(), heed().now())
        no_list = missing_list(reading, here().id)
    return render_template(
        "reminders/today.html", today=found, now=heed().now(), no_list=no_list
    )
