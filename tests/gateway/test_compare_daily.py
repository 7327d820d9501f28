"""The newest list in each day's comparison, and what is said of the days."""

import sqlalchemy as sa
from sqlmodel import col, select

from clinics.models import TaskKind
from consent.models import Line, ListKind, VendorList
from consent.standing import Word
from gateway.compare import compare, compare_due
from gateway.compared import last_compared
from gateway.health import checks
from gateway.lists import opt_outs, taking
from gateway.lists.reading import read_list
from gateway.lists.taking import Place
from reminders.replies import on_reply
from tests.conftest import NOW, PAT
from tests.gateway.comparing import (
    DAY,
    HOUR,
    List,
    comparisons,
    listed,
    refused_text,
    run,
)
from tests.gateway.listing import ANN, LA, agree, brought, place_of, standing, take
from tests.texted import tasks_of, texts


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


def test_another_clinics_list_neither_counts_here_nor_hides_ours(database, cast):
    take(database, cast, f"phone,date\n{PAT},2026-11-27\n")
    birch = Place(cast.birch.clinic_id, LA)
    theirs = brought(f"phone,date\n{ANN},2026-11-27\n{PAT},2026-11-27\n")
    opt_outs.take(database, birch, theirs, NOW)

    done = run(database, cast)

    assert done.list_rows == 1
    assert standing(database, cast.maple, ANN).word is Word.none


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
