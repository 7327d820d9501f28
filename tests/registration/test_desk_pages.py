"""The registration desk by its pages: from an empty draft to ACTIVE, and the way back."""

import pytest
from sqlmodel import col, select

from clinics.models import StaffAction
from registration.desk_models import (
    Clarification,
    FeeEntry,
    LayerEvent,
    SubmissionVersion,
)
from registration.models import Brand, Campaign
from registration.status import Status
from registration.submission import Submission
from tests.pages import visitor, words
from tests.registration.at_desk import PARTS, ready, submitted
from tests.registration.checks.sound import submission

OPERATOR = "operator@heed.example"
LIST = "/operator/registrations"
SHOWN = {"address": "https://csp.example/c/1", "note": "seen in the portal"}


@pytest.fixture
def heed(pages):
    return pages.extensions["heed"]


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


def rows_of(heed, model):
    with heed.database.reading() as reading:
        return list(reading.exec(select(model).order_by(col(model.id))))


def place(heed, *, but=(), given=None, submit=False):
    """The page of a draft with every part but those named."""
    with heed.database.writing() as writing:
        draft = ready(writing, but=but, given=given)
        if submit:
            submitted(writing, draft)
        return f"{LIST}/tidewater/{draft.id}"


def test_an_empty_board_says_what_to_do(operator):
    page = words(operator.get(LIST))
    assert "No registration yet" in page
    assert "Begin a draft" in page


def test_a_fresh_draft_names_all_that_is_missing(operator, heed):
    """R15: the seven items, each missing, given or confirmed, on the page."""
    page = words(operator.get(place(heed, given=Submission(), but=PARTS)))
    assert page.count(" missing ") >= 7
    assert "The setup fee is not paid" in page
    assert "It cannot be submitted yet" in page
    assert "Submit it" not in page.replace("Submit it, or type", "")


def test_items_are_confirmed_one_by_one_and_the_name_by_its_document(operator, heed):
    """R9"""
    at = place(heed, but=PARTS)
    answer = operator.post(f"{at}/confirm", {"item": "legal_name", "shown": "Tide"})
    assert answer.status_code == 400
    assert "is not the name on the tax document" in words(answer)
    legal = submission().brand.legal_name
    for item in ("legal_name", "ein", "address", "contact", "samples", "policy"):
        answer = operator.post(f"{at}/confirm", {"item": item, "shown": legal})
        assert answer.status_code == 303
    page = words(operator.get(at))
    assert page.count("Confirmed by operator@heed.example") == 6
    assert "6 of 7 confirmed" in page


@pytest.mark.parametrize("item", ["", "nothing", "legal_name; drop"])
def test_what_is_no_item_is_refused(operator, heed, item):
    at = place(heed, but=PARTS)
    assert operator.post(f"{at}/confirm", {"item": item}).status_code == 400


def test_a_question_is_asked_and_answered(operator, heed):
    at = place(heed)
    answer = operator.post(f"{at}/questions", {"question": "Which form?"})
    assert answer.status_code == 303
    assert "1 question is not answered yet" in words(operator.get(at))
    asked = rows_of(heed, Clarification)[0]
    operator.post(f"{at}/questions/{asked.id}", {"answer": "The web form"})
    page = words(operator.get(at))
    assert "The web form" in page
    assert "not answered yet" not in page
    for bad in ({"question": ""}, {"question": "x", "due_on": "soon"}):
        assert operator.post(f"{at}/questions", bad).status_code == 400
    assert operator.post(f"{at}/questions", {"question": "x", "due_on": "2020-01-01"})


def test_the_fee_is_noted_once_and_fills_the_draft(operator, heed):
    """R30"""
    at = place(heed, but={*PARTS}, given=submission(fee_receipt=""))
    paid = {"amount": "250.00", "on": "2026-11-25", "receipt": "R-77"}
    for wrong in (
        {"amount": "a lot"},
        {"amount": "0"},
        {"on": ""},
        {"on": "2030-01-01"},
        {"receipt": ""},
    ):
        assert operator.post(f"{at}/fee", {**paid, **wrong}).status_code == 400
    assert rows_of(heed, FeeEntry) == []
    assert operator.post(f"{at}/fee", paid).status_code == 303
    assert operator.post(f"{at}/fee", paid).status_code == 400
    page = words(operator.get(at))
    assert "$250.00 on Nov 25, 2026, receipt R-77" in page
    assert "A Twilio account of the clinic’s own" in page
    assert "waive" not in page


