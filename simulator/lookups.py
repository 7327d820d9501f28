"""Twilio Lookup v2: is it a number, what line is it, and which carrier has it."""

import re
from typing import Any

from flask import Blueprint, jsonify, request

from simulator.lab import lab
from simulator.tables import carriers
from simulator.things import Phone
from simulator.twilio_answers import Answer, authenticated

bp = Blueprint("lookups", __name__)
AMERICAN = re.compile(r"\+1([2-9]\d{2})([2-9]\d{2})(\d{4})")
WITH_CARRIER = ("mobile", "landline", "fixedVoip", "nonFixedVoip", "tollFree")
PACKAGES = [
    "caller_name",
    "sim_swap",
    "call_forwarding",
    "line_status",
    "line_type_intelligence",
    "identity_match",
    "reassigned_number",
    "sms_pumping_risk",
    "phone_number_quality_score",
    "pre_fill",
]


@bp.get("/lookups.twilio.com/v2/PhoneNumbers/<phone>")
@authenticated
def lookup(phone: str) -> Answer:
    """An invalid number is no error at Twilio: 200 with `valid` false."""
    parts = AMERICAN.fullmatch(phone)
    shown: dict[str, Any] = {
        "calling_country_code": "1" if parts else None,
        "country_code": "US" if parts else None,
        "phone_number": phone,
        "national_format": "({}) {}-{}".format(*parts.groups()) if parts else None,
        "valid": parts is not None,
        "validation_errors": None if parts else [_wrong_length(phone)],
        **dict.fromkeys(PACKAGES),
        "url": f"https://lookups.twilio.com/v2/PhoneNumbers/{phone}",
    }
    wanted = request.args.get("Fields", "").split(",")
    if parts and "line_type_intelligence" in wanted:
        shown["line_type_intelligence"] = line_type(lab().world.phone(phone))
    lab().world.commit("lookup", phone=phone, fields=wanted)
    return jsonify(shown)


def line_type(phone: Phone) -> dict[str, Any]:
    """Carrier fields are null for the odd line types, as Twilio documents."""
    carrier = carriers()[phone.carrier]
    known = phone.line_type in WITH_CARRIER
    return {
        "type": phone.line_type,
        "carrier_name": phone.carrier_name or carrier.lookup_name if known else None,
        "mobile_country_code": phone.mcc or carrier.mcc if known else None,
        "mobile_network_code": phone.mnc or carrier.mnc if known else None,
        "error_code": None,
    }


def _wrong_length(phone: str) -> str:
    digits = sum(char.isdigit() for char in phone)
    if digits == 11:
        return "INVALID_BUT_POSSIBLE"
    return "TOO_SHORT" if digits < 11 else "TOO_LONG"
