"""Delivery receipts in any order, and what a desk does about a text that was lost."""

from dataclasses import replace
from itertools import permutations

import pytest

from gateway.delivery import Came, fold
from gateway.models import State
from gateway.send_errors import NEXT_STEP, look_up
from tests.conftest import NOW

SID = "SM" + "1" * 32
ON_ITS_WAY = Came(
    state=State.submitting,
    vendor_sid=None,
    delivery=None,
    delivered_at=None,
    finished_at=None,
    error_code=None,
    outcome=None,
)
STATUSES = (
    "accepted",
    "queued",
    "sending",
    "sent",
    "delivered",
    "undelivered",
    "failed",
)
SAD = ("undelivered", "failed")


def ended(order, before=ON_ITS_WAY):
    came = before
    for status in order:
        code = "30003" if status in SAD else None
        came = fold(came, status, SID, code, NOW)
    return came


@pytest.mark.parametrize("count", range(1, len(STATUSES) + 1))
def test_all_orders_of_the_same_reports_end_alike_also_twice(count):
    """Of the first few statuses all, then of all seven, each report coming twice."""
    kinds = STATUSES[:count]

    ends = {ended((*order, *reversed(order))) for order in permutations(kinds)}

    [end] = ends
    assert end.state is State.accepted
    assert end.delivery == kinds[-1]
    assert (end.error_code, end.lost) == (
        ("30003", True) if end.delivery in SAD else (None, False)
    )
    assert (end.delivered_at is not None) == (end.delivery == "delivered")


def test_a_word_that_nobody_knows_moves_nothing():
    assert ended(("sent", "frobbed")) == ended(("sent",))


@pytest.mark.parametrize("state", [State.due, State.withdrawn, State.expired])
def test_a_report_brings_back_no_text_that_was_not_being_sent(state):
    came = ended(("sent",), replace(ON_ITS_WAY, state=state))

    assert came.state is state


@pytest.mark.parametrize(
    ("code", "step"),
    [
        ("30003", "The phone was off or out of reach."),
        ("30004", "ask whether texts are still wanted"),
        ("30005", "Find the patient's new number."),
        ("30006", "It is a landline"),
        ("30007", "the operator looks at the wording"),
        ("30034", "The carrier lets no text of this clinic through"),
        ("99999", NEXT_STEP),
        (None, NEXT_STEP),
    ],
)
def test_the_desk_reads_what_to_do_by_the_error(code, step):
    came = fold(ON_ITS_WAY, "undelivered", SID, code, NOW)

    assert step in look_up(code).next_step
    assert came.outcome.endswith(look_up(code).next_step)
