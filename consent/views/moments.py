"""Could this phone be texted at that moment?  The auditor's question of time.

The phone is named by the number of one of its records, so no address holds it.
"""

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request

from clinics.models import Role
from clinics.web import allow, here
from consent.at_time import AtTime, at_time
from consent.history import Entry
from consent.records import needed_phone_of, row_from
from kernel.asked import read_day
from kernel.errors import Invalid
from kernel.phone import masked
from kernel.web import heed

bp = Blueprint("moments", __name__)
STILL_TO_COME = "That moment is still to come. Choose one of the past."
NO_TIME = "Write the time like 09:00 or 17:30."
NO_DAY = "Choose the day."
SHOWN = 50


@bp.get("/audit/<clinic>/moment/<int:seq>")
@allow(Role.auditor, Role.clinic_admin)
def moment(clinic: str, seq: int) -> Any:
    problems: dict[str, str] = {}
    at = _asked(problems)
    then: AtTime | None = None
    with heed().database.reading() as reading:
        phone = needed_phone_of(reading, here().id, seq)
        if at is not None:
            then = at_time(reading, here().id, phone, at, here().time_zone)
    page = render_template(
        "consent/moment.html",
        seq=seq,
        phone=masked(phone),
        then=then,
        rows=[row_from(entry, _clear(entry)) for entry in then.until[-SHOWN:]]
        if then
        else [],
        given=request.args,
        problems=problems,
    )
    return page, 400 if problems else 200


def _asked(problems: dict[str, str]) -> datetime | None:
    """None on the first look, and where something cannot be read."""
    if not request.args:
        return None
    day = clock = None
    try:
        day = read_day(request.args.get("day", ""))
        if day is None:
            problems["day"] = NO_DAY
    except Invalid as mistake:
        problems["day"] = str(mistake)
    try:
        clock = time.fromisoformat(request.args.get("time", "").strip())
    except ValueError:
        problems["time"] = NO_TIME
    if clock is not None and clock.tzinfo is not None:
        problems["time"] = NO_TIME
    if day is None or clock is None or problems:
        return None
    at = datetime.combine(day, clock, ZoneInfo(here().time_zone)).astimezone(UTC)
    if at > heed().now():
        problems["day"] = STILL_TO_COME
        return None
    return at


def _clear(entry: Entry) -> dict[str, Any] | str:
    """A damaged record is shown by the sentence that says so."""
    return entry.sentence if entry.facts is None else entry.facts
