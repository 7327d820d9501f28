from datetime import UTC, datetime

import pytest
from sqlmodel import select

from clinics.models import Clinic
from gateway.models import State
from kernel.errors import NotFound
from reminders.intake import by_hand
from reminders.intake.typed import Typed
from reminders.models import Appointment, VisitReply, VisitStatus
from tests.conftest import NOW
from tests.pages import visitor, words
from tests.reminders.at_the_desk import (
    BIRCH,
    PAGE,
    ana,
    change_texts,
    visits_of,
)
from tests.reminders.booked import book
from tests.reminders.imports import ANA, BEN, bring, plan_maple
from tests.reminders.queries import queries_of


def test_without_visits_the_page_says_what_to_do(desk):
    page = words(desk.get(PAGE))

    assert "Mon, Nov 30 , 2026 · today" in page
    assert "No visits on this day" in page
    assert "Upload a list" in page


def test_the_next_day_with_visits_is_shown_with_its_neighbours(desk, database):
    bring(
        database,
        ANA,
        BEN.replace("12-08T15:30", "12-10T08:00"),
        BEN.replace("A2", "A3").replace("12-08", "11-27"),
    )

    page = desk.get(PAGE)
    early = desk.get(f"{PAGE}?day=2026-11-27")

    assert "Tue, Dec 8 , 2026 · 1 visit" in words(page)
    assert "3:00 PM PST · Ana Lee" in words(page)
    assert "(206) 555-0111 · Dr. Kim · 12 Oak St" in words(page)
    for day in ("2026-11-27", "2026-12-10"):
        assert f"?day={day}" in page.get_data(as_text=True)
    assert "3:30 PM PST · Ben Ray" in words(early)
    assert "?day=2026-12-07" in page.get_data(as_text=True)  # the day before
    assert "· tomorrow" in words(desk.get(f"{PAGE}?day=2026-12-01"))


def test_a_day_that_is_none_is_refused_in_a_sentence(desk):
    answer = desk.get(f"{PAGE}?day=tomorrow")

    assert answer.status_code == 400
    assert "This is no day." in words(answer)


def test_each_reminder_says_when_it_leaves(desk, heed, database, cast):
    ana(heed, database, cast)

    page = words(desk.get(PAGE))

    assert "reminder leaves Sat, Dec 5, 2026, 3:00 PM PST" in page
    assert "reminder leaves Mon, Dec 7, 2026, 3:00 PM PST" in page


def test_what_is_not_planned_yet_is_foretold_by_the_same_rules(
    desk, heed, database, cast
):
    ana(heed, database, cast)
    planned = words(desk.get(PAGE))
    with heed.database.writing() as writing:
        for visit in writing.exec(select(Appointment)):
            visit.version += 1
            writing.add(visit)

    assert words(desk.get(PAGE)) == planned


def test_while_reminders_are_off_the_day_says_so(desk, database):
    bring(database, ANA)

    page = words(desk.get(PAGE))

    assert "Reminders are off, so none leaves." in page
    assert "no reminder Reminders are switched off." in page


BECAME = (
    (
        {"held_since": datetime(2026, 11, 30, tzinfo=UTC), "held_why": ["No AT&T."]},
        "held was to leave Sat, Dec 5, 2026, 3:00 PM PST . No AT&amp;T.",
    ),
    (
        {
            "state": State.accepted,
            "submitted_at": datetime(2026, 12, 5, 23, tzinfo=UTC),
            "delivery": "delivered",
        },
        "delivered Sat, Dec 5, 2026, 3:00 PM PST",
    ),
    (
        {"delivery": "undelivered", "outcome": "Phone is off."},
        "not delivered Sat, Dec 5, 2026, 3:00 PM PST . Phone is off.",
    ),
    ({"state": State.failed, "outcome": "No such phone."}, "failed No such phone."),
    ({"state": State.expired, "outcome": "Not sent."}, "too late Not sent."),
)


def test_what_became_of_a_reminder_is_said_with_its_reason(desk, heed, database, cast):
    ana(heed, database, cast)

    for fields, shown in BECAME:
        change_texts(heed, **fields)

        assert shown in words(desk.get(PAGE))


def test_the_answer_of_the_patient_stands_beside_the_visit(desk, heed, database, cast):
    for reply in (VisitReply.confirmed, VisitReply.cannot_come, VisitReply.reschedule):
        book(database, cast.maple, reply=reply, replied_at=heed.now())
    book(database, cast.maple)

    page = words(desk.get(PAGE))

    for shown in ("confirmed", "can’t come", "wants another time", "not texted yet"):
        assert page.count(shown) == 1


