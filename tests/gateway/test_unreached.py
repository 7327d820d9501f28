"""Texts that find no phone on several days: the number may be somebody else's now."""

import secrets
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from clinics.models import TaskKind
from consent.standing import Word
from gateway.deciding import Verdict, decide
from gateway.models import Message, State
from gateway.sent import Report, take_report
from tests.conftest import NOW, PAT
from tests.gateway.listing import agree, standing
from tests.texted import ledger, sent, tasks_of, texts

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def text_that_ends(database, place, status, code, at, body=None):
    """One more text to Pat, and what the vendor says became of it."""
    sid = "SM" + secrets.token_hex(16)
    sent(database, place, body or sid, at, vendor_sid=sid, state=State.accepted)
    with database.writing() as session:
        message_id = session.connection().scalar(
            sa.select(col(Message.id)).where(col(Message.vendor_sid) == sid)
        )
        said = Report(
            account_sid=place.account_sid,
            vendor_sid=sid,
            status=status,
            error_code=code,
            raw="{}",
        )
        take_report(session, place.clinic_id, message_id, said, at)


def lost(database, place, at, code="30005"):
    text_that_ends(database, place, "undelivered", code, at)


def questions(database, cast):
    return [
        task
        for task in tasks_of(database, cast.maple)
        if task.kind is TaskKind.reassigned
    ]


@pytest.mark.parametrize("codes", [("30005", "30005"), ("30003", "30005")])
def test_two_days_without_a_phone_hold_the_number_and_ask(database, cast, codes):
    agree(database, cast, at=NOW - 9 * DAY)
    lost(database, cast.maple, NOW - 3 * DAY, codes[0])
    assert not standing(database, cast.maple).held

    lost(database, cast.maple, NOW, codes[1])

    line = standing(database, cast.maple)
    assert (line.word, line.held, line.held_why) == (Word.opted_in, True, "unreached")
    (task,) = questions(database, cast)
    assert task.phone == PAT
    _, facts = ledger(database, cast)[-1]
    assert facts["days"] == "2026-11-27, 2026-11-30"
    assert facts["code"] == ", ".join(sorted({*codes}))


def test_twice_on_one_day_is_one_day(database, cast):
    agree(database, cast, at=NOW - 9 * DAY)
    lost(database, cast.maple, NOW - 2 * HOUR)
    lost(database, cast.maple, NOW)  # the same day in Los Angeles

    assert not standing(database, cast.maple).held


def inbound_between(database, cast):
    texts(database, cast.maple, "hello", at=NOW - DAY)


def delivered_between(database, cast):
    text_that_ends(database, cast.maple, "delivered", None, NOW - DAY)


def agreed_between(database, cast):
    agree(database, cast, at=NOW - DAY)


@pytest.mark.parametrize(
    "between", [inbound_between, delivered_between, agreed_between]
)
def test_a_sign_of_life_between_begins_anew(database, cast, between):
    agree(database, cast, at=NOW - 9 * DAY)
    lost(database, cast.maple, NOW - 3 * DAY)
    between(database, cast)

    lost(database, cast.maple, NOW)
    assert not standing(database, cast.maple).held

    lost(database, cast.maple, NOW + DAY)
    assert standing(database, cast.maple).held


@pytest.mark.parametrize("code", ["30008", "30006", "30007"])
def test_other_errors_say_nothing_of_who_has_the_number(database, cast, code):
    agree(database, cast, at=NOW - 9 * DAY)
    lost(database, cast.maple, NOW - 3 * DAY, code)
    lost(database, cast.maple, NOW, code)

    assert not standing(database, cast.maple).held


def test_what_happened_at_another_clinic_does_not_count_here(database, cast):
    agree(database, cast, at=NOW - 9 * DAY)
    agree(database, cast, at=NOW - 9 * DAY, place=cast.birch)
    lost(database, cast.birch, NOW - 3 * DAY)

    lost(database, cast.maple, NOW)

    assert not standing(database, cast.maple).held
    assert not standing(database, cast.birch).held


def test_a_number_that_is_stopped_or_held_stays_as_it_is(database, cast):
    agree(database, cast, at=NOW - 9 * DAY)
    texts(database, cast.maple, "STOP", at=NOW - 5 * DAY)
    before = len(ledger(database, cast))

    lost(database, cast.maple, NOW - 3 * DAY)
    lost(database, cast.maple, NOW)

    assert len(ledger(database, cast)) == before
    assert questions(database, cast) == []


def test_after_a_person_said_it_is_our_patient_two_more_days_are_needed(database, cast):
    agree(database, cast, at=NOW - 9 * DAY)
    lost(database, cast.maple, NOW - 3 * DAY)
    lost(database, cast.maple, NOW)
    (task,) = questions(database, cast)
    with database.writing() as session:
        by, clinic_id = "desk@maple-dental.example", cast.maple.clinic_id
        decide(session, clinic_id, task.id, Verdict.go_on, by, "", NOW + HOUR)
    _, facts = ledger(database, cast)[-1]
    assert facts["note"] == f"task {task.id}: It is our patient"

    lost(database, cast.maple, NOW + DAY)
    assert not standing(database, cast.maple).held

    lost(database, cast.maple, NOW + 2 * DAY)
    assert standing(database, cast.maple).held
    assert len(questions(database, cast)) == 2


def test_the_same_report_twice_counts_once(database, cast):
    agree(database, cast, at=NOW - 9 * DAY)
    lost(database, cast.maple, NOW - 3 * DAY)
    lost(database, cast.maple, NOW)
    before = ledger(database, cast)
    with database.writing() as session:
        row = (
            session.connection()
            .execute(sa.select(Message).order_by(col(Message.id).desc()).limit(1))
            .one()
        )
        said = Report(
            account_sid=cast.maple.account_sid,
            vendor_sid=row.vendor_sid,
            status="undelivered",
            error_code="30005",
            raw="{}",
        )
        assert not take_report(session, cast.maple.clinic_id, row.id, said, NOW + DAY)

    assert ledger(database, cast) == before
