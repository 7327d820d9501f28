import pytest

from consent import record
from consent.attest import attest
from consent.disclosures import publish
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


def under(database, place, words, *phones):
    for phone in phones:
        with database.writing() as session:
            lock_line(session, place.clinic_id, phone)
            facts = {"disclosure_sha256": words}
            grade = Grade.recorded
            record.opt_in(
                session, place.clinic_id, phone, Topic.care, grade, facts, NOW
            )


def published(database, place, text, broader=None):
    with database.writing() as session:
        clinic_id = place.clinic_id
        return publish(session, clinic_id, "paper", "en", text, NOW, broader).sha256


@pytest.mark.parametrize(("broader", "owed"), [(True, True), (False, False)])
def test_only_a_broader_wording_asks_those_of_before(
    desk, database, cast, broader, owed
):
    bring(database, ANA)
    old = published(database, cast.maple, "Visits.")
    under(database, cast.maple, old, PHONE)
    assert "Nobody has to be asked" in words(desk.get(PAGE))

    new = published(database, cast.maple, "Visits and offers.", broader)

    page = words(desk.get(PAGE))
    assert ("agreed under older words" in page) is owed
    assert ("Ana Lee" in page) is owed
    under(database, cast.maple, new, PHONE)
    assert "Nobody has to be asked" in words(desk.get(PAGE))


def test_who_agreed_to_a_broader_wording_of_another_clinic_is_not_asked(
    desk, database, cast
):
    bring(database, ANA)
    old = published(database, cast.maple, "Visits.")
    under(database, cast.maple, old, PHONE)
    published(database, cast.birch, "Visits.")
    published(database, cast.birch, "Visits and offers.", True)

    assert "Nobody has to be asked" in words(desk.get(PAGE))


def test_a_stop_under_older_words_asks_nobody(desk, database, cast):
    bring(database, ANA)
    under(database, cast.maple, published(database, cast.maple, "Visits."), PHONE)
    published(database, cast.maple, "Visits and offers.", True)
    said(database, cast, "stop")

    assert "Nobody has to be asked" in words(desk.get(PAGE))


@pytest.mark.parametrize(
    ("steps", "button"),
    [
        ([], True),
        (["asked"], False),
        ([Grade.asserted], True),
        ([Grade.asserted, "asked"], False),
    ],
)
def test_asking_by_text_is_offered_until_they_were_asked(
    desk, database, cast, steps, button
):
    bring(database, ANA)
    said(database, cast, *steps)

    assert ("Ask by text : Ana Lee" in words(desk.get(PAGE))) is button


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
