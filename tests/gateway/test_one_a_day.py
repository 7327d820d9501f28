"""One reminder a day of a phone, asked where a text is about to leave."""

from datetime import timedelta

import pytest

from consent.models import Topic
from gateway import outbox
from gateway.facts import lock_and_gather
from gateway.gate import Obstacle, decide
from gateway.models import Message, MessageKind, State
from tests.conftest import NOW, PAT, SAM

HOUR = timedelta(hours=1)


def queue(session, place, key, phone=PAT, once_a_day=True):
    return outbox.queue(
        session,
        clinic_id=place.clinic_id,
        number_id=place.number_id,
        phone=phone,
        topic=Topic.care,
        kind=MessageKind.reminder,
        body="Maple Dental: your visit is tomorrow.",
        dedupe_key=key,
        send_from=NOW - HOUR,
        send_until=NOW + 48 * HOUR,
        zones=("America/Los_Angeles",),
        once_a_day=once_a_day,
        now=NOW,
    )


def held(database, message_id, now=NOW):
    with database.writing() as session:
        return decide(lock_and_gather(session, message_id, now).facts)


@pytest.fixture
def two(database, cast):
    with database.writing() as session:
        return [queue(session, cast.maple, f"k{number}") for number in range(2)]


@pytest.mark.parametrize("state", [State.submitting, State.accepted, State.unknown])
def test_the_second_reminder_of_a_day_waits_for_the_next(database, two, state):
    first, second = two
    assert Obstacle.one_a_day not in held(database, second).obstacles
    with database.writing() as session:
        text = session.get(Message, first)
        text.state, text.submitted_at = state, NOW - HOUR / 2

    verdict = held(database, second)

    (why,) = [one for one in verdict.findings if one.obstacle is Obstacle.one_a_day]
    assert "one a day is the most" in why.sentence
    assert why.passes_at == NOW + 14 * HOUR  # midnight in Los Angeles
    tomorrow = held(database, second, NOW + 23 * HOUR)
    assert Obstacle.one_a_day not in tomorrow.obstacles


@pytest.mark.parametrize("state", [State.due, State.failed, State.withdrawn])
def test_a_text_that_never_left_keeps_nobody_waiting(database, two, state):
    first, second = two
    with database.writing() as session:
        text = session.get(Message, first)
        text.state, text.submitted_at = state, NOW - HOUR / 2

    assert Obstacle.one_a_day not in held(database, second).obstacles


def test_another_phone_another_clinic_and_a_second_text_by_policy_do_not_count(
    database, cast
):
    with database.writing() as session:
        others = [
            queue(session, cast.maple, "other phone", SAM),
            queue(session, cast.birch, "other clinic"),
            queue(session, cast.maple, "two hours before", once_a_day=False),
        ]
        asked = queue(session, cast.maple, "asked")
        for other in others:
            text = session.get(Message, other)
            text.state, text.submitted_at = State.accepted, NOW - HOUR

    assert Obstacle.one_a_day not in held(database, asked).obstacles
