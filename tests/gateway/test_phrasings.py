"""How the rules read 1,450 phrasings that somebody else wrote before there were rules."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from gateway import words
from gateway.intent import Context, Intent, read

HERE = Path(__file__).parent
WILD = HERE.parents[1] / "../shared/corpora/b_optout_utterances.jsonl"
CONTEXTS = {
    "idle": Context(standing="opted_in", open_prompt=None),
    "visit": Context(standing="opted_in", open_prompt="visit"),
    "asked": Context(standing="pending", open_prompt="opt_in"),
    "stopped": Context(standing="opted_out", open_prompt=None),
}
SAFE = (Intent.stop, Intent.unsure)


@pytest.fixture(scope="module")
def rows():
    with (HERE / "phrasings.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def read_as(row):
    return read(row["text"], CONTEXTS[row["context"]]).intent


def test_a_request_to_stop_is_hardly_ever_missed(rows):
    stops = [(row["text"], read_as(row)) for row in rows if row["intent"] == "stop"]
    missed = [text for text, intent in stops if intent not in SAFE]
    doubted = [text for text, intent in stops if intent == Intent.unsure]
    print(f"\n{len(stops)} requests to stop; missed: {missed}; doubted: {doubted}")

    assert len(stops) > 600
    assert len(missed) <= 0.01 * len(stops)
    assert len(missed) + len(doubted) <= 0.08 * len(stops)


def test_what_is_no_request_to_stop_rarely_stops_anything(rows):
    others = [(row["text"], read_as(row)) for row in rows if row["intent"] == "none"]
    stopped = [text for text, intent in others if intent == Intent.stop]
    doubted = [text for text, intent in others if intent == Intent.unsure]
    print(f"\n{len(others)} others; stopped: {stopped}; doubted: {doubted}")

    assert len(others) > 300
    assert len(stopped) <= 0.005 * len(others)
    assert len(doubted) <= 0.06 * len(others)


def test_the_whole_table_is_read_as_it_says_in_nine_of_ten_rows(rows):
    wrong = Counter(
        (row["intent"], str(read_as(row)))
        for row in rows
        if read_as(row) != row["intent"]
    )
    print(f"\nas the table says, but read otherwise: {sorted(wrong.items())}")

    assert sum(wrong.values()) <= 0.12 * len(rows)


def test_messages_of_strangers_to_each_other_stop_nothing():
    if not WILD.exists():
        pytest.skip("the corpora are not beside the project")
    texts = [json.loads(line) for line in WILD.read_text("utf-8").splitlines()]
    harmless = [row["text"] for row in texts if row["label"] == "none"]
    for context in (CONTEXTS["idle"], CONTEXTS["visit"]):
        read_so = Counter(read(text, context).intent for text in harmless)

        assert len(harmless) > 150
        assert read_so[Intent.stop] <= 0.005 * len(harmless)
        assert read_so[Intent.unsure] <= 0.05 * len(harmless)


def test_no_pattern_fits_everything():
    """A pattern whose words are all optional would be found in every text."""
    table = HERE.parents[1] / "gateway/data/phrases.csv"
    with table.open(encoding="utf-8", newline="") as lines:
        patterns = [row["pattern"] for row in csv.DictReader(lines)]
    for pattern in patterns:
        pieces = [piece for piece in pattern.split() if piece not in (".", "*")]
        assert any(piece[0] != "[" and piece[-1] != "*" for piece in pieces), pattern
    for text in ("blue", "the cat sat on a mat", "una casa azul y grande"):
        assert read(text, CONTEXTS["idle"]).intent is Intent.none


def test_every_rule_says_in_which_language_and_why():
    rules = [row for row in words.rows("phrases") if row["kind"] != "group"]

    assert not [row for row in words.rows("phrases") if not row["remark"].strip()]
    assert {row["language"] for row in rules} == {"en", "es"}
