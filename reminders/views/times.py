"""When a clinic's reminders leave: tried on example visits, and saved."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, request, url_for

from clinics.models import Role
from clinics.web import allow, here, noted
from gateway.quiet_hours import CLOSED, Window
from kernel.asked import wall_time
from kernel.errors import Invalid
from kernel.web import heed
from reminders.plan import Policy
from reminders.policy import check_times, set_times
from reminders.views.switch import page

bp = Blueprint("times", __name__)
desk = allow(Role.front_desk, Role.clinic_admin)


@bp.post("/desk/<clinic>/reminders/preview")
@desk
def preview(clinic: str) -> Any:
    """Changes nothing: the page, with what these times would do."""
    try:
        wanted, own = _typed(), _own_visit()
    except Invalid as mistake:
        return page(str(mistake), "times"), 400
    return page(tried=wanted, own=own)


@bp.post("/desk/<clinic>/reminders/times")
@desk
def save(clinic: str) -> Any:
    try:
        wanted = _typed()
        with heed().database.writing() as writing:
            set_times(
                writing,
                here().id,
                wanted.offsets,
                wanted.window,
                heed().now(),
                same_day=wanted.same_day,
            )
            noted(writing, "reminder times", _said(wanted))
    except Invalid as mistake:
        return page(str(mistake), "times"), 400
    flash("Saved. Texts that have not left are planned anew by these times.")
    return redirect(url_for("reminders.switch", clinic=here().slug) + "#times", 303)


def _typed() -> Policy:
    """What the form says.  Raises Invalid."""
    form = request.form
    offsets = tuple(_minutes(text) for text in form.getlist("offset"))
    sunday = {
        "": None,
        "closed": CLOSED,
        "own": Window(_time("sunday_opens"), _time("sunday_closes"))
        if form.get("sunday") == "own"
        else None,
    }.get(form.get("sunday", ""))
    window = Window(
        _time("opens"), _time("closes"), sunday=sunday, holidays="holidays" in form
    )
    check_times(offsets, window)
    return Policy(offsets, window, "same_day" in form)


def _own_visit() -> datetime | None:
    """A visit to try the times on, by the clinic's clock."""
    typed = request.form.get("visit", "")
    if not typed:
        return None
    wrong = Invalid("Write the visit to try as a day and a time.")
    try:
        wall = datetime.fromisoformat(typed)
    except ValueError:
        raise wrong from None
    if wall.tzinfo is not None or not 2000 <= wall.year < 2100:
        raise wrong
    return wall.replace(tzinfo=ZoneInfo(here().time_zone))


def _said(wanted: Policy) -> str:
    same_day = ", a second text a day" if wanted.same_day else ""
    return f"{sorted(wanted.offsets, reverse=True)} {wanted.window}{same_day}"


def _minutes(text: str) -> int:
    if not (text.isdecimal() and len(text) <= 5):
        raise Invalid("Choose when reminders leave from the list.")
    return int(text)


def _time(name: str) -> time:
    try:
        return wall_time(request.form.get(name, ""))
    except ValueError:
        raise Invalid("Write the times like 09:00 and 20:00.") from None
