"""Putting accounts, numbers, campaigns and phones in place, with every check.

A put changes only the fields it names; putting the same again records nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from simulator.lab import Lab
from simulator.reviewer import decide
from simulator.tables import behaviours, carriers
from simulator.things import (
    CELL_STATUSES,
    DCA_STATUSES,
    GATED,
    KEYWORD_MODES,
    LINE_TYPES,
    Account,
    Campaign,
    Number,
    Phone,
    new_sid,
)
from simulator.world import as_fields

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a control did nothing, in one sentence."""

    says: str
    http_status: int = 400


def _unknown(kind: type[Any], given: Fields, *fixed: str) -> Refused | None:
    known = {field.name for field in fields(kind)} - set(fixed)
    if wrong := sorted(set(given) - known):
        return Refused(f"Unknown fields {wrong}; known are {sorted(known)}.")
    return None


def put_account(lab: Lab, sid: str, given: Fields) -> dict[str, Any] | Refused:
    if refused := _unknown(Account, given, "sid"):
        return refused
    if not given.get("token"):
        return Refused("An account needs a token.")
    account = Account(sid=sid, **given)
    if lab.world.accounts.get(sid) != account:
        lab.world.commit("account", account=as_fields(account)).wait()
    return as_fields(account)


def put_number(lab: Lab, phone: str, given: Fields) -> dict[str, Any] | Refused:
    if refused := _unknown(Number, given, "phone", "created"):
        return refused
    world = lab.world
    with world.lock:
        old = world.numbers.get(phone)
        account_sid = given.get("account_sid", old.account_sid if old else None)
        if account_sid not in world.accounts:
            return Refused("A number needs the account_sid of an account put before.")
        if given.get("keyword_mode", "gateway") not in KEYWORD_MODES:
            return Refused(f"keyword_mode is one of {list(KEYWORD_MODES)}.")
        plain = old or Number(
            phone=phone,
            sid=new_sid("PN"),
            account_sid=account_sid,
            created=lab.clock.stamp(),
        )
        number = replace(plain, **given)
        if number == old:
            return as_fields(number)
        ticket = world.commit("number", number=as_fields(number))
    ticket.wait()
    return as_fields(number)


def put_campaign(lab: Lab, ref: str, given: Fields) -> dict[str, Any] | Refused:
    """`campaign_status` may be TCR's ACTIVE or EXPIRED, or any word of Twilio's."""
    given = dict(given)
    if "campaign_status" in given:
        word = given.pop("campaign_status")
        tcr = word in ("ACTIVE", "EXPIRED")
        given["tcr_status" if tcr else "twilio_status"] = word
    if refused := _unknown(Campaign, given, "ref", "created", "agenda", "texts"):
        return refused
    cells = given.get("carriers", {})
    wrong = [c for c, s in cells.items() if c not in GATED or s not in CELL_STATUSES]
    if wrong:
        return Refused(f"carriers maps {list(GATED)} to {list(CELL_STATUSES)}.")
    world = lab.world
    with world.lock:
        old = world.campaigns.get(ref)
        account_sid = given.get("account_sid", old.account_sid if old else None)
        if account_sid not in world.accounts:
            return Refused("A campaign needs the account_sid of an account put before.")
        plain = old or Campaign(
            ref=ref,
            tcr_id="C" + new_sid("")[:6].upper(),
            account_sid=account_sid,
            created=lab.clock.stamp(),
            carriers={},
        )
        campaign = replace(plain, **given)
        if campaign == old:
            return as_fields(campaign)
        ticket = world.commit("campaign", campaign=as_fields(campaign))
    ticket.wait()
    return as_fields(campaign)


def move_carrier(
    lab: Lab, ref: str, carrier: str, status: object
) -> dict[str, Any] | Refused:
    """Moves one cell; TCR tells its subscriber, even when nothing changed."""
    if status not in CELL_STATUSES:
        return Refused(f"status is one of {list(CELL_STATUSES)}.")
    if carrier not in GATED:
        return Refused(f"The carrier is one of {list(GATED)}.", 404)
    world = lab.world
    with world.lock:
        campaign = world.campaign_named(ref)
        if campaign is None:
            return Refused(f"There is no campaign {ref}.", 404)
        ref = campaign.ref
        ticket = world.commit(
            "carrier_status",
            ref=ref,
            carrier=carrier,
            status=status,
            was=campaign.carriers.get(carrier),
        )
        moved = world.campaigns[ref]
    ticket.wait()
    lab.tell(moved, carrier, str(status))
    return as_fields(moved)


def decide_dca(lab: Lab, ref: str, given: Fields) -> dict[str, Any] | Refused:
    """The aggregator's word at once; a later one replaces it."""
    status = given.get("status")
    if status not in DCA_STATUSES:
        return Refused(f"status is one of {list(DCA_STATUSES)}.")
    code = given.get("code", 30909)
    problem = {
        "error_code": code,
        "description": str(given.get("explanation") or "Declined by the aggregator."),
        "url": f"https://www.twilio.com/docs/api/errors/{code}",
        "fields": list(given.get("fields", ["MESSAGE_FLOW"])),
    }
    with lab.world.lock:
        campaign = lab.world.campaign_named(ref)
        if campaign is None:
            return Refused(f"There is no campaign {ref}.", 404)
        problems = [problem] if status == "DECLINED" else []
        decide(lab.world, campaign, str(status), problems)
        decided = lab.world.campaigns[campaign.ref]
    lab.tell(decided, "dca", str(status))
    return as_fields(decided)


def put_phones(lab: Lab, given: Sequence[Fields]) -> list[dict[str, Any]] | Refused:
    if not given:
        return Refused("Put a list of phones, or one phone's fields.")
    world = lab.world
    with world.lock:
        phones = []
        for one in given:
            if refused := _wrong_phone(one):
                return refused
            phones.append(replace(world.phone(one["phone"]), **one))
        changed = [p for p in phones if world.phones.get(p.phone) != p]
        if changed:
            ticket = world.commit("phones", phones=[as_fields(p) for p in changed])
    if changed:
        ticket.wait()
    return [as_fields(phone) for phone in phones]


def _wrong_phone(given: Fields) -> Refused | None:
    if refused := _unknown(Phone, given):
        return refused
    if not str(given.get("phone", "")).startswith("+"):
        return Refused("A phone is named by its number, as +1….")
    choices = (
        ("carrier", carriers()),
        ("line_type", LINE_TYPES),
        ("behaviour", behaviours()),
    )
    for name, allowed in choices:
        if name in given and given[name] not in allowed:
            return Refused(f"{name} is one of {list(allowed)}.")
    return None
