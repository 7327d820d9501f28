from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from kernel.leases import alone, give_back, take

TEN = timedelta(minutes=10)
# A second before ten past: a counter of ten-minute windows would begin anew.
EDGE = datetime(2026, 11, 26, 10, 9, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "free"),
    [
        (timedelta(0), False),
        (timedelta(seconds=1), False),
        (TEN - timedelta(seconds=1), False),
        (TEN, True),
    ],
)
def test_an_errand_is_held_for_its_whole_time_and_no_longer(database, after, free):
    with (
        alone(database, "x", TEN, EDGE) as mine,
        alone(database, "x", TEN, EDGE + after) as other,
        alone(database, "y", TEN, EDGE) as another_errand,
    ):
        assert (mine, other, another_errand) == (True, free, True)


def test_whoever_was_refused_frees_nothing(database):
    with alone(database, "x", TEN, EDGE):
        for _ in range(2):
            with alone(database, "x", TEN, EDGE) as other:
                assert not other
    with alone(database, "x", TEN, EDGE) as again:
        assert again


def test_whoever_came_back_too_late_does_not_free_the_next_ones(database):
    late = EDGE + TEN
    with database.writing() as session:
        assert take(session, "x", "first", late, EDGE)
        assert take(session, "x", "second", late + TEN, late)
        give_back(session, "x", "first")
        assert not take(session, "x", "third", late + TEN, late)


def test_an_errand_that_broke_is_free_again(database):
    with pytest.raises(ValueError, match="broke"), alone(database, "x", TEN, EDGE):
        raise ValueError("broke")
    with alone(database, "x", TEN, EDGE) as again:
        assert again


@pytest.mark.parametrize("over", [False, True], ids=["free", "over"])
def test_of_many_who_ask_at_once_one_is_alone(database, over):
    if over:
        with database.writing() as session:
            take(session, "x", "dead", EDGE, EDGE - TEN)
    together = Barrier(4)

    def ask(number):
        together.wait()
        return database.retrying(
            lambda session: take(session, "x", str(number), EDGE + TEN, EDGE)
        )

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(4))) == [False, False, False, True]
