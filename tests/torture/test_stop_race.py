"""I2 under fire: eight senders in two processes, and STOPs over HTTP."""

import random
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from gateway.models import Message, State
from tests.torture import checks
from tests.torture.checks import Attempt, sends_after_stop
from tests.torture.scene import agree, know_carrier, phone_numbers, queue
from tests.torture.work import Poster, inbound_form

DUE_EACH = 3
POSTERS = 4
USEFUL = timedelta(seconds=90)  # what a STOP held back is not looked at for ever
# Holds some attempts between the decision and its commit: that is where a STOP must
# not be able to slip in.
HELD_OPEN = "o4:sleep=0.003"


# How far the first of a phone's texts has come when the STOP is posted, so that the
# two meet at every step of the way, on a slow machine as well.
MOMENTS = (
    (State.claimed, State.submitting, State.accepted),
    (State.submitting, State.accepted),
    (State.accepted,),
)


def wait_until(database, phone, there, seconds=5.0):
    first = (
        sa.select(col(Message.id))
        .where(col(Message.phone) == phone, col(Message.state).in_(there))
        .limit(1)
    )
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with database.reading() as session:
            if session.connection().scalar(first):
                return
        time.sleep(0.005)


def race(database, cast, works, crew, phones):
    """Each phone gets texts that are due, and texts STOP a moment later; when each
    STOP's 200 was there, and when each attempt was marked."""
    stopped = {}
    own = threading.local()

    def one(phone):
        chance = random.Random(phone)
        with database.writing() as session:
            now = works.heed.now()
            queue(session, cast.maple, phone, now, DUE_EACH, useful=USEFUL)
        wait_until(database, phone, chance.choice(MOMENTS))
        time.sleep(chance.uniform(0, 0.01))
        if not hasattr(own, "poster"):
            own.poster = Poster(crew.scene.public, cast.maple.token)
            posters.append(own.poster)
        form = inbound_form(cast.maple, phone, "STOP", "SM" + secrets.token_hex(16))
        status, heard = own.poster.post(form)
        assert status == 200
        stopped[cast.maple.clinic_id, phone] = heard

    posters = []
    with (
        crew.senders(processes=2, threads=4, batch=2, armed=HELD_OPEN) as marked,
        ThreadPoolExecutor(POSTERS) as pool,
    ):
        list(pool.map(one, phones))
        time.sleep(0.5)
    for poster in posters:
        poster.close()
    return stopped, marked


@pytest.mark.parametrize("races", [50, pytest.param(10_000, marks=pytest.mark.slow)])
def test_no_text_leaves_after_the_answer_to_a_stop(
    database, cast, simulator, works, crew, races
):
    phones = phone_numbers(races)
    for start in range(0, races, 500):
        with database.writing() as session:
            some = phones[start : start + 500]
            know_carrier(session, cast.maple.clinic_id, some, works.heed.now())
            agree(session, cast.maple.clinic_id, some, works.heed.now())
    crew.serve()
    simulator.faults(lose_webhooks=1.0, webhook_kinds=["status"])  # no part of this

    stopped, marked = race(database, cast, works, crew, phones)

    with database.reading() as session:
        attempts = checks.attempts(session, marked)
        at_rest = checks.states(session)
    assert len(stopped) == races
    assert not sends_after_stop(attempts, stopped)
    assert not checks.double_sends(simulator.judge("accepted"))
    # Races worth the name: some texts won, some lost.
    print(f"{races} races, {len(attempts)} texts won, at rest {dict(at_rest)}")
    assert races * DUE_EACH * 0.05 < len(attempts) < races * DUE_EACH * 0.95
    assert at_rest[State.due] + at_rest[State.expired] > 0


BEFORE, HEARD, AFTER = 1_000, 2_000, 3_000
SENT = Attempt(message_id=1, clinic_id=1, phone="+1", began_ns=BEFORE, marked_ns=BEFORE)


@pytest.mark.parametrize(
    ("attempt", "broken"),
    [
        (SENT, False),
        (replace(SENT, began_ns=AFTER, marked_ns=AFTER), True),
        (replace(SENT, marked_ns=AFTER), True),  # decided before, written after
        (replace(SENT, began_ns=AFTER, marked_ns=None), True),
        (replace(SENT, began_ns=AFTER, marked_ns=AFTER, phone="+2"), False),
        (replace(SENT, began_ns=AFTER, marked_ns=AFTER, clinic_id=2), False),
    ],
)
def test_the_checker_sees_a_planted_breach(attempt, broken):
    found = sends_after_stop([attempt], {(1, "+1"): HEARD})

    assert bool(found) is broken
