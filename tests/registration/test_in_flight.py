from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlmodel import col, select

from clinics.models import Task, TaskKind
from kernel.business_days import after
from registration.in_flight import (
    ask_about_long_pending,
    brand_changed,
    flight_of,
    pending_for,
)
from registration.models import Brand, Campaign, Identity
from registration.status import Status
from tests.registration.handed_in import hand_in, still

FEB_1 = datetime(2027, 2, 1, 17, tzinfo=UTC)  # a Monday, noon in New York


def at_noon(day):
    return datetime.combine(day, time(17), UTC)


def tasks(database, kind=TaskKind.pending_long):
    with database.reading() as session:
        return session.exec(
            select(Task).where(col(Task.kind) == kind).order_by(col(Task.id))
        ).all()


def ask(database, now):
    with database.writing() as session:
        return ask_about_long_pending(session, now)


@pytest.fixture
def pending(database, cast):
    with database.writing() as session:
        still(session, cast.maple, Status.PENDING, FEB_1 - timedelta(days=40))
        hand_in(session, cast.maple, FEB_1)
    return cast.maple


@pytest.mark.parametrize(
    ("handed_in", "now", "days"),
    [
        ("2027-02-01T17:00", "2027-02-01T20:00", 0),
        ("2027-02-01T17:00", "2027-02-02T14:00", 1),
        ("2027-02-01T22:30", "2027-02-02T14:00", 0),  # after 5 PM in New York
        ("2027-02-01T17:00", "2027-02-16T17:00", 10),  # Presidents' Day on the 15th
        ("2027-02-01T17:00", "2027-02-17T17:00", 11),
    ],
)
def test_pending_is_counted_in_business_days(handed_in, now, days):
    begun, today = (
        datetime.fromisoformat(one).replace(tzinfo=UTC) for one in (handed_in, now)
    )

    assert pending_for(begun, today) == days


def test_on_the_eleventh_business_day_a_task_names_the_three_causes(database, pending):
    """R105: once, with the follow-up at the provider."""
    assert ask(database, at_noon(after(FEB_1.date(), 10))) == 0
    eleventh = at_noon(after(FEB_1.date(), 11))
    assert ask(database, eleventh) == 1
    assert ask(database, eleventh + timedelta(days=3)) == 0

    [task] = tasks(database)
    assert task.clinic_id == pending.clinic_id
    assert "for 11 business days" in task.sentence
    assert "(1) an aggregator has flagged it" in task.sentence
    assert "(2) the brand has a problem" in task.sentence
    assert "(3) the aggregator is behind" in task.sentence
    assert "follow up with the provider (CSP)" in task.sentence


def test_a_resubmission_is_counted_from_its_own_day(database, pending):
    """R124"""
    later = FEB_1 + timedelta(days=28)
    with database.writing() as session:
        hand_in(session, pending, later, version=2)

    assert ask(database, at_noon(after(later.date(), 10))) == 0
    assert ask(database, at_noon(after(later.date(), 11))) == 1


def test_a_busy_period_shows_both_times_and_silences_nothing(database, cast):
    """R103, R105"""
    handed_in = datetime(2026, 11, 2, 17, tzinfo=UTC)
    with database.writing() as session:
        still(session, cast.maple, Status.PENDING, handed_in)
        hand_in(session, cast.maple, handed_in)

    assert ask(database, at_noon(after(handed_in.date(), 11))) == 1
    [task] = tasks(database)
    assert "usually take 5 to 8 business days, and 8 to 16 business days" in (
        task.sentence
    )


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.PENDING}))
def test_only_a_pending_campaign_waits_for_too_long(database, cast, status):
    with database.writing() as session:
        still(session, cast.maple, status, FEB_1)

    assert ask(database, FEB_1 + timedelta(days=200)) == 0


def test_a_campaign_from_elsewhere_counts_since_its_status(database, cast):
    with database.writing() as session:
        still(session, cast.maple, Status.PENDING, FEB_1)

    assert ask(database, at_noon(after(FEB_1.date(), 10))) == 0
    assert ask(database, at_noon(after(FEB_1.date(), 11))) == 1


def test_what_the_vendor_does_not_have_yet_is_not_waited_for(database, pending):
    with database.writing() as session:
        hand_in(session, pending, FEB_1, version=2).handed_in_at = None

    assert ask(database, FEB_1 + timedelta(days=100)) == 0


def test_where_carriers_must_look_the_alarm_waits_for_their_review(database, cast):
    flags = {"charity": True}
    with database.writing() as session:
        still(session, cast.maple, Status.PENDING, FEB_1)
        hand_in(session, cast.maple, FEB_1, campaign__flags=flags)

    assert ask(database, at_noon(after(FEB_1.date(), 36))) == 0
    assert ask(database, at_noon(after(FEB_1.date(), 37))) == 1


@pytest.mark.parametrize(
    ("status", "identity", "said"),
    [
        (Status.PENDING, Identity.UNVERIFIED, "may run no campaign"),
        (Status.REVIEW, None, "nothing is approved before it does"),
        (Status.REVIEW, Identity.SELF_DECLARED, "sole-proprietor"),
        (Status.PENDING, Identity.VERIFIED, "T-Mobile by Thu, Feb 11, 2027"),
    ],
)
def test_a_changed_brand_has_its_campaigns_in_flight_looked_at_anew(
    database, cast, status, identity, said
):
    """R105: one task for each campaign in flight, once for each change."""
    with database.writing() as session:
        still(session, cast.maple, status, FEB_1)
        still(session, cast.birch, status, FEB_1)
        campaign = session.get_one(Campaign, cast.maple.campaign_id)
        brand = session.get_one(Brand, campaign.brand_id)
        brand.identity, brand.identity_since = identity, FEB_1 + timedelta(days=1)
        for _ in range(2):
            brand_changed(session, brand, FEB_1 + timedelta(days=1))

    [task] = tasks(database, TaskKind.brand_changed)
    assert task.clinic_id == cast.maple.clinic_id
    assert "maple-care" in task.sentence
    assert said in task.sentence
    assert task.urgent is (identity is not Identity.VERIFIED)


def test_campaigns_that_are_decided_on_are_not_in_flight(database, cast):
    with database.writing() as session:
        campaign = session.get_one(Campaign, cast.maple.campaign_id)
        assert flight_of(session, campaign) is None
        still(session, cast.maple, Status.REVIEW, FEB_1)
        flight = flight_of(session, campaign)

    assert flight is not None
    assert flight.forecast.day_zero == date(2027, 2, 1)
