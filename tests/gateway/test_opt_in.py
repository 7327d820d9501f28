from dataclasses import replace

import pytest

from clinics.models import Language
from consent.models import Grade, Topic
from consent.standing import Word, word
from gateway.opt_in import (
    BURST,
    Act,
    Facts,
    Known,
    Problem,
    Typed,
    Wish,
    decide,
    language_for,
    read,
)
from gateway.opt_in_words import SAID, listed
from kernel import phone as phones

NEW = Known(word=Word.none, grade=None)
PENDING = Known(word=Word.pending, grade=None)
PROVEN = Known(word=Word.opted_in, grade=Grade.proven)
RECORDED = Known(word=Word.opted_in, grade=Grade.recorded)
ASSERTED = Known(word=Word.opted_in, grade=Grade.asserted)
STOPPED = Known(word=Word.opted_out, grade=None)
CARE, REVIEWS = Topic.care, Topic.reviews

CLEAR = Facts(
    topics={CARE: NEW},
    stopped=False,
    held=False,
    asked_unanswered=False,
    this_hour=1,
)
AFTER_STOP = {"topics": {CARE: STOPPED}, "stopped": True}

# What differs from a new phone -> what becomes of the form, and the pending topics.
TABLE = [
    ({}, Act.ask, (CARE,)),
    ({"topics": {CARE: NEW, REVIEWS: NEW}}, Act.ask, (CARE, REVIEWS)),
    ({"topics": {CARE: PENDING}}, Act.ask, (CARE,)),  # the first text never left
    ({"topics": {CARE: ASSERTED}}, Act.ask, (CARE,)),  # worth proving
    ({"topics": {CARE: PROVEN}}, Act.agreed_already, ()),
    ({"topics": {CARE: RECORDED}}, Act.agreed_already, ()),
    ({"topics": {CARE: PROVEN}, "held": True}, Act.agreed_already, ()),
    ({"topics": {CARE: PROVEN, REVIEWS: NEW}}, Act.ask, (REVIEWS,)),
    (AFTER_STOP, Act.stopped, (CARE,)),
    ({**AFTER_STOP, "held": True}, Act.stopped, (CARE,)),
    ({"held": True}, Act.held, (CARE,)),
    ({"asked_unanswered": True}, Act.asked_before, (CARE,)),
    ({"topics": {CARE: PENDING}, "asked_unanswered": True}, Act.asked_before, (CARE,)),
    ({"this_hour": BURST}, Act.ask, (CARE,)),
    ({"this_hour": BURST + 1}, Act.burst, (CARE,)),
]


@pytest.mark.parametrize(("differs", "act", "pending"), TABLE)
def test_what_becomes_of_a_form(differs, act, pending):
    decision = decide(replace(CLEAR, **differs))

    assert (decision.act, decision.pending) == (act, pending)


@pytest.mark.parametrize(
    ("stopped", "pending", "granted", "expected"),
    [
        (0, 0, 0, Word.none),
        (0, 1, 0, Word.pending),
        (0, 1, 2, Word.opted_in),
        (0, 3, 2, Word.opted_in),
        (3, 1, 2, Word.opted_out),
        (3, 0, 0, Word.opted_out),
        (3, 4, 0, Word.opted_out),  # a form is no word of hers
        (3, 4, 2, Word.opted_out),
        (3, 4, 5, Word.opted_in),
    ],
)
def test_only_an_opt_in_undoes_a_stop(stopped, pending, granted, expected):
    assert word(stopped, pending, granted) is expected


FILLED = Typed(phone="(206) 555-0111", name=" Pat ", ticked=frozenset({CARE}))


def test_a_form_is_read_into_a_wish():
    assert read(FILLED, (CARE,)) == Wish(
        phone="+12065550111", typed="(206) 555-0111", name="Pat", topics=(CARE,)
    )


@pytest.mark.parametrize(
    ("differs", "field", "why"),
    [
        ({"phone": ""}, "phone", phones.EMPTY),
        ({"phone": "+44 20 7946 0018"}, "phone", phones.ABROAD),
        ({"phone": "+1 876 555 0100"}, "phone", phones.ABROAD),  # Jamaica
        ({"phone": "555-0111"}, "phone", phones.TOO_SHORT),
        ({"phone": "1" * 5000}, "phone", phones.TOO_LONG),
        ({"phone": "<script>"}, "phone", phones.NO_NUMBER),
        ({"name": "x" * 81}, "name", Problem.name_too_long),
        ({"ticked": frozenset()}, "topics", Problem.no_topic),
        ({"ticked": frozenset({REVIEWS})}, "topics", Problem.no_topic),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(differs, field, why):
    assert read(replace(FILLED, **differs), (CARE,)) == {field: why}


def test_every_sentence_exists_in_spanish():
    english, spanish = SAID[Language.en], SAID[Language.es]
    of_phones = {
        getattr(phones, name)
        for name in dir(phones)
        if name.isupper() and isinstance(getattr(phones, name), str)
    }

    assert set(english) | of_phones == set(spanish)
    assert all(spanish[key] != english[key] for key in english)


def test_topics_are_listed_as_a_person_says_them():
    assert listed([CARE], Language.en) == "your appointments"
    assert (
        listed([CARE, REVIEWS], Language.es) == "sus citas y opiniones sobre su visita"
    )


def test_the_language_is_the_wanted_one_or_one_that_has_words():
    en, es = Language.en, Language.es

    assert language_for(es, frozenset({en, es})) is es
    assert language_for(es, frozenset({en})) is en
    assert language_for(en, frozenset()) is None
