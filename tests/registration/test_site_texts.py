import csv
import re
import string
import time
from importlib.resources import files

import pytest

from registration.checks.finding import found, rules
from registration.checks.form import form_findings
from registration.checks.page import Page
from registration.checks.policy import policy_findings
from registration.checks.terms import terms_findings


def ids(findings):
    return {one.rule.id for one in findings}


def blocking(findings):
    return {one.rule.id for one in findings if one.rule.severity == "blocking"}


@pytest.mark.parametrize(
    "text",
    [
        "Mobile numbers and SMS consent are never shared with third parties.",
        "We do not sell, rent or share your cell number with anybody for marketing.",
        "All of the above exclude text messaging opt-in data and consent.",
        "Text messaging data goes to no third party other than the providers of the text message service.",
        "We use your mobile number only for the texts you asked for.",
        "You may ask us to delete your data at any time.",
        "We share records with insurers and labs for your treatment and payment.",
        "No compartimos su número de teléfono con terceros.",
        "If the practice is sold, records may be transferred as the law allows.",
    ],
)
def test_a_clause_that_is_fine_in_itself_blocks_nothing(text):
    assert not blocking(policy_findings(text))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("We may share your number with partners for their offers.", "policy.shares"),
        ("Your details can be passed to trusted partners.", "policy.shares"),
        ("We sell phone numbers to advertisers.", "policy.shares"),
        ("Numbers are not shared except with our marketing partners.", "policy.shares"),
        ("Compartimos su número con terceros para ofertas.", "policy.shares"),
        (
            "We collect personal data and use it to run our services.",
            "policy.no_texting",
        ),
        ("Write to [Your Company Name] to be forgotten.", "policy.unfilled"),
        ("We text up to [X] times a week.", "policy.unfilled"),
    ],
)
def test_a_clause_that_gives_texts_away_or_hides_them_is_blocking(text, rule):
    assert rule in blocking(policy_findings(text))


def test_a_finding_in_a_text_names_its_place():
    text = "We care. We sell phone numbers to advertisers. Call us."
    (finding,) = policy_findings(text)

    assert finding.field == "text"
    assert text[slice(*finding.span)].strip() == "We sell phone numbers to advertisers."


def test_a_link_in_markdown_is_no_blank():
    assert not ids(policy_findings("See [your rights](#rights) about SMS."))


@pytest.mark.parametrize(
    "text",
    [
        "Message and data rates may apply.",
        "Reply STOP to opt out, HELP for help.",
        "See our privacy policy.",
    ],
)
def test_a_short_clause_of_terms_is_not_blamed_for_the_rest(text):
    assert not terms_findings(text)


FULL = (
    "We send appointment reminders by text message. Message frequency varies. Message "
    "and data rates may apply. Reply STOP to opt out, HELP for help or call (503) "
    "555-0134. See our privacy policy. Carriers are not liable for delayed messages."
)


def test_terms_that_say_everything_give_nothing():
    assert not terms_findings(FULL)
    assert not terms_findings(FULL, whole=True)


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("appointment reminders", "terms.no_kinds"),
        ("Message frequency varies.", "terms.no_frequency"),
        ("Message and data rates may apply.", "terms.no_rates"),
        ("Reply STOP to opt out, ", "terms.no_opt_out"),
        ("See our privacy policy.", "terms.no_privacy_link"),
    ],
)
def test_each_of_the_five_elements_of_terms_is_asked_for_R99(words, rule):
    findings = terms_findings(FULL.replace(words, ""))

    assert rule in ids(findings)
    assert {one.rule.series for one in findings} == {"7100"}  # R100


@pytest.mark.parametrize(
    "number",
    [
        "R16",
        "R17",
        "R18",
        "R19",
        "R20",
        "R21",
        "R22",
        "R23",
        "R77",
        "R97",
        "R98",
        "R99",
        "R100",
    ],
)
def test_each_requirement_on_the_website_has_a_rule(number):
    assert any(number in rule.covers for rule in rules().values())


@pytest.mark.parametrize(
    "rule", ["policy.missing", "policy.broken", "policy.no_texting"]
)
def test_a_policy_that_is_missing_broken_or_silent_tells_the_consequence_R23(rule):
    assert rules()[rule].severity == "blocking"
    assert "adds weeks" in rules()[rule].message


def rows_of(name):
    text = files("registration").joinpath("data", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def test_every_rule_of_the_website_is_used_and_has_its_words():
    code = "\n".join(
        file.read_text("utf-8")
        for file in files("registration").joinpath("checks").iterdir()
        if file.name.endswith(".py")
    )
    for row in rows_of("site_rules.csv"):
        _, _, name = row["rule"].partition(".")
        made = f'"{{what}}.{name}"' in code or f'f"{{what}}.{name}"' in code
        assert f'"{row["rule"]}"' in code or made, row["rule"]
        assert row["message"].endswith((".", "'", "weeks."))
        assert row["fix"].endswith((".", "'"))
        assert row["source"]


def test_every_phrase_is_used():
    code = "\n".join(
        file.read_text("utf-8")
        for file in files("registration").joinpath("checks").iterdir()
        if file.name.endswith(".py")
    )
    for row in rows_of("site_words.csv"):
        re.compile(row["pattern"])
        assert f'"{row["name"]}"' in code, row["name"]


@pytest.mark.parametrize(
    "bait",
    [
        "n",
        "share ",
        "message and ",
        *(
            pytest.param(bait, marks=pytest.mark.slow)
            for bait in (
                "not ",
                "a@",
                "[",
                "{{ ",
                "1 ",
                "reply stop to ",
                "delete ",
                "(555) ",
                "exclu",
                ". ",
                "\n",
                "é",
            )
        ),
    ],
)
def test_time_grows_with_length_and_no_faster(bait):
    def seconds(size):
        return min(once(size) for _ in range(3))

    def once(size):
        text = (bait * size)[:size]
        begun = time.process_time()
        policy_findings(text, whole=True)
        terms_findings(text, whole=True)
        form_findings(Page(words=text), [text[:50]], "x")
        return time.process_time() - begun

    seconds(1000)
    assert seconds(40_000) < 20 * max(seconds(10_000), 0.004)
    assert seconds(10_000) < 0.5


def test_a_rule_is_filled_by_what_its_words_ask_for():
    """Each message and fix can be written with the values that its finding brings."""
    given = {
        "url",
        "why",
        "where",
        "quote",
        "kind",
        "name",
        "street",
        "mail",
        "site",
        "grade",
        "hardest",
    }
    for row in rows_of("site_rules.csv"):
        asked = {
            name
            for _, name, _, _ in string.Formatter().parse(row["message"] + row["fix"])
            if name
        }
        assert asked <= given, row["rule"]
    assert (
        found("url.error", "x", None, url="u", why="w").message
        == "'u' shows no page: w."
    )
