from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from clinics.models import Language
from gateway.facts import lock_and_gather
from gateway.gate import decide
from gateway.models import Message, SendingRule
from reminders.models import VisitStatus
from reminders.update_audience import Choice
from reminders.update_words import Words
from tests.reminders.booked import NOW, TUESDAY_AT_THREE, book
from tests.reminders.telling import SNOW, TUESDAY, agree, declare, draft, seen, send

ANA = "+12065550001"
AT_EIGHT = {
    "starts_at": datetime(2026, 12, 8, 16, 0, tzinfo=UTC),
    "wall_time": "2026-12-08T08:00",
}


def test_each_reads_it_in_their_language_and_without_spanish_in_english(database, cast):
    book(database, cast.maple, her_language=Language.es)
    agree(database, cast.maple, ANA)

    spanish = seen(database, cast.maple).leaving[0].body
    english = seen(database, cast.maple, Words(en=SNOW.en)).leaving[0].body

    assert "cerramos por nieve" in spanish
    assert "closed for snow" in english


@pytest.mark.parametrize(
    ("choice", "count"),
    [
        ({}, 2),
        ({"provider": "Dr. Lee"}, 1),
        ({"location": "12 Oak"}, 1),
        ({"starts_from": "15:30"}, 1),
        ({"starts_before": "15:30"}, 1),
        ({"starts_from": "15:30", "provider": "Dr. Lee"}, 0),
        ({"day": TUESDAY + timedelta(days=1)}, 0),
    ],
)
def test_a_part_of_a_day_is_chosen(database, cast, choice, count):
    later = {
        "starts_at": TUESDAY_AT_THREE + timedelta(hours=1),
        "wall_time": "2026-12-08T16:00",
        "location": "12 Oak",
    }
    book(database, cast.maple, provider="Dr. Lee")
    book(database, cast.maple, **later)
    book(database, cast.maple, status=VisitStatus.cancelled)
    book(database, cast.birch)

    found = seen(database, cast.maple, choice=Choice(**{"day": TUESDAY, **choice}))

    assert len(found.recipients) == count


def test_a_visit_before_texts_may_leave_is_to_be_called(database, cast):
    book(database, cast.maple, **AT_EIGHT)
    agree(database, cast.maple, ANA)
    at_six = datetime(2026, 12, 8, 14, 0, tzinfo=UTC)

    (one,) = seen(database, cast.maple, now=at_six).to_call

    assert "may leave again at Tue, Dec 8, 2026, 9:00 AM PST" in one.why[0]
    assert "begins before. Call." in one.why[0]


@pytest.mark.parametrize(
    ("place", "said"),
    [("12 Oak Street", "at 12 Oak Street"), ("Infusion Center", "at our office")],
)
def test_a_place_whose_name_says_what_ails_the_patient_is_not_named(
    database, cast, place, said
):
    """N21"""
    book(database, cast.maple, location=place)
    agree(database, cast.maple, ANA)
    text = "{clinic}: we are closed at {location} on {date}. STOP ends."

    (one,) = seen(database, cast.maple, Words(en=text)).leaving
    (frank,) = seen(database, cast.maple, Words(en=text, health_note="ours")).leaving

    assert said in one.body
    assert f"at {place}" in frank.body


def test_the_gate_asks_the_campaign_anew_and_a_pause_holds_no_update(database, cast):
    """R39: what the campaign was registered with may change before it leaves."""
    maple = cast.maple
    book(database, maple)
    agree(database, maple, ANA)
    send(database, maple, draft(database, maple), 1)
    bills = ("Maple Dental: pay your bill of [amount]. Reply STOP to opt out.",)
    declare(database, maple, "ACCOUNT_NOTIFICATION", samples=bills)

    with database.writing() as session:
        until = NOW + timedelta(hours=9)
        session.add(SendingRule(clinic_id=maple.clinic_id, paused_until=until))
        session.flush()
        (message_id,) = session.exec(select(Message.id)).all()
        facts = lock_and_gather(session, message_id or 0, NOW).facts

    assert facts.use_covered
    assert "speaks of visits" in facts.beyond_campaign[0]
    assert facts.paused_until is None
    assert "speaks of visits" in " ".join(decide(facts).sentences)
