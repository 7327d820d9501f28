"""A campaign that was turned down, changed, and what is refused before Twilio is asked."""

import pytest
from sqlmodel import select

from registration.buying import buy_number
from registration.handing_in import update_after_rejection
from registration.models import (
    Rejection,
    RejectionFix,
    SenderNumber,
    SubmissionVersion,
)
from registration.registering import Done
from registration.twilio import Refused, Unclear
from tests.registration.errands import (
    VAGUE,
    ask_tcr,
    ask_twilio,
    hand,
    statuses,
    verified,
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


def test_what_carriers_turned_down_waits_again_and_may_turn_active(tidewater):
    """REJECTED never becomes ACTIVE in one step: handing it in anew lies between."""
    at = verified(tidewater)
    hand(tidewater, tidewater.prepare(), at)
    ask_tcr(tidewater, days=4)
    for carrier in ("att", "tmobile", "verizon"):
        path = f"campaigns/{tidewater.campaign.tcr_id}/carriers/{carrier}"
        tidewater.simulator.put(path, {"status": "REJECTED"})
    ask_tcr(tidewater, days=5)
    ask_twilio(tidewater, days=5)
    assert set(statuses(tidewater).values()) == {"REJECTED"}
    [rejection] = tidewater.all(Rejection)
    assert rejection.layer is None
    assert ("dca", "rejected", "vendor_verified") not in tidewater.layers()

    better = tidewater.prepare(campaign__description="Reminders of visits. " * 4)
    handed = hand(tidewater, better, tidewater.later(days=6))

    assert isinstance(handed, Done), handed
    assert set(statuses(tidewater).values()) == {"PENDING"}
    assert tidewater.campaign.description.startswith("Reminders of visits.")
    ask_tcr(tidewater, days=11)
    ask_tcr(tidewater, days=40)
    assert set(statuses(tidewater).values()) == {"ACTIVE"}
