import io
from datetime import timedelta

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from clinics.models import Language, StaffAction
from consent.models import Attachment
from kernel.clock import FixedClock
from kernel.hashing import sha256_hex
from registration.dossier import SHOWN
from registration.models import StatusEvent, WordingKind
from registration.status import Source
from registration.wordings import add as add_wording
from tests.conftest import NOW
from tests.pages import visitor, words
from tests.registration.operating import OPERATOR, rows, say, statuses, told

MAPLE = "/operator/campaigns/maple-dental/maple-care"
PNG = b"\x89PNG\r\n\x1a\n" + b"a picture of the portal"
SEEN = {
    "status": "REVIEW",
    "address": "https://portal.example/CMAPLE1",
    "note": "On the campaign's page, under MNO review",
}


@pytest.fixture
def operator(pages):
    heed = pages.extensions["heed"]
    heed.clock = FixedClock(NOW + timedelta(minutes=5))
    return visitor(pages, OPERATOR)


def file(content, name="portal.png"):
    return (io.BytesIO(content), name)


def upload(operator, content):
    # In memory: what the client writes to disk for a large form, it leaves open.
    given = {**SEEN, "address": "", "csrf_token": operator.token}
    picture = FileStorage(io.BytesIO(content), filename="portal.png")
    return encode_multipart({**given, "evidence": picture})


def test_the_board_shows_each_carriers_word_for_each_campaign(pages, operator, cast):
    """R81, R82, R115, R159: a column for the MNO review, and a word for each carrier."""
    at = NOW + timedelta(minutes=1)
    say(pages, cast.maple.campaign_id, "att", "REVIEW", Source.operator_entry, at)

    every = words(operator.get("/operator/campaigns"))
    pressing = words(operator.get("/operator/campaigns?show=attention"))
    birch = words(operator.get("/operator/campaigns?clinic=birch-eye"))

    shown = (
        "maple-care Maple Dental now: AT&amp;T REVIEW since Mon, Nov 30, 2026, 10:01 AM"
    )
    assert shown in every
    assert every.index("maple-care") < every.index("birch-care")
    assert "maple-care" in pressing
    assert "birch-care" not in pressing
    assert "birch-care" in birch
    assert "maple-care" not in birch


def test_a_polled_word_is_marked_once_it_is_a_day_old(pages, operator, cast):
    say(pages, cast.maple.campaign_id, "att", "ACTIVE", Source.tcr_poll, NOW)
    fresh = words(operator.get("/operator/campaigns"))

    pages.extensions["heed"].clock = FixedClock(NOW + timedelta(hours=25))
    operator = visitor(pages, OPERATOR)
    stale = words(operator.get("/operator/campaigns"))

    assert "not confirmed" not in fresh
    assert stale.count("ACTIVE, not confirmed") == 1
    page = words(operator.get(MAPLE))
    assert "It was not confirmed within 24 hours" in page


def test_a_campaigns_page_tells_what_each_word_means_and_who_said_it(
    pages, operator, cast
):
    at = NOW + timedelta(minutes=1)
    say(pages, cast.maple.campaign_id, "att", "REVIEW", Source.tcr_poll, at)
    with pages.extensions["heed"].database.writing() as writing:
        add_wording(
            writing,
            cast.maple.clinic_id,
            cast.maple.campaign_id,
            WordingKind.help,
            Language.en,
            "Call us. STOP to opt out.",
            NOW,
        )

    page = told(operator.get(MAPLE))

    assert "Picked for examination by hand. It is not a rejection." in page
    assert "The Campaign Registry, when we asked" in page
    assert "An operator, with evidence" in page
    assert "until Tue, Dec 1, 2026, 10:01 AM PST" in page
    assert "Look at the portal again by Wed, Dec 30, 2026" in page
    assert "(206) 555-0100 Heed replies" in page
    assert "Show the 9 wordings" in page
    assert "Call us. STOP to opt out." in page
    assert "tcr_poll" not in page
    assert "operator_entry" not in page


