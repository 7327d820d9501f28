from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from gateway.models import Message, State
from reminders.models import Appointment, VisitReply, VisitStatus
from tests.reminders.imports import (
    ANA,
    BEN,
    HEADINGS,
    NOW,
    bring,
    counts,
    patients,
    plan_maple,
    texts,
    visits,
)


def test_a_file_adds_its_patients_and_visits(database, cast):
    done = bring(database, ANA, BEN)

    assert counts(done) == (2, 0, 0, 0, 0)
    assert done.complete
    visit = visits(database)["A1"]
    assert visit.clinic_id == cast.maple.clinic_id
    assert visit.starts_at == datetime(2026, 12, 8, 23, 0, tzinfo=UTC)
    assert (visit.time_zone, visit.wall_time) == (
        *("America/Los_Angeles", "2026-12-08T15:00"),
    )
    assert (visit.version, visit.planned_version) == (1, 0)
    assert patients(database)["P2"].phone == "+12065550112"
    assert patients(database)["P2"].language.value == "es"


def test_the_same_file_twice_changes_nothing(database, cast):
    bring(database, ANA, BEN)
    before = visits(database)["A1"].updated_at

    done = bring(database, ANA, BEN, now=NOW + timedelta(hours=1))

    assert counts(done) == (0, 0, 0, 2, 0)
    assert visits(database)["A1"].updated_at == before
    assert visits(database)["A1"].version == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("15:00", "16:00"),
        ("206-555-0111", "206-555-0119"),
        ("P1,", "P9,"),
    ],
)
def test_a_change_of_time_phone_or_person_is_a_new_version(database, cast, old, new):
    bring(database, ANA, BEN)
    assert plan_maple(database, cast).queued == 4

    done = bring(database, ANA.replace(old, new), BEN)

    assert counts(done) == (0, 1, 0, 1, 0)
    assert visits(database)["A1"].version == 2
    assert visits(database)["A2"].version == 1
    withdrawn = texts(database, State.withdrawn)
    assert [message.phone for message in withdrawn] == ["+12065550111"] * 2
    assert {message.outcome for message in withdrawn} == {"The visit was changed."}
    assert plan_maple(database, cast).queued == 2


@pytest.mark.parametrize(
    ("old", "new"), [("12 Oak St", "12 Oak Street"), ("Dr. Kim", "Dr. J. Kim")]
)
def test_another_spelling_of_place_or_provider_says_nothing_twice(
    database, cast, old, new
):
    bring(database, ANA)
    plan_maple(database, cast)
    first, second = texts(database)
    with database.writing() as session:
        session.get(Message, first.id).state = State.accepted
    after_the_first = first.send_from + timedelta(hours=1)

    done = bring(database, ANA.replace(old, new), now=after_the_first)
    plan_maple(database, cast, now=after_the_first)

    assert counts(done) == (0, 1, 0, 0, 0)
    assert visits(database)["A1"].version == 1
    assert new in (visits(database)["A1"].location, visits(database)["A1"].provider)
    (replaced,) = texts(database, State.withdrawn)
    assert replaced.id == second.id
    (left,) = texts(database)
    assert left.send_from == second.send_from


@pytest.mark.parametrize(
    ("word", "outcome"),
    [("cancelled", (0, 0, 1, 0, 0)), ("noshow", (0, 1, 0, 0, 0))],
)
def test_a_visit_that_does_not_take_place_takes_its_texts_back(
    database, cast, word, outcome
):
    bring(database, ANA)
    plan_maple(database, cast)

    done = bring(database, ANA.replace("booked", word))

    assert counts(done) == outcome
    assert visits(database)["A1"].status.value == word
    assert texts(database) == []
    assert len(texts(database, State.withdrawn)) == 2
    assert counts(bring(database, ANA.replace("booked", word))) == (0, 0, 0, 1, 0)
    assert plan_maple(database, cast).queued == 0


def test_a_visit_that_is_booked_again_is_planned_again(database, cast):
    bring(database, ANA)
    plan_maple(database, cast)
    bring(database, ANA.replace("booked", "cancelled"))

    done = bring(database, ANA)

    assert counts(done) == (0, 1, 0, 0, 0)
    assert plan_maple(database, cast).queued == 2


def test_a_cancelled_visit_that_nobody_knew_is_kept_as_cancelled(database, cast):
    done = bring(database, ANA.replace("booked", "cancelled"))

    assert counts(done) == (0, 0, 1, 0, 0)
    assert visits(database)["A1"].status is VisitStatus.cancelled


def test_a_short_file_cancels_nobody(database, cast):
    bring(database, ANA, BEN)
    plan_maple(database, cast)

    bring(database, ANA)

    assert visits(database)["A2"].status is VisitStatus.booked
    assert len(texts(database)) == 4


