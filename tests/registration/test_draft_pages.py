"""The operator's drafts: begun, checked, mended, kept with the hash of what was checked."""

import pytest
from sqlmodel import col, select

from clinics.models import StaffAction
from registration.checks.finding import Outcome
from registration.models import CheckRun, SubmissionDraft
from registration.submission import as_json, content_hash
from tests.filled import form_of
from tests.pages import visitor, words
from tests.registration.checks.sound import submission
from tests.registration.checks.test_remedy import SPOILED

OPERATOR = "operator@heed.example"
LIST = "/operator/drafts"


@pytest.fixture
def heed(pages):
    return pages.extensions["heed"]


@pytest.fixture
def operator(pages):
    return visitor(pages, OPERATOR)


def rows_of(heed, model):
    with heed.database.reading() as reading:
        return list(reading.exec(select(model).order_by(col(model.id))))


def put(heed, cast, **changes):
    """A draft of Maple's with these changes; its address."""
    made = submission(**changes)
    with heed.database.writing() as writing:
        draft = SubmissionDraft(
            clinic_id=cast.maple.clinic_id,
            ref="smile-care",
            content=as_json(made),
            content_sha256=content_hash(made),
            created_at=heed.now(),
            updated_at=heed.now(),
            updated_by=OPERATOR,
        )
        writing.add(draft)
        writing.flush()
        return f"{LIST}/maple-dental/{draft.id}"


def test_an_empty_list_says_what_to_do(operator):
    page = words(operator.get(LIST))

    assert "No draft yet" in page
    assert "Begin a draft" in page


def test_a_draft_begins_with_what_is_known(operator, heed, cast):
    answer = operator.post(
        LIST, {"clinic": "maple-dental", "ref": "smile-care", "campaign": "maple-care"}
    )

    page = words(operator.get(answer.location))
    assert answer.location == f"{LIST}/maple-dental/1"
    assert "Maple Dental: you are opted out" in page
    assert "{clinic}" not in page
    assert "smile-care" in words(operator.get(LIST))
    assert rows_of(heed, StaffAction)[-1].action == "draft begun"


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"ref": "x"}, "Choose the clinic"),
        ({"clinic": "maple-dental", "ref": ""}, "A reference is a short name"),
        ({"clinic": "maple-dental", "ref": "a/b"}, "A reference is a short name"),
        ({"clinic": "maple-dental", "ref": "x" * 51}, "A reference is a short name"),
    ],
)
def test_what_cannot_begin_says_why(operator, heed, form, sentence):
    answer = operator.post(LIST, form)

    assert answer.status_code == 400
    assert sentence in words(answer)
    assert rows_of(heed, SubmissionDraft) == []


def test_one_name_is_one_draft(operator, heed, cast):
    put(heed, cast)

    answer = operator.post(LIST, {"clinic": "maple-dental", "ref": "smile-care"})

    assert answer.status_code == 400
    assert "has a draft" in words(answer)


def test_the_report_marks_the_places_and_says_what_would_be_said(operator, heed, cast):
    path = put(
        heed,
        cast,
        campaign__samples=[
            "Tidewater Dental: go to bit.ly/x. STOP ends.",
            "Tidewater Dental: thank you. STOP ends.",
        ],
    )

    page = operator.get(path)

    html = page.get_data(as_text=True)
    assert '<mark class="mark-blocking"' in html
    assert "><bdi>bit.ly</bdi></mark>" in html
    assert "of 100" in words(page)
    assert "would turn it down" in words(page)
    assert "8000" in words(page)


def test_a_check_is_kept_once_with_the_hash_of_what_it_saw(operator, heed, cast):
    path = put(heed, cast)

    for _ in range(2):
        operator.post(path)

    (run,) = rows_of(heed, CheckRun)
    assert run.content_sha256 == content_hash(submission())
    assert run.outcome is Outcome.passed
    assert "This content was checked by operator@heed.example" in words(
        operator.get(path)
    )


@pytest.mark.parametrize("series", SPOILED)
def test_a_failing_draft_is_brought_to_pass_by_accepting_remedies(
    operator, heed, cast, series
):
    """R146, R119 (what was avoided is counted), through the pages; the address of a production site is https."""
    with heed.database.writing() as writing:  # the clinic sends nothing yet
        writing.connection().exec_driver_sql("DELETE FROM wordingversion")
    https = {"public_base_url": "https://texts.example"}
    heed.settings = heed.settings.model_copy(update=https)
    path = put(heed, cast, **SPOILED[series])
    assert "must change" in words(operator.get(path))

    page = operator.get(f"{path}/remedies")
    answer = operator.post(f"{path}/remedies", form_of(page))

    assert answer.location == path
    report = words(operator.get(path))
    assert "nothing to change" in report.partition("How ready")[0]
    assert "mended before submission" in report


def test_only_what_is_ticked_is_taken(operator, heed, cast):
    path = put(heed, cast, campaign__help_message="", campaign__opt_out_message="")

    operator.post(f"{path}/remedies", {"seen": "1", "field": "campaign.help_message"})
    nothing = operator.post(f"{path}/remedies", {"seen": "2"})

    (draft,) = rows_of(heed, SubmissionDraft)
    assert "For help call" in draft.content["campaign"]["help_message"]
    assert draft.content["campaign"]["opt_out_message"] == ""
    assert nothing.location == path
    assert "Nothing was chosen" in words(operator.get(path))


