"""Twilio's campaigns (Usa2p): handed in, checked by TCR, shown, changed once FAILED.

What TCR checks is presence and length; whether the texts convince is the aggregator's
work (`simulator.reviews`).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, request

from simulator.lab import lab
from simulator.resources import answer, find, form, owner
from simulator.reviews import dca_agenda
from simulator.things import GATED, Campaign, Resource, new_sid
from simulator.twilio_answers import (
    Answer,
    authenticated,
    meta_page,
    not_found,
    refusal,
    seconds,
)
from simulator.world import as_fields

bp = Blueprint("usa2p", __name__, url_prefix="/messaging.twilio.com/v1/Services")
BASE = "https://messaging.twilio.com/v1/Services"
CAMPAIGNS = "/<service_sid>/Compliance/Usa2p"
# Form name to the field shown, and what its text may measure.
ONE_TEXT = {
    "Description": ("description", 1, 4096),
    "MessageFlow": ("message_flow", 40, 2048),
}
REPLIES = {
    "OptInMessage": ("opt_in_message", 20, 320),
    "OptOutMessage": ("opt_out_message", 20, 320),
    "HelpMessage": ("help_message", 20, 320),
    "PrivacyPolicyUrl": ("privacy_policy_url", 1, 2048),
    "TermsAndConditionsUrl": ("terms_and_conditions_url", 1, 2048),
}
LISTS = {
    "MessageSamples": "message_samples",
    "OptInKeywords": "opt_in_keywords",
    "OptOutKeywords": "opt_out_keywords",
    "HelpKeywords": "help_keywords",
}
FLAGS = {
    "HasEmbeddedLinks": "has_embedded_links",
    "HasEmbeddedPhone": "has_embedded_phone",
    "SubscriberOptIn": "subscriber_opt_in",
    "AgeGated": "age_gated",
    "DirectLending": "direct_lending",
}
MADE_WITH = (*ONE_TEXT, "MessageSamples", "HasEmbeddedLinks", "HasEmbeddedPhone")
CHANGED_WITH = (*MADE_WITH, "AgeGated", "DirectLending")
# `updatable` at Twilio; the rest of a campaign is frozen.
CHANGEABLE = {*CHANGED_WITH, "PrivacyPolicyUrl", "TermsAndConditionsUrl"}
SAMPLES, SAMPLE = (2, 5), (20, 1024)


@bp.post(CAMPAIGNS)
@authenticated
def hand_in(service_sid: str) -> Answer:
    service = find("service", service_sid)
    if service is None:
        return not_found()
    brand = find("brand", form("BrandRegistrationSid"))
    wrong = _problem(MADE_WITH) or _brand_problem(brand)
    if wrong is not None:
        return refusal(*wrong)
    use_case = form("UsAppToPersonUsecase")
    if not use_case or use_case != use_case.upper():
        return refusal(21720 if use_case else 21727)
    with lab().world.lock:
        if lab().world.campaign_by("messaging_service_sid", service_sid):
            return refusal(20001, "The Messaging Service has a campaign already")
        texts = {**_given(), "us_app_to_person_usecase": use_case}
        now = lab().clock.now()
        made = Campaign(
            ref=_ref(str(service.shown["friendly_name"])),
            tcr_id="C" + new_sid("")[:6].upper(),
            account_sid=owner(),
            created=lab().clock.stamp(),
            messaging_service_sid=service_sid,
            usa2p_sid=new_sid("QE"),
            brand_sid=form("BrandRegistrationSid"),
            carriers={},
            texts=texts,
            submitted=lab().clock.stamp(),
            dca="PENDING",
            agenda=dca_agenda(now),
        )
        ticket = lab().world.commit("campaign", campaign=as_fields(made))
    ticket.wait()
    return answer(campaign_json(made), 201)


def _ref(name: str) -> str:
    """The last part of its service's name, or all of it where that is taken."""
    last = name.rpartition("/")[2].strip() or name
    return name.replace("/", "-") if last in lab().world.campaigns else last


@bp.get(CAMPAIGNS)
@authenticated
def campaigns(service_sid: str) -> Answer:
    held = list(lab().world.campaigns.values())
    mine = [c for c in held if c.messaging_service_sid == service_sid and c.usa2p_sid]
    url = f"{BASE}/{service_sid}/Compliance/Usa2p"
    shown = [campaign_json(c) for c in mine if c.tcr_status != "EXPIRED"]
    return meta_page("compliance", url, shown)


