from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select

from clinics.models import Language
from clinics.signin import ClinicHere
from consent import record
from consent.attest import attest
from consent.models import Grade, Topic
from consent.standing import Word, line_state, lock_line
from gateway.facts import lock_and_gather
from gateway.gate import Obstacle
from gateway.gate import decide as gate
from gateway.invitation import APART, PER_DAY, Ground, MayNot
from gateway.invitations import Asked, Invited, invite
from gateway.models import Message, MessageKind, Permit, State
from gateway.opt_in import Wish
from gateway.opt_in_place import clinic_of, place_of
from gateway.opt_in_requests import Origin, take
from registration.models import WordingVersion
from tests.conftest import NOW, PAT
from tests.texted import ledger, texts

DAY = timedelta(days=1)
NIGHT = NOW.replace(hour=6)  # 10 PM of the day before in Los Angeles


def ask(database, *, phone=PAT, told="desk", at=NOW, slug="maple-dental"):
    with database.writing() as session:
        clinic: ClinicHere = clinic_of(session, slug)
        place = place_of(session, clinic)
        invited = Invited(
            phone=phone,
            patient="M-1",
            language=Language.en,
            zones=("America/Los_Angeles",),
            told=told,
            by="desk@maple-dental.example",
        )
        done = invite(session, place, invited, at)
        if isinstance(done, MayNot):
            session.rollback()
    return done


def requests_to(database, phone=PAT):
    with database.reading() as session:
        return list(
            session.exec(
                select(Message)
                .where(
                    col(Message.phone) == phone,
                    col(Message.kind) == MessageKind.opt_in_request,
                )
                .order_by(col(Message.id))
            )
        )


def left(database, at=NOW, phone=PAT, state=State.accepted):
    """What is due has gone, or came to another end."""
    went = {"submitted_at": at} if state in (State.accepted, State.failed) else {}
    with database.writing() as session:
        session.connection().execute(
            sa.update(Message)
            .where(col(Message.phone) == phone, col(Message.state) == State.due)
            .values(state=state, **went)
        )


def asserted(database, cast, phone=PAT):
    with database.writing() as session:
        attest(session, cast.maple.clinic_id, "admin@maple-dental.example", "T.", NOW)
        record.record_asserted(
            session, cast.maple.clinic_id, phone, Topic.care, {}, NOW
        )


def standing(database, cast, phone=PAT):
    with database.reading() as session:
        return line_state(session, cast.maple.clinic_id, phone)


def test_yes_to_the_question_proves_the_consent(database, cast):
    done = ask(database)

    assert isinstance(done, Asked)
    assert standing(database, cast).word is Word.pending
    (message,) = requests_to(database)
    assert message.body == done.text
    assert (message.permit, message.expects) == (Permit.opt_in_request, "opt_in")
    assert message.send_until == NOW + DAY
    left(database)
    texts(database, cast.maple, "Yes", at=NOW + timedelta(hours=1))

    assert standing(database, cast).grade is Grade.proven
    (_, asked), (_, agreed) = ledger(database, cast)
    assert asked["method"] == "asked by the clinic"
    assert asked["why"] == Ground.told.value
    assert (asked["where"], asked["asked"]) == ("at the desk", done.text)
    assert asked["recorded_by"] == "desk@maple-dental.example"
    assert agreed["method"] == "asked by the clinic, confirmed by text"
    assert agreed["request_seq"] == 1


def test_what_an_import_asserts_becomes_proven_by_yes(database, cast):
    asserted(database, cast)

    assert isinstance(ask(database, told=None), Asked)
    left(database)
    assert standing(database, cast).grade is Grade.asserted
    texts(database, cast.maple, "YES", at=NOW + timedelta(hours=1))

    assert standing(database, cast).grade is Grade.proven


def test_stop_to_the_question_stops_and_nobody_asks_again(database, cast):
    ask(database)
    left(database)
    texts(database, cast.maple, "STOP", at=NOW + timedelta(hours=1))

    refused = ask(database, at=NOW + 90 * DAY)

    assert "said stop" in refused.why[0]
    assert len(requests_to(database)) == 1


@pytest.mark.parametrize(
    ("at", "obstacles"),
    [(NOW, {Obstacle.not_looked_up}), (NIGHT, {Obstacle.quiet_hours})],
)
def test_the_gate_decides_and_keeps_quiet_hours(database, cast, at, obstacles):
    ask(database, at=at)
    (message,) = requests_to(database)

    with database.writing() as session:
        verdict = gate(lock_and_gather(session, message.id, at).facts)

    assert Obstacle.not_opted_in not in verdict.obstacles
    assert obstacles <= verdict.obstacles


