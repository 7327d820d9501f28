"""The answer box of a conversation: what it shows, keeps, sends once and takes back."""

import re
import shutil
from datetime import timedelta

import pytest
from sqlmodel import col, select

from clinics.models import Task
from gateway.models import Message, MessageKind, State
from tests.conftest import NOW, PAT
from tests.pages import visitor, words
from tests.texted import actions, conversation, texts

DESK = "desk@maple-dental.example"
TALK = f"/desk/maple-dental/inbox/{PAT}"
ANSWER = f"/desk/maple-dental/inbox-answer/{PAT}"
HOUR = timedelta(hours=1)


@pytest.fixture
def database_url(tmp_path, _sqlite_template):
    shutil.copy(_sqlite_template, tmp_path / "heed.db")
    return f"sqlite:///{tmp_path / 'heed.db'}"


@pytest.fixture
def asked(database, cast):
    """She agreed, and then asked something; the id of her text."""
    texts(database, cast.maple, "START", at=NOW - 2 * HOUR)
    return texts(database, cast.maple, "Do I need to fast?")


@pytest.fixture
def desk(pages):
    return visitor(pages, DESK)


def answers(database):
    with database.reading() as session:
        kind = col(Message.kind) == MessageKind.staff_reply
        return session.exec(select(Message).where(kind)).all()


def form(desk, **fields):
    page = desk.get(TALK).get_data(as_text=True)
    hidden = {
        name: re.search(
            rf'name="{name}" value="([^"]*)"', page.split('id="answer"')[1]
        )[1]
        for name in ("once", "seen_id", "seen_answer")
    }
    return {**hidden, "what": "send", **fields}


def test_the_page_shows_what_would_leave_then_sends_it_once(desk, database, asked):
    fields = form(desk, text="No, just rinse.", what="look")
    shown = words(desk.post(ANSWER, fields))
    fields["what"] = "send"
    for _ in range(2):
        sent = desk.post(ANSWER, fields)

    assert "Maple Dental: No, just rinse." in shown
    assert "29 characters, billed as 1 text, about" in shown
    assert sent.status_code == 303
    assert len(answers(database)) == 1
    after = words(desk.get(TALK))
    assert "Your answer is on its way." in after
    assert f"{DESK} today" in after
    assert ("answered by text", f"message {answers(database)[0].id}") in actions(
        database
    )


def test_the_page_keeps_what_was_typed_and_says_why_it_did_not_leave(
    desk, database, asked
):
    refused = desk.post(ANSWER, form(desk, text="Your biopsy is back"))

    assert refused.status_code == 400
    page = refused.get_data(as_text=True)
    assert "Your biopsy is back</textarea>" in page
    assert "Others may read this." in page
    sent = {**form(desk, text="Your biopsy is back"), "health_stands": "yes"}
    assert desk.post(ANSWER, sent).status_code == 303
    assert "answered by text, with health words" in dict(actions(database))


def test_dear_letters_are_named(desk, asked):
    text = "Sí, mañana está bien, y puede comer lo que quiera, no hace falta nada más."
    page = words(desk.post(ANSWER, form(desk, text=text, what="look")))

    assert "cents. í á make it dearer" in page


def test_an_answer_is_taken_back_while_it_waits(desk, database, cast, asked):
    desk.post(ANSWER, form(desk, text="No."))
    (message,) = answers(database)
    fields = {"what": "take_back", "message": message.id}

    done = words(desk.get(desk.post(ANSWER, fields).location))
    again = words(desk.get(desk.post(ANSWER, fields).location))

    assert "was taken back" in done
    assert "It has left already" in again
    assert answers(database)[0].state is State.withdrawn
    assert conversation(database, cast.maple).waiting_since is not None


def test_the_page_says_why_no_answer_can_go(desk, database, cast, asked):
    texts(database, cast.maple, "STOP")
    page = words(desk.get(TALK))

    assert "No answer can go: the patient said stop. Call." in page
    assert "<textarea" not in desk.get(TALK).get_data(as_text=True)


def test_who_reads_only_answers_nothing(pages, database, asked):
    for email in ("auditor@maple-dental.example", "desk@birch-eye.example"):
        stranger = visitor(pages, email)
        assert stranger.post(ANSWER, {"what": "send", "text": "No."}).status_code == 404
    assert answers(database) == []


def test_a_page_without_its_secret_sends_nothing(desk, database, asked):
    fields = form(desk, text="No.", once="short")

    assert desk.post(ANSWER, fields).status_code == 400
    assert answers(database) == []
    with database.reading() as session:
        assert session.exec(select(Task)).all() == []
