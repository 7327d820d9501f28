"""Twilio's TrustHub: profiles, what is assigned to them, and their evaluation.

An evaluation looks for what a US business profile needs; a submitted one is approved
at once, because nobody waits for that part.
"""

import json
from typing import Any

from flask import Blueprint, request

from simulator.lab import lab
from simulator.resources import answer, change, find, form, json_of, make, mine, page
from simulator.things import Resource
from simulator.twilio_answers import (
    Answer,
    authenticated,
    meta_page,
    not_found,
    refusal,
)

bp = Blueprint("trusthub", __name__, url_prefix="/trusthub.twilio.com/v1")
BASE = "https://trusthub.twilio.com/v1"
# By path: its name in an assignment, and in its links.
BUNDLES: dict[str, tuple[str, str]] = {
    "CustomerProfiles": ("customer_profile", "customer_profiles"),
    "TrustProducts": ("trust_product", "trust_products"),
}
WANTED: dict[str, dict[str, tuple[str, ...]]] = {
    "CustomerProfiles": {
        "customer_profile_business_information": (
            "business_name",
            "business_type",
            "business_industry",
            "business_registration_number",
            "website_url",
        ),
        "authorized_representative_1": (
            "first_name",
            "last_name",
            "email",
            "phone_number",
        ),
        "customer_profile_address": ("address_sids",),
    },
    "TrustProducts": {"us_a2p_messaging_profile_information": ("company_type",)},
}
THINGS = {
    "EndUsers": ("end_user", "IT"),
    "SupportingDocuments": ("supporting_document", "RD"),
}


@bp.post("/<any(EndUsers, SupportingDocuments):path>")
@authenticated
def make_thing(path: str) -> Answer:
    kind, prefix = THINGS[path]
    try:
        attributes = json.loads(form("Attributes", "{}"))
    except ValueError:
        return refusal(20001, "Attributes is not JSON")
    if not form("FriendlyName") or not form("Type"):
        return refusal(20001, "FriendlyName and Type are required")
    shown: dict[str, Any] = {"friendly_name": form("FriendlyName")}
    shown["type"] = form("Type")
    shown["attributes"] = attributes
    if kind == "supporting_document":
        shown |= {"status": "DRAFT", "mime_type": None}
    return answer(json_of(make(kind, prefix, shown), f"{BASE}/{path}"), 201)


@bp.get("/<any(EndUsers, SupportingDocuments):path>")
@authenticated
def things(path: str) -> Answer:
    return page("results", f"{BASE}/{path}", mine(THINGS[path][0]))


@bp.post("/<any(EndUsers, SupportingDocuments):path>/<sid>")
@authenticated
def change_thing(path: str, sid: str) -> Answer:
    found = find(THINGS[path][0], sid)
    if found is None:
        return not_found()
    words: dict[str, Any] = {}
    if "FriendlyName" in request.form:
        words["friendly_name"] = form("FriendlyName")
    if "Attributes" in request.form:
        words["attributes"] = json.loads(form("Attributes"))
    return answer(json_of(change(found, **words), f"{BASE}/{path}"))


@bp.post("/<any(CustomerProfiles, TrustProducts):path>")
@authenticated
def make_bundle(path: str) -> Answer:
    for name in ("FriendlyName", "Email", "PolicySid"):
        if not form(name):
            return refusal(20001, f"{name} is required")
    shown = {
        "friendly_name": form("FriendlyName"),
        "email": form("Email"),
        "policy_sid": form("PolicySid"),
        "status": "draft",
        "valid_until": None,
        "status_callback": form("StatusCallback") or None,
        "errors": None,
    }
    return answer(_bundle_json(make(path, "BU", shown), path), 201)


@bp.get("/<any(CustomerProfiles, TrustProducts):path>")
@authenticated
def bundles(path: str) -> Answer:
    args = request.args
    found = mine(
        path,
        friendly_name=args.get("FriendlyName"),
        policy_sid=args.get("PolicySid"),
        status=args.get("Status"),
    )
    items = [_bundle_json(one, path) for one in found]
    return meta_page("results", f"{BASE}/{path}", items)


