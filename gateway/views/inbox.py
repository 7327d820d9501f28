"""Inbox: the conversations of a clinic, one of them, and the answer that a person writes."""

import secrets
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlmodel import Session

from clinics.models import Clinic, Role
from clinics.web import allow, here, me, noted
from gateway import conversations
from gateway.conversations import TooLate
from gateway.deciding import Verdict, decide_hold
from gateway.inbound import storable
from gateway.inbox import Tab, read_as
from gateway.inbox import inbox as look
from gateway.intent import Intent
from gateway.models import CarrierLookup
from gateway.prices import dearest, in_words, price_of
from gateway.staff_replies import (
    LONGEST,
    Page,
    Refused,
    Sent,
    may_leave,
    newest_answer,
    send,
    take_back,
    why_not,
    written,
)
from gateway.thread import last_text, thread
from gateway.to_do import about
from gateway.visit_side import VisitSide
from gateway.web import look_anew
from kernel.asked import read_id
from kernel.errors import Invalid
from kernel.web import heed, part

bp = Blueprint("inbox", __name__)
desk = allow(Role.front_desk, Role.clinic_admin)
DONE = {
    "take": "This conversation is yours now.",
    "give_back": "Anybody may take it now.",
    "done": "Done. A new text from this number waits here again.",
    "again": "It waits again.",
}
NOTED = {
    "take": "conversation taken",
    "give_back": "conversation given back",
    "done": "conversation done",
    "again": "conversation waits again",
}


@bp.get("/desk/<clinic>/inbox")
@desk
def inbox(clinic: str) -> str:
    asked = request.args.get("show", "")
    tab = Tab(asked) if asked in {*Tab} else Tab.waiting
    before = read_id(request.args.get("before"))
    with heed().database.reading() as reading:
        found = look(reading, here().id, tab, me().email, before)
    return render_template("gateway/inbox.html", inbox=found, tab=tab.value)


@bp.get("/desk/<clinic>/inbox/<path:phone>")
@desk
def conversation(clinic: str, phone: str) -> str:
    return _conversation(storable(phone))


def _conversation(
    number: str, text: str = "", problems: tuple[str, ...] = (), look: bool = False
) -> str:
    """With `text` the answer that somebody is writing."""
    now, place = heed().now(), here()
    with heed().database.reading() as reading:
        found = thread(reading, place.id, number, request.args.get("before"))
        tasks = about(reading, place.id, number, now)
        why = found.line.held_why
        last = last_text(reading, place.id, number)
        clinic = reading.get_one(Clinic, place.id)
        answer = written(reading, clinic, last.number_id, text) if last else None
        may = last and may_leave(reading, clinic, number, last.at, now)
        visits: VisitSide = part("visits")
        texts = [said.place[2] for said in found.said if said.hers]
        return render_template(
            "gateway/conversation.html",
            thread=found,
            tasks=tasks,
            asked=any(task.question for task in tasks),
            held_why=read_as(Intent.unsure, why) if why else "",
            why_not=why_not(found.line),
            visits=visits.ahead(reading, place.id, number, now),
            which=visits.asked(reading, place.id, number, now),
            meant=visits.meant(reading, place.id, texts),
            may=may,
            answer=answer if look else None,
            problems=problems or (answer.problems if answer and look else ()),
            typed=text,
            cents=in_words(answer.segments * _price(reading, number)) if answer else "",
            once=secrets.token_urlsafe(18),
            newest=newest_answer(reading, place.id, number),
            most=LONGEST,
        )


