import csv
from pathlib import Path

import pytest

from registration.codes import (
    UNKNOWN,
    all_series,
    look_up,
    meanings,
    remedies,
    search,
    sources,
    steps,
)

SHARED = Path(__file__).parents[2].parent / "shared"


def spoken(answer):
    return " ".join(f"{one.series}: {one.meaning}" for one in answer.series)


@pytest.mark.parametrize(
    ("requirement", "code", "said"),
    [
        ("R139", "2000", "2000: Opt-in or consent"),
        ("R143", "2000", "2000: The texts do not match the declared use case"),
        ("R140", "7000", "7000: The website does not comply"),
        ("R140", "7100", "7100: The SMS terms of service are missing"),
        ("R141", "8000", "8000: Sample messages are deficient"),
        ("R142", "9000", "9000: The privacy policy is missing"),
    ],
)
def test_a_series_is_answered_with_the_meaning_of_source_b(requirement, code, said):
    answer = look_up(code)

    assert answer.known, requirement
    assert said in spoken(answer)
    assert requirement in {one.covers for one in answer.series}
    assert UNKNOWN not in dict(answer.steps)


def test_r140_a_code_of_the_sub_series_names_the_series_then_the_sub_series():
    assert [one.series for one in look_up("7142").series] == ["7000", "7100"]
    assert [one.series for one in look_up("7042").series] == ["7000"]


def test_the_same_number_of_two_issuers_stands_side_by_side():
    """7100 is the privacy section at Bandwidth and SMS terms in source B."""
    answer = look_up("7100")

    assert [(one.source, one.topic) for one in answer.meanings] == [
        ("dca1", "privacy policy")
    ]
    assert "SMS terms of service" in spoken(answer)
    assert [category for category, _ in answer.steps] == ["privacy", "terms"]


@pytest.mark.parametrize("source", ["twilio", "Twilio", " TWILIO "])
def test_a_code_is_found_by_its_issuer_however_it_is_written(source):
    answer = look_up("30909", source)

    assert [one.reason for one in answer.meanings] == [
        "Call-to-action incomplete or not verifiable."
    ]
    assert answer.elsewhere == ()
    assert {one.series for one in answer.series} == {"2000"}


def test_another_issuer_with_the_same_number_is_shown_apart():
    answer = look_up("501", "sinch")

    assert [one.short for one in answer.meanings] == ["CAMPAIGN_NOT_AVAILABLE"]
    assert [one.source for one in answer.elsewhere] == ["reseller"]


def test_c5_a_known_code_is_never_read_by_its_number():
    """Bandwidth's 7101 is about the privacy policy, though its number says terms."""
    answer = look_up("7101", "DCA1")

    assert {one.series for one in answer.series} == {"9000"}


@pytest.mark.parametrize(
    ("code", "source"),
    [("2999", None), ("XQ-17", None), ("30909", "Somebody Else"), ("", None)],
)
def test_r145_an_unknown_code_is_said_back_with_whom_to_ask(code, source):
    answer = look_up(code, source)
    [(category, told)] = answer.steps

    assert not answer.known
    assert (answer.code, answer.source) == (code, source)
    assert category == UNKNOWN
    assert any("the specific code, the reason text" in step.do for step in told)


def test_an_unknown_code_has_the_series_as_a_hint_and_nothing_more():
    assert {one.series for one in look_up("2999").series} == {"2000"}
    assert look_up("5999").series == ()
    assert look_up("30999").series == ()
    assert look_up("٢٩٩٩").series == ()


def test_a_heading_stands_over_the_codes_that_begin_with_it():
    assert [one.code for one in look_up("3012", "dca_matrix").meanings] == ["3xxx"]
    assert [one.source for one in look_up("3104").meanings] == ["dca1"]


@pytest.mark.parametrize("code", ["CRS0003", "internal_error", "crs0015"])
def test_a_row_with_several_names_is_found_by_each(code):
    assert [one.source for one in look_up(code).meanings] == ["sinch"]


def test_words_are_searched_and_all_must_occur():
    privacy = search("privacy")
    both = search("Privacy  POLICY link")

    assert privacy[0].topic == "privacy policy"
    assert {one.code for one in privacy} >= {"805", "30908", "9108"}
    assert 0 < len(both) < len(privacy)
    assert search("privacy zebra") == ()
    assert search("   ") == ()


def test_every_code_answers_with_its_own_meaning():
    for one in meanings():
        found = look_up(one.code, one.source)
        assert one in found.meanings, one
        assert one in look_up(one.short).meanings, one


def test_r144_no_code_and_no_series_is_without_steps():
    for one in (*meanings(), *all_series()):
        assert len(steps(one.category)) >= 2, one
    used = {one.category for one in (*meanings(), *all_series())}
    assert set(remedies()) == used | {UNKNOWN}


def test_every_row_of_the_domain_table_is_there_as_it_is():
    table = SHARED / "domain" / "tables" / "rejection_codes.csv"
    if not table.exists():
        pytest.skip("the domain tables are not beside the project")
    with table.open(newline="") as file:
        rows = list(csv.DictReader(file))
    ours = {(one.issuer, one.code): one for one in meanings()}
    labels = {row["source_system"]: row for row in rows}
    own = Path(__file__).parents[2] / "registration" / "data" / "rejection_codes.csv"
    with own.open(newline="") as file:
        loaded = [
            {key: value for key, value in row.items() if key != "category"}
            for row in csv.DictReader(file)
        ]

    assert loaded == rows
    assert len(rows) == 223
    assert len(labels) == len(sources())
    assert len(ours) == len(meanings())
