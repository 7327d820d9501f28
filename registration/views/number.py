"""One texting number in full: for which carriers it is provisioned, since when it may
text, and how it is taken off its campaign.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session

from clinics.models import Role
from clinics.web import allow, here, noted
from kernel.errors import NotFound
from kernel.phone import shown
from kernel.web import heed
from registration import numbers as rules
from registration.board import board
from registration.number_limits import limits
from registration.number_list import all_numbers
from registration.provisioning import at_carriers

bp = Blueprint("number", __name__)
NUMBER = "/operator/numbers/<clinic>/<int:number>"


@bp.get(NUMBER)
@allow(Role.operator)
def number(clinic: str, number: int) -> str:
    now, zone = heed().now(), here().time_zone
    with heed().database.reading() as reading:
        lines = all_numbers(reading, now, clinic_id=here().id)
        campaigns = {one.id: one for one in board(reading, here().id, now, zone)}
    line = next((one for one in lines if one.id == number), None)
    if line is None:
        raise NotFound("The clinic has no such number.")
    campaign = campaigns.get(line.campaign_id or 0)
    carriers = at_carriers(line, campaign)
    return render_template(
        "registration/number.html",
        number=line,
        campaign=campaign,
        carriers=carriers,
        first=min(
            (one.first_permitted for one in carriers if one.first_permitted),
            default=None,
        ),
        of_campaign=sum(one.campaign_id == line.campaign_id for one in lines),
        limits=limits(),
        zone=zone,
    )


@bp.post(f"{NUMBER}/detach")
@allow(Role.operator)
def detach(clinic: str, number: int) -> Any:
    if "sure" not in request.form:
        flash("Nothing was detached. Tick the box that says what it means.", "problem")
        return redirect(url_for("number.number", clinic=clinic, number=number), 303)

    def work(writing: Session) -> str:
        row = rules.detach(writing, here().id, number)
        noted(writing, "number detached", row.phone)
        return row.phone

    phone = shown(heed().database.retrying(work))
    flash(f"{phone} is detached. It serves no campaign now.", "done")
    return redirect(url_for("numbers.numbers", of=clinic), 303)
