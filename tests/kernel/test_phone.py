import json
from pathlib import Path
from re import _parser as parser

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.phone import (
    ABROAD,
    EXTENSION,
    REACHED,
    NotAPhone,
    Phone,
    masked,
    read,
    shown,
)

CORPUS = (
    Path(__file__).parents[2].parent / "shared" / "corpora" / "f_phone_numbers.jsonl"
)

KINDS = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost"),
    *("personal_number", "voip", "pager", "uan", "voicemail"),
)
ADA = "+14155550134"


@pytest.mark.parametrize(
    "typed",
    [
        ADA,
        "(415) 555-0134",
        "415.555.0134",
        "1-415-555-0134",
        "4155550134",
        " 415 555 0134\n",
        "tel:+1-415-555-0134",
        "（４１５）５５５-０１３４",
        "415\u00a0555\u20110134",
    ],
)
def test_a_us_number_is_read_however_it_is_typed(typed):
    assert read(typed) == Phone(ADA)


@pytest.mark.parametrize("last", range(100))
def test_numbers_set_aside_for_fiction_are_numbers(last):
    assert read(f"212-555-01{last:02}") == Phone(f"+121255501{last:02}")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "No phone number"),
        ("  \t", "No phone number"),
        ("call me", "not a phone number"),
        ("555-0134", "too few"),
        ("384387", "short code"),
        ("3/10/1984", "too few"),
        ("415 555 0134 0135", "too many"),
        ("415-555-0134 Mom", "too many"),
        ("415 555 0134 ext. 9", "extension"),
        ("+14155550134,,9#", "extension"),
        ("+44 20 7946 0958", "outside the US"),
        ("+1 809 555 1234", "outside the US"),
        ("+10005550134", "area code"),
        ("+17870000000", "area code"),
        ("+16709990134", "area code"),
        ("(555) 123-4567", "area code"),
        ("0000000000", "area code"),
        ("4" * 300, "too many"),
        ("STOP\ud800\x00", "not a phone number"),
    ],
)
def test_what_is_no_number_of_ours_is_refused_with_a_sentence(typed, says):
    refused = read(typed)

    assert isinstance(refused, NotAPhone)
    assert says in refused.why
    assert refused.why.endswith(".")


@given(st.integers(min_value=0, max_value=9_999_999_999))
def test_the_short_way_judges_as_the_long_way_does(national):
    assert read(f"+1{national:010}") == read(f"+1 ({national:010}) ")


@given(st.one_of(st.text(), st.text("+0123456789 ()-.xext#;,/", max_size=30)))
def test_any_text_is_read_shown_and_masked(text):
    found = read(text)

    assert isinstance(found, (Phone, NotAPhone))
    assert isinstance(shown(text), str)
    assert sum(char.isdecimal() for char in masked(text)) <= 2
    if isinstance(found, Phone):
        assert read(found.e164) == found


@pytest.mark.parametrize(
    ("e164", "page"),
    [
        (ADA, "(415) 555-0134"),
        ("+16135550134", "(613) 555-0134"),
        ("+442079460958", "+44 20 7946 0958"),
        ("384387", "384387"),
        ("Heed", "Heed"),
        ("", ""),
        ("+", "+"),
        ("whatsapp:+14155550134", "whatsapp:+14155550134"),
    ],
)
def test_a_number_is_shown_as_its_readers_write_it(e164, page):
    assert shown(e164) == page


@pytest.mark.parametrize(
    ("text", "log"),
    [(ADA, "…34"), ("(415) 555-0134 x", "…34"), ("384387", "…87"), ("911", "…")],
)
def test_a_log_keeps_two_digits(text, log):
    assert masked(text) == log


# Rows of the corpus that ask for something else than we do, and why.
FOREIGN = "read as if typed abroad: our region is always the US"
NOT_OURS = {
    "01164 3 331 6005": "New Zealand: parsed rightly, but no number we may text",
    "tel:2530000;isub=12345;phone-context=1234.com": "seven digits reach nobody",
    "1800 SIX FLAGS": "eleven digits after the 1: dialled only by an exchange",
    "+1 (645) 123 1234 ext. 910#": "the row expects the number of another test",
    "2012-01-02 08": "a date, but also a valid number in digits",
    "650 x 253 - 1234": "possible only, by a pattern we do not ask for",
}


def _rows():
    if not CORPUS.exists():
        return []
    return [json.loads(line) for line in CORPUS.read_text("utf-8").split("\n") if line]


@pytest.mark.skipif(not CORPUS.exists(), reason="shared/corpora is absent")
def test_the_corpus_of_numbers_is_read_as_it_says():
    judged = 0
    for row in _rows():
        text, kind = row["text"], row["record_type"]
        fictional = "555 exchange 010" in row.get("note", "") or text.endswith("4567")
        if row["region"] != "US" or text in NOT_OURS or (fictional and "555" in text):
            continue
        found = read(text)
        e164 = found.e164 if isinstance(found, Phone) else None
        if row.get("extension"):
            assert found == NotAPhone(EXTENSION), text
        elif kind in ("parse", "normalise"):
            assert e164 == row["expected_e164"], text
        elif kind == "possible_string":
            assert (e164 is not None) == row["expected_possible"], text
        elif kind in ("parse_error", "matcher_IMPOSSIBLE_CASES"):
            assert e164 is None, text
        elif kind.startswith("matcher_"):
            assert (e164 is not None) == ("ext" not in text), text
        else:
            continue  # is_valid, is_possible: judged against the test metadata
        judged += 1
    assert judged >= 30


@pytest.mark.skipif(not CORPUS.exists(), reason="shared/corpora is absent")
def test_numbers_of_other_regions_never_become_another_patients_number():
    for row in _rows():
        found = read(row["text"])
        if row["region"] != "US" and isinstance(found, Phone):
            assert found.e164 == row["expected_e164"], FOREIGN
    assert read("+44 20 7946 0958") == NotAPhone(ABROAD)


def free_digits_at_the_end(pattern):
    # How many last digits of a ten-digit number a pattern leaves open, at the least.
    if pattern.getwidth()[1] < 10:
        return 10  # it is about shorter numbers
    code, detail = pattern.data[-1]
    if (
        str(code) == "MAX_REPEAT"
        and str(detail[2].data[0][1][0][1]) == "CATEGORY_DIGIT"
    ):
        return detail[0]
    assert str(code) == "BRANCH", code
    return min(free_digits_at_the_end(branch) for branch in detail[1])


def test_whether_a_number_can_exist_is_decided_by_its_first_six_digits():
    looked = 0
    for region in REACHED:
        found = phonenumbers.PhoneMetadata.metadata_for_region(region)
        for kind in KINDS:
            pattern = (
                getattr(found, kind) and getattr(found, kind).national_number_pattern
            )
            if pattern:
                looked += 1
                assert free_digits_at_the_end(parser.parse(pattern)) >= 4, pattern
        assert len(found.leading_digits or "") <= 31  # area codes alone

    assert looked > 30


@given(
    st.sampled_from(
        ["({}) {}-{}", "{}-{}-{}", "{}.{}.{}", "{}{}{}", "1 {} {} {}", "({}{}-{}"]
    ),
    st.from_regex(r"[0-9]{10}", fullmatch=True),
)
def test_numbers_in_the_usual_forms_are_read_as_the_library_reads_them(form, digits):
    text = form.format(digits[:3], digits[3:6], digits[6:])

    assert read(text) == read(text + " ")  # which is not the usual form
