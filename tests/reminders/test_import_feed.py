"""An import in parts: the same answer as in one piece, whatever happens between them."""

import io
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from clinics.access import clinic_by_slug
from clinics.models import StaffAction
from reminders.intake.csv_file import open_csv
from reminders.intake.imported import MOST_PROBLEMS
from reminders.intake.opened import Opened
from reminders.intake.parts import FIRST
from reminders.intake.store import import_feed, rehearse_feed
from reminders.models import VisitStatus
from tests.reminders.imports import (
    ANA,
    HEADINGS,
    NOW,
    ORIGIN,
    bring,
    counts,
    patients,
    texts,
    visits,
)


def many(count, line=ANA):
    return [
        line.replace("A1,P1", f"A{number},P{number}").replace("0111", f"{number:04}")
        for number in range(1, count + 1)
    ]


class Cut(Exception):
    pass


def feed_of(lines, headings=HEADINGS):
    raw = io.BytesIO((headings + "".join(lines)).encode())
    return open_csv(raw, ZoneInfo("America/Los_Angeles"))


def clinic(database):
    with database.reading() as session:
        return clinic_by_slug(session, "maple-dental")


def imported(database, lines, **more):
    place = clinic(database)
    return import_feed(database, place, feed_of(lines), NOW, origin=ORIGIN, **more)


def rehearsed(database, lines):
    return rehearse_feed(database, clinic(database), feed_of(lines), NOW).imported()


def test_an_import_that_was_cut_leaves_whole_parts_and_the_next_one_the_rest(
    database, cast
):
    lines = many(FIRST + 100)

    def cut(session, tally, last):
        if last:
            raise Cut

    with pytest.raises(Cut):
        imported(database, lines, beside=cut)
    assert len(visits(database)) == len(patients(database)) == FIRST

    done = imported(database, lines).imported()
    assert counts(done) == (100, 0, 0, FIRST, 0)
    again = imported(database, lines).imported()
    assert counts(again) == (0, 0, 0, FIRST + 100, 0)


def test_who_goes_on_where_an_import_ended_counts_all_of_it(database, cast):
    lines = [*many(FIRST), "bad\n", *many(20, ANA.replace("A1,P1", "B1,P1"))]
    lines[-20:] = [line.replace("A", "B", 1) for line in many(20)]
    kept = []

    def keep(session, tally, last):
        if kept:
            raise Cut
        kept.append(tally)

    with pytest.raises(Cut):
        imported(database, lines, beside=keep)
    done = imported(database, lines, begun=kept[0]).imported()

    assert counts(done) == (FIRST + 20, 0, 0, 0, 1)
    assert [problem.line for problem in done.problems] == [FIRST + 2]
    with database.reading() as session:
        (note,) = session.exec(select(StaffAction)).all()
    assert f"{FIRST + 20} added" in note.subject


def test_a_rehearsal_in_parts_says_what_the_import_then_does(database, cast):
    lines = many(FIRST + 50)
    twins = [line.replace("A", "B", 1).replace("-08T", "-09T") for line in lines]
    bring(database, *lines, *twins)
    # A new number, first seen in one part, for visits in two parts.
    lines = [line.replace("206-555-", "206-556-") for line in [*lines, *twins]]
    lines[7] = lines[7].replace("booked", "cancelled")
    lines[9] = "bad\n"

    before = rehearsed(database, lines)
    done = imported(database, lines).imported()

    assert before == done
    assert counts(done)[2:] == (1, counts(done)[3], 1)
    assert counts(rehearsed(database, lines))[:3] == (0, 0, 0)
    assert texts(database) == []


def test_what_a_file_says_twice_of_a_patient_holds_over_all_parts(database, cast):
    first = many(FIRST + 10)
    later = [line.replace("A", "B", 1).replace("-08T", "-09T") for line in first]
    later[0] = later[0].replace("Ana", "Anna")
    later[1] = later[1].replace(f"{2:04}", "9999")
    lines = [*first, *later]

    done = imported(database, lines).imported()

    (problem,) = done.problems
    assert "another phone on line 3" in problem.message
    assert patients(database)["P1"].given_name == "Ana"
    changed = patients(database)["P1"].updated_at
    imported(database, lines)
    assert patients(database)["P1"].updated_at == changed


def test_an_id_that_comes_again_parts_later_is_refused_by_its_first_line(
    database, cast
):
    lines = many(FIRST + 10)

    done = imported(database, [*lines, lines[3]]).imported()

    assert counts(done) == (FIRST + 10, 0, 0, 0, 1)
    assert "'A4' stands on line 5 already" in done.problems[0].message


def test_another_visit_of_the_day_is_not_said_of_visits_that_the_file_names(
    database, cast
):
    morning = many(FIRST + 10)
    noon = [line.replace("A", "B", 1).replace("T15", "T12") for line in morning]
    bring(database, ANA.replace("A1", "OLD").replace("0111", "0001"))

    done = imported(database, [*morning, *noon]).imported()

    assert [problem.line for problem in done.problems] == [2, FIRST + 12]
    assert "already has a visit on that day, at 3:00 PM" in done.problems[0].message


def test_the_list_of_problems_ends_and_the_counts_do_not(database, cast):
    bad = [line.replace("206-555-", "") for line in many(MOST_PROBLEMS + 40)]
    asserted = ANA.replace("booked,,", "booked,asserted,").replace("A1,P1", "Z1,Z1")

    done = imported(database, [*bad, asserted]).imported()

    assert counts(done) == (1, 0, 0, 0, MOST_PROBLEMS + 40)
    assert (len(done.problems), done.more_problems) == (MOST_PROBLEMS, 41)
    assert done.as_json()["more_problems"] == 41
    assert "clinic admin has signed" in done.problems[-1].message


def test_a_feed_whose_visits_come_again_counts_them_one_after_the_other(database, cast):
    # As messages do: booked, moved, cancelled, each a row of its own.
    booked, moved, other = (
        next(feed_of([line]).read())
        for line in (ANA, ANA.replace("15:00", "16:00"), ANA.replace("A1,P1", "A2,P1"))
    )
    ended = replace(moved, status=VisitStatus.cancelled)
    new_phone = replace(other, phone="+12065550119")
    rows = [booked, moved, ended, ended, other, new_phone, new_phone]
    feed = Opened(format="hl7", read=lambda: iter(rows), sha256="ab" * 32)

    before = rehearse_feed(database, clinic(database), feed, NOW).imported()
    done = import_feed(database, clinic(database), feed, NOW, origin=ORIGIN).imported()

    assert counts(before) == counts(done) == (2, 2, 1, 2, 0)
    assert visits(database)["A1"].status is VisitStatus.cancelled
    assert patients(database)["P1"].phone == "+12065550119"
