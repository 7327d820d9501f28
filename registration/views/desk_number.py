"""The clinic's own page of its texting number: which one it is, whether it may text, and
what the clinic itself does so that the office number comes over.
"""

from typing import Any

from flask import Blueprint, Response, render_template, url_for

from clinics.models import Role
from clinics.web import allow, here, me
from consent.attachments import LARGEST
from kernel.views import room_for
from kernel.web import heed
from registration.board import board
from registration.move_pages import MovePage, move_page, moves_of
from registration.move_steps import cut_over_list
from registration.number_list import all_numbers
from registration.numbers import NoSender, sender_for
from registration.provisioning import at_carriers
from registration.views import moving

bp = Blueprint("desk_number", __name__)
MOVE = "/desk/<clinic>/number/<int:move>"
OURS = frozenset(key for key, item in cut_over_list().items() if item.who == "clinic")
room_for(bp, "scan", LARGEST + moving.FORM_BYTES)


@bp.get("/desk/<clinic>/number")
@allow(Role.clinic_admin, Role.front_desk)
def number(clinic: str) -> str:
    return _page()


@bp.post(f"{MOVE}/release")
@allow(Role.clinic_admin)
def release(clinic: str, move: int) -> Any:
    return moving.release(move, _after())


@bp.post(f"{MOVE}/tick")
@allow(Role.clinic_admin)
def tick(clinic: str, move: int) -> Any:
    return moving.tick(move, _after(), OURS)


@bp.post(f"{MOVE}/link")
@allow(Role.clinic_admin)
def link(clinic: str, move: int) -> Any:
    return moving.link(move, _after(), _page)


@bp.post(f"{MOVE}/scan")
@allow(Role.clinic_admin)
def scan(clinic: str, move: int) -> Any:
    return moving.scan(move, _after())


@bp.get(f"{MOVE}/letter.pdf")
@allow(Role.clinic_admin)
def letter_pdf(clinic: str, move: int) -> Response:
    return moving.letter_pdf(move)


@bp.get(f"{MOVE}/signed-letter")
@allow(Role.clinic_admin)
def signed_letter(clinic: str, move: int) -> Response:
    return moving.signed_letter(move)


def _after() -> str:
    return url_for("desk_number.number", clinic=here().slug)


def _page(of: int | None = None, link: str = "", lost: str = "") -> str:
    """The newest office number that is under way, else the last one."""
    now, clinic_id, zone = heed().now(), here().id, here().time_zone
    page: MovePage | None = None
    with heed().database.reading() as reading:
        known = moves_of(reading, clinic_id)
        if known:
            page = move_page(reading, clinic_id, of or known[0].id or 0, now)
        sender = sender_for(reading, clinic_id)
        lines = all_numbers(reading, now, clinic_id=clinic_id)
        campaigns = {one.id: one for one in board(reading, clinic_id, now, zone)}
        sender_id = None if isinstance(sender, NoSender) else sender.id
    ours = next((one for one in lines if one.id == sender_id), None)
    campaign = campaigns.get(ours.campaign_id or 0) if ours else None
    return render_template(
        "registration/desk_number.html",
        page=page,
        ours=ours,
        carriers=at_carriers(ours, campaign) if ours else (),
        zone=zone,
        link=link,
        lost=lost,
        mine=OURS,
        decides=me().role is Role.clinic_admin,
    )
