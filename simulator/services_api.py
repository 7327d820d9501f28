"""Twilio's Messaging Services and the numbers in their sender pool."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, request

from simulator.lab import lab
from simulator.resources import answer, change, find, form, json_of, make, mine, owner
from simulator.things import Number, Resource
from simulator.twilio_answers import (
    Answer,
    authenticated,
    meta_page,
    not_found,
    refusal,
    seconds,
)
from simulator.world import as_fields

bp = Blueprint("services", __name__, url_prefix="/messaging.twilio.com/v1/Services")
BASE = "https://messaging.twilio.com/v1/Services"
TEXTS = {
    "FriendlyName": "friendly_name",
    "InboundRequestUrl": "inbound_request_url",
    "InboundMethod": "inbound_method",
    "FallbackUrl": "fallback_url",
    "FallbackMethod": "fallback_method",
    "StatusCallback": "status_callback",
    "Usecase": "usecase",
}
PLAIN: dict[str, Any] = {
    "inbound_request_url": None,
    "inbound_method": "POST",
    "fallback_url": None,
    "fallback_method": "POST",
    "status_callback": None,
    "sticky_sender": True,
    "mms_converter": True,
    "smart_encoding": False,
    "scan_message_content": "inherit",
    "fallback_to_long_code": True,
    "area_code_geomatch": True,
    "synchronous_validation": False,
    "validity_period": 36000,
    "usecase": "undeclared",
    "use_inbound_webhook_on_number": False,
}


@bp.post("")
@authenticated
def make_service() -> Answer:
    if not form("FriendlyName"):
        return refusal(20001, "FriendlyName is required")
    return answer(_service_json(make("service", "MG", {**PLAIN, **_changes()})), 201)


@bp.get("")
@authenticated
def services() -> Answer:
    return meta_page("services", BASE, [_service_json(one) for one in mine("service")])


@bp.route("/<sid>", methods=["GET", "POST"])
@authenticated
def service(sid: str) -> Answer:
    found = find("service", sid)
    if found is None:
        return not_found()
    if request.method == "POST":
        found = change(found, **_changes())
    return answer(_service_json(found))


def _changes() -> dict[str, Any]:
    words: dict[str, Any] = {
        field: form(name) for name, field in TEXTS.items() if name in request.form
    }
    if "UseInboundWebhookOnNumber" in request.form:
        on_number = form("UseInboundWebhookOnNumber") == "true"
        words["use_inbound_webhook_on_number"] = on_number
    return words


def _service_json(one: Resource) -> dict[str, Any]:
    body = json_of(one, BASE)
    ends = {
        "phone_numbers": "PhoneNumbers",
        "short_codes": "ShortCodes",
        "alpha_senders": "AlphaSenders",
        "messages": "Messages",
        "us_app_to_person": "Compliance/Usa2p",
        "us_app_to_person_usecases": "Compliance/Usa2p/Usecases",
        "channel_senders": "ChannelSenders",
        "destination_alpha_senders": "DestinationAlphaSenders",
    }
    campaign = lab().world.campaign_by("messaging_service_sid", one.sid)
    return {
        **body,
        "us_app_to_person_registered": campaign is not None,
        "links": {name: f"{body['url']}/{end}" for name, end in ends.items()},
    }


@bp.get("/<service_sid>/PhoneNumbers")
@authenticated
def attached(service_sid: str) -> Answer:
    items = [
        attached_json(service_sid, number)
        for number in lab().world.service_numbers(service_sid)
    ]
    return meta_page("phone_numbers", f"{BASE}/{service_sid}/PhoneNumbers", items)


@bp.post("/<service_sid>/PhoneNumbers")
@authenticated
def attach(service_sid: str) -> Answer:
    """Its number goes into the sender pool; one that is in another stays there."""
    if find("service", service_sid) is None:
        return not_found()
    with lab().world.lock:
        number = _number(form("PhoneNumberSid"))
        if number is None:
            return not_found()
        if number.messaging_service_sid is not None:
            here = number.messaging_service_sid == service_sid
            return refusal(21710 if here else 21712)
        pooled = replace(number, messaging_service_sid=service_sid, campaign=None)
        ticket = lab().world.commit("number", number=as_fields(pooled))
    ticket.wait()
    return answer(attached_json(service_sid, pooled), 201)


@bp.route("/<service_sid>/PhoneNumbers/<sid>", methods=["GET", "DELETE"])
@authenticated
def one_number(service_sid: str, sid: str) -> Answer:
    """Taking a number out deregisters it."""
    with lab().world.lock:
        number = _number(sid)
        if number is None or number.messaging_service_sid != service_sid:
            return not_found()
        if request.method == "GET":
            return answer(attached_json(service_sid, number))
        out = replace(number, messaging_service_sid=None, campaign=None)
        ticket = lab().world.commit("number", number=as_fields(out))
    ticket.wait()
    return Answer(status=204)


def _number(sid: str) -> Number | None:
    held = list(lab().world.numbers.values())
    account = owner()
    return next((n for n in held if (n.sid, n.account_sid) == (sid, account)), None)


def attached_json(service_sid: str, number: Number) -> dict[str, Any]:
    return {
        "sid": number.sid,
        "account_sid": number.account_sid,
        "service_sid": service_sid,
        "date_created": seconds(number.created),
        "date_updated": seconds(number.created),
        "phone_number": number.phone,
        "country_code": "US",
        "capabilities": ["SMS", "MMS", "Voice"],
        "url": f"{BASE}/{service_sid}/PhoneNumbers/{number.sid}",
    }
