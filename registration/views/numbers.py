"""The texting numbers of all clinics: which campaign each serves and who replies.

Buying and connecting one ask Twilio: `gateway.views.numbers`.
"""

import re
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session, col, select

from clinics.access import clinic_by_slug, note_action
from clinics.models import Clinic, Role
from clinics.web import allow, here, me, noted
from kernel import phone as phones
from kernel.errors import Conflict, Invalid, NotFound
from kernel.web import heed
from registration import numbers as rules
from registration.board import board_of_all
from registration.dossier import campaign_of
from registration.models import WhoReplies
from registration.move_pages import moves_of
from registration.move_steps import steps
from registration.number_list import WHO_REPLIES, all_numbers
from registration.provisioning import at_carriers

bp = Blueprint("numbers", __name__)
SHOWN = 50
SID = re.compile(r"PN[0-9a-f]{32}")


@bp.get("/operator/numbers")
@allow(Role.operator)
def numbers() -> str:
    return _page({}, {})


@bp.post("/operator/numbers")
@allow(Role.operator)
def add() -> Any:
    names = ("clinic", "phone", "who_replies", "sid")
    given = {name: request.form.get(name, "").strip() for name in names}
    wrong = _problems(given)
    if wrong:
        return _page(given, wrong), 400
    try:
        heed().database.retrying(lambda writing: _add(writing, given))
    except NotFound as mistake:
        return _page(given, {"clinic": str(mistake)}), 404
    except Conflict as mistake:
        return _page(given, {"phone": str(mistake)}), 409
    flash(f"{_shown(given['phone'])} is added. Next: choose the campaign it serves.")
    return redirect(url_for("numbers.numbers", of=given["clinic"]), 303)


@bp.post("/operator/numbers/<clinic>/<int:number>/campaign")
@allow(Role.operator)
def attach(clinic: str, number: int) -> Any:
    ref = request.form.get("campaign", "")

    def work(writing: Session) -> str:
        campaign = campaign_of(writing, here().id, ref)
        if campaign.expired_at is not None:
            raise Conflict(f"'{ref}' has expired for good. Choose another campaign.")
        row = rules.attach(writing, here().id, number, campaign.id or 0)
        noted(writing, "number attached", f"{row.phone} {ref}")
        return row.phone

    phone = phones.shown(heed().database.retrying(work))
    flash(f"{phone} serves '{ref}'. Next: connect it.")
    return redirect(url_for("numbers.numbers", of=clinic), 303)


@bp.post("/operator/numbers/<clinic>/<int:number>/who-replies")
@allow(Role.operator)
def who_replies(clinic: str, number: int) -> Any:
    word = request.form.get("who_replies", "")
    if word not in set(WhoReplies):
        raise Invalid("Choose who replies to STOP, START and HELP.")
    who = WhoReplies(word)

    def work(writing: Session) -> str:
        row = rules.set_who_replies(writing, here().id, number, who)
        noted(writing, "who replies", f"{row.phone} {who.value}")
        return row.phone

    phone = phones.shown(heed().database.retrying(work))
    flash(f"{phone}: {WHO_REPLIES[who][0]}. It counts from the next text on.")
    return redirect(url_for("numbers.numbers", of=clinic), 303)


def _problems(given: dict[str, str]) -> dict[str, str]:
    found = {}
    read = phones.read(given["phone"])
    if isinstance(read, phones.NotAPhone):
        found["phone"] = read.why
    if given["who_replies"] not in set(WhoReplies):
        found["who_replies"] = "Choose who replies to STOP, START and HELP."
    if given["sid"] and not SID.fullmatch(given["sid"]):
        found["sid"] = "Twilio's id is PN and 32 hexadecimal digits. Or leave it empty."
    return found


def _add(writing: Session, given: dict[str, str]) -> None:
    clinic_id = clinic_by_slug(writing, given["clinic"]).id or 0
    e164 = _e164(given["phone"])
    who = WhoReplies(given["who_replies"])
    rules.add_number(writing, clinic_id, e164, who, given["sid"] or None)
    # The path names no clinic here, so `noted` would not know which one it was.
    email, now = me().email, heed().now()
    note_action(writing, clinic_id, email, "number added", e164, now)


def _e164(text: str) -> str:
    read = phones.read(text)
    return text if isinstance(read, phones.NotAPhone) else read.e164


def _shown(text: str) -> str:
    return phones.shown(_e164(text))


def _page(given: dict[str, str], wrong: dict[str, str]) -> str:
    slug = request.args.get("of", "")
    now = heed().now()
    with heed().database.reading() as reading:
        everything = all_numbers(reading, now)
        campaigns = [one for one in board_of_all(reading, now) if one.line.rank < 3]
        named = select(Clinic.slug, Clinic.display_name)
        clinics = reading.exec(named.order_by(col(Clinic.display_name))).all()
        under_way = [one for one in moves_of(reading) if one.ended_at is None]
        slugs = dict(reading.exec(select(Clinic.id, Clinic.slug)).all())
    lines = {one.line.id: one.line for one in campaigns}
    found = [one for one in everything if not slug or one.slug == slug]
    return render_template(
        "registration/numbers.html",
        found=found[:SHOWN],
        more=len(found[SHOWN:]),
        every=len(everything),
        campaigns=campaigns,
        clinics=clinics,
        every_clinic=[("", "Every clinic"), *clinics],
        who_choices=[(way.value, words[0]) for way, words in WHO_REPLIES.items()],
        slug=slug,
        given=given,
        wrong=wrong,
        ways=WHO_REPLIES,
        moves=[(one, slugs[one.clinic_id], steps()[one.step]) for one in under_way],
        carriers={
            one.id: at_carriers(one, lines.get(one.campaign_id or 0))
            for one in found[:SHOWN]
        },
    )
