import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col

from clinics.models import StaffAction
from gateway.models import Message, MessageKind, State
from kernel.errors import Conflict, Invalid, NotFound
from registration.numbers import mark_complete
from reminders.models import Appointment, DayUpdate, UpdatedVisit, VisitStatus
from reminders.unsent_others import withdraw_others
from reminders.update_progress import progress_of
from reminders.update_words import Words
from tests.reminders.booked import NOW, TUESDAY_AT_THREE, book, rows
from tests.reminders.telling import (
    SNOW,
    agree,
    back,
    declare,
    draft,
    says_stop,
    seen,
    send,
)

ANA, BEN = "+12065550001", "+12065550002"
MORNING = datetime(2026, 12, 8, 17, 0, tzinfo=UTC)  # 9:00 in Los Angeles
AT_EIGHT = {
    "starts_at": datetime(2026, 12, 8, 16, 0, tzinfo=UTC),
    "wall_time": "2026-12-08T08:00",
}


@pytest.fixture
def two(database, cast):
    """Ana at three, who agreed; Ben at three, who said stop."""
    book(database, cast.maple)
    book(database, cast.maple, her_given_name="Ben")
    agree(database, cast.maple, ANA)
    agree(database, cast.maple, BEN)
    says_stop(database, cast.maple, BEN)
    return cast.maple


def texts(database):
    return rows(database, Message, col(Message.kind) == MessageKind.update)


def test_who_would_get_it_is_what_is_sent_and_the_others_are_to_be_called(
    database, two
):
    audience = seen(database, two)
    leaves_at = send(database, two, draft(database, two), 1)

    (text,) = texts(database)
    assert [one.phone for one in audience.leaving] == [ANA]
    assert [one.phone for one in audience.to_call] == [BEN]
    assert "said stop" in audience.to_call[0].why[0]
    assert (text.phone, text.body) == (ANA, audience.leaving[0].body)
    assert text.body.startswith("Maple Dental: Ana, we are closed for snow.")
    assert leaves_at == NOW + timedelta(minutes=5)
    assert (text.send_from, text.send_until) == (leaves_at, TUESDAY_AT_THREE)


def test_a_double_click_sends_once(database, two):
    update_id = draft(database, two)

    first = send(database, two, update_id, 1)
    again = send(database, two, update_id, 1, NOW + timedelta(seconds=1))

    assert first == again
    assert len(texts(database)) == 1
    assert draft(database, two) != update_id
    assert draft(database, two) == draft(database, two)  # the same words, not sent


def test_another_count_than_the_one_seen_sends_nothing(database, two):
    update_id = draft(database, two)
    agree(database, two, BEN, at=NOW)

    with pytest.raises(Conflict, match="2 texts would leave now, not 1"):
        send(database, two, update_id, 1)
    assert texts(database) == []


def test_nobody_who_would_get_it_is_nothing_to_send(database, two):
    says_stop(database, two, ANA)

    with pytest.raises(Invalid, match="No text would leave"):
        send(database, two, draft(database, two), 0)


def test_one_click_takes_back_what_has_not_left_and_says_what_had(database, two):
    agree(database, two, BEN, at=NOW)
    update_id = draft(database, two)
    send(database, two, update_id, 2)
    with database.writing() as session:
        gone = session.get_one(Message, texts(database)[0].id)
        gone.state, gone.submitted_at = State.accepted, NOW

    done = back(database, two, update_id)

    assert (done.taken, done.gone) == (1, 1)
    assert {text.state for text in texts(database)} == {
        State.accepted,
        State.withdrawn,
    }
    assert "taken back by desk@" in texts(database)[1].outcome
    assert back(database, two, update_id).taken == 0
    noted = [row.action for row in rows(database, StaffAction)]
    assert noted == ["day update sent", "day update taken back"]


def test_what_was_not_sent_cannot_be_taken_back(database, two):
    with pytest.raises(Conflict, match="was not sent"):
        back(database, two, draft(database, two))


def test_a_family_gets_one_text_that_names_everybody_and_every_time(database, cast):
    maple, four = cast.maple, TUESDAY_AT_THREE + timedelta(hours=1)
    later = {"starts_at": four, "wall_time": "2026-12-08T16:00"}
    book(database, maple, her_phone=ANA)
    book(database, maple, her_phone=ANA, her_given_name="Ben", **later)
    agree(database, maple, ANA)

    send(database, maple, draft(database, maple), 1)

    (text,) = texts(database)
    assert "Ana and Ben, we are closed" in text.body
    assert "at 3:00 PM and 4:00 PM cannot" in text.body
    assert text.send_until == TUESDAY_AT_THREE
    assert len(rows(database, UpdatedVisit)) == 2