def test_the_form_gives_back_what_it_was_given(operator, heed, cast):
    path = put(heed, cast)
    page = operator.get(f"{path}/edit")

    answer = operator.post(f"{path}/edit", form_of(page))

    assert answer.location == path
    (draft,) = rows_of(heed, SubmissionDraft)
    assert draft.content == as_json(submission())
    assert draft.version == 2


def test_who_was_overtaken_loses_nothing_and_is_told(operator, heed, cast):
    path = put(heed, cast)
    mine = {**form_of(operator.get(f"{path}/edit")), "fee_receipt": "R-mine"}
    operator.post(f"{path}/edit", {**mine, "fee_receipt": "R-theirs"})

    answer = operator.post(f"{path}/edit", mine)

    assert answer.status_code == 400
    assert "Somebody else saved this draft" in words(answer)
    assert "R-mine" in answer.get_data(as_text=True)
    assert rows_of(heed, SubmissionDraft)[0].content["fee_receipt"] == "R-theirs"


def test_what_the_form_cannot_mean_is_refused(operator, heed, cast):
    path = put(heed, cast)
    typed = {**form_of(operator.get(f"{path}/edit")), "needed_by": "soon"}

    answer = operator.post(f"{path}/edit", typed)

    assert answer.status_code == 400
    assert "Needed by: write a day like" in words(answer)


def test_a_draft_of_another_clinic_is_not_found(operator, heed, cast):
    path = put(heed, cast).replace("maple-dental", "birch-eye")

    for page in (path, f"{path}/edit", f"{path}/remedies"):
        assert operator.get(page).status_code == 404
        assert operator.post(page, {"seen": "1"}).status_code == 404


def test_hostile_words_are_words(operator, heed, cast):
    hostile = "<script>alert(1)</script>{{7*191}}‮ bit.ly"
    path = put(heed, cast, campaign__samples=[hostile, hostile], brand__dba=hostile)

    for page in (path, f"{path}/edit", f"{path}/remedies"):
        html = operator.get(page).get_data(as_text=True)
        assert "<script>alert" not in html
        assert "1337" not in html


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({"kind": "sample", "text": "Maple Dental: see you. STOP ends."}, 200, "Nothing to change"),
        ({"kind": "sample", "text": "See you soon, dear friend"}, 200, "would be turned down"),
        ({"kind": "sample", "text": "Maple Dental: see you."}, 200, "may doubt it"),
        ({"kind": "help_reply", "text": ""}, 200, "The answer to HELP is missing"),
        ({"kind": "poem", "text": "x"}, 400, "Choose what the text is"),
        ({"kind": "sample", "text": "x" * 20_001}, 400, "At most 20,000 characters"),
    ],
)  # fmt: skip
def test_one_text_is_judged_at_once(operator, form, status, sentence):
    answer = operator.post("/operator/try", form)

    assert answer.status_code == status
    assert sentence in words(answer)


def test_r94_the_text_that_really_leaves_is_proposed_as_the_sample(
    operator, heed, cast
):
    other = "Maple Dental: we moved! Come and see our new rooms. STOP ends."
    names = {"brand__dba": "", "brand__legal_name": "Maple Dental LLC"}
    path = put(heed, cast, campaign__samples=[other, other], **names)

    report = words(operator.get(path))
    proposed = words(operator.get(f"{path}/remedies"))

    assert "No text that the clinic really sends looks like this sample" in report
    assert "[first name]," in proposed


def test_r88_the_estimate_stands_beside_the_score(operator, heed, cast):
    ready = words(operator.get(put(heed, cast))).partition("Where the points are")[0]

    assert "76 of 100" in ready  # nobody looked at the website
    assert (
        "Reviewers usually take 5 to 8 business days once nothing is missing." in ready
    )
    assert "AT&amp;T may look itself: then 5 to 36 business days." in ready


def test_a_proof_is_an_address_or_a_picture_that_was_attached(operator, heed, cast):
    path = put(heed, cast)
    typed = form_of(operator.get(f"{path}/edit"))

    refused = operator.post(f"{path}/edit", {**typed, "proof.paper": "see attached"})
    taken = operator.post(f"{path}/edit", {**typed, "proof.paper": "maple.example/f"})

    assert refused.status_code == 400
    assert "write the address where it can be seen" in words(refused)
    assert taken.location == path
    (draft,) = rows_of(heed, SubmissionDraft)
    assert {"kind": "paper", "url": "https://maple.example/f", "file": ""} in (
        draft.content["opt_in_proof"]
    )


def test_an_odd_name_of_a_field_breaks_nothing(operator, heed, cast):
    path = put(heed, cast)

    answer = operator.post(f"{path}/edit", {"sample.x": "a", "needed_by": "soon"})

    assert answer.status_code == 400


def test_a_remedy_shows_the_flagged_words_and_the_difference(operator, heed, cast):
    samples = [
        submission().campaign.samples[0],
        "Tidewater Dental: go to bit.ly/x. STOP ends.",
    ]
    path = put(heed, cast, campaign__samples=samples)

    html = operator.get(f"{path}/remedies?series=8000").get_data(as_text=True)

    assert "><bdi>bit.ly</bdi></mark>" in html
    assert "hides where the link goes" in html
    assert "<del>" in html
    assert "<ins>" in html