@bp.route("/<any(CustomerProfiles, TrustProducts):path>/<sid>", methods=["GET", "POST"])
@authenticated
def bundle(path: str, sid: str) -> Answer:
    found = find(path, sid)
    if found is None:
        return not_found()
    if request.method == "POST" and form("Status"):
        if form("Status") == "pending-review" and _missing(path, found):
            return refusal(20001, "The bundle is not compliant")
        approved = form("Status") == "pending-review"
        found = change(found, status="twilio-approved" if approved else form("Status"))
    return answer(_bundle_json(found, path))


@bp.post("/<any(CustomerProfiles, TrustProducts):path>/<sid>/EntityAssignments")
@authenticated
def assign(path: str, sid: str) -> Answer:
    if find(path, sid) is None:
        return not_found()
    parent, _ = BUNDLES[path]
    shown = {f"{parent}_sid": sid, "object_sid": form("ObjectSid")}
    made = make(f"assignment:{sid}", "BV", shown)
    return answer(_assigned(made, f"{BASE}/{path}/{sid}/EntityAssignments"), 201)


@bp.get("/<any(CustomerProfiles, TrustProducts):path>/<sid>/EntityAssignments")
@authenticated
def assignments(path: str, sid: str) -> Answer:
    if find(path, sid) is None:
        return not_found()
    url = f"{BASE}/{path}/{sid}/EntityAssignments"
    found = [_assigned(one, url) for one in mine(f"assignment:{sid}")]
    return meta_page("results", url, found)


@bp.post("/<any(CustomerProfiles, TrustProducts):path>/<sid>/Evaluations")
@authenticated
def evaluate(path: str, sid: str) -> Answer:
    found = find(path, sid)
    if found is None:
        return not_found()
    parent, _ = BUNDLES[path]
    wrong = _missing(path, found)
    shown = {
        "policy_sid": form("PolicySid"),
        f"{parent}_sid": sid,
        "status": "noncompliant" if wrong else "compliant",
        "results": wrong,
    }
    made = make(f"evaluation:{sid}", "EL", shown)
    body = _assigned(made, f"{BASE}/{path}/{sid}/Evaluations")
    return answer(body, 201)


def assigned_to(sid: str) -> dict[str, Resource]:
    """By type: what was assigned to the bundle."""
    world = lab().world
    with world.lock:
        everything = list(world.resources.values())
    kept = [r for r in everything if r.kind == f"assignment:{sid}"]
    found = [world.resources.get(str(one.shown["object_sid"])) for one in kept]
    return {str(one.shown.get("type")): one for one in found if one is not None}


def _missing(path: str, bundle: Resource) -> list[dict[str, Any]]:
    given, wrong = assigned_to(bundle.sid), []
    for kind, fields in WANTED[path].items():
        attributes = given[kind].shown["attributes"] if kind in given else {}
        invalid = [
            {
                "friendly_name": name.replace("_", " ").title(),
                "object_field": name,
                "failure_reason": f"The {name.replace('_', ' ')} is missing.",
                "error_code": 22215,
            }
            for name in fields
            if not attributes.get(name)
        ]
        if invalid:
            wrong.append(
                {
                    "friendly_name": kind,
                    "object_type": kind,
                    "passed": False,
                    "failure_reason": f"{kind} is missing or not complete.",
                    "error_code": 22214,
                    "valid": [],
                    "invalid": invalid,
                    "requirement_friendly_name": kind,
                    "requirement_name": kind,
                }
            )
    return wrong


def _bundle_json(one: Resource, path: str) -> dict[str, Any]:
    body = json_of(one, f"{BASE}/{path}")
    _, plural = BUNDLES[path]
    ends = {
        "entity_assignments": "EntityAssignments",
        "evaluations": "Evaluations",
        "channel_endpoint_assignment": "ChannelEndpointAssignments",
    }
    links = {f"{plural}_{name}": f"{body['url']}/{end}" for name, end in ends.items()}
    return {**body, "links": links}


def _assigned(one: Resource, url: str) -> dict[str, Any]:
    body = json_of(one, url)
    del body["date_updated"]
    return body
