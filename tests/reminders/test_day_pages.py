"""The call list and the rehearsal as pages: what is seen, ticked off, taken along."""

import pytest
from sqlmodel import select

from clinics.models import StaffAction
from kernel.carriers import Carrier
from registration.status import Status
from tests.conftest import NOW
from tests.pages import visitor, words
from tests.reminders.booked import switch_on
from tests.reminders.rehearsing import patient, said, visit

CALLS, REHEARSE = "/desk/maple-dental/calls", "/desk/maple-dental/rehearse"
DAYS = {"first": "2026-12-02", "last": "2026-12-02"}


@pytest.fixture
def nora(heed, database, cast):
    """Nora has not agreed; Alma's carrier has not approved; Tina gets her text."""
    said(database, cast.maple, Carrier.att, Status.REVIEW)
    patient(database, cast.maple, "Tina", visit(2, 15))
    patient(database, cast.maple, "Alma", visit(2, 15), Carrier.att)
    found = patient(database, cast.maple, "Nora", visit(2, 16), agreed=False)
    switch_on(database, cast.maple)
    return found


def actions(heed):
    with heed.database.reading() as session:
        return [
            (one.staff_email, one.action, one.subject)
            for one in session.exec(select(StaffAction))
        ][-2:]


def test_a_call_is_ticked_off_and_taken_back(desk, heed, nora):
    before = words(desk.get(CALLS))
    tick = {"starts_at": visit(2, 16).isoformat(), "calls": "1", **DAYS, "why": ""}
    ticked = desk.post(f"/desk/maple-dental/appointments/{nora}/phoned", tick)
    after = words(desk.get(ticked.location))
    undone = desk.post(f"/desk/maple-dental/appointments/{nora}/not-phoned", tick)

    assert "2 to call" in before
    assert "The patient has not agreed to texts." in before
    assert "Tina" not in before
    assert ticked.location == f"{CALLS}?first=2026-12-02&last=2026-12-02"
    assert "1 to call" in after
    assert "reminded by phone by desk@maple-dental.example" in after
    assert "2 to call" in words(desk.get(undone.location))
    assert [one[1] for one in actions(heed)] == [
        *("reminded by phone", "not reminded by phone"),
    ]


def test_the_file_is_written_down_as_taken(desk, heed, nora):
    answer = desk.post(f"{CALLS}/export", {**DAYS, "why": "consent"})

    assert answer.mimetype == "text/csv"
    assert "calls-maple-dental-2026-12-02.csv" in answer.headers["Content-Disposition"]
    text = answer.get_data(as_text=True)
    assert "Nora" in text
    assert "Alma" not in text
    assert actions(heed)[-1] == (
        "desk@maple-dental.example",
        "call list exported",
        "2026-12-02 to 2026-12-02, 1 visits",
    )


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("?first=soon", "This is no day."),
        ("?first=2026-12-05&last=2026-12-01", "comes before the first"),
    ],
)
def test_days_that_make_no_sense_are_said(desk, nora, asked, sentence):
    answer = desk.get(CALLS + asked)

    assert answer.status_code == 400
    assert sentence in words(answer)


def test_an_empty_list_says_what_that_means(desk):
    page = words(desk.get(CALLS))

    assert "Nobody has to be called" in page
    assert "See who gets a text tomorrow" in page


def test_a_day_is_rehearsed_and_an_assumption_shows_what_differs(desk, nora):
    plain = words(desk.get(f"{REHEARSE}?day=2026-12-01"))
    assumed = words(desk.get(f"{REHEARSE}?day=2026-12-01&att=ACTIVE"))

    assert "All 1 " in plain  # of all carriers
    assert "leaves 3:00 PM PST" in plain
    assert "AT&amp;T has not yet approved" in plain
    assert "2 texts go otherwise" in assumed
    assert "As things are held was to leave" in assumed
    assert "Assumed leaves 3:00 PM PST" in assumed


def test_the_picture_has_its_table(desk, nora):
    page = desk.get(f"{REHEARSE}?day=2026-12-01").get_data(as_text=True)

    assert 'role="img"' in page
    assert "1 from 3:00 PM." in page
    assert '<th scope="row">3:00 PM</th>' in page


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("day=2026-11-01", "is over"),
        ("att=PERHAPS", "no status"),
        ("opens=06:00", "is not within that"),
        ("day=x", "This is no day."),
    ],
)
def test_what_cannot_be_rehearsed_is_said(desk, nora, asked, sentence):
    answer = desk.get(f"{REHEARSE}?{asked}")

    assert answer.status_code == 400
    assert sentence in words(answer)


def test_by_itself_tomorrow_is_rehearsed(desk, nora):
    assert "Tue, Dec 1, 2026" in words(desk.get(REHEARSE))
    assert NOW.date().isoformat() == "2026-11-30"


def test_an_operator_rehearses_a_clinics_day(pages, nora):
    page = visitor(pages, "operator@heed.example").get(f"{REHEARSE}?day=2026-12-01")

    assert page.status_code == 200
    assert "/patients/" not in page.get_data(as_text=True)