def test_a_new_phone_reaches_the_visits_that_the_file_does_not_name(database, cast):
    second = ANA.replace("A1", "A3").replace("12-08", "12-15")
    bring(database, ANA, second)
    plan_maple(database, cast)

    bring(database, ANA.replace("0111", "0119"))
    plan_maple(database, cast)

    assert {message.phone for message in texts(database)} == {"+12065550119"}
    assert len(texts(database)) == 4


def test_another_language_is_written_anew_but_what_left_is_not_said_again(
    database, cast
):
    bring(database, ANA)
    plan_maple(database, cast)
    first = texts(database)[0]
    with database.writing() as session:
        session.get(Message, first.id).state = State.accepted

    done = bring(database, ANA.replace(",en,", ",es,").replace("Ana", "Anita"))
    plan_maple(database, cast)

    assert counts(done) == (0, 0, 0, 1, 0)
    assert visits(database)["A1"].version == 1
    (left,) = texts(database)
    assert "Anita" in left.body
    assert left.send_from > first.send_from


def test_her_answer_was_about_the_old_time(database, cast):
    bring(database, ANA)
    with database.writing() as session:
        visit = session.exec(select(Appointment)).one()
        visit.reply, visit.replied_at = VisitReply.confirmed, NOW

    bring(database, ANA.replace("12 Oak St", "9 Elm St"))
    assert visits(database)["A1"].reply is VisitReply.confirmed

    bring(database, ANA.replace("15:00", "16:00"))
    assert visits(database)["A1"].reply is None


@pytest.mark.parametrize("word", ["cancelled", "noshow"])
def test_her_no_was_to_the_visit_before_it_was_booked_again(database, cast, word):
    bring(database, ANA)
    with database.writing() as session:
        visit = session.exec(select(Appointment)).one()
        visit.reply, visit.replied_at = VisitReply.cannot_come, NOW

    bring(database, ANA.replace("booked", word))
    assert visits(database)["A1"].reply is VisitReply.cannot_come

    bring(database, ANA)
    again = visits(database)["A1"]
    assert (again.reply, again.replied_at) == (None, None)
    assert plan_maple(database, cast).queued == 2


def test_a_cell_that_a_file_leaves_out_changes_nothing(database, cast):
    bring(database, BEN)

    done = bring(
        database,
        "A2,P2,206-555-0112,2026-12-08T15:30\n",
        headings="appointment_id,patient_id,phone,starts_at\n",
    )

    assert counts(done) == (0, 0, 0, 1, 0)
    patient = patients(database)["P2"]
    assert (patient.given_name, patient.language.value) == ("Ben", "es")


def test_a_bad_row_costs_only_itself(database, cast):
    done = bring(database, ANA, BEN.replace("206-555-0112", "12"), "x\n")

    assert counts(done) == (1, 0, 0, 0, 2)
    assert not done.complete
    assert [problem.line for problem in done.problems] == [3, 4]
    assert list(visits(database)) == ["A1"]
    assert list(patients(database)) == ["P1"]


def test_a_wrong_header_writes_nothing(database, cast):
    done = bring(database, ANA, BEN, headings=HEADINGS.replace("phone", "fax"))

    assert counts(done) == (0, 0, 0, 0, 2)
    assert not done.complete
    assert done.as_json()["problems"][0] == {
        "line": 1,
        "column": None,
        "message": "There is no column for the phone (phone, mobile). A home phone is "
        "used only where a saved map says so.",
    }
    assert visits(database) == {}


def test_a_rehearsal_gives_the_same_answer_and_writes_nothing(database, cast):
    bring(database, ANA, BEN)
    lines = (
        ANA.replace("15:00", "16:00"),
        BEN.replace("booked", "cancelled"),
        ANA.replace("A1,P1", "A3,P3"),
        "bad\n",
    )
    before = visits(database)

    rehearsed = bring(database, *lines, origin=None)

    assert counts(rehearsed) == (1, 1, 1, 0, 1)
    assert visits(database) == before
    assert bring(database, *lines) == rehearsed


def test_another_clinic_with_the_same_ids_is_not_touched(database, cast):
    bring(database, ANA)

    done = bring(database, ANA.replace("15:00", "16:00"), slug="birch-eye")

    assert counts(done) == (1, 0, 0, 0, 0)
    with database.reading() as session:
        both = session.exec(select(Appointment)).all()
    assert {(visit.clinic_id, visit.wall_time[-5:]) for visit in both} == {
        (cast.maple.clinic_id, "15:00"),
        (cast.birch.clinic_id, "16:00"),
    }


def test_hundreds_of_rows_are_brought_in_at_once(database, cast):
    lines = [
        ANA.replace("A1,P1", f"A{n},P{n}").replace("0111", f"{n % 200:04}")
        for n in range(1, 621)
    ]

    assert bring(database, *lines).added == 620
    assert bring(database, *lines).unchanged == 620
    moved = [line.replace("15:00", "16:00") for line in lines]
    assert bring(database, *moved).changed == 620
    assert replace(bring(database, *moved), problems=()).unchanged == 620
