from dataclasses import replace

import pytest

from registration.checks.check import check
from registration.examples import (
    distance,
    filled,
    nearest,
    redacted,
    shipped,
    start_from,
    tells_of_somebody,
)
from registration.usecases import use_cases
from tests.registration.checks.sound import submission
from tests.registration.checks.test_remedy import FACTS

STANDARD = {
    "2FA",
    "ACCOUNT_NOTIFICATION",
    "CUSTOMER_CARE",
    "DELIVERY_NOTIFICATION",
    "FRAUD_ALERT",
    "MARKETING",
}


@pytest.mark.parametrize("example", shipped(), ids=lambda one: one.id)
def test_every_example_passes_every_check_for_whoever_starts_from_it(example):
    """R131, R150, R151."""
    shown = [
        {"kind": kind, "url": f"https://x.example/{kind}"} for kind in ("web", "paper")
    ]
    ours = submission(opt_in_proof=shown)

    started = start_from(example, ours, FACTS)

    assert check(started) == ()
    assert started.brand == ours.brand


def test_every_standard_category_has_an_example():
    """R84, R148."""
    assert {one.use_case for one in shipped()} >= STANDARD
    assert all(one.use_case in use_cases() for one in shipped())
    assert len({one.id for one in shipped()}) == len(shipped())


def test_structure_is_copied_and_no_fact():
    """R149: what was kept of one clinic names another when it is used."""
    theirs = FACTS
    kept = redacted(filled(shipped()[0], theirs), theirs)

    for text in (
        *kept["samples"],
        *(kept[key] for key in ("description", "message_flow")),
    ):
        assert "Tidewater" not in text
        assert "texts.example" not in text
        assert "Astoria" not in text
    assert kept["description"].startswith("{name}, ")


def test_r120_a_draft_is_nearest_to_what_it_was_started_from():
    draft = start_from(shipped()[1], submission(), FACTS)

    found = nearest(draft, shipped(), FACTS)

    assert (found.example.id, found.alike) == (shipped()[1].id, 100)
    assert (found.lacks, found.own) == ((), ())


def test_the_sentence_that_differs_is_named():
    draft = start_from(shipped()[0], submission(), FACTS)
    flow = draft.campaign.message_flow.replace(
        "A text then asks them to reply YES, and a confirmation text follows at once.",
        "We also collect numbers at the county fair.",
    )
    changed = draft.model_copy(
        update={"campaign": draft.campaign.model_copy(update={"message_flow": flow})}
    )

    found = distance(changed, shipped()[0], FACTS)

    assert found.alike < 100
    assert found.own == ("We also collect numbers at the county fair.",)
    assert found.lacks == (
        "A text then asks them to reply YES, and a confirmation text follows at once.",
    )


def test_without_an_example_of_the_use_case_there_is_no_distance():
    assert nearest(submission(campaign__use_case="EMERGENCY"), shipped(), FACTS) is None


@pytest.mark.parametrize(
    "left",
    [
        "Call 206-555-0199.",
        "Call 2065550199.",
        "Write to front@maple.com.",
        "See http://maple.com.",
        "See www.maple.com/a.",
    ],
)
def test_whatever_leads_to_a_clinic_is_taken_out_and_else_refused(left):
    campaign = filled(shipped()[0], FACTS)
    said = campaign.model_copy(update={"description": f"{campaign.description} {left}"})

    kept = redacted(said, FACTS)

    assert tells_of_somebody(left)
    assert tells_of_somebody(kept["description"]) is None


def test_a_city_named_like_a_word_is_hidden_only_as_a_word():
    mobile = replace(FACTS, city="Mobile")
    campaign = filled(shipped()[0], mobile)

    kept = redacted(campaign, mobile)

    assert "{city}" in kept["description"]
    assert "Mobile" not in kept["description"]


def test_what_carriers_must_know_of_a_draft_is_not_lost_by_starting_anew():
    flagged = submission(
        campaign__age_gated=True, campaign__flags={"sweepstakes": True}
    )

    started = start_from(shipped()[0], flagged, FACTS)

    assert started.campaign.age_gated
    assert started.campaign.flags.sweepstakes
