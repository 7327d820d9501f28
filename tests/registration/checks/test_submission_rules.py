"""A sound submission, spoiled in one place at a time."""

import json

import pytest

from kernel.errors import Invalid
from registration.checks.check import check
from registration.checks.finding import Layer, Outcome, Severity, outcome
from registration.submission import (
    Submission,
    as_json,
    content_bytes,
    content_hash,
    read_submission,
)
from tests.registration.checks.sound import FIELDS, submission

SAMPLES = FIELDS["campaign"]["samples"]
LINK = "Tidewater Dental: prepare at https://tidewater.example/prep. STOP ends."
SPOILED = (
    ("R9", {"brand__legal_name": ""}, "brand.legal_name", "brand.legal_name"),
    ("R9", {"brand__legal_name": "Tidewater"}, "brand.legal_form", "brand.legal_name"),
    ("R10", {"brand__ein": "12345"}, "brand.ein", "brand.ein"),
    ("", {"brand__entity_type": "SOLE_PROPRIETOR"}, "brand.sole_proprietor", "brand.entity_type"),
    ("", {"brand__entity_type": "Clinic"}, "brand.entity_type", "brand.entity_type"),
    ("", {"brand__vertical": "RETAIL"}, "brand.vertical", "brand.vertical"),
    ("", {"brand__dba": "Tidewater Family Dental"}, "brand.dba_same", "brand.dba"),
    ("R11", {"brand__address__street": ""}, "brand.address", "brand.address"),
    ("R11", {"brand__address__street": "P.O. Box 12"}, "brand.po_box", "brand.address.street"),
    ("R11", {"brand__address__state": "Oregon"}, "brand.state", "brand.address.state"),
    ("R11", {"brand__address__zip": "9710"}, "brand.zip", "brand.address.zip"),
    ("R12", {"brand__contact__name": " "}, "brand.contact_name", "brand.contact.name"),
    ("R12", {"brand__contact__email": "ines"}, "brand.contact_email", "brand.contact.email"),
    ("R12", {"brand__contact__phone": "555"}, "brand.contact_phone", "brand.contact.phone"),
    ("R118", {"brand__contact__email": "a@gmail.com"}, "brand.public_mail", "brand.contact.email"),
    ("R118", {"brand__contact__email": "a@other.example"}, "brand.mail_domain", "brand.contact.email"),
    ("R15", {"brand__website": "tidewater"}, "brand.website", "brand.website"),
    ("R118", {"brand__website": "http://tidewater.example"}, "brand.website_http", "brand.website"),
    ("R67", {"campaign__use_case": ""}, "use_case.missing", "campaign.use_case"),
    ("R67", {"campaign__use_case": "REMINDERS"}, "use_case.unknown", "campaign.use_case"),
    ("R134", {"campaign__use_case": "MIXED"}, "use_case.subs", "campaign.sub_use_cases"),
    ("", {"campaign__sub_use_cases": ["MARKETING"]}, "use_case.no_subs", "campaign.sub_use_cases"),
    ("", {"campaign__use_case": "LOW_VOLUME", "campaign__sub_use_cases": ["CHARITY"]}, "use_case.not_a_sub", "campaign.sub_use_cases"),
    ("R84", {"campaign__use_case": "MARKETING"}, "use_case.marketing_consent", "campaign.message_flow"),
    ("R134", {"campaign__use_case": "MARKETING", "campaign__samples": [*SAMPLES, "Tidewater Dental: whitening 20% off. STOP to end, HELP for info, msg&data rates may apply"]}, "use_case.mixed", "campaign.use_case"),
    ("R135", {"campaign__use_case": "MIXED", "campaign__sub_use_cases": ["ACCOUNT_NOTIFICATION", "MARKETING"]}, "use_case.marketing_consent", "campaign.message_flow"),
    ("R135", {"campaign__use_case": "MIXED", "campaign__sub_use_cases": ["CUSTOMER_CARE", "MARKETING"], "campaign__opt_in_message": "Tidewater Dental: STOP to end, HELP for help. Msg varies. Data rates may apply.", "campaign__message_flow": "Patients tick the box for promotional offers of Tidewater Dental at https://tidewater.example/texts. A confirmation text follows."}, "use_case.mixed_consent", "campaign.message_flow"),
    ("R68", {"campaign__description": "Too short"}, "description.short", "campaign.description"),
    ("R69", {"campaign__message_flow": ""}, "flow.missing", "campaign.message_flow"),
    ("R70", {"campaign__samples": []}, "samples.few", "campaign.samples"),
    ("R70", {"campaign__samples": SAMPLES[:1]}, "samples.few", "campaign.samples"),
    ("R70", {"campaign__samples": [SAMPLES[0], " "]}, "samples.few", "campaign.samples"),
    ("", {"campaign__samples": SAMPLES * 3}, "samples.many", "campaign.samples"),
    ("", {"campaign__samples": [SAMPLES[0], SAMPLES[0].upper()]}, "samples.twice", "campaign.samples[1]"),
    ("R118", {"campaign__samples": ["Tidewater Dental: see you on [date].", "Tidewater Dental: thank you [name]."]}, "samples.no_stop", "campaign.samples"),
    ("R71", {"campaign__help_message": ""}, "help_reply.missing", "campaign.help_message"),
    ("R72", {"campaign__opt_out_message": ""}, "stop_reply.missing", "campaign.opt_out_message"),
    ("R71", {"campaign__help_keywords": ["INFO"]}, "keywords.help", "campaign.help_keywords"),
    ("R72", {"campaign__opt_out_keywords": ["END"]}, "keywords.stop", "campaign.opt_out_keywords"),
    ("", {"campaign__opt_out_keywords": ["STOP", "opt out"]}, "keywords.form", "campaign.opt_out_keywords"),
    ("", {"campaign__opt_out_keywords": ["STOP", *("X" * 29 for _ in range(9))]}, "keywords.long", "campaign.opt_out_keywords"),
    ("", {"campaign__message_flow": "Patients text START to the number on the poster of Tidewater Dental. A confirmation text follows.", "campaign__opt_in_keywords": []}, "keywords.opt_in", "campaign.opt_in_keywords"),
    ("R118", {"campaign__samples": [*SAMPLES, LINK]}, "flags.embedded_link_no", "campaign.samples[2]"),
    ("R118", {"campaign__embedded_link": True}, "flags.embedded_link_yes", "campaign.embedded_link"),
    ("R118", {"campaign__samples": [*SAMPLES, "Tidewater Dental: call (503) 325-0199. STOP ends."]}, "flags.embedded_phone_no", "campaign.samples[2]"),
    ("R118", {"campaign__embedded_phone": True}, "flags.embedded_phone_yes", "campaign.embedded_phone"),
    ("", {"campaign__direct_lending": True}, "flags.direct_lending", "campaign.direct_lending"),
    ("R80", {"campaign__age_gated": True}, "flags.age_gated", "campaign.age_gated"),
    ("R23", {"campaign__privacy_policy_url": ""}, "policy.no_address", "campaign.privacy_policy_url"),
    ("R21", {"campaign__privacy_policy_url": "http://tidewater.example/p"}, "policy.not_https", "campaign.privacy_policy_url"),
    ("R99", {"campaign__terms_url": ""}, "terms.no_address", "campaign.terms_url"),
    ("R14", {"opt_in_proof": []}, "proof.missing", "opt_in_proof"),
    ("R93", {"opt_in_proof": [{"kind": "paper", "file": "form.pdf"}]}, "proof.way", "campaign.message_flow"),
    ("R93", {"opt_in_proof": [{"kind": "web", "url": "https://x.example"}, {"kind": "paper"}]}, "proof.empty", "opt_in_proof[1]"),
    ("", {"opt_in_proof": [{"kind": "fax", "url": "https://x.example"}]}, "proof.kind", "opt_in_proof[0].kind"),
    ("R29", {"fee_receipt": ""}, "fee.unpaid", "fee_receipt"),
)  # fmt: skip


