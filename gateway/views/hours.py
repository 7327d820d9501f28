"""When somebody reads what patients text: a week, and what is said outside of it."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from clinics.hours import DAYS, Stretch, hours_of, opens_words, set_hours
from clinics.models import Clinic, Language, Role
from clinics.web import allow, here, me, noted
from gateway.models import MessageKind
from gateway.replies import filled, wording_of
from kernel.asked import wall_time
from kernel.errors import Invalid
from kernel.web import heed
from registration.numbers import NoSender, sender_for
from registration.wordings import NoWording

bp = Blueprint("hours", __name__)
desk = allow(Role.front_desk, Role.clinic_admin)


@bp.get("/desk/<clinic>/hours")
@desk
def hours(clinic: str) -> str:
    return _page()


@bp.post("/desk/<clinic>/hours")
@desk
def save(clinic: str) -> Any:
    try:
        week = [_stretch(number) for number in range(len(DAYS))]
        closed = "holidays_closed" in request.form
        with heed().database.writing() as writing:
            by, now = me().email, heed().now()
            set_hours(writing, here().id, week, closed, by, now)
            noted(writing, "opening hours", f"{sum(map(bool, week))} days")
    except Invalid as mistake:
        return _page(str(mistake)), 400
    flash("Saved. It counts from the next text on.")
    return redirect(url_for("hours.hours", clinic=clinic), 303)


def _page(problem: str = "") -> str:
    now = heed().now()
    with heed().database.reading() as reading:
        known = hours_of(reading, here().id)
        said = [_said(reading, language, now) for language in Language]
    week: Any = [None] * len(DAYS) if known is None else known.week
    typed = [_typed(number) for number in range(len(DAYS))] if problem else None
    rows = typed or [
        (f"{one[0]:%H:%M}", f"{one[1]:%H:%M}") if one else ("", "") for one in week
    ]
    return render_template(
        "gateway/hours.html",
        rows=list(zip(DAYS, rows, strict=True)),
        known=known,
        shut=known.shut(now) if known else None,
        holidays="holidays_closed" in request.form
        if problem
        else known is None or known.holidays_closed,
        said=[one for one in said if one],
        problem=problem,
    )


def _said(reading: Any, language: Language, now: Any) -> tuple[str, str] | None:
    """What a patient reads when it is closed: language and words."""
    known, sender = hours_of(reading, here().id), sender_for(reading, here().id)
    shut = known.next_shut(now) if known else None
    if isinstance(sender, NoSender):
        return None
    kind = MessageKind.closed if known else MessageKind.not_monitored
    wording = wording_of(reading, sender.id or 0, kind, language.value)
    if isinstance(wording, NoWording) or wording.language != language.value:
        return None
    place = reading.get_one(Clinic, here().id)
    holes = {"opens": opens_words(shut, language, shut.since)} if shut else {}
    text = filled(wording.text, place.display_name, place.phone, holes)
    return language.value, text


def _typed(number: int) -> tuple[str, str]:
    return (
        request.form.get(f"opens-{number}", "")[:5],
        request.form.get(f"closes-{number}", "")[:5],
    )


def _stretch(number: int) -> Stretch | None:
    """None for a day without times.  Raises Invalid."""
    opens, closes = (text.strip() for text in _typed(number))
    if not opens and not closes:
        return None
    try:
        return wall_time(opens), wall_time(closes)
    except ValueError:
        raise Invalid(
            f"Write both times of {DAYS[number]} like 08:00 and 17:00, or neither."
        ) from None
