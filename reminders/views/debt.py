"""Whom to ask for consent before their visit."""

from flask import Blueprint, render_template

from clinics.models import Role
from clinics.web import allow, here
from kernel.web import heed
from reminders.debt import debt as owed

bp = Blueprint("debt", __name__)


@bp.get("/desk/<clinic>/to-ask")
@allow(Role.front_desk, Role.clinic_admin)
def debt(clinic: str) -> str:
    with heed().database.reading() as reading:
        found = owed(reading, here().id, heed().now())
    return render_template("reminders/debt.html", debt=found)