def test_the_board_says_who_spoke_and_when_it_was_last_heard(pages, operator, cast):
    at = NOW + timedelta(minutes=1)
    say(pages, cast.maple.campaign_id, "att", "REVIEW", Source.tcr_poll, at)

    page = told(operator.get("/operator/campaigns?clinic=maple-dental"))

    heard = "Last heard Mon, Nov 30, 2026, 10:01 AM PST"
    assert f"The Campaign Registry, when we asked. {heard}" in page


def test_history_is_told_by_when_it_was_said_not_by_when_it_was_kept(
    pages, operator, cast
):
    days = {"PENDING": 0, "REVIEW": 9, "ACTIVE": 3}
    with pages.extensions["heed"].database.writing() as writing:
        for word, ago in days.items():
            event = StatusEvent(
                clinic_id=cast.maple.clinic_id,
                campaign_id=cast.maple.campaign_id,
                applied=True,
                why=f"It was {word}.",
                source=Source.imported,
                raw=word,
                evidence="",
                at=NOW - timedelta(days=ago),
            )
            writing.add(event)
            writing.flush()

    page = told(operator.get(MAPLE))

    places = [page.index(f"It was {word}.") for word in ("PENDING", "ACTIVE", "REVIEW")]
    assert places == sorted(places)


def test_the_form_says_that_it_cannot_overrule_the_registry(pages, operator, cast):
    before = told(operator.get(f"{MAPLE}/att"))
    at = NOW + timedelta(minutes=1)
    say(pages, cast.maple.campaign_id, "att", "REVIEW", Source.tcr_poll, at)

    page = told(operator.get(f"{MAPLE}/att"))

    assert "cannot overrule" not in before
    assert "The Registry says REVIEW (heard Mon, Nov 30, 2026, 10:01 AM PST" in page
    assert "What you write here is kept but cannot overrule it." in page
    assert page.count("one of the two is needed") == 2


def test_the_menu_keeps_its_entry_marked_on_pages_under_it(operator):
    for page, mark in (("/operator/campaigns", "page"), (f"{MAPLE}/att", "true")):
        shown = operator.get(page).text
        assert shown.count(f'href="/operator/campaigns" aria-current="{mark}"') == 2
        assert shown.count("aria-current=") == 2


def test_a_screenshot_is_kept_by_its_hash_and_moves_the_cell(pages, operator, cast):
    given = {**SEEN, "address": "", "evidence": file(PNG)}

    answer = operator.post(f"{MAPLE}/att", given)

    page = operator.get(answer.location)
    assert "AT&T is now REVIEW. Approved before, now examined again." in told(page)
    assert statuses(pages, cast.maple.campaign_id)["att"] == "REVIEW"
    [kept] = rows(pages, Attachment)
    assert (kept.sha256, kept.added_by) == (sha256_hex(PNG), OPERATOR)
    shown = operator.get(f"/operator/evidence/maple-dental/{kept.sha256}")
    assert f"/operator/evidence/maple-dental/{kept.sha256}" in page.text
    assert (shown.data, shown.mimetype) == (PNG, "image/png")
    [action] = rows(pages, StaffAction)[-1:]
    assert (action.action, action.subject) == (
        "carrier status",
        "maple-care att REVIEW",
    )


def test_an_address_is_evidence_too_and_is_a_link(pages, operator, cast):
    answer = operator.post(f"{MAPLE}/verizon", SEEN)

    page = operator.get(answer.location)
    assert statuses(pages, cast.maple.campaign_id)["verizon"] == "REVIEW"
    assert f'<a href="{SEEN["address"]}" rel="noreferrer noopener">' in page.text
    assert SEEN["note"] in told(page)


