"""One text at a time: what each rule finds, and what it must leave alone."""

import pytest

from registration.checks.check import TEXTS, check_text
from registration.checks.finding import Outcome, outcome, rules
from registration.codes import look_up

LAKE = "Lakeview Pediatrics"
FOUND = (
    # R90, R91: all four slots, and what lacks them
    ("R91", "description", "We send appointment reminders to patients", "vague"),
    ("R68", "description", "Reminders from Lakeview Pediatrics.", "short"),
    ("R68", "description", f"{LAKE} " + "texts patients who opted in " * 160, "long"),
    ("R90", "description", "Our office reminds patients who opted in of visits.", "who"),
    ("R90", "description", f"{LAKE} sends appointment reminders by opt-in form.", "whom"),
    ("R90", "description", f"{LAKE} writes to patients who ticked a box to agree.", "what"),
    ("R90", "description", f"{LAKE} sends its patients reminders of their visits.", "consent"),
    # R69, R74: an act, a place, a confirmation
    ("R69", "message_flow", "", "missing"),
    ("R74", "message_flow", "Users sign up on our website", "vague"),
    ("R74", "message_flow", "Families join through our site when they feel like it.", "vague"),
    ("R74", "message_flow", "Customers tick a box at checkout on https://shop.example/pay.", "confirmation"),
    ("", "message_flow", "I agree to get texts from your office. Reply STOP to end, HELP for help.", "brand"),
    ("", "message_flow", f"I agree to get texts from {LAKE} about my visits at this number.", "stop"),
    ("", "message_flow", f"The box for texts from {LAKE} is pre-checked on the intake form.", "preselected"),
    ("", "message_flow", f"Patients of {LAKE} must agree to texts on the intake form to be seen.", "required"),
    ("", "message_flow", f"I accept the Terms of Service and text messages from {LAKE}.", "bundled"),
    ("", "message_flow", f"I agree to receive texts from {LAKE} and to the Privacy Policy.", "bundled"),
    ("", "message_flow", f"I consent to calls, emails and text messages from {LAKE}.", "channels"),
    ("", "message_flow", "Numbers are purchased from a lead generation company each month.", "third_party"),
    ("R93", "message_flow", "Patients opt in inside the patient portal after they sign in.", "behind_login"),
    # R76, R94, R95, R96, R127-R130, R133
    ("R118", "sample", "Lakeview Pediatrics: see you on [date] at [time].", "stop"),
    ("", "sample", "See you on [date] at [time]. Reply STOP to opt out.", "brand"),
    ("R94", "sample", "Lakeview Pediatrics: this is a test message. Reply STOP to end.", "generic"),
    ("R127", "sample", "Lakeview Pediatrics: details at bit.ly/x1. Reply STOP to end.", "shortener"),
    ("R127", "sample", "Lakeview Pediatrics: our CBD oil is back. Reply STOP to end.", "banned"),
    ("R95", "sample", "Lakeview Pediatrics: 20% off flu shots in May. Reply STOP to end.", "promotional_help"),
    ("R95", "sample", "Lakeview Pediatrics: 20% off flu shots in May. Reply STOP to end.", "promotional_rates"),
    ("R95", "sample", "Lakeview Pediatrics: 20% off flu shots. HELP for info. Data rates may apply.", "promotional_stop"),
    ("R96", "sample", "Lakeview Pediatrics: ask us about a small loan. Reply STOP to end.", "loan"),
    ("R96", "sample", "Lakeview Pediatrics: your account is past due. Reply STOP to end.", "debt"),
    ("R96", "sample", "Lakeview Pediatrics: braces with financing. Reply STOP to end.", "financial_offer"),
    ("R127", "sample", "Lakeview Pediatrics: urgent, call us. Reply STOP to end.", "urgent"),
    ("R127", "sample", "URGENT act now or lose your place: clinic-login.example/q", "deceptive"),
    ("", "sample", "Lakeview Pediatrics: your HIV results came. Reply STOP to end.", "phi"),
    ("", "sample", "You are subscribed to Lakeview Pediatrics. Reply STOP to end.", "only_opt_in"),
    ("", "sample", "Lakeview Pediatrics: you are unsubscribed. Good bye to you.", "only_opt_out"),
    # R71, R72
    ("R71", "help_reply", "", "help_reply.missing"),
    ("R71", "help_reply", "Lakeview Pediatrics: we are happy to assist.", "contact"),
    ("R72", "stop_reply", "", "stop_reply.missing"),
    ("R72", "stop_reply", "Lakeview Pediatrics: thank you for your reply.", "no_more"),
    ("R72", "stop_reply", "You will get no more messages from this number.", "reply.brand"),
    ("", "opt_in_reply", "Lakeview Pediatrics: you are in. Reply HELP for help.", "opt_in_reply.stop"),
    ("", "opt_in_reply", "Lakeview Pediatrics: you are in. Reply STOP to end.", "opt_in_reply.help"),
    ("", "opt_in_reply", "Lakeview Pediatrics: " + "welcome, STOP to end, HELP for help. " * 9, "reply.length"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("requirement", "kind", "text", "rule"),
    FOUND,
    ids=[f"{row[0]}-{row[3]}-{n}" for n, row in enumerate(FOUND)],
)
def test_a_weak_text_is_named(requirement, kind, text, rule):
    found = {finding.rule.id: finding for finding in check_text(kind, text)}

    matching = [one for one in found if one == rule or one.endswith(f".{rule}")]
    assert matching, sorted(found)
    assert requirement in ("", *found[matching[0]].rule.covers)


GOOD = (
    (
        "R92",
        "description",
        "Confirmation and reminder SMS about appointments go to dental patients who gave "
        "their number on the intake form at https://tidewater.example/new and answered "
        "the double opt-in reply.",
    ),
    (
        "R74",
        "message_flow",
        "Customers tick an optional checkbox at checkout on https://shop.example/pay and "
        "get a confirmation SMS immediately after purchase.",
    ),
    (
        "verbal",
        "message_flow",
        f"Patients are asked at the front desk, by this script: “May {LAKE} text you "
        "about your visits? Message frequency varies. Message and data rates may apply. "
        "Reply STOP to opt out, HELP for help.” A confirmation text follows.",
    ),
    (
        "keyword",
        "message_flow",
        f"Patients of {LAKE} text START to the number shown on the poster in the waiting "
        "room. The confirmation text says how to stop.",
    ),
    (
        "denials are no defects",
        "message_flow",
        f"Patients of {LAKE} tick a box on the paper form. It is never pre-checked and "
        "not required to receive care. Numbers are not bought from any third party. A "
        "confirmation text follows.",
    ),
    (
        "R95",
        "sample",
        f"{LAKE}: flu shots 20% off in May. Reply STOP to unsubscribe, HELP for info, "
        "msg&data rates may apply",
    ),
    ("", "sample", "[Clinic name]: see you on [date]. Reply STOP to opt out."),
    ("ordinary words", "sample", f"{LAKE}: parking is free on Sale Street. STOP ends."),
)


@pytest.mark.parametrize(("why", "kind", "text"), GOOD)
def test_a_sound_text_is_not_turned_down(why, kind, text):
    found = check_text(kind, text)

    assert outcome(found) is not Outcome.fail, [one.rule.id for one in found]


@pytest.mark.parametrize(
    ("use_case", "text", "rule"),
    [
        ("2FA", f"{LAKE}: see you on Monday. Reply STOP to end.", "sample.use_case"),
        ("2FA", f"{LAKE}: your code is 123456. Reply STOP to end.", None),
        ("DELIVERY_NOTIFICATION", f"{LAKE}: call us. STOP ends.", "sample.use_case"),
        (
            "DELIVERY_NOTIFICATION",
            f"{LAKE}: your order ships today. 20% off next time. STOP ends.",
            "sample.promotional_use_case",
        ),
        (
            "ACCOUNT_NOTIFICATION",
            f"{LAKE}: how did we do? Leave us a review. STOP ends.",
            "sample.review",
        ),
        ("MARKETING", f"{LAKE}: leave us a review. STOP ends.", None),
        ("MARKETING", f"{LAKE}: 20% off. STOP ends.", None),
    ],
)
def test_a_sample_fits_its_use_case_or_is_named(use_case, text, rule):
    """R76, R130, R133, R143."""
    found = {one.rule.id for one in check_text("sample", text, use_case)}

    mismatches = {
        one for one in found if one.endswith("use_case") or one == "sample.review"
    }
    assert mismatches == ({rule} if rule else set())


def test_the_clinics_own_name_must_stand_where_it_is_known():
    text = "Lakeview Pediatrics: see you on [date]. Reply STOP to opt out."

    assert not check_text("sample", text, None, ("Lakeview Pediatrics, PLLC",))
    other = check_text("sample", text, None, ("Harbor Eye Care",))
    assert [one.rule.id for one in other] == ["sample.brand"]


def test_a_finding_shows_the_very_words():
    """R129."""
    text = "Lakeview Pediatrics: details at bit.ly/x1. Reply STOP to end."
    (found,) = check_text("sample", text)

    assert text[slice(*found.span)] == "bit.ly"
    assert "“bit.ly”" in found.message


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize(
    "text", ["", " ", "\x00", "İ" * 50, "\ud800", "[" * 3000, "a" * 5000, "{x}", "%s"]
)
def test_no_text_breaks_a_rule(kind, text):
    for found in check_text(kind, text):
        start, end = found.span or (0, 0)
        assert 0 <= start <= end <= len(text)
        assert found.message
        assert found.fix


def test_every_rule_says_what_is_wrong_what_to_do_and_who_says_so():
    for rule in rules().values():
        for words in (rule.message, rule.fix, rule.source, rule.area):
            assert words.strip(), rule.id
        assert rule.series in (None, "2000", "7000", "7100", "8000", "9000"), rule.id


def test_every_code_that_a_rule_foretells_is_known_to_the_hub():
    for rule in rules().values():
        for code in rule.codes:
            assert look_up(code.code, code.source).known, (rule.id, code)


MAPLE = ("Maple Dental",)
SOUNDER = (  # ordinary words that once looked like something else
    ("sample", "Maple Dental: we have open slots on Tuesday. Reply STOP to opt out."),
    (
        "sample",
        "Maple Dental: bring an escort who can drive you. Reply STOP to opt out.",
    ),
    ("sample", "Maple Dental: your appointment is on Apr 14. Reply STOP to opt out."),
    (
        "sample",
        "Maple Dental: we received your message and call today. Reply STOP to end.",
    ),
    ("sample", "Maple Dental: welcome to our practice! Come early. Reply STOP to end."),
    ("sample", "Maple Dental: avoid tobacco for 24 hours. Reply STOP to opt out."),
    (
        "message_flow",
        "Patients of Maple Dental tick the optional box at https://maple.example/texts. "
        "The phone number is a required field; the box for texts is optional. A "
        "confirmation text follows.",
    ),
    (
        "message_flow",
        "“I agree to receive text messages from Maple Dental (see our Privacy Policy and "
        "SMS Terms). Msg frequency varies. Msg & data rates may apply. Reply STOP to end, "
        "HELP for help.”",
    ),
    (
        "message_flow",
        "Patients of Maple Dental tick a box at https://maple.example/texts. They can text "
        "the keyword STOP at any time. A confirmation text follows.",
    ),
)


@pytest.mark.parametrize(("kind", "text"), SOUNDER)
def test_ordinary_words_of_a_clinic_are_left_alone(kind, text):
    assert [one.rule.id for one in check_text(kind, text, None, MAPLE)] == []


WEAKER = (  # what once slipped through
    ("message_flow", "flow.preselected", "Patients open https://m.example/in. The box is pre-checked so patients do not have to tick it. A confirmation text follows from Maple Dental."),
    ("message_flow", "flow.preselected", "Patients of Maple Dental fill in https://m.example/in. The box is checked by default; who does not want texts can uncheck it. A confirmation text follows."),
    ("message_flow", "flow.required", "Patients of Maple Dental cannot book unless they check the box at https://m.example/in. A confirmation text follows."),
    ("message_flow", "flow.third_party", "Maple Dental buys leads from vendors, and a confirmation text is sent from https://m.example/in."),
    ("message_flow", "flow.no_script", "Patients of Maple Dental consent verbally over the phone when they schedule, and a confirmation text follows."),
    ("sample", "sample.stop", "Maple Dental: stop by our office to pick up your retainer."),
    ("description", "description.consent", "Maple Dental sends appointment reminders to patients with their consent."),
    ("sample", "sample.promotional_help", "Maple Dental: whiten your teeth for only $99! Reply STOP to end."),
    ("sample", "sample.phi", "Maple Dental: your Prozac refill is ready. Reply STOP to end."),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "rule", "text"), WEAKER)
def test_what_slipped_through_is_found(kind, rule, text):
    assert rule in {one.rule.id for one in check_text(kind, text, None, MAPLE)}


def test_a_clinics_own_name_trips_no_list():
    for name in ("Cedar Urgent Care", "Salem Pediatric Partners", "Peak Rehab"):
        text = f"{name}: see you on [date]. Reply STOP to opt out."
        assert check_text("sample", text, None, (name,)) == ()


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Smith & Jones Dental", "Smith and Jones Dental"),
        ("St. Mary's Clinic", "St Marys Clinic"),
        ("Clínica Sol", "Clinica Sol"),
    ],
)
def test_a_name_is_known_however_it_is_written(name, written):
    text = f"{written}: see you on [date]. Reply STOP to opt out."

    assert check_text("sample", text, None, (name,)) == ()


def test_mixed_alone_says_nothing_of_what_it_covers():
    text = "Maple Dental: 20% off. STOP to end, HELP for help, msg&data rates may apply"

    assert "sample.promotional_use_case" not in {
        one.rule.id for one in check_text("sample", text, "MIXED")
    }
