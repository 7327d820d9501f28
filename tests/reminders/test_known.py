"""A list without the clinic's own numbers finds who and what is known already."""

from datetime import timedelta

import pytest

from gateway.models import State
from reminders.models import VisitStatus
from tests.pages import visitor, words
from tests.reminders.imports import (
    ANA,
    NOW,
    ORIGIN,
    bring,
    counts,
    patients,
    plan_maple,
    texts,
    visits,
)

DESK = "desk@maple-dental.example"
BARE = "given_name,family_name,phone,starts_at,status\n"
SAME = "Ana,Lee,(206) 555-0111,2026-12-08T15:00,\n"
PAGE = "/desk/maple-dental/appointments"


@pytest.mark.parametrize(("given", "family"), [("ANA", "lee"), ("Aña", "LÉE")])
def test_the_same_name_and_phone_is_the_patient_who_is_known(
    database, cast, given, family
):
    bring(database, ANA)

    line = f"{given},{family},206.555.0111,2026-12-15T09:00,\n"
    done = bring(database, line, headings=BARE)

    assert counts(done) == (1, 0, 0, 0, 0)
    (ana,) = patients(database).values()
    assert ana.external_id == "P1"
    assert {visit.patient_id for visit in visits(database).values()} == {ana.id}
    assert len(visits(database)) == 2


def test_another_name_on_the_same_phone_is_somebody_else(database, cast):
    bring(database, ANA)

    bring(database, SAME.replace("Ana", "Theo"), headings=BARE)

    assert {row.given_name for row in patients(database).values()} == {"Ana", "Theo"}


def test_a_visit_that_is_known_is_not_brought_a_second_time(database, cast):
    bring(database, ANA)
    plan_maple(database, cast)

    first = bring(database, SAME, headings=BARE)
    again = bring(database, SAME, headings=BARE, now=NOW + timedelta(hours=1))

    assert counts(first) == counts(again) == (0, 0, 0, 1, 0)
    assert [*visits(database)] == ["A1"]
    assert texts(database, State.withdrawn) == []


def test_a_list_without_numbers_cancels_the_visit_that_is_known(database, cast):
    bring(database, ANA)

    ended = SAME.replace(",\n", ",cancelled\n")
    done, again = (bring(database, ended, headings=BARE) for _ in range(2))

    assert counts(done) == (0, 0, 1, 0, 0)
    assert counts(again) == (0, 0, 0, 1, 0)
    assert visits(database)["A1"].status is VisitStatus.cancelled


def test_accents_and_case_inside_one_list_are_one_patient(database, cast):
    bring(
        database,
        "José,Díaz,206-555-0133,2026-12-08T15:00,\n",
        "JOSE,DIAZ,206-555-0133,2026-12-09T15:00,\n",
        headings=BARE,
    )

    assert len(patients(database)) == 1
    assert len(visits(database)) == 2


def test_another_visit_of_the_day_is_said_and_refuses_nothing(database, cast):
    bring(database, ANA)
    noon = SAME.replace("15:00", "12:00")

    seen = bring(database, noon, headings=BARE, origin=None)
    done = bring(database, noon, headings=BARE, origin=ORIGIN)
    again = bring(database, noon, headings=BARE)

    said = "Ana Lee already has a visit on that day, at 3:00 PM."
    assert said in [problem.message for problem in seen.problems]
    assert said in [problem.message for problem in done.problems]
    assert said not in [problem.message for problem in again.problems]
    assert (done.added, done.refused) == (1, 0)


def test_the_preview_says_who_is_known_and_who_is_new(pages, database):
    bring(database, ANA)
    desk = visitor(pages, DESK)
    pasted = BARE + SAME.replace("15:00", "12:00") + SAME.replace("Ana", "Theo")

    sent = desk.post(f"{PAGE}/upload", {"pasted": pasted})
    page = words(desk.get(sent.location))

    assert "Ana Lee known (206) 555-0111" in page
    assert "Theo Lee new (206) 555-0111" in page
    assert "Line 2 Ana Lee already has a visit on that day, at 3:00 PM." in page


def test_the_page_names_the_columns_and_the_words_that_cancel(pages):
    page = words(visitor(pages, DESK).get(f"{PAGE}/upload"))

    assert "patient_id the patient&#39;s number in your charts" in page
    assert "Cancelled: cancelled, canceled, deleted, entered-in-error." in page
    assert "Spanish: es, spa" in page
