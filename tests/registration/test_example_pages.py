"""Examples on the operator's pages: browsed, started from, and kept without the clinic."""

import pytest
from sqlmodel import select

from registration.models import ApprovedExample, Campaign
from registration.status import Status
from tests.filled import form_of
from tests.pages import visitor, words
from tests.registration.operating import OPERATOR, rows
from tests.registration.test_draft_pages import put

KEEP = "/operator/campaigns/maple-dental/maple-care/as-example"


@pytest.fixture
def heed(pages):
    return pages.extensions["heed"]


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


@pytest.fixture
def registered(heed, cast):
    """Maple's campaign with real texts, cleared by T-Mobile and Verizon."""
    with heed.database.writing() as writing:
        campaign = writing.exec(
            select(Campaign).where(Campaign.ref == "maple-care")
        ).one()
        campaign.description = (
            "Maple Dental, a dental practice, reminds its patients of visits by text; "
            "they agreed on the form at http://127.0.0.1:5000/c/maple-dental/opt-in."
        )
        campaign.message_flow = "Patients of Maple Dental tick a box on the web form."
        campaign.samples = ["Maple Dental: see you on {date}. STOP ends."]
        writing.add(campaign)
        writing.connection().exec_driver_sql(
            "UPDATE carriercell SET status = 'REVIEW' WHERE carrier = 'att'"
        )


def test_examples_are_found_by_use_case_and_by_who_cleared_them(operator):
    every = words(operator.get("/operator/examples"))
    codes = words(operator.get("/operator/examples?use_case=2FA"))
    att = words(operator.get("/operator/examples?carrier=att"))

    assert "Appointment reminders of one practice" in every
    assert "not a registered campaign" in every
    assert "Sign-in codes of the patient portal" in codes
    assert "Appointment reminders of one practice" not in codes
    assert "No example fits" in att


def test_an_example_shows_its_texts_with_places_for_facts(operator):
    page = operator.get("/operator/examples/reminders")

    assert "{name}: Reminder, you have an appointment" in words(page)
    assert operator.get("/operator/examples/nothing").status_code == 404


def test_starting_from_one_puts_this_clinics_facts_into_its_structure(
    operator, heed, cast
):
    path = put(
        heed, cast, campaign__description="We send appointment reminders to patients"
    )

    report = words(operator.get(path))
    compared = operator.get(f"{path}/examples/reminders")
    answer = operator.post(f"{path}/examples/reminders", form_of(compared))

    assert "% alike" in report
    assert "It says, and the draft does not" in report
    assert "The example says, and the draft does not" in words(compared)
    assert answer.location == path
    after = words(operator.get(path))
    assert "Tidewater Dental: Reminder, you have an appointment" in after
    assert "100% alike" in after
    assert "Description nothing to change" in after


def test_who_was_overtaken_starts_nothing(operator, heed, cast):
    path = put(heed, cast)

    answer = operator.post(f"{path}/examples/reminders", {"seen": "7"})

    assert answer.location.endswith("/examples/reminders")
    assert "Somebody else saved this draft" in words(operator.get(answer.location))


def test_an_own_campaign_is_kept_without_its_clinic(operator, registered, pages):
    page = operator.get(KEEP)
    offered = form_of(page)

    kept = operator.post(KEEP, {**offered, "title": "Reminders of a dental practice"})

    assert "Maple" not in " ".join(one for values in offered.values() for one in values)
    assert kept.location == "/operator/examples/own-1"
    shown = words(operator.get(kept.location))
    assert "{name}, a dental practice, reminds its patients" in shown
    (row,) = rows(pages, ApprovedExample)
    assert row.cleared_by == ["tmobile", "verizon"]
    assert "Cleared by T-Mobile, Verizon" in words(
        operator.get("/operator/examples?carrier=tmobile")
    )
    assert operator.post(KEEP, {**offered, "title": "Again"}).status_code == 400


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"title": ""}, "Give it a title"),
        ({"title": "x" * 101}, "Give it a title"),
        ({"title": "Of Maple Dental"}, "still stands in it"),
        ({"title": "T", "description": "MAPLE DENTAL texts."}, "still stands in it"),
    ],
)
def test_what_names_the_clinic_is_not_kept(
    operator, registered, pages, change, sentence
):
    offered = form_of(operator.get(KEEP))

    answer = operator.post(KEEP, {**offered, **change})

    assert answer.status_code == 400
    assert sentence in words(answer).replace("&#39;", "'")
    assert rows(pages, ApprovedExample) == []


def test_what_nobody_cleared_is_no_example(operator, registered, heed):
    with heed.database.writing() as writing:
        writing.connection().exec_driver_sql(
            f"UPDATE carriercell SET status = '{Status.REVIEW.value}'"
        )

    assert operator.get(KEEP).status_code == 400
    assert operator.post(KEEP, {"title": "T"}).status_code == 400
