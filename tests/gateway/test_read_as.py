"""How a text was read, in the words of the inbox."""

import pytest

from gateway.inbox import read_as
from gateway.intent import Context, read

IDLE = Context(standing="opted_in", open_prompt=None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("STOP", "asked to stop"),
        ("take me off your list", "asked to stop"),
        ("cancel please", "CANCEL: stops all texts, and may mean the visit"),
        ("wrong number", "may be another person's number now"),
        ("there is no Thomas here", "may be another person's number now"),
        ("not interested", "may have asked to stop"),
        ("I have chest pain", "sounds like an emergency"),
        ("where is the bus stop", "not understood"),
        ("HELP", "asked for help"),
    ],
)
def test_a_text_is_told_in_plain_words(text, words):
    reading = read(text, IDLE)

    assert read_as(reading.intent.value, reading.rule) == words
