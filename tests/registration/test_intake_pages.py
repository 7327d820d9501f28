"""The clinic's own part of the intake, by a signed link and without an account."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from kernel.clock import FixedClock
from registration.drafts import content_of
from registration.models import SubmissionDraft
from tests.conftest import NOW
from tests.pages import visitor, words
from tests.registration.at_desk import PARTS
from tests.registration.checks.sound import submission
from tests.registration.test_desk_pages import OPERATOR, place


@pytest.fixture
def heed(pages):
    return pages.extensions["heed"]


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


LINK = re.compile(r"http[^ ]*/intake/([\w.\-]+)")


def link(operator, at):
    answer = operator.post(f"{at}/link", {}, follow_redirects=True)
    return f"/intake/{LINK.search(words(answer))[1]}"


def test_the_clinic_fills_in_its_part_by_a_signed_link(operator, heed, pages):
    at = place(heed, but=PARTS, given=submission(brand__ein=""))
    path = link(operator, at)
    stranger = visitor(pages)
    page = words(stranger.get(path))
    assert "Registering Tidewater Dental for texting" in page
    assert "Nine digits are needed" in page
    form = {"your_name": "Ines Vega", "brand.ein": "93-1234567", "seen": 1}
    assert stranger.client.post(path, data=form).status_code == 303
    shown = words(operator.get(at))
    assert "Given by Ines Vega (clinic)" in shown
    nameless = {**form, "your_name": " ", "seen": 2}
    assert stranger.client.post(path, data=nameless).status_code == 400
    assert stranger.client.post(path, data=form).status_code == 400  # seen is old


def test_the_link_changes_only_the_clinics_part(operator, heed, pages):
    at = place(heed, but=PARTS)
    path = link(operator, at)
    form = {
        "your_name": "Ines Vega",
        "seen": 1,
        "campaign.use_case": "MARKETING",
        "campaign.flags.political": "on",
        "fee_receipt": "R-0",
    }
    assert visitor(pages).client.post(path, data=form).status_code == 303
    with heed.database.reading() as reading:
        content = content_of(reading.exec(select(SubmissionDraft)).one())
    assert content.campaign.use_case == "ACCOUNT_NOTIFICATION"
    assert not content.campaign.flags.political
    assert content.fee_receipt == "R-1001"


def test_a_link_that_is_forged_old_or_of_no_use_opens_nothing(operator, heed, pages):
    at = place(heed)
    path = link(operator, at)
    stranger = visitor(pages)
    assert stranger.get(path).status_code == 200
    assert stranger.get(path[:-2]).status_code == 404
    assert stranger.get("/intake/abc").status_code == 404
    assert operator.post(f"{at}/link/withdraw").status_code == 303
    assert stranger.get(path).status_code == 404
    path = link(operator, at)
    assert stranger.get(path).status_code == 200
    pages.extensions["heed"].clock = FixedClock(NOW + timedelta(days=14))
    assert stranger.get(path).status_code == 404
    pages.extensions["heed"].clock = FixedClock(NOW)
    assert operator.post(f"{at}/submit").status_code == 303
    assert stranger.get(path).status_code == 404
