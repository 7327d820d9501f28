from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from consent.models import Topic
from consent.standing import Word, line_state
from gateway import outbox
from gateway.models import InboundMessage, Message, MessageKind, State
from kernel.errors import Invalid, NotFound
from registration.models import Campaign, SenderNumber, WhoReplies
from registration.moves import NotYet
from registration.number_models import MoveStep
from registration.numbers import add_number, number_with, sender_for
from reminders.models import ReminderPolicy
from reminders.number_swap import swap
from reminders.policy import enable, sender_of
from tests.conftest import NOW, PAT
from tests.registration.office_numbers import (
    OFFICE,
    ON_THE_DAY,
    all_but_swapped,
    move_row,
)
from tests.registration.operating import OPERATOR
from tests.reminders.booked import book, rows, run, switch_on
from tests.texted import texts

KEEP = date(2027, 1, 4)


@pytest.fixture
def move(database, cast):
    return all_but_swapped(database, cast.maple)


def swapped(database, place, move, keep_until=KEEP):
    return database.retrying(
        lambda session: swap(
            session, place.clinic_id, move, keep_until, OPERATOR, ON_THE_DAY
        )
    )


def office_id(database, place):
    with database.reading() as session:
        return number_with(session, place.clinic_id, OFFICE).id


def queued(database, place, key, **more):
    given = {
        "clinic_id": place.clinic_id,
        "number_id": place.number_id,
        "phone": PAT,
        "topic": Topic.care,
        "kind": MessageKind.reminder,
        "body": "Your visit is tomorrow.",
        "dedupe_key": key,
        "send_from": NOW,
        "send_until": NOW + timedelta(days=9),
        "now": NOW,
    }
    with database.writing() as session:
        return outbox.queue(session, **{**given, **more})


def test_what_is_begun_leaves_from_the_office_number(database, cast, move):
    place = cast.maple
    book(database, place)
    switch_on(database, place)
    run(database, place)
    before = {one.number_id for one in rows(database, Message)}

    done = swapped(database, place, move)

    office = office_id(database, place)
    assert before == {place.number_id}
    assert (done.before, done.after, done.moved) == (place.number, OFFICE, 2)
    assert {one.number_id for one in rows(database, Message)} == {office}
    with database.reading() as session:
        assert sender_of(session, place.clinic_id).id == office
        assert sender_for(session, place.clinic_id).id == office
        assert session.get(ReminderPolicy, place.clinic_id).number_id == office
    row = move_row(database, move)
    assert (row.step, row.number_id, row.keep_until) == (MoveStep.hosted, office, KEEP)


def test_what_answers_or_has_left_stays_with_its_number(database, cast, move):
    place = cast.maple
    texts(database, place, "HELP")
    answer = rows(database, Message)[0]
    gone = {}
    for state in State:
        message = queued(database, place, f"in {state}")
        gone[message] = state
        with database.writing() as session:
            session.connection().execute(
                sa.update(Message)
                .where(col(Message.id) == message)
                .values(state=state, finished_at=NOW)
            )

    swapped(database, place, move)

    office = office_id(database, place)
    moved = {one.id for one in rows(database, Message) if one.number_id == office}
    assert moved == {
        message
        for message, state in gone.items()
        if state in (State.due, State.claimed)
    }
    assert answer.answers_id is not None
    assert answer.id not in moved


def test_consent_and_history_stay_and_a_stop_to_either_number_holds(
    database, cast, move
):
    place, uma = cast.maple, "+12065550113"
    texts(database, place, "START")
    texts(database, place, "STOP")
    texts(database, place, "START", phone=uma)

    swapped(database, place, move)

    texts(database, place, "STOP", phone=uma, at=ON_THE_DAY)  # to the number before
    with database.reading() as session:
        for phone in (PAT, uma):
            assert line_state(session, place.clinic_id, phone).word is Word.opted_out
    assert len(rows(database, InboundMessage)) == 4
    stopped = rows(database, Message, col(Message.kind) == "stop_confirmation")
    assert {one.number_id for one in stopped} == {place.number_id}


def test_a_swap_is_refused_with_everything_in_the_way(database, cast, move):
    place = cast.maple
    with database.writing() as session:
        office = number_with(session, place.clinic_id, OFFICE)
        office.connected_at = None
        session.connection().execute(
            sa.text("DELETE FROM movetick WHERE item = 'text_in'")
        )

    refused = swapped(database, place, move)

    assert isinstance(refused, NotYet)
    assert len(refused.why) == 2
    assert "A test text to the office number" in str(refused)
    assert "is not connected yet" in str(refused)
    assert move_row(database, move).step is MoveStep.cut_over
    with database.reading() as session:
        assert sender_for(session, place.clinic_id).id == place.number_id


def test_a_number_of_another_campaign_does_not_take_over(database, cast, move):
    place = cast.maple
    with database.writing() as session:
        mine = session.get(Campaign, place.campaign_id)
        other = Campaign(
            **{
                **mine.model_dump(exclude={"id", "tcr_id"}),
                "ref": "maple-reviews",
            }
        )
        session.add(other)
        session.flush()
        number_with(session, place.clinic_id, OFFICE).campaign_id = other.id

    refused = swapped(database, place, move)

    assert "serves another campaign" in str(refused)
    assert move_row(database, move).step is MoveStep.cut_over


def test_no_swap_is_made_twice_nor_for_another_clinic(database, cast, move):
    with pytest.raises(NotFound):
        swapped(database, cast.birch, move)
    with pytest.raises(Invalid, match="a later day"):
        swapped(database, cast.maple, move, ON_THE_DAY.date())
    swapped(database, cast.maple, move)

    assert "does not follow" in str(swapped(database, cast.maple, move))


def test_a_later_number_with_a_lower_place_does_not_text_again(database, cast, move):
    """Also where no policy chose the number before, and others were added earlier."""
    place = cast.maple
    with database.writing() as session:
        card = add_number(session, place.clinic_id, "+12065550177", WhoReplies.gateway)
        card.campaign_id, card.connected_at = place.campaign_id, NOW

    swapped(database, place, move)

    with database.writing() as session:
        assert sender_for(session, place.clinic_id).phone == OFFICE
        enable(session, place.clinic_id, OPERATOR, ON_THE_DAY)
        policy = session.get(ReminderPolicy, place.clinic_id)
        assert session.get(SenderNumber, policy.number_id).phone == OFFICE
