"""Rehearse: a day as it would go, and as it would go if something were otherwise.  It
changes nothing."""

from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request

from clinics.models import Role
from clinics.web import allow, here
from gateway.prices import in_words
from kernel.asked import read_day
from kernel.carriers import GATED, LABELS, Carrier
from kernel.clock import day_words
from kernel.errors import Invalid
from kernel.web import heed
from registration.status import Status
from reminders.day_picture import day_picture
from reminders.rehearse import (
    GONE,
    NOTHING,
    Rehearsal,
    carrier_of,
    compared,
    cost_of,
    rehearse,
)
from reminders.rules import Assumed, read_assumed, rules_of

bp = Blueprint("rehearse", __name__)
SHOWN = 200  # texts; all of them where the address asks for it
LADDERS = (
    ("", "as they are"),
    ("1d", "1 day before"),
    ("3d,1d", "3 days and 1 day before"),
    ("7d,1d", "7 days and 1 day before"),
    ("7d,3d,1d", "7, 3 and 1 days before"),
    ("7d,3d,1d,2h", "7, 3 and 1 days and 2 hours before"),
)
STATUSES = (("", "as it is"), *((one.value, one.value) for one in Status))


@bp.get("/desk/<clinic>/rehearse")
@allow(Role.front_desk, Role.clinic_admin, Role.operator)
def day(clinic: str) -> Any:
    now, price = heed().now(), heed().settings.segment_price
    tomorrow = now.astimezone(ZoneInfo(here().time_zone)).date() + timedelta(days=1)
    wrong, assumed, found, before, wanted = "", NOTHING, None, None, tomorrow
    with heed().database.reading() as reading:
        try:
            wanted = read_day(request.args.get("day", "")) or tomorrow
            assumed = read_assumed(_words())
            before = rehearse(reading, here().id, wanted, now, own_price=price)
            found = before
            if assumed:
                found = rehearse(reading, here().id, wanted, now, assumed, price)
        except Invalid as mistake:
            wrong = str(mistake)
        rules = rules_of(reading, here().id)
    page = render_template(
        "reminders/rehearse.html",
        wanted=wanted,
        wanted_words=day_words(wanted),
        assumed=assumed,
        wrong=wrong,
        found=found,
        before=before,
        rules=rules,
        carriers=[(one.value, LABELS[one]) for one in Carrier if one in GATED],
        labels=LABELS,
        ladders=LADDERS,
        statuses=STATUSES,
        dollars=in_words,
        cost_of=partial(cost_of, own_price=price),
        asked=request.args,
        **_texts(before, found, assumed),
    )
    return (page, 400) if wrong else page


def _words() -> list[str]:
    """What the form assumes, in the words of `read_assumed`."""
    asked = request.args
    names = [one.value for one in sorted(GATED)] + ["offsets", "reminders"]
    said = [f"{name}={asked[name]}" for name in names if asked.get(name)]
    opens, closes = asked.get("opens", ""), asked.get("closes", "")
    if opens or closes:
        said.append(f"window={opens or '09:00'}-{closes or '20:00'}")
    return said


def _texts(
    before: Rehearsal | None, found: Rehearsal | None, assumed: Assumed
) -> dict[str, Any]:
    """What differs first, and the picture of the day as it is assumed."""
    if before is None or found is None:
        return {"pairs": (), "more": 0, "picture": None, "differ": 0}
    pairs = compared(before, found)
    if assumed:
        pairs.sort(key=lambda pair: not pair.differs)
    shown = pairs if "all" in request.args else pairs[:SHOWN]
    leaving = [
        (text.at, carrier_of(text))
        for text in found.texts
        if text.counts and text.word in GONE and text.at is not None
    ]
    return {
        "pairs": shown,
        "more": len(pairs) - len(shown),
        "differ": sum(pair.differs for pair in pairs) if assumed else 0,
        "picture": day_picture(leaving, here().time_zone),
    }