def test_a_stop_before_it_leaves_keeps_it_here(database, cast):
    ask(database)
    with database.writing() as session:
        lock_line(session, cast.maple.clinic_id, PAT)
        record.opt_out(session, cast.maple.clinic_id, PAT, {}, NOW)
    (message,) = requests_to(database)

    with database.writing() as session:
        verdict = gate(lock_and_gather(session, message.id, NOW).facts)

    assert Obstacle.not_opted_in in verdict.obstacles


@pytest.mark.parametrize("state", [State.expired, State.withdrawn])
def test_a_question_that_never_left_was_not_asked(database, cast, state):
    ask(database)
    left(database, state=state)

    assert isinstance(ask(database, at=NOW + DAY), Asked)


@pytest.mark.parametrize(
    "state", [State.due, State.accepted, State.unknown, State.failed]
)
def test_a_question_that_may_have_left_was_asked(database, cast, state):
    ask(database)
    left(database, state=state)

    assert "asked by text on Mon, Nov 30, 2026" in ask(database, at=NOW + DAY).why[0]


def test_the_thirty_days_count_from_when_it_left(database, cast):
    ask(database)
    left(database, at=NOW + DAY)
    texts(database, cast.maple, "hello", at=NOW + 2 * DAY)

    assert isinstance(ask(database, at=NOW + APART), MayNot)
    assert isinstance(ask(database, at=NOW + APART + DAY), Asked)


def test_a_refusal_leaves_nothing_behind(database, cast):
    assert isinstance(ask(database, told=None), MayNot)

    assert ledger(database, cast) == []
    assert requests_to(database) == []


def test_without_an_approved_text_nobody_is_asked(database, cast):
    with database.writing() as session:
        session.connection().execute(sa.delete(WordingVersion))

    assert "opt_in_request" in ask(database).why[0]
    assert ledger(database, cast) == []


def test_a_clinic_asks_so_many_a_day(database, cast):
    for number in range(PER_DAY):
        assert isinstance(ask(database, phone=f"+1206555{number:04}"), Asked)

    assert "the most" in ask(database, phone="+12065551999").why[0]
    assert isinstance(ask(database, phone="+12065551999", at=NOW + DAY), Asked)


def test_what_one_clinic_asked_is_nothing_to_another(database, cast):
    ask(database)

    assert isinstance(ask(database, slug="birch-eye"), Asked)


def on_the_web(database, cast, phone, at):
    with database.writing() as session:
        clinic = clinic_of(session, "maple-dental")
        place = place_of(session, clinic)
        wish = Wish(phone=phone, typed=phone, name="", topics=(Topic.care,))
        origin = Origin(
            url="https://texts.example",
            ip=f"198.51.100.{at.day}",
            user_agent="",
            language=Language.en,
            disclosure_sha256="",
        )
        take(session, place, wish, origin, at)


def test_whoever_was_asked_on_the_web_is_not_asked_again(database, cast):
    on_the_web(database, cast, PAT, NOW)
    left(database)

    assert "has not answered" in ask(database, at=NOW + 40 * DAY).why[0]


def test_whoever_was_asked_by_the_clinic_gets_no_second_text_from_the_form(
    database, cast
):
    ask(database)
    left(database)
    on_the_web(database, cast, PAT, NOW + 40 * DAY)

    assert len(requests_to(database)) == 1


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [*["ask"] * 4, *["hello"] * 3, "web", "YES", "STOP", "who is this"]
        ),
        st.sampled_from([0, 1, 10, 24, 29, 30, 40]),  # days until it
        st.sampled_from([State.accepted, State.expired, State.failed]),
    ),
    min_size=2,
    max_size=12,
)
PHONES = iter(range(10_000))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(STEPS)
def test_nobody_is_ever_asked_twice_within_thirty_days(database, cast, steps):
    phone, at = f"+1425555{next(PHONES):04}", NOW
    answered_at = None
    for step, days, end in steps:
        at += days * DAY + timedelta(minutes=1)
        before = [one for one in requests_to(database, phone) if _counts(one)]
        was = standing(database, cast, phone)
        if step == "ask":
            done = ask(database, phone=phone, at=at)
            if isinstance(done, Asked):
                assert was.word in (Word.none, Word.pending)
                assert not was.held
                for one in before:
                    assert at - one.submitted_at >= APART
                    assert answered_at is not None
                    assert answered_at > one.submitted_at
        elif step == "web":
            on_the_web(database, cast, phone, at)
        else:
            texts(database, cast.maple, step, phone=phone, at=at)
            answered_at = at
        left(database, at, phone, end)


def _counts(message):
    return message.state not in (State.expired, State.withdrawn)
