from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from gateway.models import Message, State
from gateway.outbox import release_leases
from gateway.sent import Report, take_report
from tests.pages import words
from tests.reminders.at_the_desk import ana

PAGE = "/desk/maple-dental/"
CALL = "Not delivered today, or not certain: call these patients"


@pytest.fixture
def left(heed, database, cast):
    """Ana's first reminder, on its way since now."""
    ana(heed, database, cast)
    with heed.database.writing() as session:
        text = session.exec(select(Message).order_by(col(Message.id))).first()
        text.state, text.submitted_at = State.submitting, heed.now()
        return text.id


def report(heed, cast, text_id, status, code=None):
    said = Report(
        account_sid=cast.maple.account_sid,
        vendor_sid="SM" + "0" * 32,
        status=status,
        error_code=code,
        raw="{}",
    )
    with heed.database.writing() as session:
        take_report(session, cast.maple.clinic_id, text_id, said, heed.now())


def test_on_a_first_day_it_says_what_to_do_next(desk):
    page = words(desk.get(PAGE))

    assert "No reminder leaves while they are off. Switch reminders on" in page
    assert "AT&amp;T phones texting" in page
    assert "Nothing is held." in page
    assert "Nothing has left yet today" in page
    assert CALL not in page


def test_a_text_that_did_not_reach_the_phone_is_one_to_call_about(
    desk, heed, cast, left
):
    report(heed, cast, left, "sent")
    on_its_way = words(desk.get(PAGE))
    report(heed, cast, left, "undelivered", "30003")
    page = words(desk.get(PAGE))

    assert CALL not in on_its_way
    assert f"{CALL} Ana Lee" in page
    assert "it did not reach the phone (error 30003:" in page
    assert page.count("not delivered") == 2  # to call about, and among what was sent


def test_a_text_that_may_have_left_is_shown_at_once(desk, heed, left):
    with heed.database.writing() as session:
        session.get(Message, left).lease_until = 0.0
        session.flush()
        release_leases(session, heed.now())

    page = words(desk.get(PAGE))

    assert f"{CALL} Ana Lee" in page
    assert "not certain It may have left: the connection broke." in page


def test_what_was_lost_yesterday_is_yesterdays(desk, heed, left):
    for state in (State.failed, State.expired, State.unknown):
        with heed.database.writing() as session:
            text = session.get(Message, left)
            text.state, text.finished_at = state, heed.now() - timedelta(days=1)

        assert CALL not in words(desk.get(PAGE))


def test_no_count_reads_through_all_texts(desk, heed, left):
    """By SQLite's own plan of each query of the page."""
    if heed.database.dialect != "sqlite":
        pytest.skip("PostgreSQL plans by how many rows there are")
    asked = []
    reader = heed.database.reader
    sa.event.listen(reader, "before_cursor_execute", lambda *said: asked.append(said))
    desk.get(PAGE)
    texts = [said[2:4] for said in asked if "message" in said[2]]
    assert texts
    with reader.connect() as connection:
        for statement, given in texts:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given)
            assert "SCAN message" not in str(plan.all()), statement