@bp.get(f"{CAMPAIGNS}/<sid>")
@authenticated
def campaign(service_sid: str, sid: str) -> Answer:
    found = _found(service_sid, sid)
    return not_found() if found is None else answer(campaign_json(found))


@bp.post(f"{CAMPAIGNS}/<sid>")
@authenticated
def change(service_sid: str, sid: str) -> Answer:
    """Only where it has FAILED; the aggregator then reads it anew, at the end of its
    queue."""
    found = _found(service_sid, sid)
    if found is None or not found.texts:
        return not_found()
    if twilio_status(found) != "FAILED":
        return refusal(20001, "Only a FAILED campaign can be updated")
    wrong = _problem(CHANGED_WITH)
    if wrong is not None:
        return refusal(*wrong)
    changed = replace(
        found,
        texts={**found.texts, **_given()},
        submitted=lab().clock.stamp(),
        dca="PENDING",
        errors=[],
        carriers={},
        twilio_status=None,
        agenda=dca_agenda(lab().clock.now()),
    )
    lab().world.commit("campaign", campaign=as_fields(changed)).wait()
    return answer(campaign_json(changed))


def _found(service_sid: str, sid: str) -> Campaign | None:
    """A deactivated campaign is gone at Twilio."""
    found = lab().world.campaign_by("usa2p_sid", sid)
    if found is None or found.messaging_service_sid != service_sid:
        return None
    return None if found.tcr_status == "EXPIRED" else found


def _given() -> dict[str, Any]:
    texts: dict[str, Any] = {
        field: form(name)
        for name, (field, _, _) in {**ONE_TEXT, **REPLIES}.items()
        if name in request.form
    }
    texts |= {
        field: request.form.getlist(name)
        for name, field in LISTS.items()
        if name in request.form
    }
    flags = {
        field: form(n) == "true" for n, field in FLAGS.items() if n in request.form
    }
    return {**texts, **flags}


def _problem(wanted: tuple[str, ...]) -> tuple[int, str] | None:
    """What TCR turns away: something is missing, or too short, or too long."""
    if missing := [name for name in wanted if not form(name)]:
        return 21727, f"Required campaign parameters are missing: {missing}"
    measured = {**ONE_TEXT, **REPLIES}
    wrong = [
        name
        for name, (_, shortest, longest) in measured.items()
        if name in request.form and not shortest <= len(form(name)) <= longest
    ]
    samples = request.form.getlist("MessageSamples")
    fits = [SAMPLE[0] <= len(sample) <= SAMPLE[1] for sample in samples]
    if not (SAMPLES[0] <= len(samples) <= SAMPLES[1] and all(fits)):
        wrong.append("MessageSamples")
    return (21728, f"The length of {wrong} is not valid") if wrong else None


def _brand_problem(brand: Resource | None) -> tuple[int, str] | None:
    if brand is None or brand.shown["status"] != "APPROVED":
        return 21717, ""
    if brand.shown["identity_status"] not in ("VERIFIED", "VETTED_VERIFIED"):
        return 21717, "The identity of the brand is not verified"
    return None


def twilio_status(campaign: Campaign) -> str:
    """Twilio's one word for it; there is none for a single carrier."""
    cells = {campaign.carriers.get(carrier) for carrier in GATED}
    if campaign.twilio_status is not None:
        return campaign.twilio_status
    if campaign.dca == "DECLINED":
        return "FAILED"
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
    """A Usa2p resource.  Of one that was put, only what concerns the status is true."""
    status, service = twilio_status(campaign), campaign.messaging_service_sid
    url = f"{BASE}/{service}/Compliance/Usa2p"
    errors = list(campaign.errors) or [REJECTION]
    return {
        **WORDS,
        **_shown(campaign.texts),
        "sid": campaign.usa2p_sid,
        "account_sid": campaign.account_sid,
        "brand_registration_sid": campaign.brand_sid,
        "messaging_service_sid": service,
        "campaign_status": status,
        "campaign_id": campaign.tcr_id,
        "date_created": seconds(campaign.created),
        "date_updated": seconds(campaign.created),
        "url": f"{url}/{campaign.usa2p_sid}",
        "errors": errors if status == "FAILED" else [],
    }


def _shown(texts: Mapping[str, Any]) -> dict[str, Any]:
    """The addresses come back only with a version header, which nobody here sends."""
    hidden = ("privacy_policy_url", "terms_and_conditions_url")
    return {name: value for name, value in texts.items() if name not in hidden}
