"""The operator's first pages: every clinic at a glance, and one clinic's own facts."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session

from clinics.access import (
    ACCOUNT_SID,
    add_clinic,
    clinic_problems,
    edit_clinic,
    has_patients,
    lift_halt,
    set_account,
)
from clinics.models import Clinic, Role
from clinics.web import allow, here, noted
from kernel.carriers import LABELS
from kernel.errors import Conflict, Invalid
from kernel.web import heed
from registration.board import board
from registration.clinic_form import US_ZONES, other_zones, typed
from registration.number_list import all_numbers
from registration.overview import account_of, overview
from registration.slow_downs import open_slow_downs

bp = Blueprint("operator", __name__)
SHOWN = 50


@bp.get("/operator/")
@allow(Role.operator)
def front() -> Any:
    return redirect(url_for("operator.clinics"))


@bp.get("/operator/clinics")
@allow(Role.operator)
def clinics() -> str:
    wanted = request.args.get("name", "").strip()
    with heed().database.reading() as reading:
        lines = overview(reading, heed().now())
    found = [
        line
        for line in lines
        if wanted.casefold() in f"{line.name} {line.slug}".casefold()
    ]
    return render_template(
        "registration/clinics.html",
        lines=found[:SHOWN],
        more=len(found[SHOWN:]),
        every=len(lines),
        wanted=wanted,
    )


@bp.get("/operator/add-clinic")
@allow(Role.operator)
def new_clinic() -> str:
    return _new_form({}, {})


@bp.post("/operator/add-clinic")
@allow(Role.operator)
def add() -> Any:
    given = typed(request.form)
    given["display_name"] = given["display_name"] or given["legal_name"]
    wrong = clinic_problems(given)
    if wrong:
        return _new_form(given, wrong), 400
    try:
        heed().database.retrying(lambda writing: _add(writing, given))
    except Conflict as mistake:
        return _new_form(given, {"slug": str(mistake)}), 409
    flash(f"{given['display_name']} is added. Next: its Twilio account.")
    return redirect(url_for("operator.clinic", clinic=given["slug"]), 303)


@bp.get("/operator/clinics/<clinic>")
@allow(Role.operator)
def clinic(clinic: str) -> str:
    return _clinic_page({}, {})


@bp.post("/operator/clinics/<clinic>")
@allow(Role.operator)
def edit(clinic: str) -> Any:
    given = typed(request.form)
    del given["slug"], given["legal_name"]
    wrong = clinic_problems(given)
    if wrong:
        return _clinic_page(given, wrong), 400

    def work(writing: Session) -> None:
        edit_clinic(writing, here().id, **given)
        noted(writing, "clinic changed", clinic)

    try:
        heed().database.retrying(work)
    except Invalid as mistake:
        return _clinic_page(given, {"time_zone": str(mistake)}), 400
    flash("Saved.")
    return redirect(url_for("operator.clinic", clinic=clinic), 303)


@bp.post("/operator/clinics/<clinic>/account")
@allow(Role.operator)
def account(clinic: str) -> Any:
    sid = request.form.get("sid", "").strip()
    token = request.form.get("token", "").strip()

    def work(writing: Session) -> None:
        set_account(writing, here().id, sid, token, heed().keys)
        noted(writing, "Twilio account set", f"{clinic} {sid}")

    try:
        heed().database.retrying(work)
    except (Invalid, Conflict) as mistake:
        name = "token" if ACCOUNT_SID.fullmatch(sid) and not token else "sid"
        return _clinic_page({"sid": sid}, {name: str(mistake)}), 400
    flash(f"{here().name} now sends through {sid}.")
    return redirect(url_for("operator.clinic", clinic=clinic), 303)


@bp.post("/operator/clinics/<clinic>/mended")
@allow(Role.operator)
def mended(clinic: str) -> Any:
    """The account is as it was, and Twilio takes it again."""

    def work(writing: Session) -> None:
        lift_halt(writing, here().id)
        noted(writing, "Twilio account mended", clinic)

    heed().database.retrying(work)
    flash("The account is used again. If Twilio refuses it once more, it halts anew.")
    return redirect(url_for("operator.clinic", clinic=clinic), 303)


def _add(writing: Session, given: dict[str, str]) -> None:
    add_clinic(writing, **given, now=heed().now())
    noted(writing, "clinic added", given["slug"])


def _new_form(given: dict[str, str], wrong: dict[str, str]) -> str:
    return render_template(
        "registration/new_clinic.html",
        given=given,
        wrong=wrong,
        zones=US_ZONES,
        other_zones=other_zones(),
    )


def _clinic_page(given: dict[str, str], wrong: dict[str, str]) -> str:
    now = heed().now()
    with heed().database.reading() as reading:
        stored = reading.get_one(Clinic, here().id)
        return render_template(
            "registration/clinic.html",
            stored=stored,
            given={
                "display_name": stored.display_name,
                "time_zone": stored.time_zone,
                "phone": stored.phone,
                **given,
            },
            wrong=wrong,
            zones=US_ZONES,
            other_zones=other_zones(),
            zone_stays=has_patients(reading, here().id),
            account=account_of(reading, here().id),
            campaigns=board(reading, here().id, now, stored.time_zone),
            numbers=all_numbers(reading, now, clinic_id=here().id),
            slowed=open_slow_downs(reading, here().id),
            labels=LABELS,
        )
