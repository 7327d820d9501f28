"""From nothing to a campaign that is Active and a number in its pool, at the vendor."""

import pytest
from sqlmodel import select

from registration import a2p_brand, a2p_profile
from registration.brand_poll import poll_brands
from registration.buying import buy_number, free_numbers, release_from_pool
from registration.models import (
    BrandEvent,
    SenderNumber,
    SubmissionVersion,
)
from registration.registering import Done, alone
from registration.twilio import Refused, Unclear
from tests.registration.errands import (
    ask_tcr,
    ask_twilio,
    hand,
    register,
    statuses,
    verified,
)

LOST = [{"drop_reply": {"next": 1}}]
HALF_DONE = [
    *LOST,
    {"http_500_after_accept": {"next": 1}},
    {"garbage_reply": {"next": 1}},
]


def test_from_nothing_to_active_with_a_number_in_the_pool(tidewater):
    """R30, R64: each layer by itself, and no carrier before the aggregator."""
    at = verified(tidewater)
    brand, account = tidewater.brand, tidewater.one_account()
    assert (brand.vendor_status, brand.identity.value) == ("APPROVED", "VERIFIED")
    assert account.account_sid[:2] == "AC"
    assert account.account_sid != "AC" + "0" * 32

    handed = hand(tidewater, tidewater.prepare(), at)

    assert isinstance(handed, Done), handed
    campaign = tidewater.campaign
    assert (campaign.usa2p_sid, campaign.tcr_id[0]) == (handed.sid, "C")
    assert tidewater.layers() == [
        ("tcr", "cleared", "vendor_verified"),
        ("dca", "waiting", "vendor_verified"),
    ]
    ask_tcr(tidewater, days=1)
    assert (statuses(tidewater), tidewater.campaign.status.value) == ({}, "PENDING")
    ask_tcr(tidewater, days=4)
    assert ("dca", "cleared", "tcr_poll") in tidewater.layers()
    ask_tcr(tidewater, days=7)
    assert statuses(tidewater)["att"] == "REVIEW"
    assert statuses(tidewater)["tmobile"] == "ACTIVE"

    free = free_numbers(tidewater.vendor, tidewater.clinic_id, "503")
    bought = buy_number(
        tidewater.database, tidewater.vendor, tidewater.campaign_id, free[0], at
    )
    assert isinstance(bought, Done), bought
    ask_tcr(tidewater, days=30)
    ask_twilio(tidewater, days=30)

    assert set(statuses(tidewater).values()) == {"ACTIVE"}
    assert tidewater.campaign.status.value == "ACTIVE"
    assert tidewater.one(SenderNumber, phone=free[0]).registered


def test_twilio_alone_also_leads_to_active(tidewater):
    """Without a key for TCR: VERIFIED, and the number in the pool."""
    at = verified(tidewater)
    hand(tidewater, tidewater.prepare(), at)
    ask_twilio(tidewater, days=4)
    assert set(statuses(tidewater).values()) == {"PENDING"}
    ask_twilio(tidewater, days=30)
    assert set(statuses(tidewater).values()) == {"PENDING"}  # no number yet (30034)

    [phone, *_] = free_numbers(tidewater.vendor, tidewater.clinic_id, "503")
    buy_number(tidewater.database, tidewater.vendor, tidewater.campaign_id, phone, at)
    with tidewater.database.writing() as session:
        number = session.exec(
            select(SenderNumber).where(SenderNumber.phone == phone)
        ).one()
        number.connected_at = at
    ask_twilio(tidewater, days=31)

    assert set(statuses(tidewater).values()) == {"ACTIVE"}


STEPS = (
    *("/Accounts.json", "/v1/CustomerProfiles", "/EndUsers", "/Addresses.json"),
    *("/SupportingDocuments", "/EntityAssignments", "/Evaluations"),
    *("/v1/TrustProducts", "/BrandRegistrations"),
)
KINDS = {
    "CustomerProfiles": 1,
    "TrustProducts": 1,
    "end_user": 3,
    "address": 1,
    "supporting_document": 1,
    "brand": 1,
    "service": 1,
}


@pytest.mark.parametrize("fault", HALF_DONE, ids=lambda fault: next(iter(fault)))
def test_an_answer_that_is_lost_makes_nothing_twice(tidewater, fault):
    """RT22: each creating call of the whole way loses its answer once."""

    def lose(path, errand):
        tidewater.simulator.faults(**fault, match=f"POST {path}")
        first = errand()
        assert isinstance(first, Unclear), (path, first)

    for path in STEPS:
        lose(path, lambda: register(tidewater))
    tidewater.simulator.faults()
    at = verified(tidewater)
    submission_id = tidewater.prepare()
    for path in ("/v1/Services", "/Compliance/Usa2p"):
        lose(path, lambda: hand(tidewater, submission_id, at))
    version = tidewater.one(SubmissionVersion, id=submission_id)
    assert version.handed_in_at is None
    assert "Try again" in version.trouble
    tidewater.simulator.faults()
    assert isinstance(hand(tidewater, submission_id, at), Done)
    phone = "+15035550107"

    def buy():
        return buy_number(
            tidewater.database, tidewater.vendor, tidewater.campaign_id, phone, at
        )

    for path in ("/IncomingPhoneNumbers.json", "/PhoneNumbers"):
        lose(path, buy)
    tidewater.simulator.faults()
    assert isinstance(buy(), Done)

    assert {kind: len(tidewater.made(kind)) for kind in KINDS} == KINDS
    world = tidewater.simulator
    assert len(world.get("campaigns")) == len(world.get("numbers")) == 1
    accounts = {
        one["account"]["sid"] for one in world.judge("account", after=tidewater.began)
    }
    assert len(accounts) == 2
    version = tidewater.one(SubmissionVersion, id=submission_id)
    assert version.trouble is None
    assert version.handed_in_how[:2] == "QE"


