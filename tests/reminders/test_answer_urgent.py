"""An answer about a visit that sounds like an emergency, and answers without end."""

import shutil

import pytest
from sqlmodel import col, select

from gateway.answers import REPLIES_AN_HOUR
from gateway.models import Message
from reminders.models import VisitReply
from tests.reminders.imports import ANA
from tests.reminders.test_which_visit_dialogue import LEO, reminded, replies, say, tasks
from tests.texted import conversation

CALL_NOW = "This text sounds like an emergency. Call now."


@pytest.fixture
def database_url(tmp_path, _sqlite_template):
    shutil.copy(_sqlite_template, tmp_path / "heed.db")
    return f"sqlite:///{tmp_path / 'heed.db'}"


@pytest.mark.parametrize(
    ("body", "reply"),
    [
        ("I can't come, I have chest pain", VisitReply.cannot_come),
        ("Yes I will come, I have chest pain", VisitReply.confirmed),
    ],
)
def test_an_emergency_is_heard_beside_the_answer_about_the_visit(
    database, cast, body, reply
):
    reminded(database, cast, ANA)

    answered = say(database, cast, body)

    assert "In an emergency call 911" in answered
    assert CALL_NOW in [sentence for sentence, _ in tasks(database)]
    assert replies(database) == [reply]
    assert conversation(database, cast.maple).waiting_since is not None


def test_of_an_emergency_nobody_is_asked_by_text_which_visit(database, cast):
    reminded(database, cast, ANA, LEO)

    answered = say(database, cast, "I can't come, I have chest pain")

    assert "In an emergency call 911" in answered
    said = [sentence for sentence, _ in tasks(database)]
    assert CALL_NOW in said
    assert any(one.endswith("Ask which one is meant.") for one in said)
    assert replies(database) == [None, None]


def test_two_machines_that_confirm_to_each_other_come_to_an_end(database, cast):
    reminded(database, cast, ANA)

    for minute in range(1, REPLIES_AN_HOUR + 6):
        say(database, cast, "Ok, thanks", minute)

    with database.reading() as session:
        given = col(Message.answers_id).is_not(None)
        answers = session.exec(select(Message).where(given)).all()
    assert len(answers) <= REPLIES_AN_HOUR + 1  # the one to START is days older
    assert replies(database) == [VisitReply.confirmed]
