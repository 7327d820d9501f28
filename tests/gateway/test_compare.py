"""Once a day: does the vendor know of a STOP that we do not?"""

from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from clinics.models import TaskKind
from consent.models import Comparison, EventKind, Line, ListKind, VendorList
from consent.record import opt_out
from consent.standing import Word, lock_line
from gateway.compare import compare, compare_due
from gateway.compared import last_compared
from gateway.health import checks
from gateway.lists import taking
from gateway.lists.reading import read_list
from gateway.models import InboundMessage, State
from gateway.twilio import Listed
from reminders.replies import on_reply
from tests.conftest import NOW, PAT
from tests.gateway.test_vendor_lists import (
    ANN,
    LA,
    agree,
    brought,
    place_of,
    standing,
    take,
)
from tests.texted import ledger, sent, tasks_of, texts

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SID = "SM" + "9" * 32


@dataclass
class List:
    """What the vendor lists; and the days that it was asked for."""

    items: list[Listed] = field(default_factory=list)
    broken: bool = False
    asked: list[tuple[int, date]] = field(default_factory=list)

    def messages_to(self, clinic_id, phone, since):
        self.asked.append((clinic_id, since))
        if self.broken:
            raise ConnectionError("secret words")
        return iter([item for item in self.items if item.to_phone == phone])


def listed(cast, body, at, sid=SID, phone=PAT):
    return Listed(
        sid=sid,
        from_phone=phone,
        to_phone=cast.maple.number,
        body=body,
        direction="inbound",
        status="received",
        error_code=None,
        created_at=at,
        account_sid=cast.maple.account_sid,
    )


def run(database, cast, vendor=None, now=NOW):
    return compare(database, vendor or List(), on_reply, place_of(cast), now)


def comparisons(database):
    with database.reading() as session:
        return session.exec(select(Comparison).order_by(col(Comparison.id))).all()


def test_a_comparison_that_found_nothing_is_kept_too(database, cast):
    texts(database, cast.maple, "hello", vendor_sid=SID)
    vendor = List([listed(cast, "hello", NOW)])

    run(database, cast, vendor)

    (kept,) = comparisons(database)
    assert (kept.clinic_id, kept.at) == (cast.maple.clinic_id, NOW)
    assert (kept.listed, kept.missing, kept.mismatches, kept.failed) == (1, 0, 0, None)
    assert vendor.asked == [(cast.maple.clinic_id, (NOW - 8 * DAY).date())]
    assert tasks_of(database, cast.maple) == []


@pytest.mark.parametrize("body", ["STOP", "no more texts please"])
def test_a_stop_that_never_reached_us_stops_now_and_is_told(database, cast, body):
    agree(database, cast, at=NOW - 9 * DAY)
    vendor = List([listed(cast, body, NOW - 5 * DAY)])

    done = run(database, cast, vendor)

    assert (done.missing, done.mismatches) == (1, 1)
    assert standing(database, cast.maple).word is Word.opted_out
    kind, facts = ledger(database, cast)[-1]
    assert kind is EventKind.opt_out
    assert facts["vendor_sid"] == SID
    assert facts["arrived_by"] == "reconciler"
    (task,) = [
        task
        for task in tasks_of(database, cast.maple)
        if task.kind is TaskKind.vendor_mismatch
    ]
    assert task.phone == PAT

    again = run(database, cast, vendor, NOW + DAY)
    assert (again.missing, again.mismatches) == (0, 0)


def test_other_texts_that_were_missing_are_kept_and_are_no_mismatch(database, cast):
    done = run(database, cast, List([listed(cast, "see you then", NOW - DAY)]))

    assert (done.missing, done.mismatches) == (1, 0)
    with database.reading() as session:
        assert session.exec(select(InboundMessage)).one().body == "see you then"


def test_a_later_start_in_the_vendors_list_counts_as_later(database, cast):
    vendor = List(
        [
            listed(cast, "START", NOW - DAY, "SM" + "8" * 32),
            listed(cast, "STOP", NOW - 2 * DAY),
        ]
    )

    run(database, cast, vendor)

    assert standing(database, cast.maple).word is Word.opted_in


def refused_text(database, place, at, **more):
    sent(
        database,
        place,
        "refused",
        at,
        state=State.failed,
        finished_at=at,
        error_code="21610",
        **more,
    )


def test_a_refusal_that_had_not_stopped_the_line_stops_it(database, cast):
    agree(database, cast, at=NOW - 9 * DAY)
    refused_text(database, cast.maple, NOW - DAY)

    done = run(database, cast)

    assert (done.blocked, done.mismatches) == (1, 1)
    kind, facts = ledger(database, cast)[-1]
    assert kind is EventKind.vendor_block
    assert (facts["method"], facts["code"]) == ("comparison with the vendor", "21610")
    assert facts["message"] == 1
    (task,) = tasks_of(database, cast.maple)
    assert task.kind is TaskKind.vendor_mismatch
    assert run(database, cast, now=NOW + DAY).mismatches == 0
    assert len(tasks_of(database, cast.maple)) == 1


def test_a_refusal_before_the_consent_is_old_news(database, cast):
    refused_text(database, cast.maple, NOW - 3 * DAY)
    agree(database, cast, at=NOW - DAY)

    assert run(database, cast).mismatches == 0
    assert standing(database, cast.maple).word is Word.opted_in