@bp.post("/desk/<clinic>/inbox-answer/<path:phone>")
@desk
def answer(clinic: str, phone: str) -> Any:
    """Look at it, send it, or take it back."""
    number, what = storable(phone), request.form.get("what", "")
    if what == "take_back":
        return _take_back(clinic, number)
    text = storable(request.form.get("text", ""))[: 4 * LONGEST]
    stands = "health_stands" in request.form
    if what == "look":
        return _conversation(number, text, look=True)
    if what != "send":
        raise Invalid("This page cannot be used in this way. Go back and reload it.")

    page = Page(
        seen_id=read_id(request.form.get("seen_id")) or 0,
        seen_answer=read_id(request.form.get("seen_answer")) or 0,
        once=request.form.get("once", ""),
        health_stands=stands,
    )

    def work(writing: Session) -> Sent | Refused:
        done = send(
            writing,
            writing.get_one(Clinic, here().id),
            number,
            text,
            page,
            me().email,
            heed().now(),
        )
        if isinstance(done, Sent) and done.message_id is not None:
            what = "answered by text" + (", with health words" if stands else "")
            noted(writing, what, f"message {done.message_id}")
        return done

    done = heed().database.retrying(work)
    if isinstance(done, Refused):
        return _conversation(number, text, done.problems, look=True), 400
    flash(f"Your answer is on its way. {done.note}".strip())
    return _back(clinic, phone)


def _price(reading: Session, phone: str) -> Decimal:
    """Of one segment to this phone."""
    known = reading.get(CarrierLookup, (here().id, phone))
    own = heed().settings.segment_price
    return (price_of(known.carrier, own) if known else dearest(own)).usd


def _take_back(clinic: str, phone: str) -> Any:
    message_id = read_id(request.form.get("message")) or 0

    def work(writing: Session) -> bool:
        by, now = me().email, heed().now()
        taken = take_back(writing, here().id, phone, message_id, by, now)
        if taken:
            noted(writing, "answer taken back", f"message {message_id}")
        return taken

    if heed().database.retrying(work):
        flash("Your answer was taken back. The conversation waits again.")
    else:
        flash("It has left already, so it could not be taken back.", "problem")
    return _back(clinic, phone)


@bp.post("/desk/<clinic>/inbox/<path:phone>")
@desk
def change(clinic: str, phone: str) -> Any:
    """Take it, give it back, done, to waiting again."""
    number, what = storable(phone), request.form.get("what", "")
    with heed().database.writing() as writing:
        refused = _changed(writing, number, what)
        if refused is None:
            last = conversations.at(writing, here().id, number).last_inbound_id
            noted(writing, NOTED[what], f"text {last}")
    if refused is not None:
        flash(refused.why, "problem")
    else:
        flash(DONE[what])
    if what == "done" and refused is None:
        return redirect(url_for("inbox.inbox", clinic=clinic), 303)
    return _back(clinic, phone)


@bp.post("/desk/<clinic>/inbox-hold/<path:phone>")
@desk
def decide(clinic: str, phone: str) -> Any:
    """A number that is held though no task asks about it."""
    verdict, number = request.form.get("verdict", ""), storable(phone)
    if verdict not in {*Verdict}:
        raise Invalid("Say whether it was a stop.")
    with heed().database.writing() as writing:
        conversations.at(writing, here().id, number)
        decided = decide_hold(
            writing, here().id, number, Verdict(verdict), me().email, heed().now()
        )
        if decided is not None:
            noted(writing, decided.noted, decided.subject)
    look_anew(number)
    if decided is None:
        flash("Somebody decided this before you: it is not held any more.", "problem")
    else:
        flash(decided.sentence)
    return _back(clinic, phone)


def _changed(writing: Any, phone: str, what: str) -> TooLate | None:
    place, by, now = (writing, here().id, phone), me().email, heed().now()
    if what == "take":
        seen_with = request.form.get("seen_with") or None
        return conversations.take(*place, by, seen_with, now)
    if what == "give_back":
        return conversations.give_back(*place, by)
    if what == "done":
        seen_id = read_id(request.form.get("seen_id")) or 0
        return conversations.finish(*place, by, seen_id, now)
    if what != "again":
        raise Invalid("This page cannot be used in this way. Go back and reload it.")
    conversations.reopen(*place, now)
    return None


def _back(clinic: str, phone: str) -> Any:
    return redirect(url_for("inbox.conversation", clinic=clinic, phone=phone), 303)