def test_a_word_that_counts_less_is_refused_in_words_and_stands_in_the_history(
    pages, operator, cast
):
    at = NOW + timedelta(minutes=1)
    say(pages, cast.maple.campaign_id, "att", "REVIEW", Source.tcr_poll, at)

    answer = operator.post(f"{MAPLE}/att", {**SEEN, "status": "ACTIVE"})

    page = told(operator.get(answer.location))
    refusal = (
        "AT&T: not recorded as its status. The Campaign Registry's answer said REVIEW; "
        "an operator's entry cannot overrule it. The entry stands in the history."
    )
    assert refusal in page
    assert statuses(pages, cast.maple.campaign_id)["att"] == "REVIEW"
    assert page.count("only noted") == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"<html>", "is no PDF, JPEG or PNG"), (None, "choose a file, or give")],
)
def test_without_what_shows_it_nothing_is_recorded(
    pages, operator, cast, content, sentence
):
    before = len(rows(pages, StatusEvent))
    given = {**SEEN, "address": "", "note": "seen <b>there</b>"}
    if content is not None:
        given["evidence"] = file(content, "p.html")

    answer = operator.post(f"{MAPLE}/att", given)

    assert answer.status_code == 400
    assert sentence in told(answer)
    assert "Nothing was recorded." in told(answer)
    assert "seen &lt;b&gt;there&lt;/b&gt;</textarea>" in answer.text
    assert len(rows(pages, StatusEvent)) == before
    assert rows(pages, Attachment) == []
    assert statuses(pages, cast.maple.campaign_id)["att"] == "ACTIVE"


def test_a_file_of_almost_5_mb_passes_the_limit_of_other_forms(operator):
    most = 5 * 1024 * 1024

    answers = [
        operator.client.post(
            f"{MAPLE}/att",
            data=body,
            content_type=f'multipart/form-data; boundary="{boundary}"',
        ).status_code
        for size in (most, most + 1024 * 1024)
        for boundary, body in [upload(operator, PNG + bytes(size - len(PNG)))]
    ]

    assert answers == [303, 413]


def test_suspended_needs_a_tick_and_then_stops_at_once(pages, operator, cast):
    given = {**SEEN, "status": "SUSPENDED", "sure": "on"}

    answer = operator.post(f"{MAPLE}/att", given)

    assert "AT&T is now SUSPENDED." in told(operator.get(answer.location))
    assert statuses(pages, cast.maple.campaign_id)["att"] == "SUSPENDED"


def test_one_clinics_campaign_and_evidence_are_not_anothers(pages, operator, cast):
    given = {**SEEN, "address": "", "evidence": file(PNG)}
    operator.post(f"{MAPLE}/att", given)
    [kept] = rows(pages, Attachment)

    paths = [
        "/operator/campaigns/birch-eye/maple-care",
        "/operator/campaigns/birch-eye/maple-care/att",
        "/operator/campaigns/birch-eye/%00",
        "/operator/campaigns/nobody/maple-care",
        f"{MAPLE}/uscellular",
        f"/operator/evidence/birch-eye/{kept.sha256}",
        "/operator/evidence/maple-dental/nonsense",
    ]

    assert {path: operator.get(path).status_code for path in paths} == dict.fromkeys(
        paths, 404
    )
    posted = operator.post("/operator/campaigns/birch-eye/maple-care/att", SEEN)
    assert posted.status_code == 404


def test_the_history_goes_on_with_older_words(pages, operator, cast):
    campaign_id = cast.birch.campaign_id
    for one in range(SHOWN + 5):
        word = "REVIEW" if one % 2 else "PENDING"
        at = NOW + timedelta(seconds=one)
        say(pages, campaign_id, "att", word, Source.operator_entry, at)
    page = operator.get("/operator/campaigns/birch-eye/birch-care")
    [first] = [event.id for event in rows(pages, StatusEvent)[-SHOWN:][:1]]

    older = operator.get(f"/operator/campaigns/birch-eye/birch-care?before={first}")
    beyond = operator.get(f"/operator/campaigns/birch-eye/birch-care?before={10**30}")

    assert f"before={first}" in page.text
    assert page.text.count("Evidence: ") == SHOWN
    assert older.text.count("Evidence: ") == 5 + 3  # and those of the cast
    assert beyond.status_code == 200
