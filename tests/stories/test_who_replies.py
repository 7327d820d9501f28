"""Each way in which a number answers: the vendor's default words, its Advanced Opt-Out,
or we.  Whoever does, a patient is answered once where an answer is owed."""

import pytest

from consent.standing import line_state
from registration.models import WhoReplies
from tests.stories.test_a_patients_day import set_mode
from tests.torture.scene import phone_numbers

# Who answers has nothing to do with the database: SQLite alone.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

VENDOR, OURS = "You have successfully", "Maple Dental"
# What she texts after a START, how often she is answered, and what she is then.
SAID = (
    ("STOP", 1, "opted_out"),
    ("Stop.", 1, "opted_out"),
    ("CANCEL", 1, "opted_out"),
    ("ALTO", 1, "opted_out"),
    ("STOP STOP", 1, "opted_out"),
    ("please stop texting me", 1, "opted_out"),
    ("HELP", 1, "opted_in"),
    ("AYUDA", 1, "opted_in"),
    ("what is this?", 1, "opted_in"),
    ("YES", 1, "opted_in"),
    ("hello there", 1, "opted_in"),
    ("stop by at 3", 1, "opted_in"),
    ("do you ever stop", 0, "held"),
    ("wrong number", 0, "held"),
)


def standing(town, phone):
    with town.database.reading() as session:
        state = line_state(session, town.cast.maple.clinic_id, phone)
    return "held" if state.held else state.word.value


@pytest.mark.parametrize("mode", list(WhoReplies))
def test_every_word_has_the_one_answer_that_is_owed(town, mode):
    set_mode(town, mode)
    phones = phone_numbers(len(SAID))
    town.vendor.phones(phones, carrier="tmobile")
    declared = 2 if mode is WhoReplies.vendor_default else 1  # its words, then ours

    maple, words_of = town.cast.maple, [words for words, _, _ in SAID]
    started = town.hear_all(maple, [(phone, "START") for phone in phones])
    answered = town.hear_all(maple, list(zip(phones, words_of, strict=True)))

    assert [len(shown) for shown in started] == [declared] * len(SAID)
    for phone, answers, (words, owed, then) in zip(phones, answered, SAID, strict=True):
        assert len(answers) == owed, (words, answers)
        assert standing(town, phone) == then, words


@pytest.mark.parametrize("mode", list(WhoReplies))
def test_coming_back_is_answered_whoever_took_the_stop(town, mode):
    phones = phone_numbers(3)
    set_mode(town, mode)
    town.vendor.phones(phones, carrier="tmobile")

    maple, words_of = town.cast.maple, ("START", "UNSTOP", "YES")
    town.hear_all(maple, [(phone, "START") for phone in phones])
    town.hear_all(maple, [(phone, "STOP") for phone in phones])
    answered = town.hear_all(maple, list(zip(phones, words_of, strict=True)))

    for phone, back, answers in zip(phones, words_of, answered, strict=True):
        assert standing(town, phone) == "opted_in", back
        by = {
            WhoReplies.gateway: [OURS],
            WhoReplies.vendor_advanced: [VENDOR],
            WhoReplies.vendor_default: [VENDOR, OURS],
        }[mode]
        assert len(answers) == len(by), (back, answers)
        for words, who in zip(answers, by, strict=True):
            assert words.startswith(who), (back, words)
