from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from kernel.errors import Conflict, NotFound
from registration.models import Campaign, SenderNumber, Watermark, WhoReplies
from registration.numbers import (
    NoSender,
    add_number,
    attach,
    connect,
    mark_complete,
    numbers_to_watch,
    sender_for,
)

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
SECOND = "+12065550101"


def test_a_number_is_added_attached_and_connected_in_this_order(database, cast):
    maple = cast.maple
    with database.writing() as session:
        number_id = add_number(
            session, maple.clinic_id, SECOND, WhoReplies.vendor_default, "PN1"
        ).id
        with pytest.raises(Conflict, match="serves no campaign"):
            connect(session, maple.clinic_id, number_id, NOW)
        attach(session, maple.clinic_id, number_id, maple.campaign_id)
        connect(session, maple.clinic_id, number_id, NOW)
        connect(session, maple.clinic_id, number_id, NOW + timedelta(hours=1))

    with database.reading() as session:
        number = session.get(SenderNumber, number_id)
        watched = {one.number_id: one for one in numbers_to_watch(session)}
    assert (number.campaign_id, number.connected_at) == (maple.campaign_id, NOW)
    assert not number.registered
    assert watched[number_id].complete_until is None
    assert watched[maple.number_id].complete_until == NOW


def test_numbers_that_were_never_compared_are_watched_first(database, cast):
    with database.writing() as session:
        number_id = add_number(
            session, cast.maple.clinic_id, SECOND, WhoReplies.gateway
        ).id
        attach(session, cast.maple.clinic_id, number_id, cast.maple.campaign_id)
        assert number_id not in [one.number_id for one in numbers_to_watch(session)]
        connect(session, cast.maple.clinic_id, number_id, NOW)
        later = NOW + timedelta(minutes=5)
        mark_complete(session, cast.maple.clinic_id, cast.maple.number_id, later)

    with database.reading() as session:
        order = [one.number_id for one in numbers_to_watch(session)]
    assert order == [number_id, cast.birch.number_id, cast.maple.number_id]


def test_a_number_that_serves_a_campaign_is_not_taken_to_another(database, cast):
    with database.writing() as session:
        brand_id = session.get(Campaign, cast.maple.campaign_id).brand_id
        other = Campaign(
            clinic_id=cast.maple.clinic_id,
            brand_id=brand_id,
            ref="other",
            status_since=NOW,
            use_case="2FA",
            description="",
            message_flow="",
            created_at=NOW,
        )
        session.add(other)
        session.flush()

        with pytest.raises(Conflict, match="serves another campaign"):
            attach(session, cast.maple.clinic_id, cast.maple.number_id, other.id)


def test_nothing_of_another_clinic_is_attached_connected_or_marked(database, cast):
    maple, birch = cast.maple, cast.birch
    with database.writing() as session:
        for attempt in (
            lambda: attach(
                session, maple.clinic_id, birch.number_id, maple.campaign_id
            ),
            lambda: attach(
                session, maple.clinic_id, maple.number_id, birch.campaign_id
            ),
            lambda: connect(session, maple.clinic_id, birch.number_id, NOW),
            lambda: mark_complete(session, maple.clinic_id, birch.number_id, NOW),
            lambda: mark_complete(session, maple.clinic_id, 10_000, NOW),
        ):
            with pytest.raises(NotFound):
                attempt()


def test_the_sender_is_a_connected_number_of_a_living_campaign(database, cast):
    maple = cast.maple
    with database.writing() as session:
        spare = add_number(session, maple.clinic_id, SECOND, WhoReplies.gateway)
        assert sender_for(session, maple.clinic_id).id == maple.number_id
        assert sender_for(session, cast.birch.clinic_id).id == cast.birch.number_id
        session.get(Campaign, maple.campaign_id).expired_at = NOW
        session.flush()
        assert sender_for(session, maple.clinic_id).id == maple.number_id
        session.delete(session.get(Watermark, maple.number_id))
        session.flush()
        session.delete(session.get(SenderNumber, maple.number_id))
        session.flush()
        assert sender_for(session, maple.clinic_id).id == spare.id


def test_a_clinic_without_a_number_has_no_sender(database):
    with database.reading() as session:
        assert isinstance(sender_for(session, 1), NoSender)


def test_a_mark_of_completeness_is_the_last_comparison_even_a_mark_of_the_future(
    database, cast
):
    # `flask tick --at` may have set it ahead: kept there it would hide what comes.
    maple = cast.maple
    for minutes in (5, 3):
        with database.writing() as session:
            until = NOW + timedelta(minutes=minutes)
            mark_complete(session, maple.clinic_id, maple.number_id, until)

    with database.reading() as session:
        marks = {one.number_id: one for one in session.exec(select(Watermark))}
    assert marks[maple.number_id].complete_until == NOW + timedelta(minutes=3)
    assert marks[cast.birch.number_id].complete_until == NOW