def test_a_sound_submission_has_nothing_to_find():
    assert check(submission()) == ()


@pytest.mark.parametrize(
    ("requirement", "changes", "rule", "field"),
    SPOILED,
    ids=[f"{row[0]}-{row[2]}-{n}" for n, row in enumerate(SPOILED)],
)
def test_what_is_spoiled_is_found_where_it_stands(requirement, changes, rule, field):
    found = [one for one in check(submission(**changes)) if one.rule.id == rule]

    assert [one.field for one in found] == [field]
    assert requirement in ("", *found[0].rule.covers)
    assert "{" not in found[0].message + found[0].fix


def test_an_empty_submission_is_told_all_that_is_missing_at_once():
    """R66, R67, R69-R72: structure first; R73: of layer 1 alone."""
    found = check(Submission())
    structure = {one.rule.id for one in found if one.rule.layer is Layer.validation}

    assert outcome(found) is Outcome.fail
    assert {
        "use_case.missing",
        "description.missing",
        "flow.missing",
        "samples.few",
        "help_reply.missing",
        "stop_reply.missing",
    } <= structure


def test_the_worst_comes_first():
    ranks = [one.rule.severity for one in check(Submission())]

    assert ranks == sorted(ranks, key=list(Severity).index)


def test_structure_is_judged_apart_from_quality():
    """R73: what is filled in passes layer 1, however weak it is."""
    weak = submission(
        campaign__samples=["See you soon at our place.", "Thank you, all is well."]
    )
    layers = {one.rule.layer for one in check(weak)}

    assert layers == {Layer.dca}


def test_the_same_fields_are_the_same_bytes():
    """R117: the hash is of exactly what was checked."""
    one = submission()
    shuffled = json.dumps(dict(reversed(as_json(one).items())), indent=3).encode()

    assert content_bytes(read_submission(shuffled)) == content_bytes(one)
    assert content_hash(submission(fee_receipt="R-2")) != content_hash(one)
    assert read_submission(content_bytes(one)) == one


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", "this is not JSON"),
        (b"[]", "an object belongs here"),
        (b'{"campain": {}}', "campain: there is no such field"),
        (b'{"campaign": {"samples": "x"}}', "campaign.samples: a list belongs here"),
        (b'{"campaign": {"samples": [1]}}', "campaign.samples.0: a text belongs here"),
        (b'{"campaign": {"age_gated": "no"}}', "true or false belongs here"),
        (b'{"needed_by": "soon"}', "a day like 2027-02-01"),
        (b'{"fee_receipt": "' + b"x" * 20_001 + b'"}', "longer than 20,000"),
        (b" " * 1_000_001, "larger than 1,000,000 bytes"),
        (b"\xff", "not JSON"),
    ],
)
def test_what_has_no_meaning_is_refused_with_where_it_stands(content, says):
    with pytest.raises(Invalid, match=says):
        read_submission(content)
