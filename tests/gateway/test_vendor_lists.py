"""A vendor's list only ever stops or holds: each number once, with its evidence."""

from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from clinics.models import TaskKind
from consent.models import (
    Attachment,
    EventKind,
    ImportAttestation,
    Topic,
    VendorList,
)
from consent.record import record_asserted
from consent.scope import scope_at
from consent.standing import Word
from gateway.deciding import Verdict as Answer
from gateway.deciding import decide
from gateway.lists.standing import Verdict
from tests.conftest import NOW, PAT
from tests.gateway.listing import (
    ANN,
    BY,
    DAY,
    agree,
    counts,
    standing,
    take,
)
from tests.texted import actions, ledger, tasks_of, texts


def test_each_number_of_a_report_becomes_a_stop_with_file_and_line(database, cast):
    agree(database, cast, at=NOW - 9 * DAY)

    report = f"Phone Number,Date,Keyword\n(206) 555-0111,2026-11-25,STOP\n{ANN},,end\n"
    taken = take(database, cast, report)

    assert counts(taken) == {"already": 0, "stop": 2, "ask": 0, "leave": 0}
    assert standing(database, cast.maple).word is Word.opted_out
    assert standing(database, cast.maple, ANN).word is Word.opted_out
    kind, facts = ledger(database, cast)[1]
    assert kind is EventKind.vendor_block
    with database.reading() as session:
        kept = session.exec(select(VendorList)).one()
        file = session.get(Attachment, (cast.maple.clinic_id, kept.sha256))
    assert file.content == report.encode()
    assert facts == {
        "method": "vendor report",
        "phone": PAT,
        "scope": "all topics of the clinic",
        "scope_rule": scope_at(NOW).law,
        "list": "report.csv",
        "list_hash": kept.sha256,
        "line": 2,
        "listed_at": "2026-11-25",
        "recorded_by": BY,
    }
    assert (kept.rows, kept.stopped, kept.already, kept.asked) == (2, 2, 0, 0)
    assert actions(database)[-1][0] == "opt-out list brought"


def test_the_same_report_twice_does_nothing_twice(database, cast):
    report = f"phone\n{PAT}\n{ANN}\n"
    take(database, cast, report, date(2026, 11, 28))
    before = ledger(database, cast)

    again = take(database, cast, report, date(2026, 11, 28), NOW + DAY)

    assert again.again
    assert counts(again) == {"already": 2, "stop": 0, "ask": 0, "leave": 0}
    assert ledger(database, cast) == before
    with database.reading() as session:
        assert session.exec(select(VendorList)).one().stopped == 2


def test_consent_that_is_newer_is_held_and_a_person_decides(database, cast):
    opted = agree(database, cast, at=NOW - DAY)

    taken = take(database, cast, f"From,Date Sent\n{PAT},2026-11-20 10:00:00 UTC\n")

    assert counts(taken)["ask"] == 1
    line = standing(database, cast.maple)
    assert (line.word, line.held, line.held_why) == (Word.opted_in, True, "vendor.stop")
    (task,) = tasks_of(database, cast.maple)
    assert task.kind is TaskKind.vendor_stop
    assert task.phone == PAT
    assert "2026-11-20 10:00:00 UTC" in task.sentence
    assert f"record {opted}" in task.sentence
    assert "Sun, Nov 29, 2026" in task.sentence


def test_what_was_decided_is_not_asked_again(database, cast):
    agree(database, cast, at=NOW - DAY)
    report = f"From,Date Sent\n{PAT},2026-11-20 10:00:00 UTC\n"
    take(database, cast, report)
    (task,) = tasks_of(database, cast.maple)
    with database.writing() as session:
        decide(session, cast.maple.clinic_id, task.id, Answer.go_on, BY, "", NOW)
    assert not standing(database, cast.maple).held

    take(database, cast, report, now=NOW + DAY)
    take(database, cast, report + "\n", now=NOW + DAY)  # another file, same words

    assert not standing(database, cast.maple).held
    assert len(tasks_of(database, cast.maple)) == 1


def test_a_person_can_say_that_the_opt_out_counts(database, cast):
    agree(database, cast, at=NOW - DAY)
    take(database, cast, f"From,Date Sent\n{PAT},2026-11-20 10:00:00 UTC\n")
    (task,) = tasks_of(database, cast.maple)

    with database.writing() as session:
        decide(session, cast.maple.clinic_id, task.id, Answer.stop, BY, "", NOW)

    assert standing(database, cast.maple).word is Word.opted_out


