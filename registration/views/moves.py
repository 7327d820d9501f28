"""The operator's pages of an office number: can it come over, and each step until it is
here.  The swap itself is `reminders.views.number_swap`.
"""

from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from sqlmodel import Session, col, select

from clinics.models import Clinic, Role
from clinics.web import allow, here, me, noted
from consent.attachments import LARGEST
from kernel.asked import read_id
from kernel.errors import Conflict, Invalid
from kernel.phone import shown
from kernel.views import room_for
from kernel.web import heed
from registration import move_asking, moves, signing
from registration.move_asking import Asked
from registration.move_pages import move_page
from registration.move_steps import cut_over_list
from registration.moves import NotYet
from registration.number_list import all_numbers
from registration.number_readiness import Readiness, choices, readiness
from registration.views import moving

bp = Blueprint("moves", __name__)
MOVE = "/operator/numbers/<clinic>/moves/<int:move>"
PROVIDERS_OF_YES = ("voip",)
room_for(bp, "scan", LARGEST + moving.FORM_BYTES)


@bp.get("/operator/numbers/check")
@allow(Role.operator)
def check() -> Any:
    """Can this number be brought over?  Asking changes nothing."""
    given = {name: request.args.get(name, "") for name in ("clinic", *ASKED)}
    answer: Readiness | None = None
    problem, status = "", 200
    if any(given[name] for name in ASKED):
        try:
            answer = readiness(given["phone"], given["voice"], given["texting"])
        except Invalid as mistake:
            problem, status = str(mistake), 400
    with heed().database.reading() as reading:
        named = select(Clinic.slug, Clinic.display_name)
        clinics = reading.exec(named.order_by(col(Clinic.display_name))).all()
    page = render_template(
        "registration/number_check.html",
        clinics=clinics,
        given=given,
        answer=answer,
        problem=problem,
        voices=choices("voice"),
        textings=choices("texting"),
        says_yes=given["voice"] in PROVIDERS_OF_YES,
    )
    return page, status


ASKED = ("phone", "voice", "texting")


@bp.post("/operator/numbers/<clinic>/moves")
@allow(Role.operator)
def ask(clinic: str) -> Any:
    given = {
        name: request.form.get(name, "")
        for name in (*ASKED, "provider", "platform", "provider_said_yes")
    }

    def work(writing: Session) -> int | NotYet:
        by, now = me().email, heed().now()
        found = move_asking.ask(writing, here().id, Asked(**given), by, now)
        if isinstance(found, NotYet):
            return found
        noted(writing, "office number asked for", found.phone)
        return found.id or 0

    try:
        outcome = heed().database.retrying(work)
    except (Invalid, Conflict) as mistake:
        outcome = NotYet((str(mistake),))
    if isinstance(outcome, NotYet):
        flash(str(outcome), "problem")
        asked: dict[str, Any] = {name: given[name] for name in ASKED}
        return redirect(url_for("moves.check", clinic=clinic, **asked), 303)
    flash("The office number is on its way. Its next step stands below.", "done")
    return redirect(url_for("moves.move", clinic=clinic, move=outcome), 303)


@bp.get(MOVE)
@allow(Role.operator)
def move(clinic: str, move: int) -> str:
    return _page(move)


@bp.post(f"{MOVE}/temporary")
@allow(Role.operator)
def temporary(clinic: str, move: int) -> Any:
    number = read_id(request.form.get("number"))
    if number is None:
        return moving.refused("Choose the number that texts meanwhile.", _after(move))

    def step(writing: Session) -> object:
        return moves.assign_temporary(
            writing, here().id, move, number, me().email, heed().now()
        )

    told = "Patients are texted from the temporary number until the swap."
    return moving.act(step, "temporary number", f"{move} {number}", told, _after(move))


@bp.post(f"{MOVE}/release")
@allow(Role.operator)
def release(clinic: str, move: int) -> Any:
    return moving.release(move, _after(move))


@bp.post(f"{MOVE}/letter")
@allow(Role.operator)
def letter(clinic: str, move: int) -> Any:
    words = signing.Words(
        company=request.form.get("company", ""),
        service_address=request.form.get("service_address", ""),
        signer=request.form.get("signer", ""),
        signer_title=request.form.get("signer_title", ""),
    )

    def step(writing: Session) -> object:
        return signing.write_letter(
            writing, here().id, move, words, me().email, heed().now()
        )

    told = "The letter is written. Next: have it signed."
    return moving.act(step, "letter written", str(move), told, _after(move))


@bp.get(f"{MOVE}/letter.pdf")
@allow(Role.operator)
def letter_pdf(clinic: str, move: int) -> Response:
    return moving.letter_pdf(move)


@bp.get(f"{MOVE}/signed-letter")
@allow(Role.operator)
def signed_letter(clinic: str, move: int) -> Response:
    return moving.signed_letter(move)


@bp.post(f"{MOVE}/link")
@allow(Role.operator)
def link(clinic: str, move: int) -> Any:
    return moving.link(move, _after(move), _page)


@bp.post(f"{MOVE}/scan")
@allow(Role.operator)
def scan(clinic: str, move: int) -> Any:
    return moving.scan(move, _after(move))


@bp.post(f"{MOVE}/cut-over")
@allow(Role.operator)
def cut_over(clinic: str, move: int) -> Any:
    def step(writing: Session) -> object:
        return moves.begin_cut_over(writing, here().id, move, me().email, heed().now())

    told = "The cut-over has begun. Work through the list; then swap."
    return moving.act(step, "cut-over begun", str(move), told, _after(move))


@bp.post(f"{MOVE}/tick")
@allow(Role.operator)
def tick(clinic: str, move: int) -> Any:
    return moving.tick(move, _after(move), frozenset(cut_over_list()))


@bp.post(f"{MOVE}/cancel")
@allow(Role.operator)
def cancel(clinic: str, move: int) -> Any:
    why = request.form.get("why", "")

    def step(writing: Session) -> object:
        return moves.cancel(writing, here().id, move, why, me().email, heed().now())

    told = "Cancelled. The clinic goes on texting from the number it has."
    return moving.act(step, "move cancelled", str(move), told, _after(move))


def _after(move: int) -> str:
    return url_for("moves.move", clinic=here().slug, move=move)


def _page(move: int, link: str = "", lost: str = "") -> str:
    now = heed().now()
    with heed().database.reading() as reading:
        page = move_page(reading, here().id, move, now)
        numbers = all_numbers(reading, now, clinic_id=here().id)
        clinic = reading.get_one(Clinic, here().id)
        legal_name = clinic.legal_name
    return render_template(
        "registration/move.html",
        page=page,
        numbers=[(str(one.id), shown(one.phone)) for one in numbers if one.campaign_id],
        legal_name=legal_name,
        zone=here().time_zone,
        link=link,
        lost=lost,
    )
