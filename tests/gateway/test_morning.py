"""A morning of twelve brands with short caps: none is exceeded in any window, and the
nearest visits go first."""

import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from gateway.dispatch import Dispatcher
from gateway.models import Message, Pace, State
from gateway.throughput import Marks, Span
from kernel.clock import FixedClock
from tests.gateway.judging import over_a_cap, overtaken, texts_of
from tests.gateway.morning import (
    BRANDS,
    NINE,
    Judge,
    build,
    complete,
    fill,
)
from tests.torture.scene import open_unsynced

STEP = timedelta(seconds=5)


def workers(database, judge, names):
    """Each as in a process of its own, with what it remembers itself."""
    return [
        Dispatcher(
            database=database,
            vendor=judge,
            clock=FixedClock(NINE),
            public_base_url="https://heed.example",
            owner=name,
        )
        for name in names
    ]


def drain(worker):
    while worker.run_once(10):
        pass


def play(database, houses, judge, *, until, names=("one", "two")):
    """Time stands still while both workers do all they can, then goes on."""
    crew = workers(database, judge, names)
    now, marked = NINE, None
    while now < until:
        if marked is None or now - marked > timedelta(minutes=20):
            complete(database, houses, now)
            marked = now
        judge.now = now
        for worker in crew:
            object.__setattr__(worker, "clock", FixedClock(now))
        threads = [threading.Thread(target=drain, args=(one,)) for one in crew]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        now += STEP


def left_before(database, segments_by_brand):
    """What T-Mobile has had of a brand today, before the morning began."""
    with database.writing() as session:
        for brand, segments in segments_by_brand.items():
            marks = Marks().adding(Span.day, NINE, segments)
            session.add(Pace(key=f"tmobile EIN {brand.ein}", marks=str(marks)))


@pytest.mark.parametrize(
    ("texts", "minutes"), [(400, 4), pytest.param(20_000, 180, marks=pytest.mark.slow)]
)
def test_no_cap_is_exceeded_in_any_window_and_the_nearest_visits_go_first(
    database_url, keys, texts, minutes
):
    """R54: in the vendor's record, with two workers at once."""
    database = open_unsynced(database_url)
    houses, judge = build(database, keys, NINE), Judge()
    spread = timedelta(minutes=minutes / 2)
    fill(database, houses, texts, NINE, spread=spread)
    short = texts < 20_000
    before = {brand: brand.tmobile_a_day * 95 // 100 - 20 for brand in BRANDS}
    before = before if short else {}  # so that a few texts meet short caps
    left_before(database, before)
    began = time.monotonic()

    play(database, houses, judge, until=NINE + timedelta(minutes=minutes))

    seen = texts_of(database, houses, judge)
    left = sum(1 for text in seen if text.left is not None)
    print(f"{left} of {texts} left, in {time.monotonic() - began:.0f} s")
    assert over_a_cap(seen, before) == []
    assert overtaken(seen) == []
    assert texts * 0.6 < left < texts  # a cap did bite, and most went
    assert len(judge.taken) == left  # each once
    with database.reading() as session:
        states = dict(
            session.connection()
            .execute(sa.select(Message.state, sa.func.count()).group_by(Message.state))
            .all()
        )
    database.close()
    assert set(states) <= {State.due, State.accepted, State.expired}
