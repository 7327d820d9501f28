"""The operator brings a vendor's lists: who opted out there, and which numbers were
given up.  A list is applied at once; its page says what it did, and what it left out.
"""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session, col, select

from clinics.models import Role
from clinics.web import allow, here, me
from consent.models import Comparison, ListKind, VendorList
from gateway.lists import deactivated, opt_outs
from gateway.lists.reading import Unusable
from gateway.lists.standing import Verdict
from gateway.lists.taking import Brought, Place
from kernel.asked import read_day
from kernel.errors import Invalid, NotFound
from kernel.views import room_for
from kernel.web import heed

bp = Blueprint("vendor_lists", __name__)
MOST_BYTES = 5 * 1024 * 1024  # longer ones by 'flask consent'
SHOWN = 20
NOT_GIVEN = "Choose the file."
GONE = "The clinic has no such list."

room_for(bp, "take_opt_outs", MOST_BYTES)
room_for(bp, "take_deactivations", MOST_BYTES)


@bp.get("/operator/clinics/<clinic>/lists")
@allow(Role.operator)
def lists(clinic: str) -> str:
    return _page({})


@bp.get("/operator/clinics/<clinic>/lists/<int:list_id>")
@allow(Role.operator)
def one(clinic: str, list_id: int) -> str:
    with heed().database.reading() as reading:
        found = reading.get(VendorList, list_id)
        if found is None or found.clinic_id != here().id:
            raise NotFound(GONE)
        return render_template("gateway/vendor_list.html", of=found)


@bp.post("/operator/clinics/<clinic>/opt-outs")
@allow(Role.operator)
def take_opt_outs(clinic: str) -> Any:
    kind = ListKind.opt_outs
    try:
        brought = _brought(kind)
        place = Place(here().id, ZoneInfo(here().time_zone))
        taken = opt_outs.take(heed().database, place, brought, heed().now())
    except Invalid as mistake:
        return _page({kind: str(mistake)}), 400
    if isinstance(taken, Unusable):
        return _page({kind: _unusable(taken)}), 400
    if taken.again:
        flash("This file had been taken before. Only what was still open was done.")
    return redirect(url_for(".one", clinic=clinic, list_id=taken.list_id), 303)


@bp.post("/operator/clinics/<clinic>/deactivations")
@allow(Role.operator)
def take_deactivations(clinic: str) -> Any:
    kind = ListKind.deactivations
    try:
        brought = _brought(kind)
        taken = deactivated.take(heed().database, brought, heed().now())
    except Invalid as mistake:
        return _page({kind: str(mistake)}), 400
    if isinstance(taken, Unusable):
        return _page({kind: _unusable(taken)}), 400
    void, asked = taken.count(Verdict.stop), taken.count(Verdict.ask)
    flash(
        f"At all clinics together: consent is void for {void} numbers, and {asked} are "
        "held until a person decides."
    )
    here_it_is = next(done for done in taken.clinics if done.clinic == here().slug)
    return redirect(url_for(".one", clinic=clinic, list_id=here_it_is.list_id), 303)


def _brought(kind: ListKind) -> Brought:
    """Raises Invalid with the sentence to show."""
    file = request.files.get("file")
    content = file.read() if file else b""
    if not content:
        raise Invalid(NOT_GIVEN)
    made_on: date | None = read_day(request.form.get("made_on", ""))
    name = (file.filename if file else "") or "list.csv"
    return Brought(
        kind=kind, content=content, name=name, made_on=made_on, by=me().email
    )


def _unusable(taken: Unusable) -> str:
    line = f"Line {taken.line}: " if taken.line > 1 else ""
    return f"Nothing was changed. {line}{taken.why}"


def _page(wrong: dict[ListKind, str]) -> str:
    with heed().database.reading() as reading:
        return render_template(
            "gateway/vendor_lists.html",
            wrong=wrong,
            made_on=request.form.get("made_on", ""),
            lists=_newest(reading, VendorList, SHOWN),
            compared=next(iter(_newest(reading, Comparison, 1)), None),
        )


def _newest(reading: Session, table: Any, most: int) -> list[Any]:
    return list(
        reading.exec(
            select(table)
            .where(col(table.clinic_id) == here().id)
            .order_by(col(table.id).desc())
            .limit(most)
        )
    )
