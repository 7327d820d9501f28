import pytest

from registration.checks.addresses import addresses, links_in, site
from registration.checks.names import shows_address, shows_name, shows_phone
from registration.checks.plain import grade
from registration.submission import Address, Submission

SUBMISSION = Submission.model_validate(
    {
        "brand": {"website": "www.alder.com", "contact": {"email": "a@alder.com"}},
        "campaign": {
            "description": "At https://alder.com/d.",
            "message_flow": "Join on alder.com/join (or mail a@alder.com).",
            "samples": [
                "Confirm: https://alder.com/v/[id]",
                "Map: http://maps.alder.com/x",
            ],
            "opt_in_message": "See https://alder.com/in",
            "opt_out_message": "See https://alder.com/out",
            "help_message": "See https://alder.com/help",
            "privacy_policy_url": "https://alder.com/privacy",
            "terms_url": "https://alder.com/terms",
        },
        "opt_in_proof": [{"kind": "web", "url": "https://alder.com/form"}],
    },
    strict=False,
)


def test_no_address_of_any_field_is_skipped_R98():
    mentions = {one.field: one.url for one in addresses(SUBMISSION)}

    assert mentions == {
        "brand.website": "https://www.alder.com",
        "campaign.privacy_policy_url": "https://alder.com/privacy",
        "campaign.terms_url": "https://alder.com/terms",
        "opt_in_proof[0].url": "https://alder.com/form",
        "campaign.description": "https://alder.com/d",
        "campaign.message_flow": "https://alder.com/join",
        "campaign.samples[0]": "https://alder.com/",
        "campaign.samples[1]": "http://maps.alder.com/x",
        "campaign.opt_in_message": "https://alder.com/in",
        "campaign.opt_out_message": "https://alder.com/out",
        "campaign.help_message": "https://alder.com/help",
    }


def test_an_address_in_a_text_has_its_place():
    text = "Go to alder.com/join now"
    ((url, span),) = links_in(text)

    assert text[slice(*span)] == "alder.com/join"
    assert url.endswith("//alder.com/join")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.alder.com/x", "https://book.alder.com", True),
        ("https://alder.co.uk", "https://birch.co.uk", False),
        ("https://alder.wixsite.com", "https://birch.wixsite.com", False),
        ("alder.com", "https://ALDER.com/", True),
    ],
)
def test_one_site_is_what_one_owner_has(one, other, same):
    assert (site(one) == site(other)) is same


@pytest.mark.parametrize(
    ("text", "names", "shown"),
    [
        ("ALDER-DENTAL of Salem", ["Alder Dental, P.C."], True),
        ("Smith & Sons Eye Care", ["Smith and Sons Eye Care LLC"], True),
        ("Alder’s Dental", ["Alders Dental"], True),
        ("Balder Dental", ["Alder Dental"], False),
        ("Alder Dental", ["LLC"], False),
    ],
)
def test_a_name_is_known_however_it_is_written(text, names, shown):
    assert shows_name(text, names) is shown


def test_address_and_phone_are_known_however_they_are_written():
    street = Address(street="12 Elm St.")
    assert shows_address("at 12 ELM Street, Salem", street)
    assert not shows_address("at 112 Elm Street", street)
    assert shows_phone("Call 503.555.0134!", "+15035550134")
    assert not shows_phone("Call 503.555.0135!", "+15035550134")


def test_plain_words_have_a_low_grade_and_a_lawyers_a_high_one():
    plain = "We text you the day before your visit. You can say stop. " * 12
    hard = "Notwithstanding antecedent representations communicated heretofore, " * 30

    assert grade(plain) < 6
    assert grade(hard + ".") > 13
    assert grade("Too short to tell.") is None
    assert (
        grade("Usamos los datos que usted nos da para una cita con el doctor. " * 12)
        is None
    )
