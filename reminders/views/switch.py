"""Reminders on, off, paused or on trial; what is missing; when they leave and what they say."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from clinics.models import Role
from clinics.web import allow, here, me, noted
from gateway import restraint
from kernel.clock import day_of, local_time
from kernel.errors import Invalid
from kernel.phone import shown
from kernel.web import heed
from reminders.examples import examples, narrowed
from reminders.foretell import before
from reminders.models import ReminderPolicy
from reminders.plan import Policy
from reminders.policy import (
    USUAL,
    disable,
    enable,
    ladder_of,
    last_off,
    waiting,
)
from reminders.readiness import items
from reminders.sample import samples
from reminders.today import switch_of

bp = Blueprint("reminders", __name__)
desk = allow(Role.front_desk, Role.clinic_admin)
STEPS = (
    (7 * 24 * 60, "one week before"),
    (3 * 24 * 60, "three days before"),
    (24 * 60, "the day before"),
    (2 * 60, "two hours before"),
)


@bp.get("/desk/<clinic>/reminders")
@desk
def switch(clinic: str) -> str:
    return page()


def page(
    problem: str = "", part: str = "", tried: Policy | None = None, own: Any = None
) -> str:
    """`tried`: times that are looked at and not saved; `own`: a visit to try them on."""
    now = heed().now()
    with heed().database.reading() as reading:
        policy = reading.get(ReminderPolicy, here().id)
        ladder = tried or (ladder_of(policy) if policy else USUAL)
        on = policy is not None and policy.enabled
        return render_template(
            "reminders/switch.html",
            switch=switch_of(reading, here().id, now),
            ended=None if on or policy is None else last_off(reading, here().id),
            waiting=waiting(reading, here().id) if on else 0,
            items=items(reading, here(), now),
            rule=restraint.rule_of(reading, here().id),
            samples=samples(reading, here(), now),
            steps=STEPS,
            before=before,
            ladder=ladder,
            narrowed=narrowed(here(), ladder.window),
            examples=examples(here(), ladder, now, own),
            tried=tried is not None,
            problem=problem,
            part=part,
            typed=request.form,
        )


@bp.post("/desk/<clinic>/reminders/on")
@desk
def switch_on(clinic: str) -> Any:
    with heed().database.writing() as writing:
        enable(writing, here().id, me().email, heed().now())
    flash("Reminders are on. Texts leave when their time comes.")
    return _back()


@bp.post("/desk/<clinic>/reminders/off")
@desk
def switch_off(clinic: str) -> Any:
    with heed().database.writing() as writing:
        taken = disable(writing, here().id, me().email, heed().now())
    flash(f"Reminders are off. {taken} {_texts(taken)} taken back.")
    return _back()


@bp.post("/desk/<clinic>/reminders/pause")
@desk
def pause(clinic: str) -> Any:
    """Until the end of the clinic's day."""
    _, until = day_of(heed().now(), here().time_zone)
    with heed().database.writing() as writing:
        restraint.pause(writing, here().id, until, me().email, heed().now())
        noted(
            writing,
            "reminders paused",
            f"until {local_time(until, here().time_zone)}",
        )
    flash("Reminders are paused for the rest of today. Replies are still answered.")
    return _back()


@bp.post("/desk/<clinic>/reminders/go-on")
@desk
def go_on(clinic: str) -> Any:
    with heed().database.writing() as writing:
        restraint.go_on(writing, here().id, heed().now())
        noted(writing, "reminders go on")
    flash("Reminders go on.")
    return _back()


@bp.post("/desk/<clinic>/reminders/trial")
@desk
def start_trial(clinic: str) -> Any:
    phones = request.form.get("phones", "").replace(",", "\n").splitlines()
    try:
        with heed().database.writing() as writing:
            listed = restraint.start_trial(writing, here().id, phones, me().email)
            noted(writing, "trial started", f"{len(listed)} phones")
    except Invalid as mistake:
        return page(str(mistake), "trial"), 400
    flash(f"On trial: reminders go to {', '.join(map(shown, listed))} only.")
    return _back()


@bp.post("/desk/<clinic>/reminders/trial-end")
@desk
def end_trial(clinic: str) -> Any:
    with heed().database.writing() as writing:
        restraint.end_trial(writing, here().id, heed().now())
        noted(writing, "trial ended")
    flash("The trial is over. Reminders go to patients who agreed.")
    return _back()


def _texts(count: int) -> str:
    return "text was" if count == 1 else "texts were"


def _back() -> Any:
    return redirect(url_for("reminders.switch", clinic=here().slug), 303)
