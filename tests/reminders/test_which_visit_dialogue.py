"""A family phone: the question which visit is meant, its answer, and a change of mind."""

import shutil
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from clinics.models import Language, Patient, Task
from gateway.models import ArrivedBy, InboundMessage, Message, State
from registration.default_wordings import add_missing
from registration.models import SenderNumber, WhoReplies
from reminders.models import AnswerEvent, VisitQuestion, VisitReply
from tests.conftest import PAT
from tests.pages import visitor, words
from tests.reminders.imports import ANA, NOW, bring, plan_maple, visits
from tests.texted import conversation, texts

LATER = NOW + timedelta(days=5)
MINUTE = timedelta(minutes=1)
LEO = ANA.replace("A1,P1,Ana", "A2,P2,Leo").replace("15:00", "15:30")
ASKS = (
    "Maple Dental: which visit do you mean? Reply 1 for Ana Tue 3:00 PM, "
    "2 for Leo Tue 3:30 PM, or {} for both."
)


BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def database_url(request, tmp_path, _sqlite_template):
    """SQLite, and PostgreSQL where a test says so."""
    if getattr(request, "param", "sqlite") == "postgresql":
        return request.getfixturevalue("_reused").emptied()
    shutil.copy(_sqlite_template, tmp_path / "heed.db")
    return f"sqlite:///{tmp_path / 'heed.db'}"


def left(database, at=LATER):
    # The vendor has taken every first text, and both are unanswered.
    with database.writing() as session:
        first = [one.id for one in session.exec(select(Message)) if one.expects][::2]
        session.connection().execute(
            sa.update(Message)
            .where(col(Message.id).in_(first))
            .values(state=State.accepted, submitted_at=at)
        )


def reminded(database, cast, *lines):
    with database.writing() as session:
        add_missing(session, cast.maple.clinic_id, cast.maple.campaign_id, NOW)
    texts(database, cast.maple, "START")
    bring(database, *lines)
    plan_maple(database, cast)
    left(database)
    return database


@pytest.fixture
def family(database, cast):
    """Ana's and Leo's visits, reminded of by one text to one phone that agreed."""
    return reminded(database, cast, ANA, LEO)


@pytest.fixture
def two_days(database, cast):
    """The same on two days, and so by two texts."""
    return reminded(database, cast, ANA, LEO.replace("12-08T", "12-09T"))


def say(database, cast, body, minutes=1, **more):
    """Our answer to a text of hers, which has left at once."""
    at = LATER + minutes * MINUTE
    inbound = texts(database, cast.maple, body, at=at, **more)
    with database.writing() as session:
        answer = session.exec(
            select(Message).where(col(Message.answers_id) == inbound)
        ).one_or_none()
        if answer is None:
            return None
        answer.state, answer.submitted_at = State.accepted, at
        return answer.body


def replies(database):
    return [visit.reply for visit in visits(database).values()]


def tasks(database):
    with database.reading() as session:
        found = session.exec(select(Task).order_by(col(Task.id)))
        return [(task.sentence, task.done_by) for task in found]


def test_x_asks_which_visit_and_the_number_settles_it(family, cast):
    asked = say(family, cast, "X", 1)
    before = replies(family), conversation(family, cast.maple).waiting_since
    answered = say(family, cast, "2", 2)

    assert asked == ASKS.format("X")
    assert before == ([None, None], LATER + MINUTE)  # a person sees it meanwhile
    assert answered.startswith("Maple Dental: we understood that you can't come.")
    assert replies(family) == [None, VisitReply.cannot_come]
    ((sentence, done_by),) = tasks(family)
    assert sentence.startswith("Leo Lee cannot come to the visit of 2026-12-08 15:30.")
    assert done_by is None
    with family.reading() as session:
        read = session.exec(select(InboundMessage)).all()[-1]
    assert (read.intent, read.rule) == ("cancel_visit", "visit.choice")


@BOTH
def test_once_it_is_settled_nothing_of_it_waits_in_the_inbox(two_days, cast):
    say(two_days, cast, "C", 1)
    say(two_days, cast, "both", 2)

    found = conversation(two_days, cast.maple)
    assert found.waiting_since is None
    assert found.done_by == "the patient’s newer text"
    assert replies(two_days) == [VisitReply.confirmed] * 2
    assert tasks(two_days) == []


def test_c_to_one_text_about_both_confirms_both_and_says_so(family, cast):
    assert say(family, cast, "C", 1) == (
        "Maple Dental: thank you, your visit is confirmed."
    )
    assert replies(family) == [VisitReply.confirmed] * 2


def test_a_number_counts_once_and_only_after_the_question(family, cast):
    early = say(family, cast, "1", 1)
    say(family, cast, "X", 2)
    say(family, cast, "1", 3)
    late = say(family, cast, "2", 4)

    assert "not monitored" in early
    assert late is None
    assert replies(family) == [VisitReply.cannot_come, None]


