"""Twilio is introduced once, where a reader meets it first."""

import pytest

from reminders.first_mention import introduce

WHO = "Twilio, the texting provider"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (["Delivered, says Twilio."], [f"Delivered, says {WHO}."]),
        (["Twilio took it, but"], [f"{WHO}, took it, but"]),
        (
            ["No.", "Handed to Twilio.", "So says Twilio."],
            ["No.", f"Handed to {WHO}.", "So says Twilio."],
        ),
        (["Twilio's list. Twilio said"], [f"Twilio's list. {WHO}, said"]),
        (["The clinic's Twilio’s"], ["The clinic's Twilio’s"]),
        ([], []),
    ],
)
def test_the_first_plain_mention_says_who_it_is(before, after):
    assert introduce(before) == after
