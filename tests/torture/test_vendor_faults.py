"""Each way in which the vendor can misbehave, and what becomes of a text: never sent
twice, and its end always shown."""

import socket
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from clinics.models import Task
from gateway.models import Message, State
from gateway.reconcile import ABSENT_AGAIN, reconcile
from reminders.tick import send_all
from tests.torture import checks
from tests.torture.scene import PHONE, agree, close, know_carrier, queue

ONCE = {"next": 1}
CREATE = {"match": "POST /Messages.json"}
IMPATIENT_SECONDS = 0.4

# What the vendor does, what we know then, and what it has really taken.
FAULTS = {
    "500 before it took the text": ({"http_500": ONCE}, State.unknown, 0),
    "500 after it took the text": ({"http_500_after_accept": ONCE}, State.unknown, 1),
    "an answer that never comes": ({"drop_reply": ONCE}, State.unknown, 1),
    "an answer cut short": ({"cut_after_bytes": 150}, State.unknown, 1),
    "an answer of garbage": ({"garbage_reply": ONCE}, State.unknown, 1),
    "slower than our patience": ({"latency_ms": 1000}, State.unknown, 1),
    "slow down, please": ({"http_429": ONCE}, State.due, 0),
    "no fault": ({}, State.accepted, 1),
}


@pytest.fixture
def message_id(database, cast, works):
    """A text that is due to a phone whose carrier is known."""
    with database.writing() as session:
        know_carrier(session, cast.maple.clinic_id, [PHONE], works.heed.now())
        agree(session, cast.maple.clinic_id, [PHONE], works.heed.now())
        (made,) = queue(session, cast.maple, PHONE, works.heed.now())
    return made


def state(database, message_id):
    with database.reading() as session:
        return session.get(Message, message_id).state


def wait_for_accepted(simulator, count):
    """A slow vendor takes the text after we have given up listening."""
    end = time.monotonic() + 10
    while len(simulator.judge("accepted")) < count and time.monotonic() < end:
        time.sleep(0.05)


def settle(database, works):
    """Two listings ten minutes apart, and what is due again is sent."""
    now = works.heed.now()
    for minutes in (0, 11, 22):
        later = now + timedelta(minutes=minutes)
        reconcile(database, works.vendor, works.on_reply, later)
    send_all(works, "again", now + timedelta(minutes=5))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_text_is_never_sent_twice(
    database, simulator, works, message_id, all_is_well, fault
):
    faults, then, taken = FAULTS[fault]
    simulator.faults(lose_webhooks=1.0, **faults, **CREATE)
    works.heed.twilio_http().timeout = IMPATIENT_SECONDS if "slow" in fault else 10

    send_all(works, "first", works.heed.now())

    assert state(database, message_id) is then
    wait_for_accepted(simulator, taken)
    simulator.faults(lose_webhooks=1.0)
    assert len(simulator.judge("accepted")) == taken
    settle(database, works)
    all_is_well([message_id])
    lost = then is State.unknown and not taken
    final = State.failed if lost else State.accepted
    assert state(database, message_id) is final
    with database.reading() as session:
        tasks = session.exec(select(Task)).all()
    assert [task.phone for task in tasks] == ([PHONE] if lost else [])


@pytest.mark.parametrize("listens", [False, True])
def test_a_connection_that_was_never_made_is_tried_again(
    database, scene, works, message_id, all_is_well, listens
):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        if listens:  # but its queue is full: the connection is never answered
            deaf.listen(0)
            address = deaf.getsockname()
            full = [socket.socket() for _ in range(3)]
            for one in full:
                one.setblocking(False)
                one.connect_ex(address)
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        elsewhere = replace(scene, vendor=url).works()
        elsewhere.heed.twilio_http().timeout = IMPATIENT_SECONDS
        send_all(elsewhere, "first", works.heed.now())
        close(elsewhere)
        for one in full if listens else []:
            one.close()

    with database.reading() as session:
        message = session.get(Message, message_id)
    assert message.state is State.due
    assert "tried again by itself" in message.held_why[0]
    send_all(works, "again", works.heed.now() + timedelta(minutes=5))
    all_is_well([message_id])
    assert state(database, message_id) is State.accepted


def test_a_text_that_hangs_for_long_is_neither_forgotten_nor_sent_again(
    database, simulator, works, message_id, all_is_well
):
    simulator.faults(
        lose_webhooks=1.0, http_500_after_accept=ONCE, list_lag_s=900, **CREATE
    )
    send_all(works, "first", works.heed.now())

    # The vendor's list lags longer than the pause between our two looks.
    now = works.heed.now()
    reconcile(database, works.vendor, works.on_reply, now)
    assert state(database, message_id) is State.unknown
    simulator.faults(lose_webhooks=1.0)
    later = now + ABSENT_AGAIN + timedelta(minutes=1)
    reconcile(database, works.vendor, works.on_reply, later)

    all_is_well([message_id])
    assert state(database, message_id) is State.accepted
    assert not checks.double_sends(simulator.judge("accepted"))
