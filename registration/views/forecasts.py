"""When a draft, or a campaign in flight, may be approved: the page with its picture.
It changes nothing."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request

from clinics.models import Role
from clinics.web import allow, here
from kernel.asked import read_day
from kernel.business_days import day_zero
from kernel.errors import Invalid
from kernel.web import heed
from registration import drafts
from registration.bands import bands
from registration.dossier import campaign_of
from registration.forecast import Case, forecast
from registration.history import Own, own_times
from registration.in_flight import flight_of, pending_for, waiting_for
from registration.judging import judge
from registration.launch import late_words, plan
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
    def read(
        cls, today: date, needed_by: date | None, *, fixed: bool = False
    ) -> "Asked":
        """`fixed`: it was handed in on `today`, and no address changes that."""
        day = today.isoformat()
        typed = {
            "submit": day if fixed else request.args.get("submit", day),
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
        draft = drafts.draft_of(reading, here().id, draft_id)
        judged = judge(reading, draft)
        own = own_times(reading)
    submission = drafts.content_of(draft)
    asked = Asked.read(day_zero(heed().now()), submission.needed_by)
    case = case_of(
        submission, judged.findings, asked.handed_in, site_seen=judged.site_seen
    )
    return _page(case, asked, own, ref=draft.ref, draft=draft)


@bp.get("/operator/campaigns/<clinic>/<ref>/forecast")
@allow(Role.operator)
def of_campaign(clinic: str, ref: str) -> str:
    """Counted from the day on which it was handed in, for the last time."""
    now = heed().now()
    with heed().database.reading() as reading:
        campaign = campaign_of(reading, here().id, ref)
        flight = flight_of(reading, campaign)
        waiting = waiting_for(reading, campaign.id or 0)
        own = own_times(reading)
    if flight is None:
        return render_template("registration/forecast_none.html", campaign=campaign)
    asked = Asked.read(flight.case.handed_in, flight.needed_by, fixed=True)
    late = asked.needed_by and late_words(
        flight.forecast, asked.needed_by, day_zero(now), waiting
    )
    days = pending_for(flight.since, now)
    return _page(
        flight.case,
        asked,
        own,
        ref=ref,
        flight=flight,
        late=late,
        waited=days,
        waiting=waiting,
    )


def _page(case: Case, asked: Asked, own: Own, *, ref: str, **more: Any) -> str:
    case = replace(
        case,
        long_queue="long_queue" in request.args,
        reviewed=case.reviewed or "reviewed" in request.args,
    )
    found, needed_by = forecast(case), asked.needed_by
    plans = needed_by is not None and "draft" in more
    return render_template(
        "registration/forecast.html",
        ref=ref,
        found=found,
        bands=bands(),
        reviewed=forecast(replace(case, reviewed=True)),
        launch=plan(case, needed_by) if needed_by and plans else None,
        picture=timeline(found, needed_by, day_zero(heed().now())),
        own=own,
        typed=asked.typed,
        wrong=asked.wrong,
        **more,
    )
