"""Once a day: does the vendor know of a STOP that we do not?"""

import pytest
from sqlmodel import select

from clinics.models import TaskKind
from consent.models import EventKind
from consent.record import opt_out
from consent.standing import Word, lock_line
from gateway.models import InboundMessage
from tests.conftest import NOW, PAT
from tests.gateway.comparing import (
    DAY,
    HOUR,
    SID,
    List,
    comparisons,
    listed,
    refused_text,
    run,
)
from tests.gateway.listing import agree, standing
from tests.texted import ledger, tasks_of, texts


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
