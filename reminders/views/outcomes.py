"""Outcomes: what came of the reminders, as a plot, as a table and as a file."""

import csv
import io
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request

from clinics.models import Role
from clinics.web import allow, here
from kernel.asked import read_day
from kernel.errors import Invalid
from kernel.web import heed
from reminders.outcome_counts import FEWEST, Outcomes, label_of
from reminders.outcome_forms import csv_rows
from reminders.outcome_picture import plots
from reminders.outcomes import outcomes, weeks_before

bp = Blueprint("outcomes", __name__)
looks = allow(Role.front_desk, Role.clinic_admin, Role.operator)


@bp.get("/desk/<clinic>/outcomes")
@looks
def weeks(clinic: str) -> Any:
    wrong, found = "", None
    first, last = weeks_before(heed().now(), here().time_zone)
    try:
        first, last = _days()
        found = _look(first, last)
    except Invalid as mistake:
        wrong = str(mistake)
    page = render_template(
        "reminders/outcomes.html",
        found=found,
        first=first,
        last=last,
        wrong=wrong,
        fewest=FEWEST,
        label_of=label_of,
        plots=plots(found) if found else (),
    )
    return (page, 400) if wrong else page


@bp.get("/desk/<clinic>/outcomes.csv")
@looks
def as_file(clinic: str) -> Response:
    """Numbers only, so nobody has to write down who took it."""
    out = io.StringIO(newline="")
    csv.writer(out).writerows(csv_rows(_look(*_days())))
    name = f"outcomes-{here().slug}.csv"
    return Response(
        out.getvalue(),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _look(first: date, last: date) -> Outcomes:
    """Raises Invalid."""
    with heed().database.reading() as reading:
        return outcomes(reading, here().id, first, last)


def _days() -> tuple[date, date]:
    """Raises Invalid."""
    first, last = weeks_before(heed().now(), here().time_zone)
    return (
        read_day(request.args.get("first", "")) or first,
        read_day(request.args.get("last", "")) or last,
    )
