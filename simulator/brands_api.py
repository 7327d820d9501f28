"""Twilio's A2P brands: made of two bundles, then verified on the vendor's clock.

Three tax numbers of `data/reviews.csv` have a fate of their own.
"""

from typing import Any

from flask import Blueprint

from simulator.lab import lab
from simulator.resources import answer, change, find, form, json_of, make, mine
from simulator.reviews import brand_agenda
from simulator.things import Resource, new_sid
from simulator.trusthub_api import assigned_to
from simulator.twilio_answers import (
    Answer,
    authenticated,
    meta_page,
    not_found,
    refusal,
)

BRANDS = "/messaging.twilio.com/v1/a2p/BrandRegistrations"
BASE = "https://messaging.twilio.com/v1/a2p/BrandRegistrations"
UNVERIFIED_EINS = ("000000001", "000000002")
bp = Blueprint("brands", __name__, url_prefix=BRANDS)


@bp.post("")
@authenticated
def make_brand() -> Answer:
    profile = find("CustomerProfiles", form("CustomerProfileBundleSid"))
    product = find("TrustProducts", form("A2PProfileBundleSid"))
    for bundle in (profile, product):
        if bundle is None or bundle.shown["status"] != "twilio-approved":
            return refusal(20001, "Both bundles must be approved")
    assert profile is not None
    shown: dict[str, Any] = {
        "customer_profile_bundle_sid": form("CustomerProfileBundleSid"),
        "a2p_profile_bundle_sid": form("A2PProfileBundleSid"),
        "brand_type": form("BrandType", "STANDARD"),
        "status": "PENDING",
        "tcr_id": "B" + new_sid("")[:6].upper(),
        "failure_reason": None,
        "errors": [],
        "brand_score": None,
        "brand_feedback": None,
        "identity_status": None,
        "russell_3000": False,
        "government_entity": False,
        "tax_exempt_status": None,
        "skip_automatic_sec_vet": form("SkipAutomaticSecVet") == "true",
        "mock": form("Mock") == "true",
    }
    made = make("brand", "BN", shown, notes=_notes(profile))
    return answer(_brand_json(made), 201)


def _notes(profile: Resource) -> dict[str, Any]:
    """What is known of the business, and when something becomes of it."""
    business = assigned_to(profile.sid).get("customer_profile_business_information")
    given = business.shown["attributes"] if business else {}
    ein = str(given.get("business_registration_number", ""))
    digits = "".join(sign for sign in ein if sign.isdigit())
    return {
        "industry": str(given.get("business_industry", "")),
        "unverified": digits in UNVERIFIED_EINS,
        "agenda": brand_agenda(ein, lab().clock.now()),
    }


@bp.get("")
@authenticated
def brands() -> Answer:
    return meta_page("data", BASE, [_brand_json(one) for one in mine("brand")])


@bp.get("/<sid>")
@authenticated
def brand(sid: str) -> Answer:
    found = find("brand", sid)
    return not_found() if found is None else answer(_brand_json(found))


@bp.post("/<sid>")
@authenticated
def resubmit(sid: str) -> Answer:
    """After the bundles were mended; only where it has FAILED."""
    found = find("brand", sid)
    if found is None:
        return not_found()
    if found.shown["status"] != "FAILED":
        return refusal(21725)
    profile = find("CustomerProfiles", found.shown["customer_profile_bundle_sid"])
    notes = _notes(profile) if profile else {}
    words: dict[str, Any] = {"status": "PENDING", "identity_status": None, "errors": []}
    return answer(_brand_json(change(found, notes, **words)), 202)


def _brand_json(one: Resource) -> dict[str, Any]:
    body = json_of(one, BASE)
    links = {
        "brand_vettings": f"{body['url']}/Vettings",
        "brand_registration_otps": f"{body['url']}/SmsOtp",
    }
    return {**body, "links": links}
