import csv
from pathlib import Path

import pytest

from kernel.carriers import Carrier
from registration.bands import Days
from registration.carrier_review import Expected, expected_reviews, levels
from registration.codes import look_up
from registration.questionnaire import Declared, answers_of, questions
from registration.selector import choose
from registration.use_case_fit import fit
from registration.usecases import use_cases

ATT, TMOBILE, VERIZON = Carrier.att, Carrier.tmobile, Carrier.verizon


def answers(texts="", facts="", a_day=None, practice="group"):
    return answers_of(texts.split(), facts.split(), a_day, practice)


def only(texts="", facts="", a_day=None, practice="group"):
    [found] = choose(answers(texts, facts, a_day, practice)).declarations
    return found


def truth():
    """What a clinic does, and the campaigns it must register (R136)."""
    with Path(__file__).with_name("use_case_truth.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            a_day = int(row["texts_a_day"]) if row["texts_a_day"] else None
            asked = (row["texts"], row["facts"], a_day, row["practice"])
            yield row["requirement"], asked, row["expected"]


TRUTH = list(truth())


@pytest.mark.parametrize(("requirement", "asked", "expected"), TRUTH)
def test_what_is_texted_decides_the_use_case(requirement, asked, expected):
    """R136: the truth table of clinic programmes."""
    choice = choose(answers(*asked))

    assert "; ".join(one.name for one in choice.declarations) == expected, requirement


def test_every_kind_of_text_is_in_the_truth_table_and_fits_what_it_is_given():
    texts = {key for key, one in questions().items() if one.is_text}
    assert texts == {key for _, asked, _ in TRUTH for key in asked[0].split()}

    for _, asked, _ in TRUTH:
        for one in choose(answers(*asked)).declarations:
            subs = one.sub_use_cases
            own = answers(" ".join(text.key for text in one.texts), asked[1])
            declared = Declared(use_case=one.use_case.code, sub_use_cases=subs)
            assert fit(declared, own).fits, asked
            assert one.use_case.min_subs <= len(subs) <= one.use_case.max_subs
            assert all(use_cases()[sub].listed_as_sub for sub in subs)


def test_more_than_five_purposes_become_two_campaigns():
    every = "reminders two_way deliveries sign_in surveys public_health fraud"
    first, second = choose(answers(every)).declarations

    assert len(first.sub_use_cases) == 5
    assert second.name == "MIXED (PUBLIC_SERVICE_ANNOUNCEMENT, FRAUD_ALERT)"


@pytest.mark.parametrize(
    ("texts", "facts"),
    [
        ("political", ""),
        ("sweepstakes", ""),
        ("charity", ""),
        ("proxy", ""),
        ("reminders", "age_gated"),
        ("reminders", "reseller"),
    ],
)
def test_r80_r138_each_such_category_says_mno_review_required_and_takes_longer(
    texts, facts
):
    """R80, R138"""
    found = only(texts, facts)

    assert {review.expected for review in found.reviews.values()} == {Expected.required}
    assert found.path.startswith("MNO review required: AT&T, T-Mobile and Verizon")
    assert found.days == Days(12, 36)
    assert "12 to 36 business days" in found.path
    assert not found.standard_path
    assert "R80" in found.reviews[VERIZON].covers


def test_r85_a_standard_campaign_has_the_most_predictable_path():
    found = only("reminders")

    assert found.standard_path
    assert "most predictable" in found.path
    assert "5 to 8 business days" in found.path


@pytest.mark.parametrize(
    "code",
    [
        "2FA",
        "ACCOUNT_NOTIFICATION",
        "CUSTOMER_CARE",
        "DELIVERY_NOTIFICATION",
        "FRAUD_ALERT",
        "MARKETING",
    ],
)
def test_r84_the_standard_use_cases_are_standard(code):
    assert not use_cases()[code].special
    assert not use_cases()[code].carriers_review


def test_r84_marketing_needs_documented_consent():
    assert any("documented consent" in note for note in only("marketing").notes)
    assert not any("documented consent" in note for note in only("reminders").notes)


@pytest.mark.parametrize("text", [key for key, q in questions().items() if q.is_text])
def test_r154_c9_every_clinic_counts_with_att(text):
    att = only(text).reviews[ATT]

    assert "R154" in att.covers
    assert att.expected is not Expected.no
    assert att.days.most == 36


def test_r154_c9_att_is_likely_and_not_required_for_reminders():
    found = only("reminders").reviews

    assert levels(found) == {"att": "likely", "tmobile": "no", "verizon": "no"}
    assert found[ATT].days == Days(5, 36)
    assert found[TMOBILE].days == found[VERIZON].days == Days(5, 8)


@pytest.mark.parametrize(
    ("requirement", "flag", "carrier", "expected"),
    [
        ("R152", "financial", ATT, Expected.likely),
        ("R153", "direct_lending", ATT, Expected.likely),
        ("R155", "political", TMOBILE, Expected.required),
        ("R155", "sweepstakes", TMOBILE, Expected.required),
        ("R157", "age_gated", VERIZON, Expected.required),
        ("R157", "subscription", VERIZON, Expected.likely),
    ],
)
def test_each_carrier_has_criteria_of_its_own(requirement, flag, carrier, expected):
    plain = expected_reviews("ACCOUNT_NOTIFICATION", ())[carrier]
    flagged = expected_reviews("ACCOUNT_NOTIFICATION", [flag])[carrier]

    assert requirement in flagged.covers
    assert requirement not in plain.covers
    assert flagged.expected is expected


def test_a_declared_use_case_is_enough_without_its_flag():
    assert "R155" in expected_reviews("POLITICAL", ())[TMOBILE].covers
    assert expected_reviews("EMERGENCY", ())[ATT].expected is Expected.required


def test_r137_a_mismatch_names_codes_that_the_hub_knows():
    found = only("reminders")
    codes = {(one.source, one.code) for one in found.codes}

    assert codes >= {("series", "2000"), ("dca2", "602"), ("twilio", "30893")}
    assert all(look_up(one.code, one.source).known for one in found.codes)
    assert "new campaign" in found.consequence


def test_low_volume_is_offered_beside_the_only_campaign_where_few_texts_leave():
    small = choose(answers("reminders reviews", a_day=1_000, practice="single"))
    large = choose(answers("reminders reviews", a_day=1_001, practice="single"))
    unsaid = choose(answers("reminders reviews", practice="single"))
    special = choose(answers("charity", a_day=10))

    assert small.smaller is not None
    assert small.smaller.name == "LOW_VOLUME (ACCOUNT_NOTIFICATION, MARKETING)"
    assert large.smaller is unsaid.smaller is special.smaller is None


def test_without_an_ein_only_reminders_can_be_registered():
    choice = choose(answers("reminders reviews", "no_ein", 10, "single"))

    assert [one.key for one in choice.left_out] == ["reviews"]
    assert choose(answers("reviews", "no_ein")).declarations == ()
