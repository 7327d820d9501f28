"""A person answers from the inbox: what may leave, when, and what becomes of it."""

import shutil
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from clinics.models import Clinic
from consent.models import Topic
from gateway import restraint
from gateway.dispatch import lock_and_gather
from gateway.gate import Obstacle, decide
from gateway.lost_answers import watch_answers
from gateway.models import Message, MessageKind, State
from gateway.staff_replies import (
    ANSWERED,
    NEWER,
    WITHDRAWN,
    Page,
    Refused,
    Sent,
    send,
    take_back,
)
from tests.conftest import NOW, PAT
from tests.texted import conversation, tasks_of, texts

DESK = "desk@maple-dental.example"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NIGHT = NOW + 12 * HOUR  # 22:00 in Los Angeles
ONCE = "0123456789abcdef"


@pytest.fixture
def database_url(tmp_path, _sqlite_template):
    """One database is enough here: the locks are those of every text."""
    shutil.copy(_sqlite_template, tmp_path / "heed.db")
    return f"sqlite:///{tmp_path / 'heed.db'}"


@pytest.fixture
def asked(database, cast):
    """She agreed, and then asked something; the id of her text."""
    texts(database, cast.maple, "START", at=NOW - 2 * HOUR)
    return texts(database, cast.maple, "Do I need to fast?")


def answer(database, cast, text, seen_id, now=NOW + MINUTE, once=ONCE, by=DESK, **also):
    def work(session):
        clinic = session.get_one(Clinic, cast.maple.clinic_id)
        seen = {"seen_id": seen_id, "seen_answer": 0, "once": once, **also}
        return send(session, clinic, PAT, text, Page(**seen), by, now)

    return database.retrying(work)


def answers(database):
    with database.reading() as session:
        kind = col(Message.kind) == MessageKind.staff_reply
        return session.exec(select(Message).where(kind)).all()


def obstacles(database, message_id, now):
    with database.writing() as session:
        return decide(lock_and_gather(session, message_id, now).facts).obstacles


def test_an_answer_is_queued_with_the_name_of_the_clinic_and_of_who_wrote_it(
    database, cast, asked
):
    done = answer(database, cast, "No, eat\nas you like. See you at 3!", asked)

    (message,) = answers(database)
    assert done == Sent(message.id, "")
    assert message.body == "Maple Dental: No, eat as you like. See you at 3!"
    assert (message.topic, message.written_by) == (Topic.care, DESK)
    assert message.number_id == cast.maple.number_id
    assert message.answers_id == asked
    found = conversation(database, cast.maple)
    assert (found.waiting_since, found.done_by) == (None, DESK)


def test_a_second_click_sends_nothing(database, cast, asked):
    first = answer(database, cast, "No.", asked)
    second = answer(database, cast, "No.", asked, now=NOW + 2 * MINUTE)

    assert isinstance(first, Sent)
    assert second == Sent(None, "")
    assert len(answers(database)) == 1


def test_the_page_of_an_answer_that_was_taken_back_says_so(database, cast, asked):
    first = answer(database, cast, "No.", asked)
    with database.writing() as session:
        where = (cast.maple.clinic_id, PAT, first.message_id)
        assert take_back(session, *where, DESK, NOW + MINUTE)

    again = answer(database, cast, "No.", asked, now=NOW + 2 * MINUTE)
    anew = answer(database, cast, "No.", asked, once=ONCE[::-1])

    assert again == Refused((WITHDRAWN,))
    assert isinstance(anew, Sent)


def test_of_two_who_answer_at_once_the_second_reads_the_first_one(
    database, cast, asked
):
    first = answer(database, cast, "No.", asked)
    other = {"by": "admin@maple-dental.example", "once": ONCE[::-1]}
    second = answer(database, cast, "Yes.", asked, **other)
    third = answer(database, cast, "Yes.", asked, **other, seen_answer=first.message_id)

    assert second == Refused((ANSWERED.format(DESK),))
    assert isinstance(third, Sent)


REFUSED = [
    ("", "Write the answer."),
    ("See https://maple.example/prep", "It has a link"),
    ("Call Dr. Kim at (503) 555-0142", "It has the number (503) 555-0142"),
    ("20% off whitening this week", "is promotional"),
    ("no " * 200, "is the most. Say it shorter"),
]