def test_before_nine_it_waits_for_the_hour_and_is_of_use_until_the_visit(database, two):
    at_six = datetime(2026, 12, 8, 14, 0, tzinfo=UTC)
    with database.writing() as session:
        mark_complete(session, two.clinic_id, two.number_id, at_six)

    send(database, two, draft(database, two, now=at_six), 1, at_six)

    (text,) = texts(database)
    assert text.send_from == MORNING


@pytest.mark.parametrize(
    ("campaign", "words", "why"),
    [
        ({}, SNOW, None),
        (
            {"use_case": "DELIVERY_NOTIFICATION"},
            SNOW,
            "does not cover news about visits",
        ),
        ({"use_case": "MIXED", "subs": ("MARKETING",)}, SNOW, "MIXED (MARKETING)"),
        ({"samples": ("Pay your bill of [amount].",)}, SNOW, "speaks of visits"),
        (
            {"samples": ("Your visit is on [date].",)},
            Words(en="{clinic}: come and get cake. STOP to opt out."),
            "nothing of a visit",
        ),
        (
            {"samples": ("Your visit is on [date].",)},
            Words(en=SNOW.en + " See maple.com"),
            "without links",
        ),
        ({}, Words(en=SNOW.en + " 20% off next time!"), "is promotional"),
        ({}, Words(en="We are closed, visit later."), "who texts"),
        (
            {},
            Words(en="{clinic}: your oncology visit. STOP ends."),
            "names a specialty",
        ),
        ({}, Words(en=SNOW.en, es="{clinic}: su cita de {dia}. STOP."), "placeholder"),
    ],
)
def test_what_the_campaign_does_not_cover_is_refused_with_the_reason(
    database, two, campaign, words, why
):
    """R39, R43: an important update leaves only where the campaign covers it."""
    use_case = campaign.get("use_case", "ACCOUNT_NOTIFICATION")
    samples = campaign.get("samples", ())
    declare(database, two, use_case, *campaign.get("subs", ()), samples=samples)

    if why is None:
        assert draft(database, two, words)
        return
    with pytest.raises(Invalid) as refused:
        draft(database, two, words)
    assert why in str(refused.value)
    assert rows(database, DayUpdate) == []


def test_words_about_health_go_with_a_reason_that_is_kept(database, two):
    words = Words(en="{clinic}: the flu shot visits are off. STOP ends.")
    note = "It is a flu clinic by name, and they asked for it."

    update_id = draft(database, two, dataclasses.replace(words, health_note=note))

    (update,) = rows(database, DayUpdate)
    assert (update.id, update.health_note) == (update_id, note)


def test_a_campaign_that_stops_covering_it_between_two_clicks_sends_nothing(
    database, two
):
    update_id = draft(database, two)
    declare(database, two, "DELIVERY_NOTIFICATION")

    with pytest.raises(Invalid, match="does not cover"):
        send(database, two, update_id, 1)
    assert texts(database) == []


def test_a_visit_that_is_moved_takes_its_text_back_unless_another_still_stands(
    database, cast
):
    maple = cast.maple
    first = book(database, maple, her_phone=ANA)
    second = book(database, maple, her_phone=ANA, her_given_name="Ben")
    agree(database, maple, ANA)
    send(database, maple, draft(database, maple), 1)

    def change(visit_id):
        with database.writing() as session:
            session.get_one(Appointment, visit_id).status = VisitStatus.cancelled
            session.flush()
            return withdraw_others(session, maple.clinic_id, [visit_id], NOW)

    assert change(first) == 0
    assert change(second) == 1
    assert texts(database)[0].state is State.withdrawn


def test_the_visits_themselves_stay_as_they_are(database, two):
    def visits():
        return [one.model_dump() for one in rows(database, Appointment)]

    before = visits()

    send(database, two, draft(database, two), 1)

    assert visits() == before


def test_progress_counts_every_phone_once(database, two):
    update_id = draft(database, two)
    send(database, two, update_id, 1)

    with database.reading() as session:
        found = progress_of(session, two.clinic_id, update_id)

    assert found.counts == {"due": 1, "none": 1}
    assert [one.names for one in found.to_call] == ["Ben Lee"]
    assert found.can_be_taken_back == 1


def test_another_clinics_update_is_not_there(database, cast, two):
    update_id = draft(database, two)

    with pytest.raises(NotFound):
        send(database, cast.birch, update_id, 1)
    with pytest.raises(NotFound):
        back(database, cast.birch, update_id)
