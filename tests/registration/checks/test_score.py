"""How ready a submission is, and beside which texts in use it is judged."""

import pytest

from registration.checks.check import check
from registration.checks.finding import Layer, Severity
from registration.checks.in_use import in_use_findings
from registration.checks.score import (
    dca_groups,
    foretold,
    score,
    sections,
    weights,
)
from registration.submission import Submission
from tests.registration.checks.sound import submission

REMINDER = (
    "reminder",
    "{clinic}: your visit is on {date} at {time}. Reply C to confirm or X if you cannot "
    "come. STOP to opt out.",
)


def test_r89_specificity_of_the_description_weighs_most():
    points = {area: weight for area, (weight, _) in weights().items()}

    assert max(points, key=lambda area: points[area]) == "description"
    assert sum(points.values()) == 100


def test_a_hundred_is_a_sound_submission_with_its_website_seen():
    sound = check(submission())

    assert score(sound, site_seen=True).total == 100
    unseen = score(sound, site_seen=False)
    assert unseen.total == 76
    assert {area.area for area in unseen.to_do} == {"policy", "website", "terms"}


def test_what_it_takes_to_reach_a_hundred_is_named_the_dearest_first():
    found = check(submission(campaign__description="", campaign__help_message=""))

    to_do = score(found, site_seen=True).to_do

    assert [(area.area, area.lost) for area in to_do] == [
        ("description", 22),
        ("replies", 6),
    ]


def test_r75_an_aggregator_examines_three_groups():
    found = check(
        submission(
            brand__contact__email="a@gmail.com",
            campaign__samples=["See you on [date].", "20% off now at Tidewater Dental"],
        )
    )
    groups = dca_groups(found)

    assert set(groups) == {"content", "brand", "use_case"}
    assert "brand.public_mail" in {one.rule.id for one in groups["brand"]}
    assert "sample.brand" in {one.rule.id for one in groups["content"]}
    assert all(
        one.rule.layer is Layer.dca for group in groups.values() for one in group
    )


@pytest.mark.parametrize(
    ("changes", "failing"),
    [
        ({}, []),
        ({"brand__ein": ""}, ["Brand alignment"]),
        ({"campaign__terms_url": ""}, ["Website and opt-in"]),
        ({"campaign__samples": []}, ["Samples and answers"]),
        ({"campaign__use_case": ""}, ["Description and use case"]),
    ],
)
def test_r118_all_four_areas_must_pass(changes, failing):
    found = sections(check(submission(**changes)), site_seen=True)

    assert len(found) == 4
    assert [one.name for one in found if not one.passes] == failing


def test_an_unseen_website_passes_nothing():
    website = sections(check(submission()), site_seen=False)[1]

    assert (website.blocking, website.passes) == (0, False)


def test_each_layer_is_foretold_for_itself():
    found = foretold(check(Submission()), site_seen=False)

    assert {one.layer: one.word for one in found} == {
        Layer.validation: "rejected",
        Layer.dca: "rejected" if _blocks(Layer.dca) else "questions",
        Layer.mno: "pass",
    }
    sound = foretold(check(submission()), site_seen=True)
    assert {one.word for one in sound} == {"pass"}


def _blocks(layer):
    return any(
        one.rule.layer is layer and one.rule.severity is Severity.blocking
        for one in check(Submission())
    )


def test_r94_a_sample_is_a_text_that_is_really_sent():
    good = list(in_use_findings(submission(), [REMINDER]))
    other = submission(
        campaign__samples=["Tidewater Dental: we moved! Come and see our new rooms."]
    )

    assert "campaign.samples[0]" not in {one.field for one in good}
    assert [one.rule.id for one in in_use_findings(other, [REMINDER])] == [
        "in_use.sample"
    ]
    assert list(in_use_findings(other, [])) == []


def test_r78_the_description_names_what_is_really_sent():
    vague = submission(
        campaign__description="Tidewater Dental sends wellness tips to its patients who "
        "opted in on the form.",
    )

    found = {one.rule.id for one in in_use_findings(vague, [REMINDER])}

    assert "in_use.purpose" in found
