"""What nobody says, sends or hears of a visit that is unclear, and how it is settled."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from clinics.access import clinic_by_slug
from gateway.intent import Intent
from gateway.models import MessageKind
from reminders.intake import by_hand
from reminders.intake.doubts import settle
from reminders.intake.typed import Typed
from reminders.models import Appointment
from reminders.unsent import withdraw_declined
from tests.reminders.imports import ANA, NOW, bring, plan_maple, texts, visits
from tests.reminders.telling import agree, draft, seen, send
from tests.reminders.test_doubts import KEPT, NO_TIME, said
from tests.reminders.test_replies import leave, reply


@pytest.mark.parametrize("how", ["moved", "found right"])
def test_what_a_person_has_settled_the_next_list_does_not_upset(database, cast, how):
    bring(database, ANA)
    bring(database, NO_TIME)
    visit_id = visits(database)["A1"].id

    with database.writing() as session:
        if how == "moved":
            clinic = clinic_by_slug(session, "maple-dental")
            typed = Typed(date="2026-12-08", time="16:00")
            by_hand.move(session, clinic, visit_id, typed, NOW, by="desk@maple.example")
        else:
            assert settle(session, cast.maple.clinic_id, visit_id, NOW)
            assert not settle(session, cast.maple.clinic_id, visit_id, NOW)

    assert KEPT not in said(bring(database, NO_TIME))
    assert visits(database)["A1"].unclear is None
    # Other words are another matter, and so are the same after a list that was read.
    bring(database, NO_TIME.replace("about 4", "about 5"))
    assert visits(database)["A1"].unclear
    bring(database, ANA)
    bring(database, NO_TIME)
    assert visits(database)["A1"].unclear


def test_a_visit_elsewhere_is_moved_by_the_clock_there(database, cast):
    bring(database, ANA)
    with database.writing() as session:
        visit = session.exec(select(Appointment)).one()
        visit.time_zone = "America/New_York"
        visit.starts_at = datetime(2026, 12, 8, 20, 0, tzinfo=UTC)
    typed = Typed(date="2026-12-08", time="15:00", provider="Dr. Woo")

    with database.writing() as session:
        clinic = clinic_by_slug(session, "maple-dental")
        by_hand.move(session, clinic, visit.id, typed, NOW, by="desk@maple.example")

    moved = visits(database)["A1"]
    assert moved.starts_at == datetime(2026, 12, 8, 20, 0, tzinfo=UTC)
    assert (moved.time_zone, moved.provider) == ("America/New_York", "Dr. Woo")


def test_a_text_that_a_planner_joined_meanwhile_is_taken_back_by_the_next_pass(
    database, cast
):
    bring(database, ANA)
    plan_maple(database, cast)
    with database.writing() as session:
        session.exec(select(Appointment)).one().unclear = "Line 2: about 4"

    assert database.retrying(lambda session: withdraw_declined(session, NOW)) == 2

    assert not texts(database)


def test_an_answer_to_the_old_time_goes_to_a_person(database, cast):
    bring(database, ANA)
    plan_maple(database, cast)
    leave(database)
    bring(database, NO_TIME)

    answer = reply(database, cast, Intent.confirm)

    assert "3:00 PM" not in str(answer.holes)
    assert visits(database)["A1"].reply is None


def test_an_update_of_the_day_names_no_time_that_is_unclear(database, cast):
    agree(database, cast.maple, "+12065550111", at=NOW)
    bring(database, ANA)
    (leaves,) = seen(database, cast.maple, now=NOW).recipients
    assert leaves.leaves
    send(database, cast.maple, draft(database, cast.maple, now=NOW), 1, now=NOW)
    assert [one.kind for one in texts(database)] == [MessageKind.update]

    bring(database, NO_TIME)

    assert not texts(database)
    (one,) = seen(database, cast.maple, now=NOW).recipients
    assert (one.leaves, one.body) == (False, "")
    assert "about 4" in one.why[0]
