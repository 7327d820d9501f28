"""A mother with two children answers a reminder, and the front desk answers her: on the
simulated phone and in a real browser."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from clinics.models import Staff
from clinics.signin import new_password
from registration.default_wordings import add_missing
from reminders.policy import enable
from tests.browser import DESKTOP, PHONE, window
from tests.reminders.imports import ANA, bring

PASSWORD = "four quiet green trees"
MOTHER = "+12065550111"
DESK = "desk@maple-dental.example"
BOOKED = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)
DAY_BEFORE = datetime(2026, 12, 7, 23, 35, tzinfo=UTC)  # 15:35 in Los Angeles
LEO = ANA.replace("A1,P1,Ana", "A2,P2,Leo").replace("15:00", "15:30")


@pytest.fixture
def database_url(tmp_path, _sqlite_template):
    """The database is no part of this story: SQLite alone."""
    shutil.copy(_sqlite_template, tmp_path / "heed.db")
    return f"sqlite:///{tmp_path / 'heed.db'}"


@pytest.fixture
def family(town):
    """Ana and Leo have visits on one day and were reminded of on their mother's phone."""
    place = town.cast.maple
    kept = new_password(PASSWORD, "nobody@heed.example")
    with town.database.writing() as session:
        add_missing(session, place.clinic_id, place.campaign_id, BOOKED)
        for staff in session.exec(select(Staff)):
            staff.password_hash = kept
    town.vendor.phones([MOTHER], carrier="tmobile")
    town.hear(MOTHER, place, "START")
    bring(town.database, ANA, LEO)
    with town.database.writing() as session:
        enable(session, place.clinic_id, DESK, BOOKED)
    town.tick(DAY_BEFORE)
    return town


def sign_in(shown) -> None:
    page = shown.go("/signin")
    page.fill("#email", DESK)
    page.fill("#password", PASSWORD)
    page.click("button:has-text('Sign in')")
    page.wait_for_selector("nav[aria-label=Pages]", state="attached")


@pytest.mark.parametrize("size", [PHONE, DESKTOP])
def test_which_visit_and_an_answer_from_the_inbox(family, chromium, size, tmp_path):
    town, maple = family, family.cast.maple
    base = town.works.heed.settings.public_base_url
    assert any("Ana" in text for text in town.screen(MOTHER))

    (question,) = town.hear(MOTHER, maple, "X")
    with window(chromium, base, size=size) as shown:
        page = shown.page
        sign_in(shown)
        shown.go("/desk/maple-dental/inbox")
        page.click("main a:has-text('Ana Lee, Leo Lee')")
        waiting = shown.read()

        (understood,) = town.hear(MOTHER, maple, "2")
        page.reload()
        settled = shown.read()
        page.click("#conversation a:has-text('Leo Lee') >> nth=0")
        visit = shown.read()

        town.hear(MOTHER, maple, "Do I have to bring his papers?")
        shown.go(f"/desk/maple-dental/inbox/{MOTHER}")
        page.fill("#text", "No, we have them. His biopsy is fine.")
        page.click("button:has-text('Send')")
        refused = shown.read()
        page.fill("#text", "No, we have them. See you both soon!")
        page.click("button:has-text('Look at it first')")
        looked = shown.read()
        page.click("button:has-text('Send')")
        shown.read()
        town.tick(DAY_BEFORE + timedelta(minutes=1))
        page.reload()
        answered = shown.read()

        assert shown.complaints == []
    assert "2 for Leo Tue 3:30 PM, or X for both." in question
    assert "No answer yet; if none comes, call." in waiting
    assert "we understood that you can't come" in understood
    assert "it chose between visits" in settled
    assert "They can’t come" in visit
    assert "Others may read this. “biopsy”" in refused
    assert "billed as 1 text, about" in looked
    assert (
        town.screen(MOTHER)[-1] == "Maple Dental: No, we have them. See you both soon!"
    )
    assert DESK in answered
    assert "See you both soon! delivered" in answered
