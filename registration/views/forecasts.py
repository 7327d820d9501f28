"""When a draft may be approved: the page with its picture.  It changes nothing."""

from dataclasses import dataclass, replace
from datetime import date

from flask import Blueprint, render_template, request

from clinics.models import Role
from clinics.web import allow, here
from kernel.asked import read_day
from kernel.business_days import day_zero
from kernel.errors import Invalid
from kernel.web import heed
from registration import drafts
from registration.bands import bands
from registration.forecast import forecast
from registration.history import Own, own_times
from registration.judging import judge
from registration.launch import plan
from registration.models import SubmissionDraft
from registration.report import case_of
from registration.timeline import timeline

bp = Blueprint("forecasts", __name__)


@dataclass(slots=True)
class Asked:
    """What the address asks for; a day that cannot be read is said beside its field."""

    today: date
    needed_by: date | None
    typed: dict[str, str]
    wrong: dict[str, str]
    handed_in: date

    @classmethod
    def read(cls, today: date, needed_by: date | None) -> "Asked":
        typed = {
            "submit": request.args.get("submit", today.isoformat()),
            "needed_by": request.args.get(
                "needed_by", needed_by.isoformat() if needed_by else ""
            ),
        }
        asked = cls(today, None, typed, {}, today)
        asked.handed_in = asked._day("submit") or today
        asked.needed_by = asked._day("needed_by")
        return asked

    def _day(self, name: str) -> date | None:
        try:
            return read_day(self.typed[name])
        except Invalid as mistake:
            self.wrong[name] = str(mistake)
            return None


@bp.get("/operator/forecast/<clinic>/<int:draft_id>")
@allow(Role.operator)
def of_draft(clinic: str, draft_id: int) -> str:
    with heed().database.reading() as reading:
        draft: SubmissionDraft = drafts.draft_of(reading, here().id, draft_id)
        judged = judge(reading, draft)
        own: Own = own_times(reading)
    submission = drafts.content_of(draft)
    asked = Asked.read(day_zero(heed().now()), submission.needed_by)
    case = replace(
        case_of(
            submission, judged.findings, asked.handed_in, site_seen=judged.site_seen
        ),
        long_queue="long_queue" in request.args,
        reviewed="reviewed" in request.args,
    )
    found = forecast(case)
    return render_template(
        "registration/forecast.html",
        draft=draft,
        found=found,
        bands=bands(),
        reviewed=forecast(replace(case, reviewed=True)),
        launch=plan(case, asked.needed_by) if asked.needed_by else None,
        picture=timeline(found, asked.needed_by),
        own=own,
        typed=asked.typed,
        wrong=asked.wrong,
    )
