from datetime import timedelta

import pytest
from sqlmodel import col, select

from clinics.models import StaffAction
from kernel.clock import FixedClock
from registration.models import SenderNumber, WhoReplies
from tests.conftest import NOW
from tests.pages import visitor
from tests.registration.operating import OPERATOR, told

NEW = {
    "clinic": "maple-dental",
    "phone": "(206) 555-0103",
    "who_replies": "vendor_default",
    "sid": "",
}


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


def number(pages, phone):
    with pages.extensions["heed"].database.reading() as reading:
        known = select(SenderNumber).where(col(SenderNumber.phone) == phone)
        return reading.exec(known).one_or_none()


def last_action(pages):
    with pages.extensions["heed"].database.reading() as reading:
        newest = select(StaffAction).order_by(col(StaffAction.id).desc()).limit(1)
        action = reading.exec(newest).one()
    return action.clinic_id, action.action, action.subject


@pytest.mark.parametrize(("minutes", "waits"), [(29, False), (31, True)])
def test_replies_not_checked_for_half_an_hour_are_told(pages, minutes, waits):
    pages.extensions["heed"].clock = FixedClock(NOW + timedelta(minutes=minutes))
    operator = visitor(pages, OPERATOR)

    page = told(operator.get("/operator/numbers?of=maple-dental"))
    overview = told(operator.get("/operator/clinics"))

    assert "Replies complete until Mon, Nov 30, 2026, 10:00 AM PST" in page
    assert ("A STOP could be missing" in page) is waits
    missing = "Replies to (206) 555-0100 are not known to be complete."
    assert (missing in overview) is waits


def test_a_number_is_added_attached_and_then_offered_to_be_connected(
    pages, operator, cast
):
    added = operator.post("/operator/numbers", NEW)
    row = number(pages, "+12065550103")
    noted = last_action(pages)
    place = f"/operator/numbers/maple-dental/{row.id}/campaign"
    lonely = told(operator.get(added.location))

    attached = operator.post(place, {"campaign": "maple-care"})

    maple = cast.maple.clinic_id
    assert noted == (maple, "number added", "+12065550103")
    assert last_action(pages) == (maple, "number attached", "+12065550103 maple-care")
    assert "it must serve a campaign first" in lonely
    assert "Connect it" in told(operator.get(attached.location))
    assert number(pages, "+12065550103").campaign_id == cast.maple.campaign_id


def test_a_number_that_cannot_be_added_is_refused_beside_its_field(pages, operator):
    tried = [
        ({"phone": "12"}, 400, "too few digits"),
        ({"phone": "(206) 555-0100"}, 409, "is a texting number already"),
        ({"phone": "(212) 555-0100"}, 409, "is a texting number already"),
        ({"clinic": "nobody"}, 404, "There is no clinic 'nobody'."),
        ({"who_replies": "nobody"}, 400, "Choose who replies"),
        ({"sid": "MG1"}, 400, "Twilio's id is PN"),
    ]

    for change, status, sentence in tried:
        answer = operator.post("/operator/numbers", {**NEW, **change})

        assert (answer.status_code, sentence in told(answer)) == (status, True)
    assert number(pages, "+12065550103") is None


def test_who_replies_is_changed_and_told_in_words(pages, operator, cast):
    way = WhoReplies.vendor_advanced
    place = f"/operator/numbers/maple-dental/{cast.maple.number_id}/who-replies"

    answer = operator.post(place, {"who_replies": way.value})

    assert "It counts from the next text on." in told(operator.get(answer.location))
    assert number(pages, cast.maple.number).who_replies is way
    assert last_action(pages)[1:] == ("who replies", f"{cast.maple.number} {way.value}")


def test_a_number_serves_one_campaign_and_one_that_lasts(pages, operator, cast):
    place = f"/operator/numbers/maple-dental/{cast.maple.number_id}"

    elsewhere = operator.post(f"{place}/campaign", {"campaign": "birch-care"})
    nonsense = operator.post(f"{place}/who-replies", {"who_replies": "nobody"})

    assert elsewhere.status_code == 404
    assert "The clinic has no campaign 'birch-care'." in told(elsewhere)
    assert nonsense.status_code == 400


def test_another_clinics_number_is_not_found_under_this_one(pages, operator, cast):
    for number_id in (cast.birch.number_id, 999):
        place = f"/operator/numbers/maple-dental/{number_id}"
        attached = operator.post(f"{place}/campaign", {"campaign": "maple-care"})
        changed = operator.post(f"{place}/who-replies", {"who_replies": "gateway"})

        assert (attached.status_code, changed.status_code) == (404, 404)
        assert "The clinic has no such number." in told(changed)
    assert number(pages, cast.birch.number).who_replies is WhoReplies.gateway
