"""A campaign that is slowed down at a carrier, and one that is suspended there: what is
queued waits, decided inside the transaction that would have sent it."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from consent import record
from consent.models import Grade, Topic
from consent.standing import lock_line
from gateway.dispatch import Dispatcher
from gateway.facts import lock_and_gather
from gateway.gate import Obstacle, decide
from gateway.models import Message, State
from gateway.twilio import Accepted
from kernel.carriers import Carrier
from kernel.clock import FixedClock
from registration.numbers import mark_complete
from registration.slow_downs import slow_down
from registration.status import (
    Cell,
    Changed,
    Observation,
    Refused,
    Source,
    Status,
    next_status,
)
from registration.workflow import observe
from tests.conftest import NOW
from tests.gateway.signalling import lookup, message, phone_of, texted

ATT = Carrier.att
HOUR = timedelta(hours=1)


class Taking:
    """Twilio, as far as these stories need it: takes every text."""

    def __init__(self):
        self.taken = []
        self.lock = threading.Lock()

    def send(self, text):
        with self.lock:
            self.taken.append(text.to_phone)
            return Accepted(f"SM{len(self.taken):032d}")


def due(database, place, numbers, carrier=ATT, **more):
    """Texts to patients who agreed, that only wait to be sent; their ids."""
    with database.writing() as session:
        rows = []
        for number in numbers:
            phone = phone_of(number)
            session.add(lookup(place, phone, carrier))
            lock_line(session, place.clinic_id, phone)
            record.opt_in(
                session, place.clinic_id, phone, Topic.care, Grade.proven, {}, NOW
            )
            waiting = {"zones": "America/Los_Angeles", "submitted_at": None, **more}
            rows.append(message(place, number, NOW, state=State.due, **waiting))
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def slowed(database, place, per_hour, carrier=ATT):
    with database.writing() as session:
        slow_down(
            session,
            place.clinic_id,
            place.campaign_id,
            carrier,
            per_hour,
            "Too many said stop.",
            NOW,
        )


def worker(database, vendor, name="test", now=NOW):
    return Dispatcher(
        database=database,
        vendor=vendor,
        clock=FixedClock(now),
        public_base_url="https://heed.example",
        owner=name,
    )


def states(database, ids):
    with database.reading() as session:
        return [session.get_one(Message, one).state for one in ids]


def held_why(database, message_id):
    with database.reading() as session:
        return " ".join(session.get_one(Message, message_id).held_why or [])


def complete(database, place, now):
    with database.writing() as session:
        mark_complete(session, place.clinic_id, place.number_id, now)


def test_at_most_so_many_an_hour_leave_and_the_others_wait(database, cast):
    """R63"""
    ids = due(database, cast.maple, range(5))
    slowed(database, cast.maple, 2)
    vendor = Taking()

    worker(database, vendor).run_once(limit=10)

    assert len(vendor.taken) == 2
    assert states(database, ids).count(State.due) == 3
    said = held_why(database, ids[4])
    assert "at most 2 an hour leave to AT&T until the operator has looked" in said

    later = NOW + HOUR + timedelta(seconds=1)
    complete(database, cast.maple, later)
    worker(database, vendor, now=later).run_once(limit=10)
    assert len(vendor.taken) == 4


def test_another_carrier_and_another_clinic_are_as_fast_as_before(database, cast):
    slowed(database, cast.maple, 0)
    stays = due(database, cast.maple, range(2))
    leaves = due(database, cast.maple, range(2, 4), Carrier.verizon)
    leaves += due(database, cast.birch, range(2), zones="America/New_York")

    worker(database, Taking()).run_once(limit=10)

    assert set(states(database, stays)) == {State.due}
    assert set(states(database, leaves)) == {State.accepted}


def test_an_answer_to_a_patients_own_text_is_not_slowed_down(database, cast):
    slowed(database, cast.maple, 0)
    [answer] = due(database, cast.maple, [0], zones="")

    worker(database, Taking()).run_once(limit=10)

    assert states(database, [answer]) == [State.accepted]


def test_what_left_before_the_slow_down_counts_in_its_hour(database, cast):
    half_an_hour_ago = {"at": NOW - timedelta(minutes=30)}
    texted(database, cast.maple, 3, **half_an_hour_ago)
    elsewhere = {"carrier": Carrier.verizon, **half_an_hour_ago}
    texted(database, cast.maple, 9, first=20, **elsewhere)
    slowed(database, cast.maple, 4)
    ids = due(database, cast.maple, [40, 41])

    worker(database, Taking()).run_once(limit=10)

    assert states(database, ids) == [State.accepted, State.due]


def test_workers_at_once_send_no_more_than_the_hour_allows(database, cast):
    """R63: the pace is kept inside the transaction that lets a text leave."""
    due(database, cast.maple, range(16))
    slowed(database, cast.maple, 3)
    vendor = Taking()
    workers = [
        threading.Thread(target=worker(database, vendor, f"w{n}").run_once, args=(4,))
        for n in range(4)
    ]

    for one in workers:
        one.start()
    for one in workers:
        one.join(30)

    assert len(vendor.taken) == 3


def test_a_suspension_holds_what_is_queued_at_once(database, cast):
    """R62"""
    ids = due(database, cast.maple, range(2))
    with database.writing() as session:
        assert decide(lock_and_gather(session, ids[0], NOW).facts).allowed
        seen = Observation(
            status=Status.SUSPENDED,
            raw="SUSPENDED",
            source=Source.tcr_webhook,
            at=NOW,
            evidence="webhook",
        )
        observe(session, cast.maple.campaign_id, ATT, seen)
    vendor = Taking()

    worker(database, vendor).run_once(limit=10)

    assert vendor.taken == []
    assert states(database, ids) == [State.due, State.due]
    assert "SUSPENDED" in held_why(database, ids[0])
    with database.writing() as session:
        verdict = decide(lock_and_gather(session, ids[1], NOW).facts)
    assert verdict.obstacles == {Obstacle.carrier_not_active}


@pytest.mark.parametrize("before", [Status.PENDING, Status.REVIEW, Status.REJECTED])
def test_only_an_active_campaign_can_be_suspended(before):
    """R62"""
    cell = Cell(status=before, since=NOW, source=Source.operator_entry, observed_at=NOW)
    seen = Observation(
        status=Status.SUSPENDED,
        raw="SUSPENDED",
        source=Source.operator_entry,
        at=NOW + HOUR,
        evidence="letter",
    )

    assert isinstance(next_status(cell, seen, {}), Refused)
    active = replace(cell, status=Status.ACTIVE)
    assert isinstance(next_status(active, seen, {}), Changed)
