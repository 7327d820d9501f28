"""A number for a campaign: found at Twilio, bought, connected."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from clinics.models import Role
from clinics.web import allow, here, me, noted
from gateway.connecting import connect
from gateway.twilio import Vendor
from kernel import phone as phones
from kernel.web import heed, part
from registration.accounts import vendor
from registration.buying import buy_number, free_numbers
from registration.dossier import campaign_of
from registration.models import Campaign
from registration.numbers import number_with
from registration.registering import Done

bp = Blueprint("buying", __name__)
PLACE = "/operator/buy-number/<clinic>/<ref>"


@bp.get(PLACE)
@allow(Role.operator)
def search(clinic: str, ref: str) -> str:
    area = request.args.get("area", "").strip()
    found = free_numbers(vendor(heed()), here().id, area) if area else ()
    offered = found if isinstance(found, tuple) else ()
    return render_template(
        "gateway/buy_number.html",
        campaign=_campaign(ref),
        area=area,
        offered=offered,
        problem="" if isinstance(found, tuple) else found.sentence,
    )


@bp.post(PLACE)
@allow(Role.operator)
def buy(clinic: str, ref: str) -> Any:
    """Bought once, attached to the campaign, connected: three steps that each look
    first whether they were done already."""
    read = phones.read(request.form.get("phone", ""))
    if isinstance(read, phones.NotAPhone):
        flash(read.why, "problem")
        return redirect(url_for("buying.search", clinic=clinic, ref=ref), 303)
    campaign, now = _campaign(ref), heed().now()
    done = buy_number(heed().database, vendor(heed()), campaign.id or 0, read.e164, now)
    flash(done.sentence, "done" if isinstance(done, Done) else "problem")
    if not isinstance(done, Done):
        return redirect(url_for("buying.search", clinic=clinic, ref=ref), 303)
    what = f"{phones.masked(read.e164)} {ref}"
    heed().database.retrying(lambda writing: noted(writing, "number bought", what))
    with heed().database.reading() as reading:
        number = number_with(reading, here().id, read.e164)
    number_id = (number.id or 0) if number else 0
    return join(clinic=clinic, number=number_id)


@bp.post("/operator/numbers/<clinic>/<int:number>/connect")
@allow(Role.operator)
def join(clinic: str, number: int) -> Any:
    """Twilio brings us its texts from now on."""
    row, _ = connect(
        heed().database,
        Vendor(part("inbox").accounts.client),
        heed().settings.public_base_url,
        here().id,
        number,
        me().email,
        heed().now(),
    )
    flash(
        f"{phones.shown(row.phone)} is connected. Its replies are compared with "
        "Twilio’s list within five minutes; until then nothing leaves from it."
    )
    return redirect(url_for("numbers.numbers", of=clinic), 303)


def _campaign(ref: str) -> Campaign:
    with heed().database.reading() as reading:
        return campaign_of(reading, here().id, ref)
