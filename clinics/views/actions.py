"""Who did what, for a clinic's admin and auditor, and for an operator."""

from typing import Any

from flask import Blueprint, render_template, request
from sqlmodel import col, select

from clinics import actions as record
from clinics.actions import Page, Wanted, people_of
from clinics.models import Clinic, Role
from clinics.web import allow, here
from kernel.asked import read_day, read_id
from kernel.errors import Invalid
from kernel.web import heed

bp = Blueprint("actions", __name__)
operator_bp = Blueprint("operator_actions", __name__)


@bp.get("/audit/<clinic>/actions")
@allow(Role.clinic_admin, Role.auditor)
def actions(clinic: str) -> Any:
    with heed().database.reading() as reading:
        people = people_of(reading, here().id)
    others = [(record.OPERATORS, "Heed's operators")]
    return _page(here().id, here().time_zone, [*people, *others])


@operator_bp.get("/operator/actions", endpoint="actions")
@allow(Role.operator)
def actions_of_all() -> Any:
    """Operators by themselves, or everybody at one clinic."""
    asked = request.args.get("clinic", "")
    with heed().database.reading() as reading:
        rows = reading.exec(select(Clinic).order_by(col(Clinic.slug)))
        clinics = [(row.slug, row.display_name, row.id) for row in rows]
        chosen = next((row for row in clinics if row[0] == asked), None)
        clinic_id = chosen[2] if chosen else None
        people = people_of(reading, None)
        if clinic_id is not None:
            people = [*people_of(reading, clinic_id), *people]
    choices = [(slug, name) for slug, name, _ in clinics]
    return _page(clinic_id, "UTC", people, clinics=choices)


def _page(
    clinic_id: int | None,
    time_zone: str,
    people: list[tuple[str, str]],
    clinics: list[tuple[str, str]] | None = None,
) -> Any:
    given = {name: request.args.get(name, "") for name in ("clinic", "person", "day")}
    if given["person"] not in dict(people):  # of another clinic: as if not asked
        given["person"] = ""
    problem, page = "", Page((), None)
    try:
        wanted = Wanted(
            clinic_id=clinic_id,
            person=given["person"],
            day=read_day(given["day"]),
            time_zone=time_zone,
            before=read_id(request.args.get("before", "")),
        )
        with heed().database.reading() as reading:
            page = record.actions(reading, wanted)
    except Invalid as mistake:
        problem = str(mistake)
    shown = render_template(
        "clinics/actions.html",
        page=page,
        people=people,
        clinics=clinics,
        given=given,
        kept={name: value for name, value in given.items() if value},
        problem=problem,
    )
    return (shown, 400) if problem else shown
