"""Where the feeds of a clinic say what: the defaults, and what the clinic says otherwise."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from clinics.models import Role
from clinics.web import allow, here, me, noted
from kernel.errors import Invalid, NotFound
from kernel.web import heed
from reminders.intake.field_map import (
    LONGEST,
    SETTINGS,
    Feed,
    fields_of,
    save_fields,
    saved_fields,
)

bp = Blueprint("field_maps", __name__)
TITLES = {
    Feed.hl7: "HL7 v2 messages",
    Feed.fhir: "FHIR",
    Feed.ical: "Calendars",
}
WHAT = {
    Feed.hl7: "SIU messages, S12 to S26. A place is a segment and a field, such as "
    "SCH-11.4, and in brackets the kind of a repetition, such as PID-13[CP] for a cell "
    "phone. Of several places, the first that is filled counts.",
    Feed.fhir: "Appointments and patients as FHIR R4 or R5 in JSON. Numbers are the id, "
    "or an identifier. Phones are chosen by their use.",
    Feed.ical: "iCalendar files. A place is a property such as X-PHONE, a line of the "
    "notes such as DESCRIPTION:Mobile, or ATTENDEE for whoever is invited by a phone "
    "number.",
}
CHOICES = [("no", "no, they are named as problems"), ("yes", "yes")]


@bp.get("/desk/<clinic>/appointments/field-maps")
@allow(Role.front_desk, Role.clinic_admin)
def field_maps(clinic: str) -> str:
    return _page()


@bp.post("/desk/<clinic>/appointments/field-maps/<feed>")
@allow(Role.clinic_admin)
def save(clinic: str, feed: str) -> Any:
    if feed not in Feed.__members__:
        raise NotFound("There is no such feed.")
    kind = Feed(feed)
    typed = {name: request.form.get(name, "")[: LONGEST + 1] for name in SETTINGS[kind]}
    try:
        with heed().database.writing() as writing:
            save_fields(writing, here().id, kind, typed)
            noted(writing, "field map saved", feed)
    except Invalid as mistake:
        return _page(kind, str(mistake), typed), 400
    flash(f"Saved. {TITLES[kind]} are read by it from the next import on.")
    return redirect(url_for("field_maps.field_maps", clinic=here().slug))


def _page(
    wrong: Feed | None = None, problem: str = "", typed: dict[str, str] | None = None
) -> str:
    with heed().database.reading() as reading:
        saved = {feed: saved_fields(reading, here().id, feed) for feed in Feed}
    feeds = [
        {
            "key": feed.value,
            "title": TITLES[feed],
            "what": WHAT[feed],
            "problem": problem if feed is wrong else "",
            "fields": _fields(feed, saved[feed], typed if feed is wrong else None),
        }
        for feed in Feed
    ]
    return render_template(
        "reminders/field_maps.html",
        feeds=feeds,
        choices=CHOICES,
        may_save=me().role is Role.clinic_admin,
    )


def _fields(
    feed: Feed, saved: dict[str, str], typed: dict[str, str] | None
) -> list[dict[str, Any]]:
    places = fields_of(feed, saved).places
    return [
        {
            "name": name,
            "holds": setting.holds,
            "value": (typed or {}).get(name) or ", ".join(places[name]),
            "default": setting.default,
            "changed": name in saved,
            "yes_no": name == "pending",
        }
        for name, setting in SETTINGS[feed].items()
    ]
