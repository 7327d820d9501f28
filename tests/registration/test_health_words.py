import csv
from importlib.resources import files

import pytest

from registration.default_wordings import every_default
from registration.health_words import health_words, kinds, sentences


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{clinic}: your oncology visit is tomorrow", ["oncology"]),
        ("Your refill of metformin is ready", ["refill", "metformin"]),
        ("Your A1C result", ["A1C"]),
        ("Su cita de psicología", ["psicología"]),
        ("Root  canal at nine", ["Root  canal"]),
        ("CHEMO and chemotherapy", ["CHEMO", "chemotherapy"]),
        ("We moved to Cancerberry Lane; please stand by", []),
        ("Your visit is at nine. Reply STOP to opt out.", []),
        ("{location} {provider}", []),
        ("Harbor Oncology: your visit is at nine", []),  # the clinic's own name
    ],
)
def test_words_that_give_a_patient_away_are_found_where_they_stand(text, found):
    """N21"""
    words = health_words(text, ("Harbor Oncology, PLLC",))

    assert [one.words for one in words] == found
    assert [text[slice(*one.span)] for one in words] == found


def test_each_kind_says_why_and_what_to_say_instead():
    said = sentences(health_words("Your oncology visit, your refill, oncology"))

    assert len(said) == 2
    assert said[0].startswith("“oncology” names a specialty. Whoever sees the locked")
    assert "“refill” names a medicine." in said[1]
    assert all(kind.why and kind.instead for kind in kinds().values())


def test_what_a_sample_may_not_say_no_wording_may_say_either():
    """The list of the checks of a submission is a part of this one."""
    table = files("registration").joinpath("data/check_words.csv").read_text("utf-8")
    words = [
        row["words"]
        for row in csv.DictReader(table.splitlines())
        if row["list"] == "phi"
    ]

    assert len(words) > 50
    assert [one for one in words if not health_words(one.replace("*", ""))] == []


def test_no_default_names_any():
    assert [one.text for one in every_default() if health_words(one.text)] == []