@pytest.mark.parametrize(("text", "why"), REFUSED)
def test_what_carriers_or_others_should_not_read_is_not_sent(
    database, cast, asked, text, why
):
    done = answer(database, cast, text, asked)

    assert isinstance(done, Refused)
    assert any(why in sentence for sentence in done.problems), done.problems
    assert answers(database) == []
    assert conversation(database, cast.maple).waiting_since is not None


def test_words_of_health_are_sent_only_where_a_person_means_it(database, cast, asked):
    refused = answer(database, cast, "Your biopsy is back", asked)
    sent = answer(database, cast, "Your biopsy is back", asked, health_stands=True)

    assert refused == Refused(())
    assert isinstance(sent, Sent)


def test_the_clinics_own_number_may_be_named(database, cast, asked):
    assert isinstance(answer(database, cast, "Call (206) 555-0199.", asked), Sent)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("STOP", "the patient said stop. Call."),
        ("wrong number", "Decide first whether the patient asked to stop."),
    ],
)
def test_a_stopped_or_held_number_gets_no_answer(database, cast, asked, body, why):
    last = texts(database, cast.maple, body)

    done = answer(database, cast, "No.", last)

    assert isinstance(done, Refused)
    assert why in done.problems[0]


def test_who_never_agreed_gets_no_answer(database, cast):
    last = texts(database, cast.maple, "are you open?")

    done = answer(database, cast, "Yes.", last)

    assert done == Refused(
        ("No answer can go: the patient has never agreed to texts. Call.",)
    )


def test_a_text_that_came_meanwhile_is_read_first(database, cast, asked):
    texts(database, cast.maple, "never mind", at=NOW + MINUTE)

    assert answer(database, cast, "No.", asked) == Refused((NEWER,))


def test_at_night_an_answer_leaves_while_her_text_is_fresh(database, cast, asked):
    late = texts(database, cast.maple, "and tomorrow?", at=NIGHT)

    done = answer(database, cast, "Yes.", late, now=NIGHT + 59 * MINUTE)

    (message,) = answers(database)
    now = NIGHT + 59 * MINUTE
    assert done.note == ""
    assert Obstacle.quiet_hours not in obstacles(database, message.id, now)
    assert message.send_until == now + 15 * MINUTE


def test_at_night_an_answer_to_an_old_text_waits_for_the_morning(database, cast, asked):
    done = answer(database, cast, "No.", asked, now=NIGHT)

    (message,) = answers(database)
    assert "It leaves Tue, Dec 1, 2026, 9:00 AM PST." in done.note
    assert Obstacle.quiet_hours in obstacles(database, message.id, NIGHT)
    assert message.answers_id is None


def test_a_pause_and_a_trial_of_reminders_keep_no_answer(database, cast, asked):
    place = cast.maple.clinic_id
    with database.writing() as session:
        restraint.pause(session, place, NOW + 9 * HOUR, DESK, NOW)
        restraint.start_trial(session, place, ["(206) 555-0144"], DESK)
    later = NOW + 3 * HOUR
    answer(database, cast, "No.", asked, now=later)

    (message,) = answers(database)
    kept = {Obstacle.paused, Obstacle.only_trial}
    assert not kept & obstacles(database, message.id, later)


@pytest.mark.parametrize(
    "end", [{"state": State.failed}, {"delivery": "undelivered"}, {"state": "expired"}]
)
def test_an_answer_that_did_not_arrive_becomes_one_call(database, cast, asked, end):
    answer(database, cast, "No.", asked)
    with database.writing() as session:
        end = {"state": State.accepted, **end, "finished_at": NOW}
        session.connection().execute(
            sa.update(Message)
            .where(col(Message.kind) == MessageKind.staff_reply)
            .values(**end)
        )

    opened = [
        database.retrying(lambda session: watch_answers(session, NOW + HOUR))
        for _ in range(2)
    ]

    assert opened == [1, 0]
    (task,) = tasks_of(database, cast.maple)
    assert "this answer of desk@maple-dental.example did not reach" in task.sentence
