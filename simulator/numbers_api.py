"""Twilio's IncomingPhoneNumbers, and the campaign and numbers of a service."""

from dataclasses import replace
from typing import Any

from flask import Blueprint, jsonify, request

from simulator.lab import lab
from simulator.things import GATED, Campaign, Number, new_sid
from simulator.twilio_answers import (
    Answer,
    authenticated,
    meta_page,
    not_found,
    page_size,
    refusal,
    rfc2822,
    seconds,
)
from simulator.world import as_fields

bp = Blueprint("numbers", __name__)
NUMBERS = "/api.twilio.com/2010-04-01/Accounts/<account_sid>/IncomingPhoneNumbers"
SERVICE = "/messaging.twilio.com/v1/Services/<service_sid>"
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


@bp.get(f"{SERVICE}/PhoneNumbers")
@authenticated
def attached(service_sid: str) -> Answer:
    url = f"https://messaging.twilio.com/v1/Services/{service_sid}/PhoneNumbers"
    items = [
        {
            "sid": number.sid,
            "account_sid": number.account_sid,
            "service_sid": service_sid,
            "date_created": seconds(number.created),
            "date_updated": seconds(number.created),
            "phone_number": number.phone,
            "country_code": "US",
            "capabilities": ["SMS", "MMS", "Voice"],
            "url": f"{url}/{number.sid}",
        }
        for number in lab().world.service_numbers(service_sid)
    ]
    return meta_page("phone_numbers", url, items)


@bp.get(f"{SERVICE}/Compliance/Usa2p")
@authenticated
def campaigns(service_sid: str) -> Answer:
    held = list(lab().world.campaigns.values())
    mine = [c for c in held if c.messaging_service_sid == service_sid and c.usa2p_sid]
    url = f"https://messaging.twilio.com/v1/Services/{service_sid}/Compliance/Usa2p"
    shown = [campaign_json(c) for c in mine if c.tcr_status != "EXPIRED"]
    return meta_page("compliance", url, shown)


@bp.get(f"{SERVICE}/Compliance/Usa2p/<sid>")
@authenticated
def campaign(service_sid: str, sid: str) -> Answer:
    found = lab().world.campaign_by("usa2p_sid", sid)
    if found is None or found.messaging_service_sid != service_sid:
        return not_found()
    # A deactivated campaign is gone at Twilio.
    return (
        not_found() if found.tcr_status == "EXPIRED" else jsonify(campaign_json(found))
    )


def twilio_status(campaign: Campaign) -> str:
    """Twilio's one word for it; there is none for a single carrier."""
    cells = {campaign.carriers.get(carrier) for carrier in GATED}
    if campaign.twilio_status is not None:
        return campaign.twilio_status
    if "APPROVED" in cells:
        return "VERIFIED"
    return "FAILED" if cells == {"REJECTED"} else "IN_PROGRESS"


# What a campaign says besides its status: plausible words that nobody reads.
WORDS: dict[str, Any] = {
    "description": "Appointment reminders to patients who opted in.",
    "message_samples": ["Reminder of your visit. Reply STOP to opt out."],
    "us_app_to_person_usecase": "ACCOUNT_NOTIFICATION",
    "has_embedded_links": False,
    "has_embedded_phone": False,
    "subscriber_opt_in": True,
    "age_gated": False,
    "direct_lending": False,
    "is_externally_registered": False,
    "rate_limits": {
        "att": {"mps": 240, "msg_class": "F"},
        "tmobile": {"brand_tier": "LOW"},
    },
    "message_flow": "Patients tick a box on the clinic's form.",
    "opt_in_message": "You agreed to reminders. HELP for help, STOP to opt out.",
    "opt_out_message": "You are unsubscribed and will get no more messages.",
    "help_message": "Call the clinic for help. Reply STOP to opt out.",
    "opt_in_keywords": ["START"],
    "opt_out_keywords": ["STOP"],
    "help_keywords": ["HELP"],
    "mock": False,
}
REJECTION = {
    "error_code": 30909,
    "description": "The campaign submission was rejected.",
    "url": "https://www.twilio.com/docs/api/errors/30909",
    "fields": ["MESSAGE_FLOW"],
}


def campaign_json(campaign: Campaign) -> dict[str, Any]:
    """A Usa2p resource: true in what concerns the status, `WORDS` else."""
    status, service = twilio_status(campaign), campaign.messaging_service_sid
    url = f"https://messaging.twilio.com/v1/Services/{service}/Compliance/Usa2p"
    return {
        **WORDS,
        "sid": campaign.usa2p_sid,
        "account_sid": campaign.account_sid,
        "brand_registration_sid": campaign.brand_sid,
        "messaging_service_sid": service,
        "campaign_status": status,
        "campaign_id": campaign.tcr_id,
        "date_created": seconds(campaign.created),
        "date_updated": seconds(campaign.created),
        "url": f"{url}/{campaign.usa2p_sid}",
        "errors": [REJECTION] if status == "FAILED" else [],
    }
