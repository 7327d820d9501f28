"""An update for a snow day and a request for a review, clicked in a real browser, with a
simulated vendor behind it; and both where the campaign does not cover them."""

from datetime import UTC, datetime, timedelta

import pytest

from clinics.models import Patient
from consent.models import Topic
from reminders.models import Appointment, VisitStatus
from tests.browser import window
from tests.reminders.telling import LINK, agree, covers_reviews, declare
from tests.stories.test_in_the_browser import (  # noqa: F401
    ALMA,
    TINA,
    base,
    database_url,
    sign_in,
)
from tests.stories.test_in_the_browser import (
    agree as start_texts,
)

DESK, ADMIN = "desk@maple-dental.example", "admin@maple-dental.example"
THREE = datetime(2026, 12, 1, 23, 0, tzinfo=UTC)  # Tuesday 15:00 in Los Angeles
MINUTE = timedelta(minutes=1)
SNOW = (
    "{clinic}: {first_name}, we are closed for snow on {date}. Your visit at {time} "
    "cannot take place. STOP to opt out."
)
TOLD = (
    "Maple Dental: Tina, we are closed for snow on Dec 1. Your visit at 3:00 PM "
    "cannot take place. STOP to opt out."
)


@pytest.fixture
def tuesday(town, base):  # noqa: F811
    """Tina and Alma come at three; AT&T, Alma's carrier, still looks at the campaign."""
    start_texts(town)
    for phone, name in ((TINA, "Tina"), (ALMA, "Alma")):
        comes(town, phone, name, THREE)
    return base


def comes(town, phone, name, at):
    place, now = town.cast.maple, town.works.heed.now()
    with town.database.writing() as session:
        patient = Patient(
            clinic_id=place.clinic_id,
            external_id=f"{name}{at:%d%H}",
            given_name=name,
            family_name="Mobile",
            phone=phone,
            updated_at=now,
        )
        session.add(patient)
        session.flush()
        visit = Appointment(
            clinic_id=place.clinic_id,
            patient_id=patient.id or 0,
            external_id=f"{name}{at:%d%H}",
            starts_at=at,
            time_zone="America/Los_Angeles",
            wall_time=f"{at - timedelta(hours=8):%Y-%m-%dT%H:%M}",
            status=VisitStatus.booked,
            updated_at=now,
        )
        session.add(visit)


def pass_time(town, minutes=1):
    town.tick(town.works.heed.now() + minutes * MINUTE)


def write(shown, text=SNOW):
    page = shown.page
    page.click(".menu-open a:has-text('Day update')")
    page.wait_for_load_state("load")
    page.fill("#text_en", text)
    page.fill("#text_es", "")
    page.click("button:has-text('Go on')")
    return shown.read()


def send(shown):
    shown.page.click("button:has-text('Send it to 1 phone')")
    return shown.read()


def texts(town, phone, words):
    return [text for text in town.screen(phone) if words in text]


def test_a_snow_day_is_told_taken_back_and_told_again(town, tuesday, chromium):
    """R39, R43: an important update leaves where the campaign covers it, and is counted,
    confirmed, and taken back until it leaves; elsewhere it is refused, with the reason."""
    with window(chromium, tuesday) as shown:
        sign_in(shown, DESK)

        asked = write(shown)
        assert "Send this update to 1 phone?" in asked
        assert "AT&T has not yet approved this clinic's texts" in asked
        assert "The visits stay in the list" in asked
        sent = send(shown)
        assert "It leaves at" in sent
        pass_time(town)
        shown.page.click("button:has-text('Take it back')")
        assert "1 text was taken back. Nobody gets it." in shown.read()
        pass_time(town, 10)
        assert texts(town, TINA, "snow") == []

        write(shown)
        send(shown)
        pass_time(town, 6)
        shown.page.reload()
        assert texts(town, TINA, "snow") == [TOLD]
        assert texts(town, ALMA, "snow") == []
        done = shown.read()
        assert "Call these patients: no text has reached them Alma Mobile" in done
        assert "delivered" in done
        assert "Take it back" not in done

        # R133: the campaign covers it no more, when it leaves and before it is written.
        write(shown)
        send(shown)
        declare(town.database, town.cast.maple, "DELIVERY_NOTIFICATION")

        pass_time(town, 6)
        shown.page.reload()
        held = shown.read()
        refused = write(shown)

        assert texts(town, TINA, "snow") == [TOLD]
        reason = "registered as DELIVERY_NOTIFICATION, which does not cover news about"
        assert reason in held
        assert reason in refused
        assert "Send this update" not in refused
        assert shown.complaints == []


def test_a_review_is_asked_for_where_the_campaign_covers_it(town, tuesday, chromium):
    """R39: refused with the reasons, mended, asked for after the visit, and held by the
    gate once the campaign covers it no more."""
    maple = town.cast.maple
    with window(chromium, tuesday) as shown:
        page = shown.page
        sign_in(shown, ADMIN)
        page.click(".menu-open a:has-text('Reminders')")
        page.click("main a:has-text('Requests for a review')")
        page.click("button:has-text('Ask from the next visit on')")
        refused = shown.read()
        assert "Requests for a review stay off." in refused
        assert (
            "ACCOUNT_NOTIFICATION, which does not cover requests for a review"
            in refused
        )

        covers_reviews(town.database, maple)
        page.fill("#link", LINK)
        page.click("button:has-text('Save')")
        page.wait_for_load_state("load")
        page.click("a:has-text('Change the English words')")
        page.wait_for_load_state("load")
        page.click("button:has-text('Use it from now on')")
        assert "Approved" in shown.read() or "approved by" in shown.read()
        page.click(".menu-open a:has-text('Reminders')")
        page.click("main a:has-text('Requests for a review')")
        page.click("button:has-text('Ask from the next visit on')")
        assert "Patients are asked after their visits" in shown.read()
        assert shown.complaints == []

    agree(town.database, maple, TINA, Topic.reviews, at=town.works.heed.now())
    town.tick(THREE + MINUTE)
    assert texts(town, TINA, "review") == []
    town.tick(THREE + 121 * MINUTE)
    (asked,) = texts(town, TINA, "review")
    assert asked.startswith("Maple Dental: Tina, thank you for your visit.")
    assert LINK in asked
    assert texts(town, ALMA, "review") == []  # she agreed to visits only

    agree(town.database, maple, ALMA, Topic.reviews, at=town.works.heed.now())
    town.vendor.put("campaigns/maple-care/carriers/att", {"status": "APPROVED"})
    declare(town.database, maple, "ACCOUNT_NOTIFICATION")
    town.tick(THREE + 123 * MINUTE)
    town.tick(THREE + 125 * MINUTE)
    assert texts(town, ALMA, "review") == []
    with window(chromium, tuesday) as shown:
        sign_in(shown, DESK)
        held = shown.read()
        assert "request for a review" in held
        assert "does not cover requests for a review" in held