def test_an_answer_is_awaited_only_once_a_reminder_has_left(desk, heed, database, cast):
    ana(heed, database, cast)
    before = words(desk.get(PAGE))
    left = {"state": State.accepted, "submitted_at": NOW, "delivery": "sent"}
    change_texts(heed, **left)

    assert ("not texted yet" in before, "no answer yet" in before) == (True, False)
    assert "no answer yet" in words(desk.get(PAGE))
    change_texts(heed, delivery="undelivered")
    assert "no text arrived" in words(desk.get(PAGE))


def test_a_day_of_many_visits_asks_as_often_as_one_of_few(desk, heed, database, cast):
    line = "B{0},P{0},Ana,Lee,206-555-{0:04},en,2026-12-{1:02}T15:00,,,,,\n"
    lines = [line.format(number, 8) for number in range(60)]
    bring(database, *lines, *(line.format(number, 9) for number in range(60, 62)))
    plan_maple(database, cast)

    many = queries_of(heed, lambda: desk.get(f"{PAGE}?day=2026-12-08"))
    few = queries_of(heed, lambda: desk.get(f"{PAGE}?day=2026-12-09"))

    assert many == few < 15


HOSTILE = (
    '"<script>alert(1)</script>"',
    '"{{ 7 * 191 }}"',
    '"‮evil"',
    '"=1+1"',
    f'"{"x" * 70}"',
)


def test_hostile_names_are_words_on_every_page(desk, heed, database, cast):
    rows = [
        f"H{number},P{number},{text},{text},206-555-{number:04},en,"
        f"2026-12-08T15:00,{text},{text},,,\n"
        for number, text in enumerate(HOSTILE)
    ]
    bring(database, *rows)
    paths = [PAGE, *(f"{PAGE}/{visit.id}" for visit in visits_of(heed))]

    pages_seen = [desk.get(path).get_data(as_text=True) for path in paths]
    pages_seen.append(desk.post(f"{PAGE}/new/find", {"find": "s"}).get_data(True))

    for page in pages_seen:
        assert "<script>alert" not in page
        assert "‮" not in page
        assert "1337" not in page


def test_birch_sees_and_touches_no_visit_of_maple(pages, heed, database, cast):
    path = ana(heed, database, cast)
    visit_id, theirs = visits_of(heed)[0].id, path.replace("maple-dental", "birch-eye")
    birch = visitor(pages, BIRCH)

    when = {"date": "2026-12-09", "time": "10:00"}
    for step in ("", "/move", "/cancel", "/noshow"):
        ask = birch.post if step else birch.get
        assert ask(path + step, data=when).status_code == 404
        assert ask(theirs + step, data=when).status_code == 404
    with heed.database.reading() as reading:
        patient_id = reading.get(Appointment, visit_id).patient_id
    stolen = {"date": "2026-12-09", "time": "10:00", "patient": patient_id}
    there = "/desk/birch-eye/appointments"
    assert birch.post(f"{there}/new", stolen).status_code == 404
    assert birch.get(f"{there}/new?patient={patient_id}").status_code == 404
    assert "Ana" not in words(birch.get(f"{there}?day=2026-12-08"))
    assert "Lee" not in words(birch.post(f"{there}/new/find", {"find": "Ana"}))
    (visit,) = visits_of(heed)
    assert (visit.version, visit.status) == (1, VisitStatus.booked)


def test_the_rules_themselves_know_no_visit_of_another_clinic(heed, database, cast):
    bring(database, ANA)
    (visit,) = visits_of(heed)
    typed, ended = Typed(date="2026-12-09", time="10:00"), VisitStatus.cancelled

    with heed.database.writing() as writing:
        birch = writing.get_one(Clinic, cast.birch.clinic_id)
        with pytest.raises(NotFound):
            by_hand.move(writing, birch, visit.id, typed, heed.now(), by=BIRCH)
        with pytest.raises(NotFound):
            by_hand.end(writing, birch, visit.id, ended, heed.now(), by=BIRCH)


def test_a_long_day_goes_on_after_a_hundred_visits(desk, database):
    line = "B{0},P{0},Ana,Lee,206-555-{0:04},en,2026-12-08T15:00,,,,,\n"
    bring(database, *(line.format(number) for number in range(103)))

    first = desk.get(PAGE).get_data(as_text=True)
    rest = desk.get(f"{PAGE}?day=2026-12-08&skip=100").get_data(as_text=True)

    assert "103 visits" in first
    assert "skip=100" in first
    assert (first.count("Ana Lee"), rest.count("Ana Lee")) == (100, 3)
