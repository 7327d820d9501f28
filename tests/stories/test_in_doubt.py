"""What is in doubt, in the browser: a reply that may be a stop is decided with a click,
who has not agreed is asked, and an auditor asks about a moment of the past."""

import io
from datetime import timedelta

import pytest

from clinics.access import clinic_by_slug
from consent.disclosures import publish
from consent.standing import line_state
from reminders.intake.store import Origin, import_file
from reminders.policy import enable
from tests.browser import window
from tests.conftest import NOW
from tests.stories.test_in_the_browser import (  # noqa: F401
    AFTERNOON,
    TINA,
    base,
    database_url,
    sign_in,
)

DESK, AUDITOR = "desk@maple-dental.example", "auditor@maple-dental.example"
VISITS = """\
appointment_id,patient_id,given_name,family_name,phone,language,date,time
1,p1,Tina,Mobile,(206) 555-0111,en,12/1/2026,3:00 PM
2,p2,Nora,New,206-555-0114,en,12/2/2026,3:00 PM
"""


@pytest.fixture
def listed(town):
    """Two patients with a visit; Tina texted START.  Reminders are on."""
    town.vendor.phones([TINA], carrier="tmobile")
    town.hear(TINA, town.cast.maple, "START")
    now = town.works.heed.now()
    with town.database.writing() as session:
        clinic = clinic_by_slug(session, "maple-dental")
        origin = Origin(file="visits.csv", by=DESK, sha256="0" * 64)
        import_file(session, clinic, io.BytesIO(VISITS.encode()), now, origin=origin)
        enable(session, clinic.id, DESK, now)
        publish(session, clinic.id, "verbal", "en", "May we text you?", NOW)
    town.tick()
    return town


def stands(town):
    with town.database.reading() as session:
        return line_state(session, town.cast.maple.clinic_id, TINA)


def test_a_reply_in_doubt_is_decided_with_one_click(listed, base, chromium):  # noqa: F811
    town = listed
    assert town.hear(TINA, town.cast.maple, "do you ever stop") == []
    assert stands(town).held

    with window(chromium, base) as shown:
        page = shown.page
        sign_in(shown, DESK)
        page.click(".menu-open a:has-text('Tasks')")
        read = shown.read()
        assert "do you ever stop" in read
        assert "Tina Mobile" in read
        page.click("button:has-text('Not a stop')")
        assert not stands(town).held
        assert stands(town).word == "opted_in"

        town.hear(TINA, town.cast.maple, "hmm I don't know about these texts")
        assert stands(town).held
        page.click(".menu-open a:has-text('Tasks')")
        page.click("button:has-text('asked to stop')")
        assert stands(town).word == "opted_out"
        assert shown.complaints == []


def test_who_has_not_agreed_is_asked_and_then_gone_from_the_list(
    listed,
    base,  # noqa: F811
    chromium,
):
    with window(chromium, base) as shown:
        page = shown.page
        sign_in(shown, DESK)
        page.click(".menu-open a:has-text('Whom to ask')")
        read = shown.read()
        assert "Nora New" in read
        assert "Tina Mobile" not in read
        page.click("main a:has-text('Spoken yes')")
        page.check("#said_yes")
        page.click("button:has-text('Record the yes')")
        page.click(".menu-open a:has-text('Whom to ask')")
        assert "Nobody has to be asked" in shown.read()
        assert shown.complaints == []


def test_an_auditor_asks_about_a_moment_of_the_past(listed, base, chromium):  # noqa: F811
    town = listed
    town.at(AFTERNOON)
    town.hear(TINA, town.cast.maple, "please stop texting me")
    town.at(AFTERNOON + timedelta(hours=1))

    with window(chromium, base) as shown:
        page = shown.page
        sign_in(shown, AUDITOR)
        page.click(".menu-open a:has-text('Records')")
        page.click("button:has-text('Open') >> nth=0")
        page.click("main a:has-text('Could this phone be texted')")
        for time, answer in (("12:00", "could be texted"), ("16:00", "could not be")):
            page.fill("#day", "2026-11-30")
            page.fill("#time", time)
            page.click("button:has-text('Look')")
            assert answer in shown.read()
        assert shown.complaints == []
