from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from gateway.inbound import VisitAnswer
from gateway.intent import Intent
from gateway.models import Message, MessageKind, State
from reminders.models import Appointment, VisitReply
from reminders.replies import on_reply
from tests.reminders.imports import ANA, NOW, bring, plan_maple, texts, visits

HER_PHONE = "+12065550111"
AFTER_THE_FIRST = NOW + timedelta(days=6)
MOVED = ANA.replace("15:00", "16:00")


def leave(database):
    # The vendor has taken the first text that waits.
    first = texts(database)[0]
    with database.writing() as session:
        session.get(Message, first.id).state = State.accepted


def reply(database, cast, intent, phone=HER_PHONE):
    clinic_id = cast.maple.clinic_id
    return database.retrying(
        lambda session: on_reply(session, clinic_id, phone, intent, 1, AFTER_THE_FIRST)
    )


@pytest.fixture
def reminded(database, cast):
    bring(database, ANA)
    plan_maple(database, cast)
    leave(database)
    return database


def test_c_confirms_the_visit_that_the_reminder_asked_about(reminded, cast):
    answer = reply(reminded, cast, Intent.confirm)

    assert answer == VisitAnswer(MessageKind.visit_confirmed, None)
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
