"""Twilio's IncomingPhoneNumbers."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, jsonify, request

from simulator.lab import lab
from simulator.things import Number, new_sid
from simulator.twilio_answers import (
    Answer,
    authenticated,
    not_found,
    page_size,
    refusal,
    rfc2822,
)
from simulator.world import as_fields

bp = Blueprint("numbers", __name__)
NUMBERS = "/api.twilio.com/2010-04-01/Accounts/<account_sid>/IncomingPhoneNumbers"
FIELDS = {
    "SmsUrl": "sms_url",
    "SmsMethod": "sms_method",
    "SmsFallbackUrl": "sms_fallback_url",
    "SmsFallbackMethod": "sms_fallback_method",
    "StatusCallback": "status_callback",
    "FriendlyName": "friendly_name",
}


@bp.get(f"{NUMBERS}.json")
@authenticated
def numbers(account_sid: str) -> Answer:
    wanted = request.args.get("PhoneNumber", "")
    name = request.args.get("FriendlyName")
    found = [
        number
        for number in list(lab().world.numbers.values())
        if number.account_sid == account_sid
        and wanted.replace("*", "") in number.phone
        and name in (None, number.friendly_name)
    ]
    base, size = (
        f"/2010-04-01/Accounts/{account_sid}/IncomingPhoneNumbers.json",
        page_size(),
    )
    return jsonify(
        incoming_phone_numbers=[number_json(number) for number in found[:size]],
        page=0,
        page_size=size,
        start=0,
        end=max(len(found) - 1, 0),
        uri=base,
        first_page_uri=f"{base}?PageSize={size}&Page=0",
        previous_page_uri=None,
        next_page_uri=None,
    )


@bp.post(f"{NUMBERS}.json")
@authenticated
def buy(account_sid: str) -> Answer:
    phone = request.form.get("PhoneNumber", "")
    with lab().world.lock:
        if not phone or phone in lab().world.numbers:
            return refusal(21422)
        number = Number(
            phone=phone,
            sid=new_sid("PN"),
            account_sid=account_sid,
            created=lab().clock.stamp(),
        )
        number = replace(number, **_changes())
        ticket = lab().world.commit("number", number=as_fields(number))
    ticket.wait()
    answer = jsonify(number_json(number))
    answer.status_code = 201
    return answer


@bp.route(f"{NUMBERS}/<sid>.json", methods=["GET", "POST"])
@authenticated
def number(account_sid: str, sid: str) -> Answer:
    with lab().world.lock:
        held = list(lab().world.numbers.values())
        found = next((n for n in held if n.sid == sid), None)
        if found is None or found.account_sid != account_sid:
            return not_found()
        if request.method == "POST":
            found = replace(found, **_changes())
            lab().world.commit("number", number=as_fields(found)).wait()
    return jsonify(number_json(found))


def _changes() -> dict[str, Any]:
    form = request.form
    return {field: form[name] for name, field in FIELDS.items() if name in form}


def number_json(number: Number) -> dict[str, Any]:
    base = f"/2010-04-01/Accounts/{number.account_sid}/IncomingPhoneNumbers"
    return {
        "account_sid": number.account_sid,
        "address_requirements": "none",
        "address_sid": None,
        "api_version": "2010-04-01",
        "beta": False,
        "bundle_sid": None,
        "capabilities": {"mms": True, "sms": True, "voice": True, "fax": False},
        "date_created": rfc2822(number.created),
        "date_updated": rfc2822(number.created),
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "emergency_status": "Inactive",
        "friendly_name": number.friendly_name or number.phone,
        "identity_sid": None,
        "origin": "twilio",
        "phone_number": number.phone,
        "sid": number.sid,
        "sms_application_sid": None,
        "sms_fallback_method": number.sms_fallback_method,
        "sms_fallback_url": number.sms_fallback_url,
        "sms_method": number.sms_method,
        "sms_url": number.sms_url,
        "status": "in-use",
        "status_callback": number.status_callback,
        "status_callback_method": "POST",
        "trunk_sid": None,
        "uri": f"{base}/{number.sid}.json",
        "voice_application_sid": None,
        "voice_caller_id_lookup": False,
        "voice_fallback_method": "POST",
        "voice_fallback_url": None,
        "voice_method": "POST",
        "voice_receive_mode": "voice",
        "voice_url": None,
    }
