"""Asking for a review after a visit: the switch, what must be there first, and the rule."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session

from clinics.models import Language, Role
from clinics.web import allow, here, me
from consent.models import Topic
from kernel.errors import Invalid
from kernel.web import heed
from registration.default_wordings import default_of
from registration.models import WordingVersion
from registration.wordings import newest
from reminders.previewing import Preview, preview
from reminders.review_counts import counts_of
from reminders.reviews import (
    KIND,
    needs,
    rule_of,
    set_rule,
    switch_off,
    switch_on,
)
from reminders.senders import campaign_about

bp = Blueprint("reviews", __name__)
PLACE = "/desk/<clinic>/reviews"
DELAYS = (
    (60, "1 hour after the visit begins"),
    (120, "2 hours after"),
    (240, "4 hours after"),
    (24 * 60, "a day after"),
    (48 * 60, "two days after"),
)
SPANS = ((90, "90 days"), (180, "180 days"), (365, "a year"), (730, "two years"))


@bp.get(PLACE)
@allow(Role.front_desk, Role.clinic_admin)
def reviews(clinic: str) -> str:
    return _page()


@bp.post(PLACE)
@allow(Role.clinic_admin)
def save(clinic: str) -> Any:
    form = request.form

    def work(writing: Session) -> None:
        set_rule(
            writing,
            here().id,
            link=form.get("link", ""),
            delay_minutes=form.get("delay", 0, type=int),
            every_days=form.get("every", 0, type=int),
            by=me().email,
            now=heed().now(),
        )

    try:
        heed().database.retrying(work)
    except Invalid as mistake:
        return _page(str(mistake)), 400
    flash("Saved. Requests that wait already keep the link they were written with.")
    return _back()


@bp.post(f"{PLACE}/on")
@allow(Role.clinic_admin)
def on(clinic: str) -> Any:
    try:
        with heed().database.writing() as writing:
            switch_on(writing, here().id, me().email, heed().now())
    except Invalid as mistake:
        flash(str(mistake), "problem")
    else:
        flash("Patients who agreed to it are asked after their next visit.")
    return _back()


@bp.post(f"{PLACE}/off")
@allow(Role.front_desk, Role.clinic_admin)
def off(clinic: str) -> Any:
    with heed().database.writing() as writing:
        taken = switch_off(writing, here().id, me().email, heed().now())
    what = "request was" if taken == 1 else "requests were"
    flash(f"Nobody is asked any more. {taken} {what} taken back.")
    return _back()


def _page(problem: str = "") -> str:
    now = heed().now()
    with heed().database.reading() as reading:
        rule = rule_of(reading, here().id)
        campaign = campaign_about(reading, here().id, Topic.reviews)
        campaign_id = campaign.id if campaign else None
        return render_template(
            "reminders/reviews.html",
            rule=rule,
            needs=needs(reading, here().id),
            counts=counts_of(reading, here().id, now),
            previews=[
                (language, _preview(reading, campaign_id, language, rule.link))
                for language in Language
            ],
            delays=_with(DELAYS, rule.delay_minutes, "minutes after"),
            spans=_with(SPANS, rule.every_days, "days"),
            problem=problem,
            link=request.form.get("link", rule.link),
            delay=request.form.get("delay", rule.delay_minutes, type=int),
            every=request.form.get("every", rule.every_days, type=int),
            may=me().role is Role.clinic_admin,
        )


def _with(
    choices: tuple[tuple[int, str], ...], set_to: int, unit: str
) -> tuple[tuple[int, str], ...]:
    """What a command has set stays one of the choices."""
    if any(value == set_to for value, _ in choices):
        return choices
    return (*choices, (set_to, f"{set_to} {unit}"))


def _preview(
    session: Session, campaign_id: int | None, language: Language, link: str
) -> Preview:
    """Of the wording in use, else of what it would begin with."""
    text = default_of(KIND, language).text
    if campaign_id is not None:
        found = newest(session, here().id, campaign_id, KIND, language.value)
        text = found.text if isinstance(found, WordingVersion) else text
    return preview(
        KIND,
        language,
        text,
        here(),
        heed().now(),
        own_price=heed().settings.segment_price,
        links={"link": link} if link else {},
    )


def _back() -> Any:
    return redirect(url_for("reviews.reviews", clinic=here().slug), 303)
