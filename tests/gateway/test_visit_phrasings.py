"""How answers to a reminder are read, in plain English and Spanish: a table of what people
write when a text has asked whether they come."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from gateway.intent import Context, Intent, read

TABLE = Path(__file__).parent / "visit_phrasings.csv"
ASKED = Context(standing="opted_in", open_prompt="visit")
IDLE = Context(standing="opted_in", open_prompt=None)
COMES, DECLINES = Intent.confirm, (Intent.cancel_visit, Intent.reschedule)


@pytest.fixture(scope="module")
def rows():
    with TABLE.open(encoding="utf-8", newline="") as lines:
        found = list(csv.DictReader(lines))
    return [(r["text"], Intent(r["intent"]), read(r["text"], ASKED)) for r in found]


def test_nine_of_ten_answers_are_read_as_they_were_meant(rows):
    wrong = [
        (text, meant, got.intent) for text, meant, got in rows if got.intent != meant
    ]
    print(f"\n{len(rows)} answers; read otherwise: {Counter(w[1:] for w in wrong)}")

    assert len(rows) > 450
    assert len(wrong) <= 0.05 * len(rows), wrong


def test_nobody_who_declines_is_taken_to_come_nor_the_other_way(rows):
    crossed = [
        text
        for text, meant, got in rows
        if (meant is COMES and got.intent in DECLINES)
        or (meant in DECLINES and got.intent is COMES)
    ]

    assert crossed == []


def test_a_question_about_the_visit_rarely_answers_it(rows):
    asked = [(text, got.intent) for text, meant, got in rows if meant is Intent.none]
    acted = [text for text, got in asked if got in (COMES, *DECLINES)]

    assert len(asked) > 80
    assert len(acted) <= 0.02 * len(asked), acted


def test_without_an_open_question_none_of_them_changes_a_visit(rows):
    for text, _, _ in rows:
        assert read(text, IDLE).intent not in (COMES, *DECLINES), text


@pytest.mark.parametrize("sign", ["👍", "👍🏽", "👌", "✅"])
def test_a_thumb_up_comes_only_where_it_was_asked(sign):
    assert read(sign, ASKED).intent is Intent.confirm
    assert read(sign, IDLE).intent is Intent.none
