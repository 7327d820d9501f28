from pathlib import Path

import pytest

from kernel import phone as phones
from kernel.errors import Invalid
from registration.number_readiness import Verdict, answers, choices, readiness

OFFICE = "(206) 555-0199"


@pytest.mark.parametrize("voice", ["wireless", "teams", "google_voice"])
@pytest.mark.parametrize("texting", ["nobody", "platform"])
def test_lines_whose_calls_and_texts_are_one_are_refused(voice, texting):
    """R41: each with its reason, and with a number of its own as the way round."""
    found = readiness(OFFICE, voice, texting)

    assert found.verdict is Verdict.no
    assert "cannot be split" in found.why
    assert found.way_round.startswith("Text from a number of its own instead")
    assert found.temporary


@pytest.mark.parametrize(
    ("phone", "voice", "texting", "verdict", "first"),
    [
        (OFFICE, "landline", "nobody", "yes", "landline"),
        (OFFICE, "landline", "platform", "release", "platform"),
        (OFFICE, "voip", "nobody", "ask", "voip"),
        (OFFICE, "voip", "platform", "ask", "voip"),
        (OFFICE, "unknown", "platform", "find_out", "unknown"),
        (OFFICE, "landline", "twilio", "no", "twilio"),
        ("(888) 555-0199", "landline", "nobody", "no", "toll_free"),
        (OFFICE, "toll_free", "nobody", "no", "toll_free"),
        (OFFICE, "short_code", "nobody", "no", "short_code"),
        ("72975", "landline", "nobody", "no", "short_code"),
    ],
)
def test_what_the_number_is_and_who_carries_it_decide(
    phone, voice, texting, verdict, first
):
    found = readiness(phone, voice, texting)

    assert (found.verdict, found.lines[0].key) == (verdict, first)
    assert bool(found.way_round) is (verdict != "yes")


@pytest.mark.parametrize("typed", ["72975", "262966", " 729 75 ", "+1 72975"])
def test_a_short_code_is_told_apart_and_refused(typed):
    """R4: wherever a number is read, and the glossary says what 10DLC is."""
    read = phones.read(typed)
    found = readiness(typed, "landline", "nobody")
    glossary = (Path(__file__).parents[2] / "README.md").read_text()

    assert isinstance(read, phones.NotAPhone)
    assert "short code" in read.why
    assert "ten-digit numbers (10DLC)" in read.why
    assert (found.phone, found.verdict) == (None, Verdict.no)
    assert "large banks and airlines" in found.why
    assert "| 10DLC, short code |" in glossary


@pytest.mark.parametrize(
    ("phone", "voice", "texting", "why"),
    [
        ("12", "landline", "nobody", "too few digits"),
        (OFFICE, "", "nobody", "Choose who carries its calls."),
        (OFFICE, "platform", "nobody", "Choose who carries its calls."),
        (OFFICE, "landline", "", "Choose who texts from it today."),
        (OFFICE, "landline", "teams", "Choose who texts from it today."),
    ],
)
def test_what_cannot_be_read_is_asked_for_again(phone, voice, texting, why):
    with pytest.raises(Invalid, match=why):
        readiness(phone, voice, texting)


def test_every_row_of_the_table_has_its_reason_and_its_source():
    assert len(choices("voice")) + len(choices("texting")) == len(answers())
    for line in answers().values():
        assert all((line.label, line.reason, line.source))
        assert bool(line.way_round) is (line.verdict is not Verdict.yes)
