"""A rejection at the registration desk: recorded, mended, told, handed in again."""

import pytest
from sqlmodel import select

from clinics.models import Task, TaskKind
from registration import drafts
from registration.desk_models import (
    Rejection,
    RejectionFix,
    SubmissionVersion,
)
from registration.models import Campaign
from registration.status import Status
from tests.pages import visitor, words
from tests.registration.at_desk import looked, put
from tests.registration.checks.sound import submission
from tests.registration.test_desk_pages import LIST, OPERATOR, SHOWN, place, rows_of


@pytest.fixture
def heed(pages):
    return pages.extensions["heed"]


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


def test_a_rejection_is_recorded_mended_told_and_handed_in_again(operator, heed):
    """R60, R107, R108, R110"""
    at = place(heed, submit=True)
    said = {"who": "dca", "issuer": "twilio", "code": "30909", "text": "No CTA."}
    assert operator.post(f"{at}/rejections", said).status_code == 400
    assert operator.post(f"{at}/rejections", {**said, **SHOWN}).status_code == 303
    page = words(operator.get(at))
    assert "another $15.00, and the whole way anew" in page
    assert "to be mended" in page
    assert operator.post(f"{at}/submit").status_code == 409
    rejection = rows_of(heed, Rejection)[0]
    admin = visitor_of_tidewater(heed, operator)
    assert "turned it down" not in words(admin.get("/desk/tidewater/registration"))
    operator.post(f"{at}/rejections/{rejection.id}/told")
    told = words(admin.get("/desk/tidewater/registration"))
    assert "The aggregator (DCA) has turned it down." in told
    assert "No CTA." in told
    for fix in rows_of(heed, RejectionFix):
        answer = operator.post(f"{at}/fixes/{fix.id}", {"evidence": "done"})
        assert answer.status_code == (303 if fix.field == "website" else 400)
    edit_flow(heed, operator, at)
    for fix in rows_of(heed, RejectionFix):
        operator.post(f"{at}/fixes/{fix.id}", {"evidence": "see the draft"})
    assert "It cannot be handed in again yet" in words(operator.get(at))
    checked_again(heed)
    assert "Hand it in again" in words(operator.get(at))
    assert operator.post(f"{at}/submit").status_code == 303
    versions = rows_of(heed, SubmissionVersion)
    assert [one.version for one in versions] == [1, 2]
    assert rows_of(heed, Campaign)[-1].status is Status.PENDING


def visitor_of_tidewater(heed, operator):
    from clinics.access import add_staff, clinic_by_slug
    from clinics.models import Role

    with heed.database.writing() as writing:
        clinic = clinic_by_slug(writing, "tidewater")
        add_staff(
            writing,
            email="admin@tidewater.example",
            role=Role.clinic_admin,
            clinic=clinic,
            now=heed.now(),
        )
    return visitor(operator.client.application, "admin@tidewater.example")


def edit_flow(heed, operator, at):
    from registration.draft_form import typed_of
    from registration.drafts import content_of, draft_of

    draft_id = int(at.rpartition("/")[2])
    with heed.database.reading() as reading:
        version = rows_of(heed, SubmissionVersion)[0]
        draft = draft_of(reading, version.clinic_id, draft_id)
        typed = {k: v for k, v in typed_of(content_of(draft)).items() if v is not False}
        seen = draft.version
    typed["campaign.message_flow"] += " It stands on the first page."
    answer = operator.post(
        f"/operator/drafts/tidewater/{draft_id}/edit", {**typed, "seen": seen}
    )
    assert answer.status_code == 303


def checked_again(heed):
    from registration.models import SubmissionDraft

    with heed.database.writing() as writing:
        draft = writing.exec(select(SubmissionDraft)).one()
        put(writing, draft, "confirmed")
        looked(writing, draft)
        put(writing, draft, "check")


def test_an_element_of_another_draft_is_not_mended_here(operator, heed):
    """R110"""
    at = place(heed, submit=True)
    said = {"who": "dca", "issuer": "twilio", "code": "30909"}
    operator.post(f"{at}/rejections", {**said, **SHOWN})
    with heed.database.writing() as writing:
        clinic_id = writing.exec(select(SubmissionVersion)).one().clinic_id
        other = drafts.begin(
            writing, clinic_id, "other", submission(), OPERATOR, heed.now()
        )
        elsewhere = f"{LIST}/tidewater/{other.id}"
    for fix in rows_of(heed, RejectionFix):
        answer = operator.post(f"{elsewhere}/fixes/{fix.id}", {"evidence": "x"})
        assert answer.status_code == 404
    assert all(fix.done_at is None for fix in rows_of(heed, RejectionFix))


def test_two_rejections_in_a_row_warn(operator, heed):
    """R111"""
    at = place(heed, submit=True)
    said = {"who": "dca", "issuer": "twilio", "code": "30909", "field": "website"}
    operator.post(f"{at}/rejections", {**said, **SHOWN})
    assert "in a row" not in words(operator.get(at))
    fix = rows_of(heed, RejectionFix)[0]
    operator.post(f"{at}/fixes/{fix.id}", {"evidence": "policy is live"})
    assert operator.post(f"{at}/submit").status_code == 303
    handed = {"how": "Portal X, ref 6", **SHOWN}
    assert operator.post(f"{at}/handed-in", handed).status_code == 303
    operator.post(f"{at}/rejections", {**said, **SHOWN})
    assert "2 rejections in a row" in words(operator.get(at))
    assert len([t for t in rows_of(heed, Task) if t.kind is TaskKind.rejection]) == 2
