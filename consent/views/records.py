"""The ledger of consent for auditors: the list, and one record in full.

A search is a POST that leads to an address without the phone: the address names a
record of that phone, so that no number gets into a log or a browser's history.
"""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request
from flask import url_for as url

from clinics.models import Role
from clinics.web import allow, here, me, noted
from consent import opened
from consent.fact_words import KINDS
from consent.records import UNKNOWN_PHONE, Asked, Page, ledger, newest_of, period
from consent.web import hand_out
from kernel.errors import Conflict, Invalid
from kernel.hashing import sha256_hex
from kernel.phone import masked
from kernel.web import heed

bp = Blueprint("records", __name__)

FIELDS = ("kind", "from", "to", "number")
NOT_A_NUMBER = "Write the number of a record, such as 12."
NO_KIND = "Choose one of the list."
CHANGED = (
    "This file is not the one that was recorded: its hash is another. It is not handed "
    "out. Tell the operator."
)


@bp.get("/audit/<clinic>/")
@allow(Role.auditor, Role.clinic_admin)
def front(clinic: str) -> Any:
    return redirect(url("records.records", clinic=clinic))


@bp.get("/audit/<clinic>/records")
@allow(Role.auditor, Role.clinic_admin)
def records(clinic: str) -> Any:
    asked, problems = _read(request.args)
    if problems:
        return _page(None, request.args, problems)
    with heed().database.reading() as reading:
        found = ledger(reading, here().id, asked, _number(request.args.get("before")))
    return _page(found, request.args, {})


@bp.post("/audit/<clinic>/records")
@allow(Role.auditor, Role.clinic_admin)
def search(clinic: str) -> Any:
    """Looking for a phone is written down; the address it leads to holds none."""
    given = {name: request.form.get(name, "").strip() for name in FIELDS}
    typed = request.form.get("phone", "").strip()
    given["same"] = "" if typed else request.form.get("same", "")
    _, problems = _read(given)
    if typed and not problems:
        with heed().database.writing() as writing:
            newest = newest_of(writing, here().id, typed)
            seen = opened.subject(newest) if newest else "no record"
            noted(writing, "looked for a phone", f"{masked(typed)}, {seen}")
        given["same"] = str(newest or "")
        problems = {} if newest else {"phone": UNKNOWN_PHONE}
    if problems:
        return _page(None, {**given, "phone": typed}, problems)
    kept: dict[str, Any] = {name: value for name, value in given.items() if value}
    return redirect(url("records.records", clinic=clinic, **kept), 303)


@bp.post("/audit/<clinic>/records/<int:seq>/open")
@allow(Role.auditor, Role.clinic_admin)
def open_record(clinic: str, seq: int) -> Any:
    with heed().database.writing() as writing:
        opened.must_exist(writing, here().id, seq)
        noted(writing, opened.OPENED, opened.subject(seq))
    return redirect(url("records.record", clinic=clinic, seq=seq), 303)


@bp.get("/audit/<clinic>/records/<int:seq>")
@allow(Role.auditor, Role.clinic_admin)
def record(clinic: str, seq: int) -> str:
    with heed().database.reading() as reading:
        opened.must_exist(reading, here().id, seq)
        if not opened.is_open(reading, here().id, me().email, seq, heed().now()):
            return render_template("consent/closed.html", seq=seq)
        found = opened.record(reading, here().id, seq)
    return render_template("consent/record.html", record=found)


@bp.post("/audit/<clinic>/records/<int:seq>/scans/<sha256>")
@allow(Role.auditor, Role.clinic_admin)
def scan(clinic: str, seq: int, sha256: str) -> Response:
    with heed().database.writing() as writing:
        file = opened.scan(writing, here().id, seq, sha256)
        if sha256_hex(file.content) != sha256:
            raise Conflict(CHANGED)
        noted(writing, "opened scan", f"{opened.subject(seq)}, {sha256[:12]}")
    return hand_out(file, show=False)


def _read(given: Mapping[str, str]) -> tuple[Asked, dict[str, str]]:
    """What to list, and a sentence for each field that cannot be read."""
    problems = {}
    kind = given.get("kind") or None
    if kind is not None and kind not in KINDS:
        problems["kind"] = NO_KIND
    number = _number(given.get("number"))
    if given.get("number") and number is None:
        problems["number"] = NOT_A_NUMBER
    since = until = None
    try:
        first, last = given.get("from", ""), given.get("to", "")
        since, until = period(first, last, here().time_zone)
    except Invalid as mistake:
        problems["from"] = str(mistake)
    same = _number(given.get("same"))
    asked = Asked(kind=kind, since=since, until=until, number=number, same_as=same)
    return asked, problems


def _number(text: str | None) -> int | None:
    plain = (text or "").strip().removeprefix("#")
    good = plain.isascii() and plain.isdigit() and 0 < len(plain) < 10
    return int(plain) if good else None


def _page(
    found: Page | None, given: Mapping[str, str], problems: dict[str, str]
) -> tuple[str, int]:
    page = render_template(
        "consent/records.html",
        page=found,
        given=given,
        problems=problems,
        kept={name: given[name] for name in (*FIELDS, "same") if given.get(name)},
        kinds=[("", "everything"), *KINDS.items()],
    )
    return page, 400 if problems.keys() - {"phone"} else 200
