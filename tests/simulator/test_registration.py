"""What a registration meets at the vendor: TCR's checks, the aggregator, the carriers."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException

from simulator.reviews import after, carrier_agenda, dca_problems
from simulator.things import Campaign
from tests.vendor import shift_clock

FLOW = (
    "Patients tick an optional box at https://maple.example/texts and then reply YES."
)
TEXTS = {
    "description": "Maple Dental reminds its own patients of their visits by text.",
    "message_flow": FLOW,
    "message_samples": [
        "Maple Dental: your visit is on [date].",
        "Maple Dental: reply STOP to opt out.",
    ],
    "us_app_to_person_usecase": "ACCOUNT_NOTIFICATION",
    "has_embedded_links": False,
    "has_embedded_phone": False,
}
NOW = datetime(2026, 11, 30, 18, tzinfo=UTC)  # a Monday


@pytest.fixture
def brand(simulator):
    """A brand that TCR has verified, with the little that the simulator asks for."""
    clock(simulator, NOW)
    client = simulator.client()
    hub = client.trusthub.v1
    profile = hub.customer_profiles.create("p", "a@maple.example", "RN" + "1" * 32)
    product = hub.trust_products.create("t", "a@maple.example", "RN" + "2" * 32)
    for kind, attributes in PROFILE.items():
        user = hub.end_users.create(kind, kind, attributes=attributes)
        bundle = hub.customer_profiles(profile.sid)
        bundle.customer_profiles_entity_assignments.create(user.sid)
    document = hub.supporting_documents.create(
        "d", "customer_profile_address", attributes={"address_sids": "AD" + "1" * 32}
    )
    bundle.customer_profiles_entity_assignments.create(document.sid)
    a2p = "us_a2p_messaging_profile_information"
    kind = hub.end_users.create(a2p, a2p, attributes={"company_type": "private"})
    hub.trust_products(product.sid).trust_products_entity_assignments.create(kind.sid)
    bundle.update(status="pending-review")
    hub.trust_products(product.sid).update(status="pending-review")
    made = client.messaging.v1.brand_registrations.create(profile.sid, product.sid)
    assert (made.status, made.identity_status) == ("PENDING", None)
    clock(simulator, NOW + timedelta(hours=1))
    yield made.sid
    (simulator.folder / "clock.json").unlink()


PROFILE = {
    "customer_profile_business_information": {
        "business_name": "Maple Dental, P.C.",
        "business_type": "Corporation",
        "business_industry": "HEALTHCARE",
        "business_registration_number": "12-3456789",
        "website_url": "https://maple.example",
    },
    "authorized_representative_1": {
        "first_name": "Ann",
        "last_name": "Ash",
        "email": "a@maple.example",
        "phone_number": "+14155550100",
    },
}


def clock(simulator, to):
    shift_clock(simulator.folder, to)


def hand_in(simulator, brand, **changes):
    service = simulator.client().messaging.v1.services.create("heed/maple/care")
    campaigns = simulator.client().messaging.v1.services(service.sid).us_app_to_person
    return campaigns.create(brand_registration_sid=brand, **{**TEXTS, **changes})


def fetched(simulator, campaign):
    service = simulator.client().messaging.v1.services(campaign.messaging_service_sid)
    return service.us_app_to_person(campaign.sid).fetch()


def registry(simulator, path):
    address = f"{simulator.base}/tcr/v2/campaign/{path}"
    with requests.get(address, auth=("tcr-key", "tcr-secret"), timeout=5) as answer:
        return answer.json()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"description": ""}, 21727),
        ({"message_flow": "Short."}, 21728),
        ({"message_samples": ["Maple Dental: only one sample here."]}, 21728),
        ({"message_samples": ["Hi", "Maple Dental: one of these is short."]}, 21728),
        ({"help_message": "Call"}, 21728),
        ({"us_app_to_person_usecase": "reminders"}, 21720),
        ({"brand_registration_sid": "BN" + "0" * 32}, 21717),
    ],
)
def test_tcr_turns_away_what_is_missing_or_short(simulator, brand, changes, code):
    given = {"brand_registration_sid": brand, **TEXTS, **changes}
    service = simulator.client().messaging.v1.services.create("heed/maple/care")

    with pytest.raises(TwilioRestException) as refused:
        simulator.client().messaging.v1.services(service.sid).us_app_to_person.create(
            **given
        )

    assert refused.value.code == code
    assert "care" not in {c["ref"] for c in simulator.ask("GET", "/sim/campaigns")}


def test_a_campaign_goes_from_the_aggregator_to_the_carriers(simulator, brand, webhook):
    made = hand_in(simulator, brand)
    assert (made.campaign_status, made.campaign_id[0]) == ("IN_PROGRESS", "C")
    assert registry(simulator, made.campaign_id)["status"] == "ACTIVE"  # RT1
    shared = registry(simulator, f"{made.campaign_id}/sharing")["sharedByMe"]
    assert shared["sharingStatus"] == "PENDING"

    clock(simulator, NOW + timedelta(days=4))
    shared = registry(simulator, f"{made.campaign_id}/sharing")["sharedByMe"]
    assert (shared["sharingStatus"], fetched(simulator, made).campaign_status) == (
        "ACCEPTED",
        "IN_PROGRESS",
    )
    clock(simulator, NOW + timedelta(days=9))
    words = registry(simulator, f"{made.campaign_id}/operationStatus")
    assert words == {"10017": "REVIEW", "10035": "APPROVED", "10038": "APPROVED"}
    clock(simulator, NOW + timedelta(days=30))
    words = registry(simulator, f"{made.campaign_id}/operationStatus")
    assert set(words.values()) == {"APPROVED"}

    simulator.idle()
    events = [json.loads(one["body"])["eventType"] for one in webhook.got]
    assert events[0] == "CAMPAIGN_SHARE_ACCEPT"
    assert events.count("CAMPAIGN_OPERATION_STATUS_MOVED") == 4


def test_what_is_due_happens_while_nobody_calls(simulator, brand, webhook):
    hand_in(simulator, brand)
    webhook.got.clear()

    clock(simulator, NOW + timedelta(days=4))

    webhook.wait_for(1)


def test_the_aggregator_declines_a_vague_flow_until_it_is_better(simulator, brand):
    vague = "Patients agree in various ways and may stop at any time they like."
    made = hand_in(simulator, brand, message_flow=vague)
    clock(simulator, NOW + timedelta(days=4))

    failed = fetched(simulator, made)
    assert (failed.campaign_status, failed.errors[0]["error_code"]) == ("FAILED", 30909)
    assert registry(simulator, f"{made.campaign_id}/operationStatus") == {}
    service = simulator.client().messaging.v1.services(made.messaging_service_sid)
    better = service.us_app_to_person(made.sid).update(
        has_embedded_links=False,
        has_embedded_phone=False,
        message_samples=TEXTS["message_samples"],
        message_flow=FLOW,
        description=TEXTS["description"],
        age_gated=False,
        direct_lending=False,
    )
    assert (better.campaign_status, better.errors) == ("IN_PROGRESS", [])
    clock(simulator, NOW + timedelta(days=10))
    shared = registry(simulator, f"{made.campaign_id}/sharing")["sharedByMe"]
    assert shared["sharingStatus"] == "ACCEPTED"


def test_a_person_decides_for_the_aggregator_and_for_a_carrier(simulator, brand):
    made = hand_in(simulator, brand)

    declined = {"status": "DECLINED", "code": 30882, "explanation": "No terms."}
    simulator.put("campaigns/care/dca", declined)
    assert fetched(simulator, made).errors[0]["error_code"] == 30882
    simulator.put(f"campaigns/{made.campaign_id}/dca", {"status": "ACCEPTED"})
    simulator.put("campaigns/care/carriers/att", {"status": "REJECTED"})
    clock(simulator, NOW + timedelta(days=60))

    words = registry(simulator, f"{made.campaign_id}/operationStatus")
    assert words == {"10017": "REJECTED", "10035": "APPROVED", "10038": "APPROVED"}
    assert simulator.put("campaigns/care/dca", {"status": "MAYBE"}, 400)["error"]
    assert simulator.put("campaigns/nobody/dca", {"status": "ACCEPTED"}, 404)["error"]


def test_a_campaign_that_was_put_stays_as_it_was_put(simulator, brand):
    before = registry(simulator, "CMAPLE1/operationStatus")

    clock(simulator, NOW + timedelta(days=90))

    assert registry(simulator, "CMAPLE1/operationStatus") == before
    shared = registry(simulator, "CMAPLE1/sharing")["sharedByMe"]
    assert shared["sharingStatus"] == "ACCEPTED"


def test_one_account_does_not_see_anothers_things(simulator, brand):
    other = "AC" + "b" * 32
    simulator.put(f"accounts/{other}", {"token": "other-token"})
    stranger = simulator.client(other, "other-token")

    assert stranger.messaging.v1.brand_registrations.list() == []
    with pytest.raises(TwilioRestException) as gone:
        stranger.messaging.v1.brand_registrations(brand).fetch()
    assert gone.value.status == 404


@pytest.mark.parametrize(
    ("texts", "industry", "first"),
    [
        ({}, "HEALTHCARE", {"att": "REVIEW"}),
        ({}, "RETAIL", {}),
        (
            {"description": "A sweepstakes for our patients"},
            "RETAIL",
            {"tmobile": "REVIEW"},
        ),
        ({"age_gated": True}, "RETAIL", {"verizon": "REVIEW"}),
        ({"description": "Your subscription box"}, "RETAIL", {"verizon": "REVIEW"}),
    ],
)
def test_each_carrier_has_criteria_of_its_own(texts, industry, first):
    campaign = Campaign(
        ref="x", tcr_id="C1", account_sid="AC", created="", carriers={}, texts=texts
    )
    steps = carrier_agenda(campaign, industry, NOW)
    found = {}
    for step in steps:
        found.setdefault(step["what"], step["status"])

    plain = dict.fromkeys(("att", "tmobile", "verizon"), "APPROVED")
    assert found == {**plain, **first}
    assert [step["at"] for step in steps] == sorted(step["at"] for step in steps)


def test_a_short_description_is_declined_with_its_code():
    [problem] = dca_problems({"description": "Reminders.", "message_flow": FLOW})

    assert (problem["error_code"], problem["fields"]) == (30886, ["DESCRIPTION"])


def test_weekends_take_no_time():
    friday = datetime(2026, 12, 4, 12, tzinfo=UTC)

    assert after(friday, 1) == datetime(2026, 12, 7, 12, tzinfo=UTC)
    assert after(friday, 0.25) == datetime(2026, 12, 4, 18, tzinfo=UTC)
    assert after(datetime(2026, 12, 5, 3, tzinfo=UTC), 1) == datetime(
        2026, 12, 8, tzinfo=UTC
    )
