"""The public page for reviewers: all of a campaign in three clicks, and nobody's data."""

import io
import re

import pytest
from sqlmodel import select

from consent.attachments import keep_list
from consent.disclosures import publish
from consent.models import ExportJob, ExportState
from registration.models import SubmissionDraft
from tests.conftest import NOW, PAT
from tests.pages import visitor, words
from tests.registration.test_draft_pages import OPERATOR, put

PAGE = "/c/maple-dental/campaigns/smile-care"
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
WEB = "I agree to texts of Maple Dental about my visits. Reply STOP to end them."


@pytest.fixture
def heed(pages):
    return pages.extensions["heed"]


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


@pytest.fixture
def anybody(pages):
    return visitor(pages)


@pytest.fixture
def draft(heed, cast):
    with heed.database.writing() as writing:
        publish(writing, cast.maple.clinic_id, "web", "en", WEB, NOW)
    return put(heed, cast)


def test_a_draft_is_nobodys_until_it_is_opened_and_after_it_is_closed(
    operator, anybody, draft
):
    before = anybody.get(PAGE).status_code
    operator.post(f"{draft}/public", {"want": "open"})
    operator.post(f"{draft}/public", {"want": "open"})  # pressed twice
    opened = anybody.get(PAGE)
    operator.post(f"{draft}/public", {"want": "closed"})

    assert before == 404
    assert opened.status_code == 200
    assert anybody.get(PAGE).status_code == 404
    assert anybody.get(f"{PAGE}/form").status_code == 404


def test_it_says_who_whom_what_and_how_with_the_exact_words(operator, anybody, draft):
    operator.post(f"{draft}/public", {"want": "open"})

    page = re.sub(r" +([,.])", r"\1", words(anybody.get(PAGE)))

    for said in (
        "Tidewater Family Dental, PLLC, known to patients as Tidewater Dental",
        "12 Harbor Road, Astoria, OR 97103",
        "sends appointment confirmations and reminders",
        "tick an optional box that is unticked",
        WEB,
        "Tidewater Dental: your visit is on [date]",
        "you are unsubscribed and will receive no more messages",
    ):
        assert said in page, said
    assert "93-1234567" not in page  # the tax number is nobody's business


def test_everything_is_three_clicks_away_without_a_sign_in(operator, anybody, draft):
    """R121: each link of ours answers, and each of theirs is a plain https address."""
    operator.post(f"{draft}/public", {"want": "open"})
    seen, waiting = set(), [(PAGE, 0)]

    while waiting:
        path, clicks = waiting.pop()
        if path in seen or clicks > 3:
            continue
        seen.add(path)
        answer = anybody.get(path)
        assert answer.status_code == 200, path
        if answer.mimetype == "text/html":
            html = answer.get_data(as_text=True)
            links = re.findall(r'<a[^>]* href="([^"]+)"', html)
            waiting += [(link, clicks + 1) for link in links if link.startswith("/")]

    for name in ("opt-in", "privacy", "sms-terms", "/form", "keys"):
        assert any(name in path for path in seen), name
    outside = re.findall(r'href="(https?:[^"]+)"', anybody.get(PAGE).get_data(True))
    assert "https://tidewater.example/texts" in outside
    assert all(link.startswith("https://") for link in outside)


def test_the_form_is_kept_as_it_was_and_runs_nothing(
    operator, anybody, heed, cast, draft
):
    operator.post(f"{draft}/public", {"want": "open"})
    with heed.database.writing() as writing:
        publish(writing, cast.maple.clinic_id, "web", "en", "Other words now.", NOW)

    kept = anybody.get(f"{PAGE}/form")

    assert WEB in words(kept)
    assert "sandbox" in kept.headers["Content-Security-Policy"]
    assert "script-src" not in kept.headers["Content-Security-Policy"]
    assert "Other words now." in words(anybody.get(PAGE))


def test_a_picture_is_attached_and_only_named_ones_are_handed_out(
    operator, anybody, heed, cast, draft
):
    file = {"kind": "paper", "file": (io.BytesIO(PNG), "form.png")}
    operator.post(f"{draft}/proof", file, content_type="multipart/form-data")
    operator.post(f"{draft}/public", {"want": "open"})
    with heed.database.reading() as reading:
        content = reading.exec(select(SubmissionDraft)).one().content
    sha256 = content["opt_in_proof"][-1]["file"]

    shown = anybody.get(f"{PAGE}/proof/{sha256}")

    assert (shown.data, shown.mimetype) == (PNG, "image/png")
    assert f"{PAGE}/proof/{sha256}" in anybody.get(PAGE).get_data(as_text=True)
    assert anybody.get(f"{PAGE}/proof/{'0' * 64}").status_code == 404
    other = anybody.get(f"/c/birch-eye/campaigns/smile-care/proof/{sha256}")
    assert other.status_code == 404


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"kind": "fax", "file": (io.BytesIO(PNG), "a.png")}, "Say which way"),
        (
            {"kind": "paper", "file": (io.BytesIO(b"MZ"), "a.png")},
            "no PDF, JPEG or PNG",
        ),
    ],
)
def test_what_is_no_picture_is_not_attached(operator, draft, form, sentence):
    answer = operator.post(f"{draft}/proof", form, content_type="multipart/form-data")

    assert sentence in words(operator.get(answer.location))


def test_a_registered_campaign_has_its_page_too(anybody):
    page = words(anybody.get("/c/maple-dental/campaigns/maple-care"))

    assert "The campaign is registered." in page
    assert anybody.get("/c/maple-dental/campaigns/nothing").status_code == 404
    assert anybody.get("/c/nobody/campaigns/maple-care").status_code == 404
    assert anybody.get("/c/birch-eye/campaigns/maple-care").status_code == 404


def test_the_newest_pack_is_named_by_its_hash_and_no_patient_is(
    anybody, heed, cast, draft, operator
):
    with heed.database.writing() as writing:
        for phone, sha256 in ((None, "ab" * 32), (PAT, "cd" * 32)):
            writing.add(
                ExportJob(
                    clinic_id=cast.maple.clinic_id,
                    asked_by=OPERATOR,
                    asked_at=NOW,
                    beat_at=NOW,
                    finished_at=NOW,
                    phone=phone,
                    state=ExportState.ready,
                    sha256=sha256,
                )
            )
    operator.post(f"{draft}/public", {"want": "open"})

    page = words(anybody.get(PAGE))

    assert "ab" * 32 in page
    assert "cd" * 32 not in page
    assert PAT not in page


def test_a_list_of_patients_is_no_proof_whoever_names_it(
    operator, anybody, heed, cast, draft
):
    with heed.database.writing() as writing:
        sha256 = keep_list(
            writing, cast.maple.clinic_id, b"phone\n", "list.csv", OPERATOR, NOW
        )
        row = writing.exec(select(SubmissionDraft)).one()
        proofs = [{"kind": "paper", "url": "", "file": sha256}]
        row.content = {**row.content, "opt_in_proof": proofs}
        writing.add(row)
    operator.post(f"{draft}/public", {"want": "open"})

    assert anybody.get(f"{PAGE}/proof/{sha256}").status_code == 404
