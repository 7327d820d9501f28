"""Caps of the carriers in the transaction that lets a text leave: across workers,
clinics and days, and what waits because of them."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from gateway.facts import lock_and_gather
from gateway.models import Message, Pace, SendDecision, State
from gateway.pace import take
from gateway.throughput import Marks, Span
from gateway.timetable import Timetable
from gateway.twilio import Accepted, Ambiguous, NotSent, Refused
from gateway.waiting import Seen
from kernel.carriers import Carrier
from kernel.clock import FixedClock
from tests.conftest import NOW
from tests.gateway.test_sent import tell
from tests.gateway.test_slowed_down import Taking, complete, due, states, worker

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ATT, TMOBILE, VERIZON = Carrier.att, Carrier.tmobile, Carrier.verizon
EIN = "tmobile EIN 123456789"  # of both clinics of the cast
MIDNIGHT = datetime(2026, 12, 1, 8, tzinfo=UTC)  # Pacific
LONG = {"send_until": NOW + DAY}


class Blind(Timetable):
    """Sees nobody wait: only the caps themselves hold a text back."""

    def __init__(self):
        super().__init__(seen=Seen(NOW, DAY, 10**9, {}))


class Answering(Taking):
    """Twilio with one answer for everything."""

    def __init__(self, outcome):
        super().__init__()
        self.outcome = outcome

    def send(self, text):
        super().send(text)
        return self.outcome


def left_before(database, key, units, span):
    with database.writing() as session:
        marks = Marks().adding(span, NOW, units)
        session.add(Pace(key=key, marks=str(marks)))


def used(database, key, span, now=NOW):
    with database.reading() as session:
        found = session.get(Pace, key)
        return Marks.read(found.marks).used(span, now) if found else 0


def att(place):
    return f"att campaign {place.campaign_id}"


def blind(database, vendor, name):
    found = worker(database, vendor, name)
    object.__setattr__(found, "timetable", Blind())
    return found


@pytest.mark.parametrize("carrier", [ATT, TMOBILE, Carrier.unknown])
def test_workers_at_once_that_know_nothing_of_one_another_keep_to_the_cap(
    database, cast, carrier
):
    """R54: the cap is counted inside the transaction that lets a text leave."""
    due(database, cast.maple, range(16), carrier)
    left_before(database, att(cast.maple), 68, Span.minute)  # of 75, 3 for answers
    left_before(database, EIN, 1_896, Span.day)  # of 2,000, 100 for answers
    vendor = Taking()
    crew = [
        threading.Thread(target=blind(database, vendor, f"w{n}").run_once, args=(4,))
        for n in range(4)
    ]

    for one in crew:
        one.start()
    for one in crew:
        one.join(30)

    assert len(vendor.taken) == 4


def test_an_answer_leaves_under_a_full_cap_and_counts(database, cast):
    left_before(database, att(cast.maple), 75, Span.minute)
    [reminder] = due(database, cast.maple, [0])
    [answer] = due(database, cast.maple, [1], zones="")

    worker(database, Taking()).run_once(limit=10)

    assert states(database, [reminder, answer]) == [State.due, State.accepted]
    assert used(database, att(cast.maple), Span.minute) == 76


def test_what_t_mobile_does_not_take_today_is_held_and_leaves_tomorrow(database, cast):
    left_before(database, EIN, 1_899, Span.day)
    first, second = due(database, cast.maple, range(2), TMOBILE, **LONG)
    one = worker(database, Taking())

    one.run_once(limit=10)

    with database.reading() as session:
        held = session.get_one(Message, second)
        decision = session.scalars(
            sa.select(SendDecision).where(col(SendDecision.message_id) == second)
        ).one()
    assert states(database, [first, second]) == [State.accepted, State.due]
    assert held.held_since == NOW
    assert (
        "T-Mobile takes 2,000 segments a day from this clinic's brand"
        in (held.held_why[0])
    )
    assert "leaves after midnight Pacific" in held.held_why[0]
    assert decision.obstacles[0]["obstacle"] == "carrier_full"

    morning = MIDNIGHT + 9 * HOUR
    complete(database, cast.maple, morning)
    object.__setattr__(one, "clock", FixedClock(morning))
    one.run_once(limit=10)
    assert states(database, [second]) == [State.accepted]


def test_two_clinics_with_one_tax_number_share_t_mobiles_day(database, cast):
    left_before(database, EIN, 1_898, Span.day)
    maple = due(database, cast.maple, range(2), TMOBILE, send_until=NOW + 8 * HOUR)
    birch = due(database, cast.birch, range(2), TMOBILE, send_until=NOW + 7 * HOUR)

    worker(database, Taking()).run_once(limit=10)

    assert states(database, maple) == [State.due] * 2
    assert states(database, birch) == [State.accepted] * 2


@pytest.mark.parametrize(
    ("outcome", "counted"),
    [
        (Accepted("SM" + "0" * 32), 1),
        (Ambiguous("time-out"), 1),  # it may be out
        (NotSent("refused connection"), 0),
        (Refused("21211"), 0),
    ],
)
def test_what_surely_reached_no_carrier_does_not_count(
    database, cast, outcome, counted
):
    due(database, cast.maple, [0], TMOBILE)

    worker(database, Answering(outcome)).run_once(limit=10)

    assert used(database, EIN, Span.day) == counted


@pytest.mark.parametrize("code", ["30023", "30027"])
def test_a_carriers_word_that_the_day_is_full_holds_the_rest(database, cast, code):
    """Other senders of the same brand count there too, and we do not see them."""
    [out, waits] = due(database, cast.maple, range(2), TMOBILE, **LONG)
    one = worker(database, Taking())
    one.run_once(limit=1)
    assert states(database, [out]) == [State.accepted]

    tell(database, cast.maple, out, f"SM{1:032d}", "undelivered", NOW, code)
    one.run_once(limit=10)

    assert states(database, [waits]) == [State.due]
    assert used(database, EIN, Span.day) == 2_000
    assert used(database, EIN, Span.day, MIDNIGHT) == 0


def test_a_text_that_waited_counts_once_under_all_of_its_caps_or_under_none(
    database, cast
):
    left_before(database, EIN, 2_000, Span.day)
    [one] = due(database, cast.maple, [0], Carrier.other)

    with database.writing() as session:
        held = lock_and_gather(session, one, NOW)
        full = take(session, held.caps, 1, NOW, answer=False, known={})

    assert full is not None
    assert full.key == EIN
    assert used(database, att(cast.maple), Span.minute) == 0


def test_what_another_process_counted_is_never_forgotten(database, cast):
    due(database, cast.maple, range(6), **LONG)
    first, second = (worker(database, Taking(), name) for name in ("one", "two"))

    for _ in range(3):
        first.run_once(limit=1)
        second.run_once(limit=1)

    assert used(database, att(cast.maple), Span.minute) == 6
