"""Evidence packs for auditors: ask for one, watch it being made, download it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, send_file
from flask import url_for as url

from clinics.models import Role
from clinics.web import allow, here, me, noted
from consent.exports import (
    Busy,
    Maker,
    ask,
    file_of,
    job_of,
    jobs,
    open_folder,
    wanted_of,
)
from consent.extract import Wanted
from consent.opened import subject
from consent.records import UNKNOWN_PHONE, newest_of, period, phone_of
from kernel.clock import local_day
from kernel.errors import Conflict, Invalid
from kernel.phone import masked
from kernel.web import heed

bp = Blueprint("exports", __name__)

NO_PHONE = "Write the patient's number."
NO_DAYS = "Write the first day, the last day, or both."


@bp.get("/audit/<clinic>/exports")
@allow(Role.auditor, Role.clinic_admin)
def exports(clinic: str) -> Any:
    return _page({}, {}, 200)


@bp.post("/audit/<clinic>/exports")
@allow(Role.auditor, Role.clinic_admin)
def begin(clinic: str) -> Any:
    wanted = _read(request.form)
    if isinstance(wanted, dict):
        return _page(request.form, wanted, 400)
    return _begin(wanted, request.form)


@bp.post("/audit/<clinic>/exports/<int:job>/again")
@allow(Role.auditor, Role.clinic_admin)
def again(clinic: str, job: int) -> Any:
    with heed().database.reading() as reading:
        wanted = wanted_of(job_of(reading, here().id, job))
    return _begin(wanted, {})


@bp.post("/audit/<clinic>/exports/<int:job>/download")
@allow(Role.auditor, Role.clinic_admin)
def download(clinic: str, job: int) -> Response:
    with heed().database.writing() as writing:
        found = job_of(writing, here().id, job)
        file = file_of(found, heed().settings.data_dir)
        noted(writing, "downloaded an export", f"export {job}")
    day = found.asked_at.astimezone(ZoneInfo(here().time_zone)).date()
    answer = send_file(
        file.resolve(),
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"{clinic}-evidence-{day}.zip",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _begin(wanted: Wanted, given: Mapping[str, str]) -> Any:
    """Written down before a byte leaves: one that fails was still asked for."""
    try:
        folder = open_folder(heed().settings.data_dir)
    except Conflict as mistake:
        return _page(given, {"form": str(mistake)}, 503)
    with heed().database.writing() as writing:
        job = ask(writing, here().id, me().email, wanted, heed().now())
        if isinstance(job, Busy):
            return _page(given, {"form": job.why}, 409)
        seq = newest_of(writing, here().id, wanted.phone) if wanted.phone else None
        known = f", {subject(seq)}" if seq else ""
        noted(writing, "evidence export", _title(wanted) + known)
    Maker(
        database=heed().database, keys=heed().keys, clock=heed().clock, folder=folder
    ).start(job)
    return redirect(url("exports.exports", clinic=here().slug), 303)


def _read(given: Mapping[str, str]) -> Wanted | dict[str, str]:
    """What to export, or a sentence for each field that cannot be read."""
    scope = given.get("scope")
    if scope == "all":
        return Wanted()
    if scope == "phone":
        return _one_patient(given.get("phone", ""), given.get("same", ""))
    if scope == "period":
        try:
            since, until = period(
                given.get("from", ""), given.get("to", ""), here().time_zone
            )
        except Invalid as mistake:
            return {"from": str(mistake)}
        if since is None and until is None:
            return {"from": NO_DAYS}
        return Wanted(since=since, until=until)
    return {"scope": "Choose what to export."}


def _one_patient(typed: str, same: str) -> Wanted | dict[str, str]:
    """`same` is a record of hers, from the button on its page."""
    with heed().database.reading() as reading:
        if same.isascii() and same.isdigit() and len(same) < 10:
            seq: int | None = int(same)
        elif not typed.strip():
            return {"phone": NO_PHONE}
        else:
            seq = newest_of(reading, here().id, typed)
        phone = phone_of(reading, here().id, seq) if seq else None
    return Wanted(phone=phone) if phone else {"phone": UNKNOWN_PHONE}


def _title(wanted: Wanted) -> str:
    if wanted.phone is not None:
        return f"One patient, {masked(wanted.phone)}"
    zone, moment = here().time_zone, timedelta(seconds=1)
    first = local_day(wanted.since, zone) if wanted.since else ""
    last = local_day(wanted.until - moment, zone) if wanted.until else ""
    if first == last:
        return first or "The whole ledger"
    if first and last:
        return f"{first} to {last}"
    return f"Since {first}" if first else f"Until {last}"


def _page(given: Mapping[str, str], problems: dict[str, str], code: int) -> Any:
    now, folder = heed().now(), heed().settings.data_dir
    with heed().database.reading() as reading:
        found = jobs(reading, here().id, folder, now)
    page = render_template(
        "consent/exports.html",
        jobs=found,
        titles={one.job.id: _title(wanted_of(one.job)) for one in found},
        given=given,
        problems=problems,
    )
    return page, code
