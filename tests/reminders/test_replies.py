import secrets
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from gateway.intent import Intent
from gateway.models import ArrivedBy, InboundMessage, Message, MessageKind, State
from reminders.models import Appointment, VisitReply
from reminders.replies import on_reply
from tests.reminders.imports import ANA, NOW, bring, plan_maple, texts, visits

HER_PHONE = "+12065550111"
AFTER_THE_FIRST = NOW + timedelta(days=6)
LETTERS = {Intent.confirm: "C", Intent.cancel_visit: "X", Intent.reschedule: "R"}
MOVED = ANA.replace("15:00", "16:00")


def leave(database):
    # The vendor has taken the first text that waits.
    first = texts(database)[0]
    with database.writing() as session:
        session.get(Message, first.id).state = State.accepted


def reply(database, cast, intent, phone=HER_PHONE, body=None, at=AFTER_THE_FIRST):
    """She texts a letter, or `body`, and it is read as `intent`."""
    place = cast.maple

    def work(session):
        text = InboundMessage(
            clinic_id=place.clinic_id,
            number_id=place.number_id,
            account_sid=place.account_sid,
            vendor_sid="SM" + secrets.token_hex(16),
            phone=phone,
            body=LETTERS[intent] if body is None else body,
            raw="[]",
            arrived_by=ArrivedBy.webhook,
            received_at=AFTER_THE_FIRST,
            vendor_at=at,
        )
        session.add(text)
        session.flush()
        return on_reply(
            session, place.clinic_id, phone, intent, text.id, AFTER_THE_FIRST
        )

    return database.retrying(work)


@pytest.fixture
def reminded(database, cast):
    bring(database, ANA)
    plan_maple(database, cast)
    leave(database)
    return database


def test_c_confirms_the_visit_that_the_reminder_asked_about(reminded, cast):
    answer = reply(reminded, cast, Intent.confirm)

    assert (answer.reply, answer.task) == (MessageKind.visit_confirmed, None)
    assert answer.holes["visits"] == "Ana Tue 3:00 PM"
    assert visits(reminded)["A1"].reply is VisitReply.confirmed


@pytest.mark.parametrize(
    ("intent", "words"),
    [
        (Intent.confirm, "confirms"),
        (Intent.cancel_visit, "cannot come to"),
        (Intent.reschedule, "wants another time for"),
    ],
)
def test_an_answer_to_the_reminder_of_the_old_time_goes_to_the_desk(
    reminded, cast, intent, words
):
    bring(reminded, MOVED)

    answer = reply(reminded, cast, intent)

    assert answer.reply is MessageKind.visit_to_desk
    assert f"Ana Lee {words} a visit, but she answered the old reminder" in answer.task
    assert "2026-12-08 16:00" in answer.task
    assert visits(reminded)["A1"].reply is None


def test_the_new_time_is_still_reminded_of_after_no_to_the_old_one(reminded, cast):
    bring(reminded, MOVED)

    reply(reminded, cast, Intent.cancel_visit)

    assert plan_maple(reminded, cast).queued == 2


def test_an_answer_after_the_new_reminder_is_about_the_new_time(reminded, cast):
    bring(reminded, MOVED)
    plan_maple(reminded, cast)
    leave(reminded)

    assert reply(reminded, cast, Intent.confirm).reply is MessageKind.visit_confirmed
    assert visits(reminded)["A1"].reply is VisitReply.confirmed


def test_an_answer_from_her_old_phone_goes_to_the_desk(reminded, cast):
    bring(reminded, ANA.replace("0111", "0119"))
    plan_maple(reminded, cast)
    leave(reminded)

    assert reply(reminded, cast, Intent.confirm).reply is MessageKind.visit_to_desk
    assert visits(reminded)["A1"].reply is None


def test_a_phone_with_two_open_visits_confirms_neither(reminded, cast):
    bring(reminded, ANA.replace("A1,P1,Ana", "A2,P2,Ben"))
    plan_maple(reminded, cast)
    with reminded.writing() as session:
        session.connection().execute(sa.update(Message).values(state=State.accepted))

    answer = reply(reminded, cast, Intent.confirm)

    assert answer.reply is MessageKind.visit_to_desk
    assert "(Ana, Ben)" in answer.task
    with reminded.reading() as session:
        assert {visit.reply for visit in session.exec(select(Appointment))} == {None}


def test_without_a_reminder_that_left_no_visit_was_asked_about(database, cast):
    bring(database, ANA)
    plan_maple(database, cast)

    assert reply(database, cast, Intent.confirm) is None
