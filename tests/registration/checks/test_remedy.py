"""What a remedy proposes passes the very checks that found the fault (R146)."""

from dataclasses import replace

import pytest

from consent.models import Topic
from registration.checks.check import check, check_text
from registration.checks.finding import Outcome, outcome
from registration.remedy import (
    apply,
    letter,
    of_series,
    remedies,
    with_true_flags,
)
from registration.remedy_texts import Facts, text
from tests.registration.checks.sound import submission

FACTS = Facts(
    name="Tidewater Dental",
    kind="a dental practice",
    city="Astoria",
    state="OR",
    phone="(503) 325-0199",
    site="https://tidewater.example",
    form_url="https://texts.example/c/tidewater/opt-in",
    privacy_url="https://texts.example/c/tidewater/privacy",
    terms_url="https://texts.example/c/tidewater/sms-terms",
    number="(503) 325-0100",
)
EVERY_WAY = replace(FACTS, ways=("web", "paper", "verbal", "keyword"))
EVERYTHING = replace(FACTS, topics=tuple(Topic))
SPOILED = {
    "2000": {
        "campaign__description": "We send appointment reminders to patients",
        "campaign__message_flow": "Users sign up on our website",
        "campaign__opt_in_message": "You are in.",
        "campaign__use_case": "REMINDERS",
        "opt_in_proof": [],
    },
    "7000": {"brand__website": "http://tidewater.example"},
    "7100": {"campaign__terms_url": ""},
    "8000": {
        "campaign__samples": ["Your visit is soon", "SALE: bit.ly/x now"],
        "campaign__help_message": "",
        "campaign__opt_out_message": "bye",
        "campaign__opt_out_keywords": [],
        "campaign__help_keywords": [],
        "campaign__embedded_phone": True,
    },
    "9000": {"campaign__privacy_policy_url": "http://tidewater.example/p"},
}


@pytest.mark.parametrize("series", SPOILED)
def test_a_draft_that_fails_is_brought_to_pass_by_remedies_only(series):
    draft = submission(**SPOILED[series])
    findings = check(draft)
    assert outcome(findings) is Outcome.fail
    assert of_series(findings, series)

    mended = apply(draft, remedies(draft, findings, FACTS))

    assert check(mended) == ()


@pytest.mark.parametrize(
    "facts", [FACTS, EVERY_WAY, EVERYTHING], ids=["web", "all ways", "all topics"]
)
def test_all_texts_at_once_pass(facts):
    draft = submission(
        **{path: value for of in SPOILED.values() for path, value in of.items()}
    )
    if facts.topics != FACTS.topics:
        draft = draft.model_copy(
            update={"campaign": draft.campaign.model_copy(update={"use_case": "MIXED"})}
        )

    mended = apply(draft, remedies(draft, check(draft), facts))

    left = {one.rule.id for one in check(mended)}
    assert left <= {"proof.way"}  # papers and scripts are attached by a person


def test_nothing_is_proposed_where_nothing_is_wrong():
    sound = submission()

    assert remedies(sound, check(sound), FACTS) == ()


def test_a_proposal_names_the_findings_that_it_answers():
    draft = submission(campaign__help_message="")
    (change,) = remedies(draft, check(draft), FACTS)

    assert (change.field, change.before) == ("campaign.help_message", "")
    assert change.rules == ("help_reply.missing",)
    assert FACTS.phone in change.after


def test_only_the_clinic_knows_its_tax_number():
    draft = submission(brand__ein="", brand__address__street="PO Box 1")
    findings = check(draft)

    assert remedies(draft, findings, FACTS) == ()
    told = letter(findings, FACTS)
    assert "tax number (EIN)" in told
    assert "PO box is no physical address" in told
    assert letter(check(submission()), FACTS) == ""


@pytest.mark.parametrize("facts", [FACTS, EVERY_WAY, EVERYTHING])
@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("description", "description"),
        ("agree", "message_flow"),
        ("opt_in_message", "opt_in_reply"),
        ("opt_out_message", "stop_reply"),
        ("help_message", "help_reply"),
    ],
)
def test_each_text_for_itself_has_nothing_to_find(facts, key, kind):
    assert check_text(kind, text(key, facts), None, (facts.name,)) == ()


def test_the_form_has_an_unticked_optional_box_and_both_links():
    made = text("form", FACTS)

    assert "checked" not in made
    assert "required" not in made
    for url in (FACTS.privacy_url, FACTS.terms_url):
        assert f'href="{url}"' in made


def test_good_samples_stay_and_only_the_faulty_one_is_rewritten():
    good = submission().campaign.samples[0]
    draft = submission(campaign__samples=[good, "See you soon at our place."])

    mended = apply(draft, remedies(draft, check(draft), FACTS))

    assert mended.campaign.samples[0] == good
    assert len(mended.campaign.samples) == 2
    assert check(mended) == ()


def test_a_link_is_declared_and_not_taken_out():
    link = "Tidewater Dental: prepare at https://tidewater.example/prep. STOP ends."
    draft = submission(campaign__samples=[*submission().campaign.samples, link])

    (change,) = remedies(draft, check(draft), FACTS)

    assert (change.field, change.after) == ("campaign.embedded_link", True)


def test_flags_follow_the_samples_whatever_is_taken():
    link = "Tidewater Dental: prepare at https://tidewater.example/prep. STOP ends."
    draft = submission(campaign__samples=[link, "bad"], campaign__embedded_link=True)
    changes = remedies(draft, check(draft), FACTS)
    only_flag = [one for one in changes if one.field == "campaign.embedded_link"]

    kept = with_true_flags(apply(draft, only_flag), only_flag or changes)

    assert kept.campaign.embedded_link is True


@pytest.mark.parametrize("declared", ["2FA", "DELIVERY_NOTIFICATION"])
def test_a_wrong_use_case_is_mended_by_what_the_samples_say(declared):
    draft = submission(campaign__use_case=declared)

    mended = apply(draft, remedies(draft, check(draft), FACTS))

    assert mended.campaign.use_case == "ACCOUNT_NOTIFICATION"
    assert check(mended) == ()


def test_markup_of_the_form_holds_names_as_text():
    made = text("form", replace(FACTS, name='Smith & "Sons" <b>'))

    assert "Smith &amp; &quot;Sons&quot; &lt;b&gt;" in made
