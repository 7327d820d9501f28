"""A patient opens the link in the confirmation on a phone, and what the desk sees."""

import shutil
from datetime import timedelta

import pytest
from sqlmodel import select

from clinics.models import Language, Staff
from clinics.signin import new_password
from consent.disclosures import publish
from consent.signed_receipt import read_receipt
from consent.standing import Word, line_state
from registration.models import WordingKind
from registration.wordings import add as add_wording
from tests.browser import PHONE, window
from tests.conftest import NOW, PAT
from tests.gateway.own_pages import token_in
from tests.stories.test_in_the_browser import PASSWORD, sign_in

DESK = "desk@maple-dental.example"
AGREED = "By texting START you agree to texts from Maple Dental. STOP ends them."
LINKED = (
    "{clinic}: you will get appointment texts. Msg&data rates may apply. Yours: {receipt} "
    "HELP for help, STOP to opt out."
)
WIDER = (
    "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
)


@pytest.fixture
def database_url(tmp_path, _sqlite_template):
    """The database is no part of these stories: SQLite alone."""
    shutil.copy(_sqlite_template, tmp_path / "heed.db")
    return f"sqlite:///{tmp_path / 'heed.db'}"


@pytest.fixture
def maple(town):
    """The clinic's wordings name the page, and its desk can sign in."""
    kept, place = new_password(PASSWORD, "nobody@heed.example"), town.cast.maple
    with town.database.writing() as session:
        for staff in session.exec(select(Staff)):
            staff.password_hash = kept
        publish(session, place.clinic_id, "keyword", "en", AGREED, NOW)
        kind, where = (
            WordingKind.opt_in_confirmation,
            (place.clinic_id, place.campaign_id),
        )
        add_wording(session, *where, kind, Language.en, LINKED, NOW)
    return place


def standing(town, place) -> Word:
    with town.database.reading() as session:
        return line_state(session, place.clinic_id, PAT).word


def test_from_start_to_a_stop_on_the_patients_own_page(town, maple, chromium, tmp_path):
    base = town.works.heed.settings.public_base_url
    town.vendor.phones([PAT], carrier="tmobile")
    (confirmed,) = town.hear(PAT, maple, "START")
    token = token_in(confirmed)
    assert f"{base}/p/{token}" in confirmed

    plain = {"java_script_enabled": False, "size": PHONE, "accept_downloads": True}
    with window(chromium, base, **plain) as shown:
        page = shown.go(f"/p/{token}")
        assert "On since" in shown.read()
        page.click("a:has-text('word for word')")
        assert AGREED in shown.read()
        with page.expect_download() as waiting:
            page.click("a:has-text('Save this receipt')")
        saved = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(saved)
        page.click("button:has-text('delete my data')")
        assert "You asked for this on" in shown.read()
        page.click("a:has-text('Back to your texts')")
        before = standing(town, maple)
        page.click("button:has-text('Stop all texts from Maple Dental')")
        assert "Texts are stopped." in shown.read()
        assert page.locator("a:has-text('Write START')").get_attribute("href") == (
            f"sms:{maple.number}?&body=START"
        )
        page.click("a:has-text('Español')")
        assert "Los mensajes están cancelados." in shown.read()
        assert shown.complaints == []

    assert before is Word.opted_in
    assert standing(town, maple) is Word.opted_out
    keys = [key.public_base64 for key in town.works.heed.keys.signing]
    assert read_receipt(saved.read_bytes(), keys)["agreed"][0]["wording"] == AGREED
    town.tick(town.works.heed.now() + timedelta(minutes=10))
    assert town.screen(PAT) == [confirmed]  # the page said it: nothing is texted

    with window(chromium, base) as shown:
        sign_in(shown, DESK)
        shown.go(f"/desk/maple-dental/patients/by-phone/{PAT}")
        told = shown.read()
        assert "No more texts: stopped" in told
        assert "On their own page" in told
        shown.go("/desk/maple-dental/tasks")
        assert "Delete a patient's data" in shown.read()
        assert shown.complaints == []

    again = town.hear(PAT, maple, "START")
    assert standing(town, maple) is Word.opted_in
    assert token_in(again[0]) not in (None, token)


def test_the_desk_hands_over_a_link_on_the_screen(town, maple, chromium):
    base = town.works.heed.settings.public_base_url
    town.vendor.phones([PAT], carrier="tmobile")
    town.hear(PAT, maple, "START")
    with window(chromium, base) as shown:
        sign_in(shown, DESK)
        page = shown.go(f"/desk/maple-dental/patients/new?phone={PAT}")
        page.fill("#given_name", "Pat")
        page.fill("#family_name", "Alder")
        page.click("main button:has-text('Add')")
        page.click("button:has-text('Link to their own page')")
        address = page.input_value("#link")
        wide = page.evaluate(WIDER)
        code = page.locator("img.qr").bounding_box()
        assert shown.complaints == []

    with window(chromium, base, size=PHONE) as shown:
        shown.go(address.removeprefix(base))
        told = shown.read()

    assert wide <= 0
    assert code["width"] >= 150
    assert "For the phone number that ends in 11." in told
    assert town.screen(PAT)[1:] == []


def test_a_start_that_only_the_list_of_twilio_has_is_answered_with_a_link(town, maple):
    town.vendor.phones([PAT], carrier="tmobile")
    town.vendor.faults(lose_webhooks=1)

    (confirmed,) = town.hear(PAT, maple, "START")

    assert token_in(confirmed)
