"""I4 and I6: two worker processes, in `make torture` four, over one outbox, each text accepted once."""

import time

import pytest

from gateway.models import State
from tests.torture import checks
from tests.torture.scene import agree, know_carrier, phone_numbers, queue

PER_PHONE = 5


def wait_for_rest(database, seconds):
    """Until nothing is due or in anybody's hands."""
    moving = (State.due, State.claimed, State.submitting)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with database.reading() as session:
            found = checks.states(session)
        if not any(found[state] for state in moving):
            return
        time.sleep(0.1)
    raise AssertionError(f"not at rest after {seconds} s: {dict(found)}")


@pytest.mark.parametrize(
    ("reminders", "processes"),
    [(100, 2), pytest.param(10_000, 4, marks=pytest.mark.slow)],
)
def test_many_processes_send_each_reminder_once(
    database, cast, simulator, works, crew, all_is_well, reminders, processes
):
    phones = phone_numbers(reminders // PER_PHONE)
    planned = []
    with database.writing() as session:
        know_carrier(session, cast.maple.clinic_id, phones, works.heed.now())
        agree(session, cast.maple.clinic_id, phones, works.heed.now())
        for phone in phones:
            now = works.heed.now()
            planned += queue(session, cast.maple, phone, now, PER_PHONE)
    simulator.faults(lose_webhooks=1.0)
    began = time.monotonic()

    with crew.senders(processes=processes, threads=8, batch=5):
        wait_for_rest(database, 60 + reminders / 5)

    print(f"{reminders / (time.monotonic() - began):.0f} sent/s")
    all_is_well(planned)
    assert len(simulator.judge("accepted")) == len(planned) == reminders
