from datetime import timedelta

import pytest
from sqlmodel import col, select

from clinics.models import Clinic, StaffAction
from gateway.models import SendingRule
from kernel.clock import FixedClock
from reminders.models import ReminderPolicy
from tests.pages import visitor, words

DESK, BIRCH = "desk@maple-dental.example", "desk@birch-eye.example"
PAGE = "/desk/maple-dental/reminders"


def test_what_is_missing_is_listed_before_reminders_are_switched_on(pages):
    page = words(visitor(pages, DESK).get(PAGE))

    assert "Reminders are off" in page
    assert "Missing: 3. Ready: 6" in page
    assert "No patient has agreed to texts yet" in page
    assert "There is no upcoming appointment" in page
    assert "AT&amp;T lets this clinic&#39;s texts through (ACTIVE since" in page


def test_the_desk_switches_on_and_off_and_the_page_says_who_and_when(pages, heed):
    desk = visitor(pages, DESK)

    desk.post(f"{PAGE}/on")
    on = words(desk.get(PAGE))
    heed.clock = FixedClock(heed.now() + timedelta(minutes=10))
    desk.post(f"{PAGE}/off")
    off = words(desk.get(PAGE))

    assert "Switch off No reminder waits, so none is taken back." in on
    assert f"Switched off by {DESK}, Mon, Nov 30, 2026, 10:10 AM PST" in off
    assert "Switched on by" not in off
    assert f"Switched on by {DESK}, Mon, Nov 30, 2026, 10:00 AM PST" in on
    assert "Reminders are off" in words(desk.get(PAGE))
    with heed.database.reading() as reading:
        done = [row.action for row in reading.exec(select(StaffAction))]
    assert done[-2:] == ["reminders on", "reminders off"]


def test_a_pause_lasts_to_the_end_of_the_clinics_day(pages, heed, cast):
    desk = visitor(pages, DESK)
    desk.post(f"{PAGE}/on")

    desk.post(f"{PAGE}/pause")

    assert "Paused until Tue, Dec 1, 2026, 12:00 AM PST" in words(desk.get(PAGE))
    heed.clock = FixedClock(heed.now() + timedelta(hours=14))
    assert "Reminders are on" in words(visitor(pages, DESK).get(PAGE))


def test_a_pause_ends_at_a_click(pages, heed, cast):
    desk = visitor(pages, DESK)
    desk.post(f"{PAGE}/pause")

    desk.post(f"{PAGE}/go-on")

    with heed.database.reading() as reading:
        assert reading.get(SendingRule, cast.maple.clinic_id).paused_until is None


def test_a_trial_names_its_phones_and_refuses_what_is_none(pages, heed, cast):
    desk = visitor(pages, DESK)

    refused = desk.post(f"{PAGE}/trial", {"phones": "(206) 555-0111\nmy phone"})
    desk.post(f"{PAGE}/trial", {"phones": "(206) 555-0111, 206-555-0112"})

    assert refused.status_code == 400
    assert "'my phone': This is not a phone number" in words(refused).replace(
        "&#39;", "'"
    )
    assert "my phone" in refused.get_data(as_text=True)  # what was typed stays
    with heed.database.reading() as reading:
        rule = reading.get(SendingRule, cast.maple.clinic_id)
    assert rule.trial_phones == ["+12065550111", "+12065550112"]


def test_times_are_saved_or_refused_in_words(pages, heed, cast):
    desk = visitor(pages, DESK)

    wrong = {"offset": ["1440"], "opens": "05:00", "closes": "20:00"}
    refused = desk.post(f"{PAGE}/times", wrong)
    right = {"offset": ["1440", "180"], "opens": "10:00", "closes": "18:00"}
    desk.post(f"{PAGE}/times", right)

    assert refused.status_code == 400
    assert "Reminders may arrive from" in words(refused)
    with heed.database.reading() as reading:
        policy = reading.get(ReminderPolicy, cast.maple.clinic_id)
    assert (policy.offsets, policy.window_opens) == ([1440, 180], "10:00")
    assert not policy.enabled


TIMES = {"offset": ["4320", "1440"], "opens": "09:00", "closes": "20:00"}


def test_times_are_tried_on_visits_by_the_planner_and_not_saved(pages, heed, cast):
    desk = visitor(pages, DESK)
    typed = {**TIMES, "sunday": "closed", "visit": "2027-03-15T10:30"}
    typed |= {"sunday_opens": "13:00", "sunday_closes": "18:00"}

    page = words(desk.post(f"{PAGE}/preview", typed))

    assert "Not saved yet" in page
    assert (
        "The visit that you chose Mon, Mar 15, 2027, 10:30 AM PDT 3 days before: Fri, "
        "Mar 12, 2027, 10:30 AM PST 1 day before: Sat, Mar 13, 2027, 7:00 PM PST "
        "Earlier, because no text leaves at that hour or on that day." in page
    )
    assert "On the day after Martin Luther King Jr. Day" in page
    with heed.database.reading() as reading:
        assert reading.get(ReminderPolicy, cast.maple.clinic_id) is None


@pytest.mark.parametrize(
    ("typed", "sunday", "said"),
    [
        ({}, None, "from noon"),
        ({"sunday": "closed"}, "closed", "none"),
        (
            {"sunday": "own", "sunday_opens": "13:00", "sunday_closes": "17:00"},
            "13:00-17:00",
            "17:00",
        ),
    ],
)
def test_sundays_holidays_and_the_day_itself_are_the_clinics_choice(
    pages, heed, cast, typed, sunday, said
):
    desk = visitor(pages, DESK)

    desk.post(f"{PAGE}/times", {**TIMES, **typed, "holidays": "on", "same_day": "on"})

    with heed.database.reading() as reading:
        policy = reading.get(ReminderPolicy, cast.maple.clinic_id)
    assert policy.sunday == sunday
    assert policy.on_holidays
    assert policy.same_day
    assert said in desk.get(PAGE).get_data(as_text=True)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"sunday": "own", "sunday_opens": "10:00", "sunday_closes": "14:00"}, "On Su"),
        (
            {"sunday": "own", "sunday_opens": "soon", "sunday_closes": ""},
            "Write the ti",
        ),
        ({"opens": "09:00+01:00"}, "Write the times"),
        ({"visit": "tomorrow"}, "Write the visit"),
        ({"offset": ["many"]}, "Choose when"),
    ],
)
def test_what_cannot_be_tried_is_refused_in_words(pages, typed, why):
    refused = visitor(pages, DESK).post(f"{PAGE}/preview", {**TIMES, **typed})

    assert refused.status_code == 400
    assert why in words(refused)


def test_a_clinic_of_a_state_with_hours_reads_what_is_left(pages, heed, cast):
    with heed.database.writing() as writing:
        writing.get(Clinic, cast.maple.clinic_id).phone = "+12055550199"

    page = words(visitor(pages, DESK).get(PAGE))

    assert "In AL, where the clinic’s phone is, Heed also keeps to the hours" in page
    assert "09:00-20:00, sunday closed, no holidays" in page


@pytest.mark.parametrize(
    "what", ["preview", "on", "off", "pause", "go-on", "trial", "trial-end", "times"]
)
def test_another_clinic_changes_nothing_here(pages, heed, what):
    stranger = visitor(pages, BIRCH)

    answer = stranger.post(f"{PAGE}/{what}", {"phones": "(206) 555-0111"})

    assert answer.status_code == 404
    with heed.database.reading() as reading:
        rows = reading.exec(select(ReminderPolicy).where(col(ReminderPolicy.enabled)))
        assert rows.all() == []
        assert reading.exec(select(SendingRule)).all() == []