@pytest.mark.parametrize(
    ("agreed", "row", "made_on", "verdict"),
    [
        # A day is not an instant: on the same day nobody knows which came first.
        (NOW - 5 * DAY, "2026-11-26", None, Verdict.stop),
        (NOW - 5 * DAY, "2026-11-25", None, Verdict.ask),
        (NOW - 5 * DAY, "2026-11-24", None, Verdict.ask),
        # An hour without a zone may be UTC or the clinic's.
        (NOW - 5 * DAY, "2026-11-25 18:00:01", None, Verdict.stop),
        (NOW - 5 * DAY, "2026-11-25 11:00:00", None, Verdict.ask),
        (NOW - 5 * DAY, "11/25/2026 6:01 PM", None, Verdict.stop),
        (NOW - 5 * DAY, "2026-11-25T10:00:01-08:00", None, Verdict.stop),
        (NOW - 5 * DAY, "2026-11-25T09:59:59-08:00", None, Verdict.ask),
        (NOW - 5 * DAY, "Wed, 25 Nov 2026 18:00:01 +0000", None, Verdict.stop),
        # No date that we can read: the day of the list, else a person.
        (NOW - 5 * DAY, "soon", None, Verdict.ask),
        (NOW - 5 * DAY, "", None, Verdict.ask),
        (NOW - 5 * DAY, "", date(2026, 11, 27), Verdict.stop),
        (NOW - 5 * DAY, "25/11/2026", date(2026, 11, 27), Verdict.stop),
        (NOW - 5 * DAY, "2027-11-25", None, Verdict.ask),  # still to come
    ],
)
def test_consent_ends_only_where_it_is_surely_older(
    database, cast, agreed, row, made_on, verdict
):
    agree(database, cast, at=agreed)

    taken = take(database, cast, f'phone,date\n{PAT},"{row}"\n', made_on)

    assert counts(taken)[verdict.value] == 1
    line = standing(database, cast.maple)
    assert line.word is not Word.opted_in or line.held


def test_a_signature_counts_from_the_day_it_was_written(database, cast):
    agree(database, cast, at=NOW, signed_on="2026-11-20", method="signed form")

    taken = take(database, cast, f"phone,date\n{PAT},2026-11-22\n")

    assert counts(taken)["stop"] == 1


def test_a_signature_of_the_same_day_may_be_newer(database, cast):
    agree(database, cast, at=NOW, signed_on="2026-11-20", method="signed form")

    taken = take(database, cast, f"phone,date\n{PAT},2026-11-20T12:00:00-08:00\n")

    assert counts(taken)["ask"] == 1


def test_consent_that_a_stop_ended_before_is_no_consent(database, cast):
    agree(database, cast, at=NOW - 9 * DAY)
    texts(database, cast.maple, "STOP", at=NOW - 8 * DAY)
    before = ledger(database, cast)

    taken = take(database, cast, f"phone,date\n{PAT},2026-11-28\n")

    assert counts(taken)["already"] == 1
    assert ledger(database, cast) == before


def test_a_text_counts_from_when_the_vendor_got_it(database, cast):
    texts(database, cast.maple, "START", vendor_at=NOW - 5 * DAY, at=NOW)

    taken = take(database, cast, f"phone,date\n{PAT},2026-11-28\n")

    assert counts(taken)["stop"] == 1


def test_what_the_clinic_imported_never_stands_against_a_stop(database, cast):
    with database.writing() as session:
        clinic_id = cast.maple.clinic_id
        session.add(
            ImportAttestation(
                clinic_id=clinic_id, signed_by=BY, told="The form.", signed_at=NOW
            )
        )
        session.flush()
        record_asserted(session, clinic_id, PAT, Topic.care, {"row": 2}, NOW)

    taken = take(database, cast, f"phone,date\n{PAT},2026-11-01\n")

    assert counts(taken)["stop"] == 1
    with database.writing() as session:  # and no import undoes it
        assert record_asserted(session, clinic_id, PAT, Topic.care, {}, NOW) is None


def test_consent_given_after_the_report_was_brought_is_left_alone(database, cast):
    report = f"phone\n{PAT}\n"
    take(database, cast, report, date(2026, 11, 28))
    agree(database, cast, at=NOW + timedelta(hours=1))

    again = take(database, cast, report, date(2026, 11, 28), NOW + DAY)

    assert counts(again)["leave"] == 1
    line = standing(database, cast.maple)
    assert line.word is Word.opted_in
    assert not line.held


def test_a_report_of_one_clinic_says_nothing_to_another(database, cast):
    agree(database, cast, at=NOW - 9 * DAY, place=cast.birch)

    take(database, cast, f"phone,date\n{PAT},2026-11-25\n")

    assert standing(database, cast.birch).word is Word.opted_in
    with database.reading() as session:
        assert (
            session.exec(
                select(VendorList).where(
                    col(VendorList.clinic_id) == cast.birch.clinic_id
                )
            ).first()
            is None
        )
