from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from registration.move_alarms import due
from registration.move_steps import (
    LETTER_LASTS,
    MoveFacts,
    cut_over_list,
    letter_problem,
    refusals,
    steps,
)
from registration.number_models import MoveStep, NumberMove
from tests.conftest import NOW

TODAY = date(2026, 12, 4)  # a Friday
ALL = frozenset(cut_over_list())
READY = MoveFacts(
    step=MoveStep.cut_over,
    platform="ChairText",
    release_on=TODAY,
    signed_on=TODAY,
    ticked=ALL,
)
SIGNED = replace(READY, step=MoveStep.signed)
ALLOWED = {
    ("asked", "temporary"),
    ("asked", "signed"),
    ("asked", "cancelled"),
    ("temporary", "release_agreed"),
    ("temporary", "signed"),
    ("temporary", "cancelled"),
    ("release_agreed", "release_agreed"),
    ("release_agreed", "signed"),
    ("release_agreed", "cancelled"),
    ("signed", "signed"),
    ("signed", "cut_over"),
    ("signed", "cancelled"),
    ("cut_over", "hosted"),
    ("cut_over", "cancelled"),
}


@pytest.mark.parametrize(("now", "to"), list(product(MoveStep, MoveStep)))
def test_only_the_steps_of_the_table_can_be_taken(now, to):
    said = refusals(replace(READY, step=now), to, TODAY)

    assert (said == ()) is ((now.value, to.value) in ALLOWED), said
    if said:
        assert steps()[to].label in said[0]


@pytest.mark.parametrize(
    ("facts", "to", "why"),
    [
        (replace(SIGNED, signed_on=None), "cut_over", "is not signed"),
        (
            replace(SIGNED, signed_on=TODAY - LETTER_LASTS - timedelta(days=1)),
            "cut_over",
            "more than 30 days ago",
        ),
        (
            replace(SIGNED, release_on=TODAY + timedelta(days=3)),
            "cut_over",
            "ChairText lets the number go on December 7",
        ),
        (replace(SIGNED, release_on=None), "cut_over", "No day is agreed"),
        (
            replace(READY, step=MoveStep.temporary, release_on=None),
            "signed",
            "ChairText still texts from the number",
        ),
        (replace(READY, ticked=ALL - {"text_in"}), "hosted", "A test text to the"),
        (replace(READY, signed_on=None), "hosted", "is not signed"),
        (replace(READY, release_on=TODAY + timedelta(days=1)), "hosted", "lets the"),
    ],
)
def test_what_is_in_the_way_is_said(facts, to, why):
    said = refusals(facts, MoveStep(to), TODAY)

    assert any(why in sentence for sentence in said), said


def test_a_letter_counts_for_thirty_days():
    last = TODAY - timedelta(days=30)

    assert letter_problem(last, TODAY) is None
    assert letter_problem(last - timedelta(days=1), TODAY) is not None
    assert refusals(replace(SIGNED, signed_on=last), MoveStep.cut_over, TODAY) == ()


def test_everything_in_the_way_is_named_at_once():
    facts = replace(
        READY, signed_on=None, release_on=None, ticked=ALL - {"text_in", "text_out"}
    )

    assert len(refusals(facts, MoveStep.hosted, TODAY)) == 3


def test_where_nobody_else_texts_no_release_is_waited_for():
    facts = replace(SIGNED, platform=None, release_on=None)

    assert refusals(facts, MoveStep.cut_over, TODAY) == ()


def move(**changes):
    given = {
        "id": 7,
        "clinic_id": 1,
        "phone": "+12065550199",
        "voice": "landline",
        "provider": "Cascade Telephone",
        "platform": "ChairText",
        "step": MoveStep.release_agreed,
        "release_on": date(2026, 12, 7),  # a Monday
        "created_at": NOW,
    }
    return NumberMove(**{**given, **changes})


@pytest.mark.parametrize(
    ("day", "found", "keys"),
    [
        (date(2026, 12, 3), move(), []),
        (date(2026, 12, 4), move(), ["release:7:2026-12-07:before"]),
        (date(2026, 12, 6), move(), ["release:7:2026-12-07:before"]),
        (date(2026, 12, 7), move(), ["release:7:2026-12-07:day"]),
        (date(2026, 12, 9), move(), ["release:7:2026-12-07:day"]),
        (date(2026, 12, 7), move(step=MoveStep.cut_over), []),
        (date(2026, 12, 7), move(ended_at=NOW), []),
        (
            date(2026, 12, 1),
            move(step=MoveStep.signed, signed_on=date(2026, 11, 6)),
            ["letter:7:2026-11-06"],
        ),
        (
            date(2026, 12, 7),
            move(step=MoveStep.hosted, ended_at=NOW, keep_until=date(2026, 12, 7)),
            ["keep:7:2026-12-07"],
        ),
        (
            date(2026, 12, 6),
            move(step=MoveStep.hosted, ended_at=NOW, keep_until=date(2026, 12, 7)),
            [],
        ),
    ],
)
def test_a_day_of_the_move_asks_a_person(day, found, keys):
    # A business day before the release, and on the day itself.
    assert [one.key for one in due(found, "(206) 555-0100", day)] == keys
