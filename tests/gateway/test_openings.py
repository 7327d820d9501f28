from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col

from clinics.access import lift_halt
from clinics.models import VendorAccount
from gateway.models import Message, State
from gateway.openings import Openings
from kernel.clock import FixedClock
from registration.models import Watermark
from registration.numbers import mark_complete
from registration.status import Source
from tests.conftest import NOW, SAM
from tests.pages import visitor
from tests.registration.operating import OPERATOR, say
from tests.texted import sent

LATER = NOW + timedelta(minutes=20)
MUCH_LATER = LATER + timedelta(minutes=15)


def held(database, place, body, **more):
    sent(
        database,
        place,
        body,
        NOW,
        state=State.due,
        submitted_at=None,
        held_since=NOW,
        held_why=["because"],
        look_again_at=MUCH_LATER,
        **more,
    )


def looked_at(database):
    with database.reading() as session:
        rows = session.connection().execute(
            sa.select(col(Message.body), col(Message.look_again_at))
        )
        return {row.body: row.look_again_at for row in rows}


def seen_twice(database, now=NOW):
    """A clock that has been running for a while."""
    clock = Openings()
    clock.look(database, now)
    clock.look(database, now)
    assert clock.look(database, now) == set()
    return clock


def test_what_a_carrier_held_is_due_at_once_when_the_operator_records_active(
    pages, database, cast
):
    where = cast.maple.campaign_id
    say(pages, where, "att", "REVIEW", Source.operator_entry, NOW)
    clock = seen_twice(database)
    held(database, cast.maple, "to Maple's patient")
    held(database, cast.birch, "to Birch's patient", phone=SAM)
    assert clock.look(database, LATER - timedelta(seconds=1)) == set()

    pages.extensions["heed"].clock = FixedClock(LATER)
    answer = visitor(pages, OPERATOR).post(
        "/operator/campaigns/maple-dental/maple-care/att",
        {"status": "ACTIVE", "address": "https://portal.example", "note": "Approved"},
    )
    assert answer.status_code == 303
    assert clock.look(database, LATER) == {cast.maple.clinic_id}

    assert looked_at(database) == {
        "to Maple's patient": LATER,
        "to Birch's patient": MUCH_LATER,
    }


def test_what_waited_for_the_account_is_due_at_once_when_it_is_mended(database, cast):
    with database.writing() as session:
        session.get(VendorAccount, cast.maple.clinic_id).halted_since = NOW
    clock = seen_twice(database)
    held(database, cast.maple, "a reminder")

    with database.writing() as session:
        lift_halt(session, cast.maple.clinic_id)
    clock.look(database, LATER)

    assert looked_at(database) == {"a reminder": LATER}


def test_what_waited_for_the_comparison_is_due_at_once_when_it_has_run(database, cast):
    with database.writing() as session:
        mark = session.get(Watermark, cast.maple.number_id)
        mark.complete_until = NOW - timedelta(hours=1)
    clock = seen_twice(database)
    held(database, cast.maple, "a reminder")

    with database.writing() as session:
        mark_complete(session, cast.maple.clinic_id, cast.maple.number_id, LATER)
    assert clock.look(database, LATER) == {cast.maple.clinic_id}

    assert looked_at(database) == {"a reminder": LATER}


def test_a_text_that_a_worker_put_back_at_that_moment_is_found_by_the_next_look(
    pages, database, cast
):
    where = cast.maple.campaign_id
    say(pages, where, "att", "REVIEW", Source.operator_entry, NOW)
    clock = seen_twice(database)
    say(pages, where, "att", "ACTIVE", Source.operator_entry, NOW)
    assert clock.look(database, NOW) == {cast.maple.clinic_id}

    held(database, cast.maple, "put back a moment later")
    assert clock.look(database, LATER) == {cast.maple.clinic_id}

    assert looked_at(database) == {"put back a moment later": LATER}


def test_a_clock_that_has_just_begun_looks_at_all_that_is_held(database, cast):
    held(database, cast.maple, "a reminder")

    Openings().look(database, LATER)

    assert looked_at(database) == {"a reminder": LATER}
