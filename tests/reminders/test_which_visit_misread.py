"""What looks like the answer to "which visit?", or like a yes, and is none."""

import shutil
from datetime import timedelta

import pytest
from sqlmodel import col, select

from consent.models import Topic
from gateway import outbox
from gateway.models import ArrivedBy, Message, MessageKind, State
from reminders.models import Appointment, DayUpdate, UpdatedVisit, VisitReply
from tests.conftest import PAT
from tests.reminders.imports import ANA
from tests.reminders.test_which_visit_dialogue import (
    ASKS,
    LATER,
    LEO,
    MINUTE,
    reminded,
    replies,
    say,
    tasks,
)
from tests.texted import conversation, texts

X = VisitReply.cannot_come


@pytest.fixture
def database_url(tmp_path, _sqlite_template):
    shutil.copy(_sqlite_template, tmp_path / "heed.db")
    return f"sqlite:///{tmp_path / 'heed.db'}"


@pytest.fixture
def family(database, cast):
    return reminded(database, cast, ANA, LEO)


def test_the_letter_again_is_no_choice_while_the_question_has_not_left(family, cast):
    texts(family, cast.maple, "X", at=LATER + MINUTE)  # our question is held

    asked = say(family, cast, "X", 2)

    assert asked == ASKS.format("X")
    assert replies(family) == [None, None]


def test_a_text_from_before_the_question_that_is_found_late_answers_it_not(
    family, cast
):
    say(family, cast, "X", 5)
    late = {"arrived_by": ArrivedBy.reconciler, "vendor_at": LATER + MINUTE}

    say(family, cast, "X", 6, **late)

    assert replies(family) == [None, None]
    ((sentence, _),) = tasks(family)
    assert sentence.endswith("Ask which one is meant.")
    say(family, cast, "2", 7)  # the question is still open
    assert replies(family) == [None, X]


@pytest.mark.parametrize("body", ["Leo is ok", "Leo ok", "1 yes", "Leo sí, gracias"])
def test_who_is_all_right_is_not_who_cannot_come(family, cast, body):
    say(family, cast, "X", 1)

    say(family, cast, body, 2)

    assert replies(family) == [None, None]
    assert conversation(family, cast.maple).waiting_since is not None


@pytest.mark.parametrize("body", ["ok 2", "Yes, Leo", "Leo, thanks"])
def test_a_yes_before_the_choice_is_only_polite(family, cast, body):
    say(family, cast, "X", 1)

    say(family, cast, body, 2)

    assert replies(family) == [None, X]


def test_a_letter_after_a_newer_reminder_answers_that_and_not_the_old_question(
    database, cast
):
    reminded(database, cast, ANA, LEO.replace("12-08T", "12-09T"))
    say(database, cast, "C", 1)
    with database.writing() as session:
        where = (col(Message.state) == State.due, col(Message.expects) == "visit")
        newer = session.exec(select(Message).where(*where)).first()
        newer.state, newer.submitted_at = State.accepted, LATER + timedelta(hours=20)

    asked = say(database, cast, "C", 21 * 60)

    assert "which visit do you mean?" in asked
    assert replies(database) == [None, None]


def updated(database, place, at):
    """An update about every visit has left: the clinic is closed."""
    with database.writing() as session:
        update = DayUpdate(
            clinic_id=place.clinic_id,
            day=LATER.date(),
            text_en="We are closed.",
            written_by="desk@maple-dental.example",
            written_at=at,
        )
        session.add(update)
        session.flush()
        message_id = outbox.queue(
            session,
            clinic_id=place.clinic_id,
            number_id=place.number_id,
            phone=PAT,
            topic=Topic.care,
            kind=MessageKind.update,
            body="Maple Dental: we are closed on Tue. STOP to opt out.",
            dedupe_key="update",
            send_from=at,
            send_until=at + timedelta(days=1),
            now=at,
        )
        for visit in session.exec(select(Appointment)).all():
            row = UpdatedVisit(
                clinic_id=place.clinic_id,
                update_id=update.id,
                appointment_id=visit.id,
                patient_id=visit.patient_id,
                phone=PAT,
                message_id=message_id,
            )
            session.add(row)
        text = session.get_one(Message, message_id)
        text.state, text.submitted_at = State.accepted, at


def test_ok_to_an_update_of_the_day_confirms_no_visit(family, cast):
    updated(family, cast.maple, LATER + MINUTE)

    answered = say(family, cast, "Ok, thanks", 20)

    assert "confirmed" not in (answered or "")
    assert replies(family) == [None, None]
    assert conversation(family, cast.maple).waiting_since is not None


def test_who_cannot_come_after_an_update_is_heard_as_before(family, cast):
    updated(family, cast.maple, LATER + MINUTE)

    say(family, cast, "X", 20)
    say(family, cast, "both", 21)

    assert replies(family) == [X, X]


def test_a_yes_from_before_the_update_confirms(family, cast):
    updated(family, cast.maple, LATER + 30 * MINUTE)

    say(family, cast, "C", 20)

    assert replies(family) == [VisitReply.confirmed] * 2