def test_the_brand_comes_from_outside_with_evidence(operator, heed):
    """R32: its status is never set by a bare button."""
    at = place(heed, but={"brand"})
    assert operator.post(f"{at}/brand").status_code == 303
    assert rows_of(heed, Brand)[-1].identity is None
    nothing = operator.post(f"{at}/brand-word", {**SHOWN, "identity": ""})
    assert nothing.status_code == 400
    bare = operator.post(f"{at}/brand-word", {"identity": "VERIFIED"})
    assert bare.status_code == 400
    assert "Show where it was seen" in words(bare)
    noteless = {"identity": "VERIFIED", "address": "https://csp.example/b"}
    assert operator.post(f"{at}/brand-word", noteless).status_code == 400
    good = {"identity": "VERIFIED", "tcr_id": "BTIDE01", "score": "61", **SHOWN}
    assert operator.post(f"{at}/brand-word", good).status_code == 303
    page = words(operator.get(at))
    assert "61 of 100" in page
    assert "40,000 message parts a day at T-Mobile" in page


def test_submit_is_refused_and_the_refusal_is_written_down(operator, heed):
    """R29: with an audit event."""
    at = place(heed, but={"fee", "brand"})
    answer = operator.post(f"{at}/submit")
    assert answer.status_code == 409
    assert "The setup fee is not paid" in words(answer)
    assert rows_of(heed, SubmissionVersion) == []
    assert rows_of(heed, StaffAction)[-1].action == "submission refused"


def test_from_submitted_to_active_and_only_by_words_with_evidence(operator, heed):
    """R32, R49, R52: PENDING at first; ACTIVE only from outside."""
    at = place(heed)
    assert "Everything is there" in words(operator.get(at))
    assert operator.post(f"{at}/submit").status_code == 303
    assert rows_of(heed, Campaign)[-1].status is Status.PENDING
    page = words(operator.get(at))
    assert "It is not with the provider yet" in page
    bare = operator.post(f"{at}/handed-in", {"how": "Portal X, ref 5"})
    assert bare.status_code == 400
    handed = {"how": "Portal X, ref 5", "tcr_id": "CTIDE01", **SHOWN}
    assert operator.post(f"{at}/handed-in", handed).status_code == 303
    carrier = "/operator/campaigns/tidewater/tide-care/att"
    entry = {"status": "ACTIVE", **SHOWN}
    early = operator.post(carrier, entry, follow_redirects=True)
    assert "has not let it through yet" in words(early)
    cleared = {"layer": "dca", "state": "cleared", **SHOWN}
    bare = operator.post(f"{at}/layers", {**cleared, "address": ""})
    assert bare.status_code == 400
    assert operator.post(f"{at}/layers", cleared).status_code == 303
    for one in ("att", "tmobile", "verizon"):
        operator.post(f"/operator/campaigns/tidewater/tide-care/{one}", entry)
    assert rows_of(heed, Campaign)[-1].status is Status.ACTIVE
    assert "ACTIVE on all three" in words(operator.get(at))
    assert "Texting number" in words(operator.get(LIST))


def test_a_step_that_is_not_in_the_table_is_refused_and_shown(operator, heed):
    """R64"""
    at = place(heed, submit=True)
    answer = operator.post(
        f"{at}/layers", {"layer": "dca", "state": "cleared", **SHOWN}
    )
    assert answer.status_code == 400
    assert "has not let it through yet. Nothing was changed" in words(answer)
    assert rows_of(heed, LayerEvent) == []


def test_a_brand_that_may_not_be_registered_calls_nobody(operator, heed):
    """R29: nothing is billed at Twilio while something is missing here."""
    twilio = {"twilio_account_sid": "AC" + "0" * 32}
    heed.settings = heed.settings.model_copy(update=twilio)
    at = place(heed, but={"fee", "brand"})
    answer = operator.post(f"{at}/brand")
    assert answer.status_code == 400
    assert "did not answer" not in words(operator.get(at))
    assert {brand.vendor_sid for brand in rows_of(heed, Brand)} == {None}
    assert "93-1234567" not in {brand.ein for brand in rows_of(heed, Brand)}


def test_another_clinics_registration_is_not_there(operator, heed, pages):
    at = place(heed, submit=True)
    strange = at.replace("tidewater", "maple-dental")
    assert operator.get(strange).status_code == 404
    for part in ("confirm", "questions", "fee", "brand", "submit", "layers", "link"):
        assert operator.post(f"{strange}/{part}", {"item": "ein"}).status_code == 404
    for role in ("desk", "admin", "auditor"):
        other = visitor(pages, f"{role}@maple-dental.example")
        assert other.get(at).status_code == 404
        assert other.get("/desk/tidewater/registration").status_code == 404
