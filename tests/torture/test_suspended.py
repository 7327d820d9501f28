"""I3 under fire: a suspension is written at once while eight senders are at work, and
nothing leaves for that campaign afterwards."""

import statistics
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from gateway.models import Message, State
from kernel.carriers import Carrier
from registration.status import Changed, Observation, Source, Status
from registration.workflow import observe
from tests.torture import checks
from tests.torture.scene import agree, know_carrier, phone_numbers, queue

LONGEST_SECONDS = 1.0


def say(database, campaign_id, status, now):
    """How long the word took to be durable, and when that was."""
    seen = Observation(
        status=status,
        raw=status,
        source=Source.operator_entry,
        at=now,
        evidence="https://portal.example/screenshot",
    )
    began = time.monotonic_ns()
    result = database.retrying(
        lambda session: observe(
            session, campaign_id, Carrier.verizon, seen, by="operator@heed.example"
        )
    )
    assert isinstance(result, Changed)
    return began, time.monotonic_ns()


def look_again_now(database, now):
    """What was held is tried again at once, so that the senders never run dry."""
    with database.writing() as session:
        session.connection().execute(
            sa.update(Message)
            .where(col(Message.state) == State.due)
            .values(look_again_at=now)
        )


@pytest.mark.parametrize("tries", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_a_suspension_is_written_within_a_second_and_stops_every_sender(
    database, cast, works, crew, tries
):
    phones = phone_numbers(40)
    with database.writing() as session:
        know_carrier(session, cast.maple.clinic_id, phones, works.heed.now())
        agree(session, cast.maple.clinic_id, phones, works.heed.now())
        for phone in phones:
            queue(session, cast.maple, phone, works.heed.now(), tries)
    crew.serve()
    took, closed = [], []

    with crew.senders(processes=2, threads=4, batch=4) as marked:
        time.sleep(1)
        for number in range(tries):
            at = works.heed.now() + timedelta(microseconds=number)
            began, done = say(database, cast.maple.campaign_id, Status.SUSPENDED, at)
            took.append((done - began) / 1e9)
            time.sleep(0.02)
            look_again_now(database, at)
            reopened, _ = say(database, cast.maple.campaign_id, Status.ACTIVE, at)
            closed.append((done, reopened))
            time.sleep(0.05)

    with database.reading() as session:
        attempts = checks.attempts(session, marked)
    print(
        f"{database.dialect}: suspended within {statistics.median(took) * 1e3:.0f} ms "
        f"(median), {max(took) * 1e3:.0f} ms (worst of {tries}); "
        f"{len(attempts)} texts left"
    )
    assert len(attempts) > tries / 2
    for attempt in attempts:
        written = max(attempt.began_ns, attempt.marked_ns or 0)
        assert not any(since < written < until for since, until in closed)
    assert max(took) <= LONGEST_SECONDS
