"""The operator's switch: do a clinic's reminders pause while its website has changed?"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session

from clinics.models import Role
from clinics.web import allow, here, noted
from gateway.restraint import rule_of
from gateway.website_pause import BY, choose
from kernel.web import heed

bp = Blueprint("website_pause", __name__)


@bp.get("/operator/clinics/<clinic>/website-pause")
@allow(Role.operator)
def switch(clinic: str) -> str:
    with heed().database.reading() as reading:
        rule = rule_of(reading, here().id)
    now = heed().now()
    until = rule.paused_until if rule.paused_by == BY else None
    return render_template(
        "gateway/website_pause.html",
        pauses=bool(rule.pause_on_website),
        paused_until=until if until and until > now else None,
    )


@bp.post("/operator/clinics/<clinic>/website-pause")
@allow(Role.operator)
def set_switch(clinic: str) -> Any:
    pauses = request.form.get("want") == "pause"

    def work(writing: Session) -> None:
        choose(writing, here().id, pauses, heed().now())
        noted(writing, "website pause", "on" if pauses else "off")

    heed().database.retrying(work)
    flash("Saved. It takes effect with the next look at the website.")
    return redirect(url_for("website_pause.switch", clinic=clinic), 303)
