"""A visit whose patient was reminded by phone, on every page that would say "call"."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import col, select

from clinics.models import Patient
from consent.record import hold, opt_out
from consent.standing import lock_line
from gateway.models import CarrierLookup, Message, State
from kernel.carriers import Carrier
from kernel.clock import FixedClock
from reminders.models import Appointment, PhoneReminder
from tests.conftest import NOW
from tests.pages import visitor, words
from tests.reminders.at_the_desk import (
    BIRCH,
    DESK,
    PAGE,
    change_texts,
    done_by_staff,
    rows_of,
)
from tests.reminders.desk import LIST, of
from tests.reminders.imports import ANA, bring, plan_maple

TODAY = "/desk/maple-dental/"
PHONE = "+12065550111"
WHY = "AT&T has not yet approved this clinic's texts."
CALL = "Call (206) 555-0111"
LINE = "A visit is near and its reminder is still held? Call the patient"
BY = f"reminded by phone by {DESK}, today, 10:00 AM PST"
TOMORROW = ANA.replace("12-08T15:00", "12-01T15:00")


@pytest.fixture
def held(heed, database, cast):
    """The visit of Ana tomorrow at 3 PM, whose reminder is held."""
    bring(database, TOMORROW)
    plan_maple(database, cast)
    change_texts(heed, held_since=NOW, held_why=[WHY])
    (visit,) = rows_of(heed, Appointment)
    return visit


def mark(who, visit, **more):
    seen = {"starts_at": visit.starts_at.isoformat(), **more}
    return who.post(f"{PAGE}/{visit.id}/phoned", seen)


def test_a_near_visit_that_is_held_is_one_to_call_until_it_is_marked(pages, desk, held):
    mine, page = of(pages, "Ana"), f"{PAGE}/{held.id}"
    before = [words(desk.get(path)) for path in (TODAY, mine, page)]

    answer = mark(desk, held, patient=held.patient_id)

    assert answer.location == mine
    assert all(CALL in shown for shown in before)
    assert LINE in before[0]
    assert "The visit is tomorrow: call if the patient should be reminded." in before[1]
    after = [words(desk.get(path)) for path in (TODAY, mine, page, PAGE)]
    assert all(BY in shown for shown in after)
    assert not any(CALL in shown for shown in after)
    assert LINE not in after[0]
    assert "call if the patient" not in after[1]
    said = "Ana Lee's visit of Tue, Dec 1, 2026, 3:00 PM PST: reminded by phone by"
    assert f"{said} {DESK}." in after[1].replace("&#39;", "'")


def test_a_mark_changes_no_text_and_no_consent(desk, heed, held):
    before = rows_of(heed, Message)

    mark(desk, held)

    assert [text.state for text in before] == [State.due] * len(before)
    assert rows_of(heed, Message) == before


def test_a_double_click_marks_once_and_a_mark_can_be_taken_back(desk, heed, held):
    mark(desk, held)
    mark(desk, held)
    marks = rows_of(heed, PhoneReminder)

    answer = desk.post(f"{PAGE}/{held.id}/not-phoned")
    desk.post(f"{PAGE}/{held.id}/not-phoned")

    assert [(one.by, one.at) for one in marks] == [(DESK, NOW)]
    assert answer.location == f"{PAGE}/{held.id}"
    assert rows_of(heed, PhoneReminder) == []
    assert CALL in words(desk.get(TODAY))
    assert done_by_staff(heed)[-2:] == ["reminded by phone", "not reminded by phone"]


def test_who_was_told_another_time_is_to_be_called_again(desk, heed, held):
    mark(desk, held)

    desk.post(f"{PAGE}/{held.id}/move", {"date": "2026-12-01", "time": "16:00"})

    page = words(desk.get(f"{PAGE}/{held.id}"))
    assert "reminded by phone by" not in page
    desk.post(f"{PAGE}/{held.id}/move", {"date": "2026-12-01", "time": "15:00"})
    assert BY in words(desk.get(f"{PAGE}/{held.id}"))


def test_a_page_that_shows_an_old_time_marks_nothing(desk, heed, held):
    old = held.starts_at + timedelta(hours=1)

    for seen in (old.isoformat(), "", "noon"):
        answer = desk.post(f"{PAGE}/{held.id}/phoned", {"starts_at": seen})

    assert rows_of(heed, PhoneReminder) == []
    assert "The visit has changed since the page was opened" in words(
        desk.get(answer.location)
    )


def test_a_visit_that_is_cancelled_or_over_is_not_marked(pages, desk, heed, held):
    desk.post(f"{PAGE}/{held.id}/cancel")
    mark(desk, held)
    desk.post(f"{PAGE}/{held.id}/move", {"date": "2026-12-01", "time": "15:00"})
    heed.clock = FixedClock(datetime(2026, 12, 1, 23, 0, tzinfo=UTC))
    later = visitor(pages, DESK)
    answer = mark(later, held)

    assert rows_of(heed, PhoneReminder) == []
    page = words(later.get(answer.location))
    assert "This visit does not lie ahead any more" in page
    assert CALL not in page


def test_another_clinic_neither_marks_nor_unmarks_a_visit(pages, desk, heed, held):
    stranger = visitor(pages, BIRCH)
    theirs = f"/desk/birch-eye/appointments/{held.id}"
    seen = {"starts_at": held.starts_at.isoformat()}

    assert stranger.post(f"{theirs}/phoned", seen).status_code == 404
    assert stranger.post(f"{PAGE}/{held.id}/phoned", seen).status_code == 404
    mark(desk, held)
    assert stranger.post(f"{theirs}/not-phoned").status_code == 404
    assert len(rows_of(heed, PhoneReminder)) == 1
    assert "reminded by phone" not in words(stranger.get("/desk/birch-eye/"))


def test_who_was_called_about_a_lost_text_is_not_called_twice(desk, heed, held):
    lost = {"state": State.failed, "outcome": "No.", "finished_at": NOW}
    change_texts(heed, held_since=None, held_why=None, **lost)
    before = words(desk.get(TODAY))

    mark(desk, held)

    heading = "Not delivered today, or not certain"
    assert f"{heading}: call these patients Ana Lee" in before
    assert CALL in before
    after = words(desk.get(TODAY))
    assert f"{heading} Ana Lee" in after
    assert BY in after
    assert CALL not in after


def test_a_stop_ends_texts_and_not_calls(pages, desk, heed, cast, held):
    with heed.database.writing() as writing:
        lock_line(writing, cast.maple.clinic_id, PHONE)
        facts = {"method": "text message", "words": "STOP"}
        opt_out(writing, cast.maple.clinic_id, PHONE, facts, NOW)

    page = words(desk.get(of(pages, "Ana")))

    told = "The reminder of the visit Tue, Dec 1, 2026, 3:00 PM PST is held."
    after = "After START, or another later yes, the reminder leaves by itself"
    assert f"{told} {after}" in page
    assert "STOP ends texts, not calls. The visit is tomorrow: call" in page
    assert CALL in page
    assert page.index(told) < page.index("To get texts again: ask the patient to text")
    assert WHY not in page.partition("Has the patient agreed")[0]
    assert "no text: said stop" in words(desk.get(PAGE))
    assert "not texted yet" not in words(desk.get(PAGE))
    mark(desk, held)
    assert "STOP ends texts, not calls." in words(desk.get(of(pages, "Ana")))


def stop(writing, clinic_id):
    lock_line(writing, clinic_id, PHONE)
    opt_out(writing, clinic_id, PHONE, {"method": "text message"}, NOW)


def doubt(writing, clinic_id):
    lock_line(writing, clinic_id, PHONE)
    hold(writing, clinic_id, PHONE, "unsure", {"words": "Not interested"}, NOW)


def landline(writing, clinic_id):
    known = {"line_type": "landline", "textable": False, "looked_up_at": NOW}
    who = {"clinic_id": clinic_id, "phone": PHONE, "carrier": Carrier.other}
    writing.add(CarrierLookup(**who, **known))


def lost(writing, clinic_id):
    for text in writing.exec(select(Message)):
        text.state, text.outcome, text.finished_at = State.failed, "No.", NOW


@pytest.mark.parametrize(
    ("happened", "then"),
    [
        (None, "The text still waits and may yet leave."),
        (stop, "No text leaves: the patient said stop."),
        (
            doubt,
            "No text leaves until somebody has decided about this number under Tasks.",
        ),
        (landline, "No text leaves: this number cannot receive texts."),
        (lost, ""),
    ],
)
def test_after_the_call_the_desk_hears_what_becomes_of_the_text(
    desk, heed, cast, held, happened, then
):
    if happened is not None:
        with heed.database.writing() as writing:
            happened(writing, cast.maple.clinic_id)

    page = words(desk.get(mark(desk, held).location))

    told = page.partition("Marked as reminded by phone.")[2].lstrip()
    assert told.startswith(then or "All visits of this day")


def test_the_way_back_leads_to_where_one_came_from(pages, desk, held):
    mine = of(pages, "Ana")
    shown = desk.get(TODAY).get_data(as_text=True)

    assert f'href="{mine}?from=today"' in shown
    from_today = desk.get(f"{mine}?from=today").get_data(as_text=True)
    assert (
        f'<a href="{TODAY}">' in from_today.partition("<h1>")[0].partition("<main")[2]
    )
    for page in ("/edit", "/paper", "/verbal", "/invite"):
        assert f'href="{mine}{page}?from=today"' in from_today
    assert f'action="{PAGE}/{held.id}/phoned?from=today"' in from_today
    seen = {"starts_at": held.starts_at.isoformat(), "patient": held.patient_id}
    marked = desk.post(f"{PAGE}/{held.id}/phoned?from=today", seen)
    assert marked.location == f"{mine}?from=today"
    form = {"where": "desk"}
    stopped = desk.post(f"{LIST}/by-phone/{PHONE}/stop?from=today", form)
    assert desk.get(stopped.location).location == f"{mine}?from=today"
    odd = desk.get(f"{mine}?from=//evil.example").get_data(as_text=True)
    assert f'<a href="{LIST}">' in odd.partition("<h1>")[0].partition("<main")[2]
    assert "evil" not in odd


def test_the_mark_is_of_the_patient_who_was_called(desk, heed, held):
    mark(desk, held)
    with heed.database.writing() as session:
        other = session.exec(
            select(Appointment).where(col(Appointment.id) == held.id)
        ).one()
        mark_row = session.exec(select(PhoneReminder)).one()
        mark_row.patient_id = _somebody_else(session, other)

    assert "reminded by phone by" not in words(desk.get(f"{PAGE}/{held.id}"))


def _somebody_else(session, visit):
    one = Patient(
        clinic_id=visit.clinic_id,
        external_id="N-9",
        given_name="Zed",
        family_name="Oak",
        phone="+12065550199",
        updated_at=NOW,
    )
    session.add(one)
    session.flush()
    return one.id