def test_before_anything_was_accepted_nothing_is_recorded(tidewater):
    tidewater.simulator.faults(http_500={"next": 1}, match="POST")

    assert isinstance(register(tidewater), Unclear)

    assert tidewater.made("CustomerProfiles") == []
    assert tidewater.brand.customer_profile_sid is None


def test_two_at_once_do_not_both_make_one(tidewater, now):
    with alone(tidewater.database, f"register:{tidewater.clinic_id}", now) as free:
        assert free
        assert isinstance(register(tidewater), Unclear)
    assert tidewater.made("brand") == []

    assert isinstance(register(tidewater), Done)
    assert isinstance(register(tidewater), Done)
    assert len(tidewater.made("brand")) == 1


@pytest.mark.parametrize(
    ("ein", "status", "identity", "says"),
    [
        ("00-0000001", "APPROVED", "UNVERIFIED", "identity"),
        ("00-0000002", "FAILED", "UNVERIFIED", "FAILED"),
        ("00-0000003", "IN_REVIEW", None, "IN_REVIEW"),
    ],
)
def test_a_brand_that_is_not_verified_costs_no_campaign_fee(
    tidewater, ein, status, identity, says
):
    """RT3: APPROVED may stand beside UNVERIFIED."""
    tidewater.taxed(ein)
    at = verified(tidewater)

    brand = tidewater.brand
    assert brand.vendor_status == status
    assert (brand.identity and brand.identity.value) == identity
    refused = hand(tidewater, tidewater.prepare(), at)

    assert isinstance(refused, Refused)
    assert says in refused.sentence
    assert tidewater.made("service") == []
    events = tidewater.all(BrandEvent)
    assert (events[-1].raw.split()[0], len(events)) == (status, 2)
    if identity == "UNVERIFIED":
        assert "30799" in events[-1].evidence


def test_a_brand_that_failed_is_handed_in_again_only_when_corrected(tidewater):
    tidewater.taxed("00-0000002")
    verified(tidewater)

    refused = register(tidewater, tidewater.later(hours=2))

    assert isinstance(refused, Refused)
    assert "exactly these details" in refused.sentence
    assert tidewater.brand.vendor_status == "FAILED"
    tidewater.taxed("93-1234567")
    assert isinstance(register(tidewater, tidewater.later(hours=2)), Done)
    later = tidewater.later(hours=4)
    poll_brands(tidewater.database, tidewater.vendor.client_of, later)

    assert len(tidewater.made("brand")) == 1
    assert tidewater.brand.identity.value == "VERIFIED"
    assert tidewater.brand.identity_since == later


def test_polling_a_brand_again_writes_no_second_event(tidewater):
    verified(tidewater)
    before = len(tidewater.all(BrandEvent))

    poll_brands(
        tidewater.database, tidewater.vendor.client_of, tidewater.later(hours=3)
    )

    assert len(tidewater.all(BrandEvent)) == before


def test_what_a_profile_lacks_is_said_by_field(tidewater):
    own = tidewater.vendor.client_of(None)
    part = tidewater.part.brand
    lacking = part.model_copy(update={"website": "", "ein": ""})

    refused = a2p_profile.customer_profile(own, "heed/x/brand-1", lacking)

    assert isinstance(refused, Refused)
    assert refused.fields == ("business_registration_number", "website_url")
    assert "website url is missing" in refused.sentence
    assert isinstance(
        a2p_profile.customer_profile(own, "heed/x/brand-1", part), a2p_profile.Bundle
    )


def test_a_number_leaves_its_pool(tidewater):
    """RT26: out of the pool it is not registered any more."""
    at = verified(tidewater)
    hand(tidewater, tidewater.prepare(), at)
    buy_number(
        tidewater.database, tidewater.vendor, tidewater.campaign_id, "+15035550107", at
    )
    number = tidewater.one(SenderNumber, phone="+15035550107")

    out = release_from_pool(tidewater.database, tidewater.vendor, number.id, at)
    again = release_from_pool(tidewater.database, tidewater.vendor, number.id, at)

    assert isinstance(out, Done)
    assert isinstance(again, Refused)
    [kept] = tidewater.simulator.get("numbers")
    assert kept["messaging_service_sid"] is None
    assert kept["sms_url"].endswith("/webhooks/twilio/inbound#rc=5&rp=all")


def test_a_brand_without_a_word_is_not_read_as_verified():
    class Shown:
        sid, status, identity_status, tcr_id = "BN1", "APPROVED", "BLESSED", None
        brand_score, errors = "42", "no list"

    seen = a2p_brand.seen(Shown())

    assert (seen.identity, seen.errors, seen.score) == ("BLESSED", (), None)
