import pytest

from consent import record
from consent.attest import attest
from consent.models import Grade, Topic
from consent.standing import lock_line
from reminders.models import VisitStatus
from tests.pages import visitor, words
from tests.reminders.at_the_desk import BIRCH
from tests.reminders.booked import book
from tests.reminders.imports import ANA, BEN, NOW, bring
from tests.reminders.queries import queries_of

PAGE = "/desk/maple-dental/to-ask"
PHONE = "+12065550111"  # Ana's


def said(database, cast, *steps):
    clinic = cast.maple.clinic_id
    with database.writing() as session:
        lock_line(session, clinic, PHONE)
        for step in steps:
            if step is Grade.asserted:
                attest(session, clinic, "admin@maple-dental.example", "Told.", NOW)
                record.record_asserted(session, clinic, PHONE, Topic.care, {}, NOW)
            elif step == "stop":
                record.opt_out(session, clinic, PHONE, {}, NOW)
            elif step == "asked":
                record.request_opt_in(session, clinic, PHONE, Topic.care, {}, NOW)
            else:
                record.opt_in(session, clinic, PHONE, Topic.care, step, {}, NOW)


def test_nobody_is_asked_where_there_are_no_visits(desk):
    assert "Nobody has to be asked" in words(desk.get(PAGE))


def test_the_nearest_visit_stands_first_with_what_to_do(desk, database):
    bring(database, ANA, BEN.replace("12-08T15:30", "12-07T09:00"))

    page = words(desk.get(PAGE))

    assert "2 patients, the nearest visit first" in page
    assert page.index("Ben Ray") < page.index("Ana Lee")
    assert page.count("never asked") == 2
    assert "Signed form of Ana Lee" in page


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        ([], "never asked"),
        (["asked"], "has not replied YES"),
        ([Grade.asserted], "the list says so"),
        ([Grade.proven], None),
        ([Grade.recorded], None),
        (["stop"], None),
        (["asked", "stop"], None),
        ([Grade.proven, "stop"], None),
        ([Grade.asserted, Grade.recorded], None),
        (["stop", Grade.proven], None),
    ],
)
def test_only_what_is_missing_or_unproven_is_owed(desk, database, cast, steps, shown):
    bring(database, ANA)
    said(database, cast, *steps)

    page = words(desk.get(PAGE))

    assert ("Ana Lee" in page) is (shown is not None)
    assert shown is None or shown in page


def test_a_visit_that_does_not_take_place_asks_nobody(desk, database, cast):
    book(database, cast.maple, status=VisitStatus.cancelled)

    assert "Nobody has to be asked" in words(desk.get(PAGE))


def test_another_clinic_does_not_see_whom_to_ask(pages, database):
    bring(database, ANA)
    birch = visitor(pages, BIRCH)

    assert birch.get(PAGE).status_code == 404
    assert "Ana Lee" not in words(birch.get("/desk/birch-eye/to-ask"))


def test_many_are_asked_for_as_often_as_few(desk, heed, database):
    bring(database, ANA)
    few = queries_of(heed, lambda: desk.get(PAGE))
    line = "B{0},P{0},Ana,Lee,206-555-{0:04},en,2026-12-08T15:00,,,,,\n"
    bring(database, *(line.format(number) for number in range(1000, 1120)))

    assert queries_of(heed, lambda: desk.get(PAGE)) == few
    assert "100+ patients" in words(desk.get(PAGE))
