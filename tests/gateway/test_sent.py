import secrets
from datetime import timedelta
from itertools import permutations

import pytest
import sqlalchemy as sa
from sqlmodel import col

from clinics.models import Task, VendorAccount
from clinics.tasks import open_task
from consent.models import Topic
from consent.standing import Word, line_state
from gateway.lookup import store
from gateway.models import Message, MessageKind, State
from gateway.outbox import queue
from gateway.sent import Report, take_report
from gateway.twilio import Network
from kernel.carriers import Carrier
from registration.status import Status
from registration.workflow import cells

PAT = "+12065550111"
TMOBILE = Network(
    valid=True,
    line_type="mobile",
    carrier_name="T-Mobile USA, Inc.",
    mcc=None,
    mnc=None,
)


def a_sid() -> str:
    return "SM" + secrets.token_hex(16)


@pytest.fixture
def out(database, cast, now):
    """A text that is on its way: (message id, what the vendor will call it)."""
    with database.writing() as session:
        store(session, cast.maple.clinic_id, PAT, TMOBILE, now)
        message_id = queue(
            session,
            clinic_id=cast.maple.clinic_id,
            number_id=cast.maple.number_id,
            phone=PAT,
            topic=Topic.care,
            kind=MessageKind.reminder,
            body="Your visit is tomorrow.",
            dedupe_key="one",
            send_from=now,
            send_until=now + timedelta(hours=1),
            now=now,
        )
        session.connection().execute(
            sa.update(Message).values(state=State.submitting, submitted_at=now)
        )
    return message_id, a_sid()


def report(place, sid, status, code=None) -> Report:
    return Report(
        account_sid=place.account_sid,
        vendor_sid=sid,
        status=status,
        error_code=code,
        raw="{}",
    )


def tell(database, place, message_id, sid, status, now, code=None) -> bool:
    with database.writing() as session:
        found = report(place, sid, status, code)
        return take_report(session, place.clinic_id, message_id, found, now)


def the_message(database):
    with database.reading() as session:
        return session.connection().execute(sa.select(Message)).one()


def test_a_callback_faster_than_our_own_answer_proves_that_it_was_taken(
    database, cast, now, out
) -> None:
    message_id, sid = out

    tell(database, cast.maple, message_id, sid, "sent", now)

    row = the_message(database)
    assert (row.state, row.vendor_sid) == (State.accepted, sid)


@pytest.mark.parametrize("order", list(permutations(["sent", "delivered", "queued"])))
def test_reports_in_any_order_and_twice_end_alike(
    database, cast, now, out, order
) -> None:
    message_id, sid = out

    news = [tell(database, cast.maple, message_id, sid, s, now) for s in order * 2]

    assert news == [True] * 3 + [False] * 3
    row = the_message(database)
    assert (row.delivery, row.delivered_at) == ("delivered", now)


def test_a_report_cannot_rename_a_message_or_reach_another_clinics(
    database, cast, now, out
) -> None:
    message_id, sid = out
    tell(database, cast.maple, message_id, sid, "sent", now)

    tell(database, cast.maple, message_id, a_sid(), "failed", now, "30003")
    tell(database, cast.birch, message_id, sid, "failed", now, "30003")

    row = the_message(database)
    assert (row.vendor_sid, row.delivery) == (sid, "sent")


def test_30034_takes_active_away_at_her_carrier_only(database, cast, now, out) -> None:
    message_id, sid = out
    later = now + timedelta(minutes=1)

    tell(database, cast.maple, message_id, sid, "undelivered", later, "30034")

    with database.reading() as session:
        found = cells(session, cast.maple.campaign_id)
    assert found[Carrier.tmobile].status is Status.PENDING
    assert found[Carrier.att].status is found[Carrier.verizon].status is Status.ACTIVE
    assert the_message(database).outcome


def test_21610_is_recorded_once_as_the_vendors_block(database, cast, now, out) -> None:
    message_id, sid = out

    for status in ("failed", "undelivered"):
        tell(database, cast.maple, message_id, sid, status, now, "21610")

    with database.reading() as session:
        line = line_state(session, cast.maple.clinic_id, PAT)
    assert (line.word, line.stopped_seq) == (Word.opted_out, 1)


def test_an_undelivered_reminder_becomes_one_call_and_promises_no_second_try(
    database, cast, now, out
) -> None:
    message_id, sid = out

    for status in ("failed", "undelivered"):
        tell(database, cast.maple, message_id, sid, status, now, "30003")

    with database.reading() as session:
        (task,) = session.connection().execute(sa.select(Task))
    assert task.phone == PAT
    text = the_message(database)
    assert text.body in task.sentence
    assert now < task.due_at == min(text.send_until, now + timedelta(hours=24))
    assert "not sent again" in text.outcome


def test_a_callback_finds_a_text_that_was_given_up_for_lost(
    database, cast, now, out
) -> None:
    message_id, sid = out
    with database.writing() as session:
        session.connection().execute(sa.update(Message).values(state=State.failed))

    tell(database, cast.maple, message_id, sid, "delivered", now)

    row = the_message(database)
    assert (row.state, row.vendor_sid, row.delivery) == (
        State.accepted,
        sid,
        "delivered",
    )


def test_bad_credentials_halt_the_account_and_alarm_once(
    database, cast, now, out
) -> None:
    message_id, sid = out

    for status in ("failed", "undelivered"):
        tell(database, cast.maple, message_id, sid, status, now, "20003")

    with database.reading() as session:
        halted = session.connection().scalar(
            sa.select(col(VendorAccount.halted_since)).where(
                col(VendorAccount.clinic_id) == cast.maple.clinic_id
            )
        )
        urgent = session.connection().execute(sa.select(Task).where(col(Task.urgent)))
        (task,) = urgent
    assert halted == now
    assert "flask clinic account" in task.sentence


def test_the_same_task_is_opened_once(database, cast, now) -> None:
    from clinics.models import TaskKind

    with database.writing() as session:
        opened = [
            open_task(
                session, cast.maple.clinic_id, TaskKind.call_patient, "x", "Call.", now
            )
            for _ in range(3)
        ]

    assert opened == [True, False, False]
