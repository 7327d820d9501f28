"""The page at /: phones for a person to click, and the carriers' verdicts.

Works without a script; the script only refreshes what is shown.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from flask import Blueprint, redirect, render_template, request
from phonenumbers.timezone import time_zones_for_number
from werkzeug.wrappers import Response

from simulator.controls import on_screen
from simulator.lab import lab
from simulator.setting_up import Refused, move_carrier, put_phones
from simulator.tables import behaviours, carriers
from simulator.things import (
    CELL_STATUSES,
    GATED,
    LINE_TYPES,
    Number,
    Phone,
)

bp = Blueprint("page", __name__)
QUICK_WORDS = ("STOP", "START", "HELP", "YES", "C")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One phone in the list, under its clinic, with the last thing on its screen."""

    phone: Phone
    name: str
    clinic: str
    carrier: str
    last: str


@bp.get("/")
def home() -> str:
    """`?phone=` is the chosen phone, `&with=` the clinic's number it talks to, `&find=`
    a part of a name, a number, a carrier or a clinic."""
    world = lab().world
    numbers = sorted(world.numbers.values(), key=lambda number: number.phone)
    entries, find = _entries(), request.args.get("find", "").strip()
    found = [entry for entry in entries if _matches(entry, find)]
    first = (found or entries)[0].phone.phone if entries else ""
    chosen = request.args.get("phone") or first
    bubbles = [on_screen(chosen, message) for message in world.screen(chosen)]
    clinic = request.args.get("with") or _last_clinic(chosen, bubbles, numbers)
    return render_template(
        "simulator.html",
        entries=found,
        find=find,
        chosen=world.phone(chosen) if chosen else None,
        numbers=numbers,
        clinic=clinic,
        clinic_name=_clinic_name(clinic),
        bubbles=[bubble for bubble in bubbles if bubble["with"] == clinic],
        campaigns=sorted(world.campaigns.values(), key=lambda c: c.ref),
        carriers=carriers(),
        gated=GATED,
        statuses=CELL_STATUSES,
        behaviours=behaviours(),
        line_types=LINE_TYPES,
        words=QUICK_WORDS,
        faults=dict(lab().faults.setting.raw),
        problem=request.args.get("problem", ""),
        pretty=pretty,
        clock=partial(clock_time, time_zone=zone_of(clinic)),
    )


def _entries() -> list[Entry]:
    """The phones by clinic and name: the clinic whose number came first stands first,
    and those of no clinic come last."""
    world = lab().world
    with world.lock:
        places = {_clinic_name(one): place for place, one in enumerate(world.numbers)}
        traffic = world.messages_of()
        others = {m.sender if m.direction == "inbound" else m.to for m in traffic}
        phones = {**{p: Phone(phone=p) for p in others}, **world.phones}
    entries = []
    for phone in phones.values():
        screen = world.screen(phone.phone)
        last = on_screen(phone.phone, screen[-1]) if screen else None
        home = phone.home or (last["with"] if last else "")
        entries.append(
            Entry(
                phone=phone,
                name=phone.label or pretty(phone.phone),
                clinic=_clinic_name(home) if home else "",
                carrier=carriers()[phone.carrier].label,
                last=last["body"] if last else "",
            )
        )
    last_place = len(places)

    def place(one: Entry) -> tuple[int, str, str]:
        return (
            places.get(one.clinic, last_place + (not one.clinic)),
            one.clinic,
            one.name,
        )

    return sorted(entries, key=place)


def _matches(entry: Entry, find: str) -> bool:
    shown = (entry.name, entry.carrier, entry.clinic, pretty(entry.phone.phone))
    return find.casefold() in " ".join((*shown, entry.phone.phone)).casefold()


def _last_clinic(
    phone: str, bubbles: list[dict[str, str]], numbers: list[Number]
) -> str:
    if bubbles:
        return bubbles[-1]["with"]
    first = numbers[0].phone if numbers else ""
    return lab().world.phone(phone).home or first


def _clinic_name(phone: str) -> str:
    number = lab().world.numbers.get(phone)
    return (number.friendly_name if number else "") or pretty(phone)


def pretty(phone: str) -> str:
    """(415) 555-0134 for an American number, anything else as it is."""
    if len(phone) == 12 and phone.startswith("+1"):
        return f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"
    return phone


def zone_of(phone: str) -> str:
    """The time zone of a clinic's number, by its area code; UTC for any other."""
    try:
        zones = time_zones_for_number(phonenumbers.parse(phone))
    except phonenumbers.NumberParseException:
        return "UTC"
    return zones[0] if zones[0] in available_timezones() else "UTC"


def clock_time(stamp: str, time_zone: str) -> str:
    local = datetime.fromisoformat(stamp).astimezone(ZoneInfo(time_zone))
    return local.strftime("%b %-d, %-I:%M %p %Z")


@bp.post("/phones/<phone>/texts")
def text(phone: str) -> Response:
    to, body = request.form.get("to", ""), request.form.get("body", "")
    if not body:
        return _back(phone, to, "Write something first.")
    if lab().network.receive(phone, to, body) is None:
        return _back(phone, to, f"Nobody has the number {to} here.")
    return _back(phone, to)


@bp.post("/phones")
def add() -> Response:
    digits = "".join(filter(str.isdigit, request.form.get("phone", "")))
    phone = "+1" + digits[-10:]
    if len(digits) not in (10, 11):
        return _back("", "", "A phone number has ten digits.")
    return _put(phone, request.form.get("carrier", "verizon"))


@bp.post("/phones/<phone>/settings")
def settings(phone: str) -> Response:
    return _put(phone, request.form.get("carrier", "verizon"))


def _put(phone: str, carrier: str) -> Response:
    fields = {"phone": phone, "carrier": carrier}
    for name in ("line_type", "behaviour", "label"):
        if name in request.form:
            fields[name] = request.form[name]
    put = put_phones(lab(), [fields])
    clinic = request.form.get("with", "")
    return _back(phone, clinic, put.says if isinstance(put, Refused) else "")


@bp.post("/campaigns/<ref>/<carrier>")
def move(ref: str, carrier: str) -> Response:
    moved = move_carrier(lab(), ref, carrier, request.form.get("status"))
    phone, clinic = request.form.get("phone", ""), request.form.get("with", "")
    return _back(phone, clinic, moved.says if isinstance(moved, Refused) else "")


def _back(phone: str, clinic: str, problem: str = "") -> Response:
    given = {"phone": phone, "with": clinic, "problem": problem}
    query = urlencode({name: value for name, value in given.items() if value})
    return redirect(f"/?{query}#screen-end" if query else "/", 303)
