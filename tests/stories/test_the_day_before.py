"""The day before, in a real browser: it is rehearsed, lived through, and those whom no text
tells are called; and a box says why."""

import re
import shutil
from datetime import date, timedelta

import pytest
from sqlmodel import select

from clinics.models import StaffAction
from gateway.models import State
from reminders.rehearse import rehearse
from tests.browser import PHONE, serving, window
from tests.stories.test_flagship import (
    ALMA,
    DAY_BEFORE,
    TINA,
    VERA,
    reminders_of,
    settle_in,
)

DESK = "desk@maple-dental.example"


@pytest.fixture
def database_url(tmp_path, _sqlite_template):
    """The database is no part of this story: SQLite alone."""
    shutil.copy(_sqlite_template, tmp_path / "heed.db")
    return f"sqlite:///{tmp_path / 'heed.db'}"


def shows(town, chromium, **more):
    base = town.works.heed.settings.public_base_url
    return window(chromium, base, town.app, DESK, **more)


def test_a_day_is_rehearsed_lived_through_and_explained(town, chromium):
    settle_in(town)
    with town.database.reading() as session:
        maple = town.cast.maple.clinic_id
        found = rehearse(session, maple, date(2026, 11, 30), town.works.heed.now())
    foretold = {text.of.booked.phone: text for text in found.texts if text.segments}

    with shows(town, chromium) as shown:
        page = shown.go("/desk/maple-dental/")
        page.click("main a:has-text('Rehearse tomorrow')")
        page.fill("#day", "2026-11-30")
        page.click("button:has-text('Rehearse it')")
        plain = shown.read()
        page.click("summary:has-text('What if something were otherwise?')")
        page.select_option("#att", "ACTIVE")
        page.click("button:has-text('Rehearse it')")
        assumed = shown.read()

        assert "leaves 3:00 PM PST" in plain
        assert "AT&T has not yet approved" in plain
        assert re.search(r"1 text goes otherwise Alma Tand", assumed)
        assert page.locator("svg.day rect").count() > 0
        assert shown.complaints == []

    town.tick(DAY_BEFORE)

    for phone in (TINA, VERA):  # the pass comes a minute after their time
        sent = reminders_of(town, phone)[-1]
        assert sent.state is State.accepted
        assert foretold[phone].word == "leaves"
        late = sent.submitted_at - foretold[phone].at
        assert timedelta(0) <= late <= timedelta(minutes=2)
    held = reminders_of(town, ALMA)[-1]
    assert foretold[ALMA].word == "held"
    assert list(foretold[ALMA].why) == held.held_why

    with shows(town, chromium) as shown:
        page = shown.go("/desk/maple-dental/")
        page.click("main a:has-text('Call list')")
        assert "1 to call" in shown.read()
        assert page.locator(f"a[href='tel:{ALMA}']").count() == 1
        page.click("button:has-text('Reminded by phone')")
        assert "Everybody on this list was called." in shown.read()
        page.click("button:has-text('take the mark back')")
        assert "1 to call" in shown.read()
        page.click("button:has-text('Reminded by phone')")
        page.wait_for_load_state("load")
        with page.expect_download() as waiting:
            page.click("button:has-text('Save as CSV')")
        assert waiting.value.suggested_filename.startswith("calls-maple-dental-")

        shown.go("/desk/maple-dental/")
        page.fill("#why-q", "alma")
        page.click("button:has-text('Find out')")
        told = shown.read()
        assert shown.complaints == []

    assert "is held. AT&T has not yet approved" in told
    assert "reminded by phone by desk@maple-dental.example" in told
    assert "was booked (tomorrow.csv, brought by desk@maple-dental.example)" in told
    assert "(reminder 1 day before) was planned for" in told
    with town.database.reading() as session:
        done = [one.action for one in session.exec(select(StaffAction))]
    assert done[-1] == "call list exported"


@pytest.mark.parametrize("size", [PHONE])
def test_the_pages_fit_a_phone(pages, chromium, size):
    """An empty clinic's: each says what to do next."""
    wider = (
        "() => document.documentElement.scrollWidth"
        " - document.documentElement.clientWidth"
    )
    with (
        serving(pages) as base,
        window(chromium, base, pages, DESK, size) as shown,
    ):
        for path in ("calls", "rehearse", "outcomes", "why"):
            page = shown.go(f"/desk/maple-dental/{path}")
            assert page.evaluate(wider) <= 0, path
        assert shown.complaints == []
