"""A row that calls a visit off ends it, whatever else is wrong with the row."""

import pytest

from reminders.models import VisitStatus
from tests.reminders.imports import (
    ANA,
    BEN,
    bring,
    counts,
    patients,
    plan_maple,
    texts,
    visits,
)

OFF = ANA.replace("booked", "cancelled")


@pytest.mark.parametrize(
    "line",
    [
        OFF.replace("206-555-0111", ""),
        OFF.replace("2026-12-08T15:00", "0001-01-01 00:00:00"),
        OFF.replace("2026-12-08T15:00", "").replace("206-555-0111", "none"),
        OFF.replace("P1", ""),
    ],
)
def test_a_visit_that_is_called_off_ends_without_a_phone_or_a_time(
    database, cast, line
):
    bring(database, ANA, BEN)
    plan_maple(database, cast)
    before = len(texts(database))

    foreseen = bring(database, line, origin=None)
    done = bring(database, line)

    assert counts(done) == counts(foreseen) == (0, 0, 1, 0, 0)
    assert done.problems == foreseen.problems
    assert "ends all the same" in " ".join(one.message for one in done.problems)
    assert visits(database)["A1"].status is VisitStatus.cancelled
    assert patients(database)["P1"].phone == "+12065550111"
    assert len(texts(database)) == before - 2
    assert counts(bring(database, line)) == (0, 0, 0, 1, 0)


def test_a_row_that_cannot_be_read_ends_no_visit_that_is_not_known(database, cast):
    done = bring(database, OFF.replace("206-555-0111", ""))

    assert counts(done) == (0, 0, 0, 0, 1)
    assert visits(database) == {}


def test_a_row_that_cannot_be_read_and_ends_nothing_stays_refused(database, cast):
    bring(database, ANA)

    done = bring(database, ANA.replace("206-555-0111", ""))

    assert counts(done) == (0, 0, 0, 0, 1)
    assert visits(database)["A1"].status is VisitStatus.booked


def test_the_first_row_of_a_visit_counts_also_where_a_later_one_calls_it_off(
    database, cast
):
    bring(database, ANA)

    bring(database, ANA, OFF.replace("206-555-0111", ""))

    assert visits(database)["A1"].status is VisitStatus.booked


def test_birch_ends_no_visit_of_maple(database, cast):
    bring(database, ANA)

    bring(database, OFF.replace("206-555-0111", ""), slug="birch-eye")

    assert visits(database)["A1"].status is VisitStatus.booked
