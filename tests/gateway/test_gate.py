from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.models import Grade, Topic
from consent.standing import Word
from gateway.gate import Facts, Obstacle, decide, look_again_at
from gateway.models import Permit
from gateway.quiet_hours import Window
from kernel.carriers import GATED, Carrier
from registration.status import Cell, Source, Status

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)  # Monday 10:00 in Los Angeles


def cell(status: Status, days: int = 14, source: Source = Source.tcr_webhook) -> Cell:
    since = NOW - timedelta(days=days)
    return Cell(status=status, since=since, source=source, observed_at=NOW)


CLEAR = Facts(
    now=NOW,
    clinic_zone="America/Los_Angeles",
    number_connected=True,
    number_registered=True,
    account_halted_why=None,
    inbound_complete_until=NOW,
    paused_until=None,
    outside_trial=False,
    standing=Word.opted_in,
    grade=Grade.proven,
    held_since=None,
    permit=None,
    topic=Topic.care,
    use_covered=True,
    beyond_campaign=(),
    campaign_expired=False,
    carrier=Carrier.tmobile,
    textable=True,
    line_type="mobile",
    looked_up_at=NOW,
    cells={carrier: cell(Status.ACTIVE) for carrier in GATED},
    slowed_to=None,
    sent_last_hour=0,
    send_from=NOW - timedelta(hours=1),
    send_until=NOW + timedelta(hours=1),
    zones=("America/Los_Angeles",),
    reminded_at=None,
    window=Window.read("09:00-20:00"),
)

# What differs from the clear case, and the one obstacle that it must raise.
HELD = [
    ({"number_connected": False}, Obstacle.no_number),
    ({"number_registered": False}, Obstacle.not_registered),
    ({"account_halted_why": "error 20003"}, Obstacle.account_halted),
    ({"inbound_complete_until": None}, Obstacle.inbound_gap),
    ({"inbound_complete_until": NOW - timedelta(minutes=31)}, Obstacle.inbound_gap),
    ({"paused_until": NOW + timedelta(seconds=1)}, Obstacle.paused),
    ({"outside_trial": True}, Obstacle.only_trial),
    ({"standing": Word.none, "grade": None}, Obstacle.not_opted_in),
    ({"standing": Word.pending, "grade": None}, Obstacle.not_opted_in),
    ({"standing": Word.opted_out, "grade": None}, Obstacle.not_opted_in),
    ({"held_since": NOW}, Obstacle.line_held),
    (
        {"grade": Grade.asserted, "topic": Topic.reviews},
        Obstacle.only_asserted,
    ),
    ({"use_covered": False}, Obstacle.wrong_use),
    ({"beyond_campaign": ("It has a link, and may have none.",)}, Obstacle.wrong_use),
    ({"campaign_expired": True}, Obstacle.campaign_expired),
    ({"looked_up_at": None}, Obstacle.not_looked_up),
    ({"looked_up_at": NOW - timedelta(days=31)}, Obstacle.not_looked_up),
    ({"textable": False, "line_type": "landline"}, Obstacle.not_textable),
    ({"cells": {}}, Obstacle.carrier_not_active),
    ({"slowed_to": 20, "sent_last_hour": 20}, Obstacle.slowed_down),
    ({"slowed_to": 0}, Obstacle.slowed_down),
    ({"send_until": NOW}, Obstacle.too_late),
    ({"send_from": NOW + timedelta(minutes=1)}, Obstacle.too_early),
    ({"zones": ("America/Los_Angeles", "Pacific/Honolulu")}, Obstacle.quiet_hours),
    ({"zones": ("Mars/Olympus",)}, Obstacle.quiet_hours),
    ({"reminded_at": NOW - timedelta(minutes=50)}, Obstacle.one_a_day),
]


def test_the_clear_case_leaves() -> None:
    assert decide(CLEAR).allowed


@pytest.mark.parametrize(("difference", "obstacle"), HELD)
def test_each_obstacle_holds_by_itself_and_has_a_sentence(difference, obstacle) -> None:
    verdict = decide(replace(CLEAR, **difference))

    assert verdict.obstacles == {obstacle}
    assert all(len(sentence) > 20 for sentence in verdict.sentences)
    assert look_again_at(verdict, None, NOW) > NOW


def test_every_obstacle_is_named_at_once() -> None:
    facts = replace(CLEAR, standing=Word.opted_out, use_covered=False, cells={})

    assert decide(facts).obstacles == {
        Obstacle.not_opted_in,
        Obstacle.wrong_use,
        Obstacle.carrier_not_active,
    }


