"""Inbox: the conversations of a clinic, and one of them.

Heed sends no free text: the page says where to call.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for

from clinics.models import Role
from clinics.web import allow, here, me, noted
from gateway import conversations
from gateway.conversations import TooLate
from gateway.deciding import Verdict, decide_hold
from gateway.inbound import storable
from gateway.inbox import Tab, read_as
from gateway.inbox import inbox as look
from gateway.intent import Intent
from gateway.thread import thread
from gateway.to_do import about
from gateway.web import look_anew
from kernel.asked import read_id
from kernel.errors import Invalid
from kernel.web import heed

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
    now, number = heed().now(), storable(phone)
    with heed().database.reading() as reading:
        found = thread(reading, here().id, number, request.args.get("before"))
        tasks = about(reading, here().id, number, now)
        why = found.line.held_why
        return render_template(
            "gateway/conversation.html",
            thread=found,
            tasks=tasks,
            asked=any(task.question for task in tasks),
            held_why=read_as(Intent.unsure, why) if why else "",
        )


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