def test_the_question_is_asked_once_and_then_the_desk_calls(family, cast):
    say(family, cast, "X", 1)
    second = say(family, cast, "X but I am not sure which", 2)
    third = say(family, cast, "R", 3)

    assert second is None or "which visit" not in second
    assert "We will call you about your visit" in third or "will call" in third
    assert replies(family) == [None, None]
    assert any("several open (Ana, Leo)" in sentence for sentence, _ in tasks(family))
    with family.reading() as session:
        assert len(session.exec(select(VisitQuestion)).all()) == 1


def test_an_unknown_number_waits_for_a_person(family, cast):
    say(family, cast, "X", 1)
    say(family, cast, "7", 2)

    assert replies(family) == [None, None]
    assert conversation(family, cast.maple).waiting_since is not None


def test_she_is_asked_in_spanish(family, cast):
    with family.writing() as session:
        for patient in session.exec(select(Patient)):
            patient.language = Language.es

    assert say(family, cast, "no puedo ir", 1) == (
        "Maple Dental: de que cita se trata? Responda 1 para Ana martes 3:00 PM, "
        "2 para Leo martes 3:30 PM, o X para las dos."
    )


@BOTH
def test_the_last_answer_counts_and_says_that_it_changed(family, cast):
    say(family, cast, "C for Ana", 1)
    changed = say(family, cast, "Ana can't come", 2)
    again = say(family, cast, "Ana will be there", 3)

    assert "we changed your answer. Now: you can't come (Ana Tue 3:00 PM)" in changed
    assert "Now: you will come (Ana Tue 3:00 PM)" in again
    assert replies(family) == [VisitReply.confirmed, None]
    ((sentence, done_by),) = tasks(family)
    assert "and had confirmed it before" in sentence
    assert done_by == "the patient’s newer text"
    with family.reading() as session:
        kept = session.exec(select(AnswerEvent).order_by(col(AnswerEvent.id))).all()
    said = VisitReply.confirmed, VisitReply.cannot_come, VisitReply.confirmed
    assert tuple(event.reply for event in kept) == said


def test_what_a_person_has_done_meanwhile_is_told(family, cast):
    say(family, cast, "Ana can't come", 1)
    with family.writing() as session:
        task = session.exec(select(Task)).one()
        task.done_at, task.done_by = LATER, "desk@maple-dental.example"
    say(family, cast, "Ana will be there", 2)

    told = tasks(family)[-1][0]
    assert "dealt with by desk@maple-dental.example: look whether" in told


def test_after_a_no_that_was_taken_back_reminders_are_planned_again(family, cast):
    say(family, cast, "Ana can't come", 1)
    planned = visits(family)["A1"].planned_version
    say(family, cast, "C for Ana", 2)

    assert planned > 0
    assert visits(family)["A1"].planned_version == 0


def test_a_text_that_is_found_late_undoes_no_newer_answer(family, cast):
    say(family, cast, "Ana can't come", 5)
    late = {"arrived_by": ArrivedBy.reconciler, "vendor_at": LATER + 2 * MINUTE}

    assert say(family, cast, "C for Ana", 7, **late) is None
    assert replies(family) == [VisitReply.cannot_come, None]


def test_where_the_vendor_has_answered_already_the_desk_asks(two_days, cast):
    with two_days.writing() as session:
        number = session.get_one(SenderNumber, cast.maple.number_id)
        number.who_replies = WhoReplies.vendor_default  # it answers YES by itself

    assert say(two_days, cast, "YES") is None
    assert "several open (Ana, Leo)" in tasks(two_days)[-1][0]


def test_without_words_for_the_question_the_desk_asks(database, cast):
    texts(database, cast.maple, "START")
    bring(database, ANA, LEO)
    plan_maple(database, cast)
    left(database)

    assert (
        say(database, cast, "X") == "Maple Dental: we will call you about your visit."
    )
    assert "several open (Ana, Leo)" in tasks(database)[-1][0]


def test_the_conversation_shows_what_was_asked_and_what_each_text_meant(
    pages, family, cast
):
    talk = f"/desk/maple-dental/inbox/{PAT}"
    desk = visitor(pages, "desk@maple-dental.example")
    say(family, cast, "X", 1)
    asked = words(desk.get(talk))
    say(family, cast, "2", 2)
    settled = words(desk.get(talk))

    leo = "Leo Lee , Tue, Dec 8, 2026, 3:30 PM PST"
    assert (
        f"which visit is meant: 1 for Ana Lee , Tue, Dec 8, 2026, 3:00 PM PST , 2 for {leo}"
        in asked
    )
    assert "which visit is meant" not in settled
    assert f"{leo} can’t come" in settled
    read = "Read as: cannot come to a visit (it chose between visits)."
    assert f"{read} Meant: {leo} . Read wrong? Correct it there." in settled


def test_another_phone_and_another_clinic_are_asked_nothing(family, cast):
    texts(family, cast.birch, "START", phone=PAT)

    say_there = texts(family, cast.birch, "X", phone=PAT, at=LATER + MINUTE)

    with family.reading() as session:
        assert session.exec(select(VisitQuestion)).all() == []
        assert session.get(InboundMessage, say_there).intent == "none"