def test_a_refusal_that_we_knew_of_does_not_undo_a_signature_of_that_day(
    database, cast
):
    refused_text(database, cast.maple, NOW - HOUR)
    with database.writing() as session:
        lock_line(session, cast.maple.clinic_id, PAT)
        facts = {"method": "vendor error"}
        opt_out(session, cast.maple.clinic_id, PAT, facts, NOW - HOUR)
    agree(database, cast, at=NOW, signed_on="2026-11-30", signed_after_stop=True)

    assert run(database, cast).mismatches == 0
    line = standing(database, cast.maple)
    assert line.word is Word.opted_in
    assert not line.held


def test_a_refusal_at_another_clinic_says_nothing_here(database, cast):
    agree(database, cast, at=NOW - 9 * DAY)
    refused_text(database, cast.birch, NOW - DAY)

    assert run(database, cast).blocked == 0
    assert standing(database, cast.maple).word is Word.opted_in


def kept_only(database, cast, report):
    """As after a crash: the list was kept and nothing of it was done."""
    with database.writing() as session:
        taking.keep(
            session,
            cast.maple.clinic_id,
            brought(report),
            read_list(report.encode(), LA),
            NOW - DAY,
            with_file=True,
        )


def test_what_the_newest_list_says_and_we_do_not_becomes_a_stop_and_a_task(
    database, cast
):
    agree(database, cast, at=NOW - 9 * DAY)
    kept_only(database, cast, f"phone,date\n{PAT},2026-11-27\n")

    done = run(database, cast)

    assert (done.list_rows, done.mismatches) == (1, 1)
    assert standing(database, cast.maple).word is Word.opted_out
    (task,) = tasks_of(database, cast.maple)
    assert task.kind is TaskKind.vendor_mismatch
    assert "report.csv" in task.sentence
    assert run(database, cast, now=NOW + DAY).mismatches == 0


def test_consent_that_may_be_newer_than_the_list_is_asked_once(database, cast):
    agree(database, cast, at=NOW - 2 * DAY)
    kept_only(database, cast, f"phone,date\n{PAT},2026-11-27\n")

    assert run(database, cast).mismatches == 1
    assert run(database, cast, now=NOW + DAY).mismatches == 0

    assert standing(database, cast.maple).held
    (task,) = tasks_of(database, cast.maple)
    assert task.kind is TaskKind.vendor_stop


def test_consent_since_the_list_was_brought_is_not_held_day_after_day(database, cast):
    take(database, cast, f"phone,date\n{PAT},2026-11-27\n")
    agree(database, cast, at=NOW + HOUR)

    assert run(database, cast, now=NOW + DAY).mismatches == 0
    assert not standing(database, cast.maple).held


def test_only_the_newest_list_counts(database, cast):
    take(database, cast, f"phone,date\n{PAT},2026-11-27\n")
    take(database, cast, f"phone,date\n{ANN},2026-11-27\n", now=NOW + HOUR)

    done = run(database, cast, now=NOW + DAY)

    assert done.list_rows == 1
    with database.reading() as session:
        newest = session.exec(
            select(VendorList).where(col(VendorList.kind) == ListKind.opt_outs)
        ).all()[-1]
    assert done.list_sha256 == newest.sha256


def test_a_list_that_cannot_be_had_is_said_and_the_rest_is_compared(database, cast):
    agree(database, cast, at=NOW - 9 * DAY)
    refused_text(database, cast.maple, NOW - DAY)

    done = run(database, cast, List(broken=True))

    assert (done.failed, done.mismatches) == ("ConnectionError", 1)
    assert comparisons(database)[-1].failed == "ConnectionError"


def test_each_clinic_is_compared_once_a_day(database, cast):
    vendor = List()

    def due(at):
        return compare_due(database, vendor, on_reply, at)

    assert [due(NOW), due(NOW), due(NOW + 23 * HOUR), due(NOW + DAY)] == [2, 0, 0, 2]
    assert {clinic for clinic, _ in vendor.asked} == {1, 2}


def test_a_comparison_that_failed_is_tried_again_within_the_hour(database, cast):
    vendor = List(broken=True)

    def due(at):
        return compare_due(database, vendor, on_reply, at)

    assert [due(NOW), due(NOW + HOUR / 2), due(NOW + HOUR)] == [2, 0, 2]
    with database.reading() as session:
        assert last_compared(session) == (2, None)


def test_what_doctor_and_readyz_say_of_it(database, cast):
    with database.reading() as session:
        assert last_compared(session) == (2, None)
    compare_due(database, List(), on_reply, NOW)
    run(database, cast, now=NOW + HOUR)

    with database.reading() as session:
        assert last_compared(session) == (0, NOW)
    found = {check.name: check for check in checks(database, NOW + 2 * HOUR)}
    assert found["compared"].ok
    assert found["compared"].detail == "7200 s ago"


def test_a_clock_that_runs_ahead_still_lists_what_the_vendor_has(database, cast):
    vendor = List()

    compare(database, vendor, on_reply, place_of(cast), NOW + 90 * DAY, NOW)

    assert vendor.asked[0][1] == (NOW - 8 * DAY).date()


def test_no_comparison_allows_what_was_stopped(database, cast):
    texts(database, cast.maple, "STOP")
    refused_text(database, cast.maple, NOW - DAY)
    kept_only(database, cast, f"phone,date\n{PAT},2026-11-01\n")

    run(database, cast, List([listed(cast, "START", NOW - 3 * DAY)]))

    assert standing(database, cast.maple).word is Word.opted_out
    with database.reading() as session:
        held = sa.select(sa.func.count()).where(col(Line.held_since).is_not(None))
        assert session.connection().scalar(held) == 0
