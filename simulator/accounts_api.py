"""Twilio's sub-accounts, their addresses, and numbers that could be bought."""

import secrets
from typing import Any

from flask import Blueprint, jsonify, request

from simulator.lab import lab
from simulator.resources import answer, form, make, owner
from simulator.things import Account, Resource, new_sid
from simulator.twilio_answers import (
    Answer,
    authenticated,
    page_size,
    refusal,
    rfc2822,
)
from simulator.world import as_fields

bp = Blueprint("accounts", __name__, url_prefix="/api.twilio.com/2010-04-01")
ACCOUNT = "/Accounts/<account_sid>"
FREE = 20  # numbers of an area code that are shown
TEXTS = ("Street", "City", "Region", "PostalCode", "IsoCountry", "CustomerName")


def _listed(key: str, uri: str, items: list[dict[str, Any]]) -> Answer:
    size = page_size()
    return jsonify(
        {
            key: items[:size],
            "page": 0,
            "page_size": size,
            "start": 0,
            "end": max(len(items) - 1, 0),
            "uri": uri,
            "first_page_uri": f"{uri}?PageSize={size}&Page=0",
            "previous_page_uri": None,
            "next_page_uri": None,
        }
    )


@bp.post("/Accounts.json")
@authenticated
def make_account() -> Answer:
    """A sub-account of the caller's; a sub-account may have none of its own."""
    parent = lab().world.accounts[owner()]
    if parent.parent is not None:
        return refusal(20003)
    made = Account(
        sid=new_sid("AC"),
        token=secrets.token_hex(16),
        parent=parent.sid,
        friendly_name=form("FriendlyName") or "SubAccount",
        created=lab().clock.stamp(),
    )
    lab().world.commit("account", account=as_fields(made)).wait()
    return answer(_account_json(made), 201)


@bp.get("/Accounts.json")
@authenticated
def accounts() -> Answer:
    name, caller = request.args.get("FriendlyName"), owner()
    found = [
        account
        for account in list(lab().world.accounts.values())
        if caller in (account.sid, account.parent)
        and name in (None, account.friendly_name)
    ]
    items = [_account_json(one) for one in reversed(found)]
    return _listed("accounts", "/2010-04-01/Accounts.json", items)


def _account_json(account: Account) -> dict[str, Any]:
    return {
        "sid": account.sid,
        "friendly_name": account.friendly_name,
        "auth_token": account.token,
        "owner_account_sid": account.parent or account.sid,
        "status": "active",
        "type": "Full",
        "date_created": rfc2822(account.created),
        "date_updated": rfc2822(account.created),
        "subresource_uris": {
            "messages": f"/2010-04-01/Accounts/{account.sid}/Messages.json"
        },
        "uri": f"/2010-04-01/Accounts/{account.sid}.json",
    }


@bp.post(f"{ACCOUNT}/Addresses.json")
@authenticated
def make_address(account_sid: str) -> Answer:
    for name in TEXTS:
        if not form(name):
            return refusal(20001, f"{name} is required")
    shown = {
        "customer_name": form("CustomerName"),
        "friendly_name": form("FriendlyName"),
        "street": form("Street"),
        "street_secondary": form("StreetSecondary") or None,
        "city": form("City"),
        "region": form("Region"),
        "postal_code": form("PostalCode"),
        "iso_country": form("IsoCountry"),
    }
    return answer(_address_json(make("address", "AD", shown, account_sid)), 201)


@bp.get(f"{ACCOUNT}/Addresses.json")
@authenticated
def addresses(account_sid: str) -> Answer:
    name = request.args.get("FriendlyName")
    found = [
        _address_json(one)
        for one in reversed(lab().world.resources_of(account_sid, "address"))
        if name in (None, one.shown["friendly_name"])
    ]
    uri = f"/2010-04-01/Accounts/{account_sid}/Addresses.json"
    return _listed("addresses", uri, found)


def _address_json(one: Resource) -> dict[str, Any]:
    uri = f"/2010-04-01/Accounts/{one.account_sid}/Addresses/{one.sid}.json"
    return {
        "sid": one.sid,
        "account_sid": one.account_sid,
        **one.shown,
        "date_created": rfc2822(one.created),
        "date_updated": rfc2822(one.updated),
        "emergency_enabled": False,
        "validated": True,
        "verified": False,
        "uri": uri,
    }


@bp.get(f"{ACCOUNT}/AvailablePhoneNumbers/US/Local.json")
@authenticated
def available(account_sid: str) -> Answer:
    """The invented numbers 555-0100 to 555-0199 of an area code that nobody has."""
    area = request.args.get("AreaCode", "206")
    taken = lab().world.numbers
    found = [
        phone
        for last in range(100)
        if (phone := f"+1{area}55501{last:02}") not in taken
    ]
    uri = f"/2010-04-01/Accounts/{account_sid}/AvailablePhoneNumbers/US/Local.json"
    shown = [_available_json(phone) for phone in found[: min(page_size(), FREE)]]
    return jsonify({"available_phone_numbers": shown, "uri": uri})


def _available_json(phone: str) -> dict[str, Any]:
    return {
        "address_requirements": "none",
        "beta": False,
        "capabilities": {"mms": True, "sms": True, "voice": True, "fax": False},
        "friendly_name": f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}",
        "iso_country": "US",
        "lata": None,
        "latitude": None,
        "longitude": None,
        "locality": None,
        "phone_number": phone,
        "postal_code": None,
        "rate_center": None,
        "region": None,
    }
