import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.intent import Context, Intent, read
from gateway.keywords import table

STRANGER = Context(standing="none", open_prompt=None)
OPTED_IN = Context(standing="opted_in", open_prompt=None)
ASKED = Context(standing="opted_in", open_prompt="visit")

# 47 CFR 64.1200(a)(10), and what the vendor stops on by itself.
PER_SE = ("stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe")


def intent(text, context=STRANGER):
    return read(text, context).intent


@pytest.mark.parametrize("text", ["YES", "yes.", "Sí", "si", " Y.E.S "])
@pytest.mark.parametrize(
    ("standing", "prompt", "expected"),
    [
        ("opted_out", None, "start"),
        ("opted_out", "visit", "start"),
        ("pending", "opt_in", "start"),
        ("pending", None, "start"),
        ("opted_in", "visit", "confirm"),
        ("opted_in", None, "none"),
        ("opted_in", "opt_in", "none"),
        ("none", None, "none"),
        ("none", "visit", "none"),
    ],
)
def test_yes_means_what_it_answers(text, standing, prompt, expected):
    reading = read(text, Context(standing=standing, open_prompt=prompt))

    assert (reading.intent, reading.rule) == (expected, "word.yes")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("C", "confirm"),
        ("c.", "confirm"),
        ("Confirmo", "confirm"),
        ("X", "cancel_visit"),
        ("can't come", "cancel_visit"),
        ("No puedo ir", "cancel_visit"),
        ("R", "reschedule"),
        ("Reprogramar", "reschedule"),
    ],
)
def test_the_letters_of_a_visit_count_only_when_we_asked(text, expected):
    assert intent(text, ASKED) == expected
    assert intent(text, OPTED_IN) == Intent.none
    assert intent(text, Context(standing="pending", open_prompt="opt_in")) == "none"


@pytest.mark.parametrize("text", ["CANCEL", "cancelar", "Cancel."])
def test_cancel_says_by_its_rule_that_a_visit_may_be_meant(text):
    assert read(text, ASKED).rule == "word.cancel"


@pytest.mark.parametrize("text", ["START", "unstop", "Comenzar"])
def test_start_words_start_from_any_standing(text):
    for standing in ("none", "pending", "opted_in", "opted_out"):
        assert intent(text, Context(standing=standing, open_prompt=None)) == "start"


@pytest.mark.parametrize(
    "text",
    [
        "Wrong number",
        "sorry, wrong number!",
        "who is this?",
        "Who’s this",
        "Número equivocado",
        "¿Quién es?",
    ],
)
def test_a_stranger_on_the_phone_is_held_for_a_person(text):
    assert read(text, ASKED).rule == "reassigned"
    assert intent(text, ASKED) == Intent.unsure


@pytest.mark.parametrize(
    ("text", "expected", "rule"),
    [
        ("911", "none", "emergency"),
        ("9-1-1!", "none", "emergency"),
        ("I have chest pain", "none", "emergency"),
        ("I can’t breathe", "none", "emergency"),
        ("dolor de pecho", "none", "emergency"),
        ("es una EMERGENCIA", "none", "emergency"),
        ("I can't stop bleeding, call 911", "none", "emergency"),
    ],
)
def test_words_of_an_emergency_are_told_apart(text, expected, rule):
    reading = read(text, ASKED)

    assert reading.urgent
    assert (reading.intent, reading.rule) == (expected, rule)


def test_accents_part_a_stop_from_a_yes_in_vietnamese():
    assert intent("dừng") == Intent.stop
    assert intent(unicodedata.normalize("NFD", "DỪNG")) == Intent.stop
    assert intent("dung") == Intent.unsure


def test_a_word_of_the_table_may_be_typed_without_its_accents():
    assert intent("إلغاء") == intent("الغاء") == Intent.stop


@given(st.text(), st.sampled_from([STRANGER, OPTED_IN, ASKED]))
def test_any_text_is_read_the_same_way_twice(text, context):
    reading = read(text, context)
    start, end = reading.span

    assert reading == read(text, context)
    assert 0 <= start <= end <= len(text)
    assert (reading.rule == "none") == ((start, end) == (0, 0))


WORDS = st.sampled_from(["thanks", "ok", "blue", "room", "mañana", "911", "👍", "yes"])


@given(
    st.lists(WORDS, max_size=9), st.sampled_from(PER_SE), st.lists(WORDS, max_size=9)
)
def test_no_sentence_hides_a_stop_word(before, word, after):
    text = " ".join([*before, word, *after])

    assert intent(text, ASKED) in (Intent.stop, Intent.unsure)


BAITS = ("a ", "s ", "\u200b", '"', "👍", "sent from my ", "st op ", "liked “")


@pytest.mark.parametrize(
    "piece",
    [*BAITS[-2:], *(pytest.param(bait, marks=pytest.mark.slow) for bait in BAITS[:-2])],
)
def test_a_long_text_takes_time_in_proportion(piece):
    def seconds(count):
        text = piece * count
        began = time.process_time()
        read(text, ASKED)
        return time.process_time() - began

    seconds(100)
    # 16 times the text: 16 times the time, 256 times were it by the square.
    assert seconds(32_000) < 80 * max(seconds(2_000), 0.002)


def test_a_text_is_read_from_one_table():
    assert table() is table()
