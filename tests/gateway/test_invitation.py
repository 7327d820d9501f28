from dataclasses import replace
from datetime import timedelta

import pytest

from consent.models import Grade
from consent.standing import Word
from gateway.invitation import APART, Facts, Ground, May, MayNot, decide
from tests.conftest import NOW

DAY = timedelta(days=1)
FREE = Facts(
    now=NOW,
    clinic_zone="America/Los_Angeles",
    word=Word.none,
    grade=None,
    held=False,
    told=True,
    asked_at=None,
    answered=False,
)


@pytest.mark.parametrize(
    ("changes", "ground"),
    [
        ({}, Ground.told),
        ({"word": Word.pending}, Ground.told),
        ({"word": Word.opted_in, "grade": Grade.asserted}, Ground.asserted),
        (
            {"word": Word.opted_in, "grade": Grade.asserted, "told": False},
            Ground.asserted,
        ),
        ({"asked_at": NOW - APART, "answered": True}, Ground.told),
    ],
)
def test_what_allows_one_text(changes, ground):
    assert decide(replace(FREE, **changes)) == May(ground)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"told": False}, "Nothing says yet that we may text them"),
        ({"word": Word.pending, "told": False}, "Nothing says yet"),
        ({"word": Word.opted_out}, "The patient said stop"),
        ({"held": True}, "Decide it under Tasks"),
        ({"word": Word.opted_in, "grade": Grade.proven}, "has agreed already"),
        ({"word": Word.opted_in, "grade": Grade.recorded}, "has agreed already"),
        ({"asked_at": NOW - DAY}, "asked by text on Sun, Nov 29, 2026 and has not"),
        ({"asked_at": NOW - 400 * DAY}, "Nobody is asked twice without an answer"),
        (
            {"asked_at": NOW - APART + timedelta(seconds=1), "answered": True},
            "again from Mon, Nov 30, 2026, 10:00 AM PST",
        ),
    ],
)
def test_what_forbids_it_and_until_when(changes, sentence):
    refused = decide(replace(FREE, **changes))

    assert isinstance(refused, MayNot)
    assert len(refused.why) == 1
    assert sentence in refused.why[0]


def test_every_reason_is_named():
    refused = decide(replace(FREE, word=Word.opted_out, held=True, asked_at=NOW - DAY))

    assert len(refused.why) == 3