@pytest.mark.parametrize("status", [s for s in Status if s is not Status.ACTIVE])
@pytest.mark.parametrize("carrier", sorted(GATED))
def test_one_carrier_that_is_not_active_holds_its_own_phones_only(
    carrier, status
) -> None:
    """R7, R59, R79: PENDING, REVIEW, REJECTED and SUSPENDED all hold."""
    cells = {**CLEAR.cells, carrier: cell(status)}

    held = decide(replace(CLEAR, carrier=carrier, cells=cells))
    others = [replace(CLEAR, carrier=c, cells=cells) for c in GATED - {carrier}]

    assert held.obstacles == {Obstacle.carrier_not_active}
    assert all(decide(facts).allowed for facts in others)


@pytest.mark.parametrize("carrier", [c for c in Carrier if c not in GATED])
def test_a_carrier_outside_the_three_needs_all_three(carrier) -> None:
    assert decide(replace(CLEAR, carrier=carrier)).allowed
    for gated in GATED:
        cells = {**CLEAR.cells, gated: cell(Status.REVIEW)}
        assert not decide(replace(CLEAR, carrier=carrier, cells=cells)).allowed


def test_the_sentence_names_the_carrier_and_since_when_it_has_been_in_review() -> None:
    cells = {**CLEAR.cells, Carrier.att: cell(Status.REVIEW, days=14)}

    (sentence,) = decide(replace(CLEAR, carrier=Carrier.att, cells=cells)).sentences

    assert "AT&T" in sentence
    assert "REVIEW" in sentence
    assert "Nov 16, 2026)" in sentence


def test_a_polled_word_that_nobody_confirmed_for_a_day_is_not_active() -> None:
    old = replace(
        cell(Status.ACTIVE, source=Source.tcr_poll), observed_at=NOW - timedelta(days=1)
    )

    facts = replace(CLEAR, cells={**CLEAR.cells, Carrier.tmobile: old})

    assert decide(facts).obstacles == {Obstacle.carrier_not_active}


@pytest.mark.parametrize("permit", list(Permit))
def test_a_permit_waives_consent_and_nothing_else(permit) -> None:
    asked = replace(CLEAR, permit=permit, standing=Word.opted_out, held_since=NOW)

    assert decide(asked).allowed
    assert not decide(replace(asked, cells={})).allowed
    assert not decide(replace(asked, inbound_complete_until=None)).allowed


def test_an_answer_to_her_own_text_knows_no_quiet_hours() -> None:
    night = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)  # 01:00 in Los Angeles
    shifted = replace(
        CLEAR,
        now=night,
        looked_up_at=night,
        inbound_complete_until=night,
        send_from=night,
    )

    assert decide(shifted).obstacles == {Obstacle.quiet_hours}
    assert decide(replace(shifted, zones=())).allowed


def test_what_only_the_clock_holds_is_looked_at_again_when_it_opens() -> None:
    later = NOW + timedelta(hours=3)

    verdict = decide(replace(CLEAR, send_from=later))

    assert look_again_at(verdict, None, NOW) == later


def test_the_longer_a_text_is_held_the_calmer_it_is_looked_at() -> None:
    verdict = decide(replace(CLEAR, cells={}))

    pauses = [
        look_again_at(verdict, NOW - timedelta(minutes=minutes), NOW) - NOW
        for minutes in (0, 4, 20, 60, 6000)
    ]

    assert [pause.total_seconds() / 60 for pause in pauses] == [1, 1, 5, 15, 15]


@given(st.lists(st.sampled_from([difference for difference, _ in HELD]), min_size=1))
def test_no_second_obstacle_ever_opens_the_gate(differences) -> None:
    facts = CLEAR
    for difference in differences:
        facts = replace(facts, **difference)

    # Two differences may speak of the same fact; the last one still closes the gate.
    assert not decide(facts).allowed


def test_a_fact_that_nobody_looked_up_is_an_error_and_not_a_yes() -> None:
    with pytest.raises(TypeError):
        Facts(now=NOW)  # type: ignore[call-arg]


def test_what_the_campaign_does_not_cover_is_said_once_and_in_its_own_words():
    why = ("No sample asks for a review.", "It has a link.")
    facts = replace(CLEAR, use_covered=False, beyond_campaign=why)
    assert decide(facts).sentences == list(why)
