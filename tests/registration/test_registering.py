"""From nothing to a campaign that is Active and a number in its pool, at the vendor."""

import pytest
from sqlmodel import select

from kernel.settings import load
from registration import a2p_brand, a2p_profile
from registration.brand_poll import poll_brands
from registration.buying import buy_number, free_numbers, release_from_pool
from registration.handing_in import hand_in, update_after_rejection
from registration.models import (
    Brand,
    BrandEvent,
    Rejection,
    RejectionFix,
    SenderNumber,
    SubmissionVersion,
)
from registration.registering import Done, alone, register_brand
from registration.tcr_feed import poll_campaigns
from registration.twilio import Refused, Unclear
from registration.vendor_verified import poll_vendor
from registration.workflow import cells
from tests.vendor import TCR_KEY, TCR_SECRET

VAGUE = (
    "Patients agree to our texts in various ways and may stop at any time they like."
)
LOST = [{"drop_reply": {"next": 1}}]
HALF_DONE = [
    *LOST,
    {"http_500_after_accept": {"next": 1}},
    {"garbage_reply": {"next": 1}},
]


def settings(clinic):
    return load(
        {
            "TCR_API_BASE": f"{clinic.simulator.base}/tcr/v2",
            "TCR_API_KEY": TCR_KEY,
            "TCR_API_SECRET": TCR_SECRET,
        }
    )


def register(clinic, at=None):
    return register_brand(
        clinic.database, clinic.vendor, clinic.clinic_id, at or clinic.start
    )


def verified(clinic):
    """The brand is registered and, an hour later, verified."""
    assert isinstance(register(clinic), Done)
    later = clinic.later(hours=1)
    assert poll_brands(clinic.database, clinic.vendor.client_of, later) == {}
    return later


def hand(clinic, submission_id, at):
    return hand_in(clinic.database, clinic.vendor, submission_id, at)


def ask_tcr(clinic, **span):
    poll_campaigns(clinic.database, settings(clinic), clinic.later(**span))


def ask_twilio(clinic, **span):
    poll_vendor(clinic.database, clinic.vendor.client_of, clinic.later(**span))


def statuses(clinic):
    with clinic.database.reading() as session:
        found = cells(session, clinic.campaign_id)
    return {carrier.value: cell.status.value for carrier, cell in found.items()}


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
    with tidewater.database.writing() as session:
        session.get(Brand, tidewater.brand.id).ein = ein
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


def test_a_brand_that_failed_is_corrected_and_handed_in_again(tidewater):
    with tidewater.database.writing() as session:
        session.get(Brand, tidewater.brand.id).ein = "00-0000002"
    verified(tidewater)
    with tidewater.database.writing() as session:
        session.get(Brand, tidewater.brand.id).ein = "93-1234567"

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


@pytest.mark.parametrize("without_tcr", [False, True])
def test_a_campaign_that_was_turned_down_is_changed_and_turns_active(
    tidewater, without_tcr
):
    """R109, R110: the code and the words as they came, each flagged part open."""

    def ask(**span):
        ask_twilio(tidewater, **span)
        if not without_tcr:
            ask_tcr(tidewater, **span)

    at = verified(tidewater)
    first = tidewater.prepare(campaign__message_flow=VAGUE)
    hand(tidewater, first, at)
    ask(days=4)

    [rejection] = tidewater.all(Rejection)
    assert (rejection.issuer, rejection.code) == ("twilio", "30909")
    assert rejection.text == "The call to action is incomplete or cannot be verified."
    assert (rejection.submission_id, rejection.layer.value) == (first, "dca")
    assert [fix.field for fix in tidewater.all(RejectionFix)] == [
        "campaign.message_flow"
    ]
    assert tidewater.campaign.status.value == "REJECTED"
    assert set(statuses(tidewater).values()) <= {"PENDING"}
    ask(days=4.1)
    assert len(tidewater.all(Rejection)) == 1

    second = tidewater.prepare()
    handed = update_after_rejection(
        tidewater.database, tidewater.vendor, second, tidewater.later(days=5)
    )

    assert isinstance(handed, Done), handed
    assert tidewater.campaign.status.value == "PENDING"
    assert len(tidewater.simulator.get("campaigns")) == 1
    phone = "+15035550107"
    buy_number(tidewater.database, tidewater.vendor, tidewater.campaign_id, phone, at)
    with tidewater.database.writing() as session:
        session.exec(select(SenderNumber)).one().connected_at = at
    ask(days=9)
    ask(days=40)
    assert set(statuses(tidewater).values()) == {"ACTIVE"}


def test_a_lost_answer_to_a_change_is_found_again(tidewater):
    at = verified(tidewater)
    hand(tidewater, tidewater.prepare(campaign__message_flow=VAGUE), at)
    later = tidewater.later(days=4)
    second = tidewater.prepare()
    tidewater.simulator.faults(drop_reply={"next": 1}, match="POST /Usa2p/QE")
    assert isinstance(hand(tidewater, second, later), Unclear)
    tidewater.simulator.faults()

    assert isinstance(hand(tidewater, second, later), Done)

    asked = tidewater.simulator.judge("api", after=tidewater.began)
    changes = [a for a in asked if a["method"] == "POST" and "/Usa2p/QE" in a["path"]]
    assert len(changes) == 1


def test_what_twilio_cannot_change_is_refused_before_it_is_asked(tidewater):
    """R132: the use case stands for good."""
    at = verified(tidewater)
    hand(tidewater, tidewater.prepare(campaign__message_flow=VAGUE), at)
    second = tidewater.prepare(campaign__use_case="CUSTOMER_CARE")

    refused = hand(tidewater, second, tidewater.later(days=4))

    assert isinstance(refused, Refused)
    assert refused.fields == ("campaign.use_case",)
    assert tidewater.one(SubmissionVersion, id=second).trouble == refused.sentence


def test_a_campaign_that_was_not_turned_down_is_not_changed(tidewater):
    at = verified(tidewater)
    hand(tidewater, tidewater.prepare(), at)

    refused = hand(tidewater, tidewater.prepare(campaign__description="y" * 60), at)

    assert isinstance(refused, Refused)
    assert "not" in refused.sentence


def test_what_tcr_turns_away_is_trouble_and_no_submission(tidewater):
    at = verified(tidewater)
    short = tidewater.prepare(campaign__samples=["Hi", "Hello"])

    refused = hand(tidewater, short, at)

    assert (refused.code, tidewater.campaign.usa2p_sid) == ("21728", None)
    version = tidewater.one(SubmissionVersion, id=short)
    assert (version.handed_in_at, version.trouble) == (None, refused.sentence)
    assert tidewater.layers() == []


def test_an_answer_from_before_the_change_is_not_about_it(tidewater):
    """A poll that began before version 2 was handed in speaks of version 1."""
    at = verified(tidewater)
    hand(tidewater, tidewater.prepare(campaign__message_flow=VAGUE), at)
    ask_twilio(tidewater, days=4)
    tidewater.prepare()  # not handed in yet: Twilio still says FAILED of the first

    ask_twilio(tidewater, days=4.2)

    assert len(tidewater.all(Rejection)) == 1


def test_only_the_newest_version_is_handed_in(tidewater):
    at = verified(tidewater)
    old = tidewater.prepare()
    tidewater.prepare()

    assert "newer version" in hand(tidewater, old, at).sentence


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
