from datetime import UTC, datetime, timedelta

import pytest

from kernel.carriers import Carrier
from registration.desk_models import Layer, LayerState
from registration.forecast import forecast
from registration.history import own_times, summary
from registration.layers import hear
from registration.status import Observation, Source, Status
from registration.workflow import observe
from tests.registration.handed_in import OPERATOR, hand_in, still
from tests.registration.test_forecast import CLINIC, QUIET

FEB_1 = datetime(2027, 2, 1, 17, tzinfo=UTC)  # a Monday, noon in New York


def clear(session, version, layer, at):
    hear(
        session,
        version,
        layer,
        LayerState.cleared,
        source=Source.operator_entry,
        raw="ACCEPTED",
        evidence="https://portal.example",
        by=OPERATOR,
        now=at,
    )


def say(session, place, carrier, status, at):
    seen = Observation(
        status=status,
        raw=status.value,
        source=Source.operator_entry,
        at=at,
        evidence="https://portal.example",
    )
    observe(session, place.campaign_id, carrier, seen, OPERATOR)


def through(session, place, handed_in, version, days):
    """Cleared by both layers and AT&T after so many days of the calendar."""
    still(session, place, Status.PENDING, handed_in)
    made = hand_in(session, place, handed_in, version)
    tcr, dca, att = (handed_in + timedelta(days=one) for one in days)
    clear(session, made, Layer.tcr, tcr)
    clear(session, made, Layer.dca, dca)
    say(session, place, Carrier.att, Status.ACTIVE, att)


def times(database):
    with database.reading() as session:
        return own_times(session)


def test_three_submissions_tell_how_long_it_took_of_all_clinics(database, cast):
    with database.writing() as session:
        through(session, cast.maple, FEB_1, 1, (1, 3, 4))
        through(session, cast.birch, FEB_1, 1, (2, 4, 7))
        assert own_times(session) == {}
        through(session, cast.maple, FEB_1 + timedelta(days=28), 2, (1, 2, 29))

    found = times(database)

    assert found["validation"] == summary([1, 2, 1])
    assert found["aggregators"] == summary([3, 4, 2])
    assert found["att"] == summary(
        [4, 5, 21]
    )  # the first one's yes is not the second's
    assert set(found) == {"validation", "aggregators", "att"}
    assert str(found["att"]) == "5 business days as a rule (4 to 21)"


def test_of_two_aggregators_the_later_one_counts(database, cast):
    with database.writing() as session:
        for version in (1, 2, 3):
            begun = FEB_1 + timedelta(days=28 * version)
            through(session, cast.maple, begun, version, (1, 2, 3))
        for version in (4, 5, 6):
            begun = FEB_1 + timedelta(days=28 * version)
            still(session, cast.maple, Status.PENDING, begun)
            made = hand_in(session, cast.maple, begun, version)
            clear(session, made, Layer.tcr, begun + timedelta(days=1))
            clear(session, made, Layer.dca, begun + timedelta(days=2))
            clear(session, made, Layer.dca2, begun + timedelta(days=4))

    assert times(database)["aggregators"].most == 4


def test_what_it_took_changes_no_estimate(database, cast):
    before = forecast(CLINIC, QUIET)
    with database.writing() as session:
        for version in (1, 2, 3):
            begun = FEB_1 + timedelta(days=90 * version)
            through(session, cast.maple, begun, version, (20, 40, 60))

    assert times(database)["att"].least > 28
    assert forecast(CLINIC, QUIET) == before


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ([3, 5, 9], "5 business days as a rule (3 to 9)"),
        ([3, 4, 5, 9], "4.5 business days as a rule (3 to 9)"),
    ],
)
def test_the_middle_and_the_range_are_told(days, said):
    assert str(summary(days)) == said
