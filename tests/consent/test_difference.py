import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.difference import Piece, difference, plain, sentences_gone

TEXTS = st.text(alphabet="ab .\n", max_size=40)


def test_what_goes_and_what_comes_is_marked_in_reading_order():
    assert difference("Reply STOP now.", "Reply STOP to end.") == (
        Piece("same", "Reply STOP "),
        Piece("gone", "now."),
        Piece("new", "to end."),
    )


@given(TEXTS, TEXTS)
def test_the_pieces_make_both_texts_again(old, new):
    pieces = difference(old, new)

    assert "".join(one.text for one in pieces if one.mark != "new") == old
    assert "".join(one.text for one in pieces if one.mark != "gone") == new


@given(TEXTS)
def test_nothing_changes_between_a_text_and_itself(text):
    assert {piece.mark for piece in difference(text, text)} <= {"same"}


@pytest.mark.parametrize(
    ("old", "new", "gone"),
    [
        ("We text you about visits. Reply STOP.", "Reply STOP.", 1),
        ("We text you about visits.", "we  text you about VISITS!", 0),
        ("“We text” you about visits.", '"We text" you about visits', 0),
        ("Reply STOP.", "Reply END.", 0),
        ("One long sentence here\nAnother long one here", "Another long one here", 1),
        ("", "Anything at all is new here.", 0),
    ],
)
def test_a_sentence_is_gone_when_nobody_reads_it_any_more(old, new, gone):
    assert len(sentences_gone(old, new)) == gone


def test_copies_of_the_same_words_are_the_same():
    assert plain(" You’ll  get\ntexts. ") == plain("you'll get TEXTS")
