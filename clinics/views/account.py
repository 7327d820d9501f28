"""One's own account: password, sign-ins, and the way back in when it is forgotten."""

import threading
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from clinics.account import browser_name, change_password, link_of, may_ask
from clinics.letters import letter
from clinics.models import Role
from clinics.signin import Refused, revoke, sessions
from clinics.web import allow, anyone, me, noted
from kernel.errors import Invalid, NotFound
from kernel.logs import log
from kernel.mail import NotSent, send
from kernel.web import Heed, heed

bp = Blueprint("account", __name__)

DIFFERENT = "The two passwords differ. Type the same one twice."
ENDED = "This sign-in has ended already, or is not yours."


@bp.get("/account")
@allow(*Role)
def account() -> Any:
    return _page({})


@bp.post("/account/password")
@allow(*Role)
def password() -> Any:
    form = {name: request.form.get(name, "") for name in ("current", "fresh", "again")}
    try:
        if form["fresh"] != form["again"]:
            raise Invalid(DIFFERENT)
        refused = change_password(
            heed().database, me(), form["current"], form["fresh"], heed().now()
        )
    except Invalid as mistake:
        return _page({"fresh": str(mistake)}), 400
    if isinstance(refused, Refused):
        return _page({"current": refused.why}), 403
    flash("Your password is changed. All your other sign-ins have ended.", "done")
    return redirect(url_for("account.account"), 303)


@bp.post("/account/sign-ins/<int:one>/end")
@allow(*Role)
def end_one(one: int) -> Any:
    """Also the one of this screen: that is signing out."""
    with heed().database.writing() as writing:
        if not revoke(writing, me().staff_id, heed().now(), only=one):
            raise NotFound(ENDED)
        noted(writing, "sign-in ended", me().email)
    flash("That sign-in has ended.", "done")
    return redirect(url_for("account.account"), 303)


@bp.post("/account/sign-ins/end-others")
@allow(*Role)
def end_others() -> Any:
    with heed().database.writing() as writing:
        now, mine = heed().now(), me().session_id
        if ended := revoke(writing, me().staff_id, now, but=mine):
            noted(writing, "other sign-ins ended", me().email)
    plural = "" if ended == 1 else "s"
    flash(f"{ended} other sign-in{plural} ended. This one goes on.", "done")
    return redirect(url_for("account.account"), 303)


@bp.get("/forgotten")
@anyone
def forgotten() -> Any:
    return _forgotten("ask")


@bp.post("/forgotten")
@anyone
def forgotten_now() -> Any:
    """The same answer for every e-mail, after the same work: who has an account is
    looked up when the answer is on its way."""
    email, now = request.form.get("email", ""), heed().now()
    refused = may_ask(
        heed().database, email, address=request.remote_addr or "", now=now
    )
    if isinstance(refused, Refused):
        return _forgotten("ask", refused.why), 429
    if _mails():
        threading.Thread(
            target=_mail_link, args=(heed(), email, now), name="forgotten", daemon=True
        ).start()
    return _forgotten("asked")


def _mail_link(house: Heed, email: str, now: datetime) -> None:
    try:
        link = link_of(house.database, email, now)
        if link is None:
            return
        words = letter(link, house.settings.public_base_url)
        lost = send(house.settings, link.email, words.subject, words.body)
    except Exception as mistake:  # nobody waits for it any more
        log().error("a link was not mailed", why=type(mistake).__name__)
        return
    if isinstance(lost, NotSent):
        log().error("a link was not mailed", why=lost.why)


def _mails() -> bool:
    return bool(heed().settings.smtp_url.get_secret_value())


def _forgotten(step: str, problem: str = "") -> str:
    return render_template(
        "clinics/forgotten.html",
        step=step,
        mails=_mails(),
        problem=problem,
        email=request.form.get("email", ""),
    )


def _page(problems: dict[str, str]) -> str:
    with heed().database.reading() as reading:
        found = sessions(reading, me().staff_id, heed().now())
    return render_template(
        "clinics/account.html",
        sign_ins=found,
        problems=problems,
        browser_name=browser_name,
    )
