"""The call list: looked at, printed, taken along as a file.  The ticks are those of
"reminded by phone" (`reminders.views.phoned`)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request

from clinics.models import Role
from clinics.web import allow, here, noted
from kernel.asked import read_day
from kernel.errors import Invalid
from kernel.web import heed
from reminders.call_file import as_csv
from reminders.call_list import LABELS, CallList, Why, call_list, days_ahead

bp = Blueprint("calls", __name__)
desk = allow(Role.front_desk, Role.clinic_admin)


@bp.get("/desk/<clinic>/calls")
@desk
def calls(clinic: str) -> Any:
    wrong, found = "", None
    first, last = days_ahead(heed().now(), here().time_zone)
    try:
        first, last = _days(request.args)
        found = _look(request.args)
    except Invalid as mistake:
        wrong = str(mistake)
    page = render_template(
        "reminders/calls.html",
        found=found,
        first=first,
        last=last,
        only=_only(request.args),
        labels=LABELS,
        wrong=wrong,
    )
    return (page, 400) if wrong else page


@bp.post("/desk/<clinic>/calls/export")
@desk
def export(clinic: str) -> Any:
    found = _look(request.form)
    days = f"{found.first.isoformat()} to {found.last.isoformat()}"
    with heed().database.writing() as writing:
        noted(writing, "call list exported", f"{days}, {len(found.calls)} visits")
    name = f"calls-{here().slug}-{found.first.isoformat()}.csv"
    return Response(
        as_csv(found, here().time_zone),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _look(given: Mapping[str, str]) -> CallList:
    """Raises Invalid."""
    with heed().database.reading() as reading:
        now = heed().now()
        return call_list(reading, here().id, _days(given), now, _only(given))


def _days(given: Mapping[str, str]) -> tuple[date, date]:
    """Raises Invalid."""
    first, last = days_ahead(heed().now(), here().time_zone)
    chosen = read_day(given.get("first", ""))
    return chosen or first, read_day(given.get("last", "")) or max(chosen or last, last)


def _only(given: Mapping[str, str]) -> Why | None:
    asked = given.get("why", "")
    return Why(asked) if asked in Why.__members__ else None
