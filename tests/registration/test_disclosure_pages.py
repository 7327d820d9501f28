from datetime import timedelta

import pytest
from sqlmodel import col, select

from clinics.models import StaffAction, Task
from consent.disclosures import newest, publish
from consent.models import Disclosure, Grade, Topic
from consent.record import opt_in, opt_out
from consent.standing import lock_line
from registration.models import Campaign
from tests.conftest import NOW, PAT
from tests.pages import visitor, words
from tests.reminders.queries import queries_of

ADMIN, AUDITOR = "admin@maple-dental.example", "auditor@maple-dental.example"
LIST = "/desk/maple-dental/wordings"
WEB = f"{LIST}/web/en"
OLD = (
    "Maple Dental may text me about my visits. Reply STOP at any time to end the texts."
)
NEW = (
    "Maple Dental may text me about my visits and offers. Reply STOP to end the texts."
)


@pytest.fixture
def heed(pages):
    return pages.extensions["heed"]


@pytest.fixture
def admin(pages):
    return visitor(pages, ADMIN)


@pytest.fixture
def old(heed, cast):
    """Version 1 of Maple's web form; its hash."""
    with heed.database.writing() as writing:
        return publish(writing, cast.maple.clinic_id, "web", "en", OLD, NOW).sha256


def said(heed, clinic_id, phone, *steps):
    """`stop`, or the hash of the words that were agreed to."""
    with heed.database.writing() as writing:
        lock_line(writing, clinic_id, phone)
        for step in steps:
            if step == "stop":
                opt_out(writing, clinic_id, phone, {}, NOW)
            else:
                facts = {"disclosure_sha256": step}
                for topic in (Topic.care, Topic.reviews):
                    opt_in(writing, clinic_id, phone, topic, Grade.proven, facts, NOW)


def rows_of(heed, model):
    with heed.database.reading() as reading:
        return list(reading.exec(select(model)))


def publish_new(admin, **changes):
    form = {"text": NEW, "seen": "1", "meaning": "broader", **changes}
    return admin.post(WEB, form)


def test_every_version_shows_its_words_its_hash_and_who_stands_under_it(
    admin, heed, cast, old
):
    said(heed, cast.maple.clinic_id, PAT, old)
    said(heed, cast.birch.clinic_id, PAT, old)

    page = words(admin.get(LIST))

    assert "Web form, English" in page
    assert OLD in page
    assert old in page
    assert "1 phone stands under these words" in page
    assert page.count("Write the words of") == 9


@pytest.mark.parametrize(
    ("steps", "count"),
    [
        (["old"], 1),
        (["old", "stop"], 0),
        (["old", "stop", "old"], 1),
        (["old", "stop", "other"], 0),
        (["stop", "old"], 1),
        (["old", "other"], 0),
    ],
)
def test_the_count_follows_start_stop_and_start_again(
    admin, heed, cast, old, steps, count
):
    said(heed, cast.maple.clinic_id, PAT, *({"old": old}.get(s, s) for s in steps))

    page = words(admin.get(LIST))

    stand = "phone stands" if count == 1 else "phones stand"
    assert f"{count} {stand} under these words" in page
    assert ("under no published words" in page) is (steps[-1] == "other")


def test_the_page_asks_as_often_for_many_as_for_few(admin, heed, cast, old):
    few = queries_of(heed, lambda: admin.get(LIST))
    for number in range(8):
        said(heed, cast.maple.clinic_id, f"+1206555{number:04}", old)
        with heed.database.writing() as writing:
            text = f"{OLD} {number}"
            publish(writing, cast.maple.clinic_id, "web", "en", text, NOW)

    assert queries_of(heed, lambda: admin.get(LIST)) == few


def test_a_change_is_compared_before_it_is_published(admin, heed, cast, old):
    said(heed, cast.maple.clinic_id, PAT, old)

    page = admin.post(f"{WEB}/compare", {"text": NEW})
    read = words(page)

    assert page.status_code == 200
    assert "1 patient agreed under version 1; they stay covered" in read
    assert "removed: visits. added: visits and offers." in read
    assert "removed: at any time to" in read
    assert len(rows_of(heed, Disclosure)) == 1


def test_what_the_campaign_quotes_is_named_and_the_operator_is_told_once(
    admin, heed, cast, old
):
    with heed.database.writing() as writing:
        campaign = writing.get_one(Campaign, cast.maple.campaign_id)
        campaign.message_flow = f"On the form they read: “{OLD.upper()}”"

    read = words(admin.post(f"{WEB}/compare", {"text": NEW}))
    done = publish_new(admin)

    assert "Campaign maple-care , its description of how patients opt in" in read
    assert done.status_code == 302
    (task,) = rows_of(heed, Task)
    assert task.sentence.startswith("Campaign 'maple-care' quotes words")
    assert task.clinic_id == cast.maple.clinic_id


def test_words_that_stay_are_not_quoted_and_tell_nobody(admin, heed, cast, old):
    with heed.database.writing() as writing:
        campaign = writing.get_one(Campaign, cast.maple.campaign_id)
        campaign.message_flow = f"They read: {OLD}"

    publish_new(admin, text=f"{OLD} Help: call us.", meaning="same")

    assert rows_of(heed, Task) == []


@pytest.mark.parametrize(("meaning", "broader"), [("broader", True), ("same", False)])
def test_what_it_means_is_kept_with_the_new_version(
    admin, heed, cast, old, meaning, broader
):
    said(heed, cast.maple.clinic_id, PAT, old)

    assert publish_new(admin, meaning=meaning).location.endswith("/wordings")

    with heed.database.reading() as reading:
        said_now = newest(reading, cast.maple.clinic_id, "web")
    assert (said_now.version, said_now.text, said_now.broader) == (2, NEW, broader)
    page = words(admin.get(LIST))
    assert ("ask again" in page) is broader
    assert ("1 phone agreed to the older words" in page) is broader
    assert "disclosure published" in [one.action for one in rows_of(heed, StaffAction)]


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"meaning": ""}, 400, "Say whether the new words ask for more"),
        ({"meaning": "maybe"}, 400, "Say whether the new words ask for more"),
        ({"text": " "}, 400, "Write the words that patients are shown"),
        ({"text": OLD}, 400, "These are the words in use"),
        ({"text": "x" * 4001}, 400, "at most 4000"),
        ({"text": "a\x00b"}, 400, "no database keeps"),
        ({"seen": "0"}, 302, "another version while this page was open"),
        ({"seen": "x"}, 302, "another version while this page was open"),
    ],
)
def test_what_cannot_be_published_changes_nothing(
    admin, heed, cast, old, changes, status, sentence
):
    answer = publish_new(admin, **changes)

    assert answer.status_code == status
    page = admin.get(answer.location) if status == 302 else answer
    assert sentence in words(page)
    assert [row.version for row in rows_of(heed, Disclosure)] == [1]
    assert rows_of(heed, StaffAction) == []


def test_words_of_before_may_not_come_back_as_a_new_version(admin, heed, cast, old):
    publish_new(admin)

    back = publish_new(admin, text=OLD, seen="2")

    assert back.status_code == 409
    assert "published already" in words(back)


def test_the_first_words_need_no_meaning(admin, heed, cast):
    page = admin.post(f"{LIST}/paper/es/compare", {"text": "Acepto mensajes."})
    done = admin.post(f"{LIST}/paper/es", {"text": "Acepto mensajes.", "seen": "0"})

    assert "What patients will read" in words(page)
    assert done.status_code == 302
    (row,) = rows_of(heed, Disclosure)
    assert (row.kind, row.language, row.broader) == ("paper", "es", None)


@pytest.mark.parametrize("path", ["fax/en", "web/fr"])
def test_a_wording_that_cannot_be_is_not_found(admin, path):
    assert admin.get(f"{LIST}/{path}").status_code == 404


def test_an_auditor_reads_and_does_not_publish(pages, heed, cast, old):
    auditor = visitor(pages, AUDITOR)

    page = auditor.get(LIST)

    assert OLD in words(page)
    assert "Change the words" not in words(page)
    assert auditor.get(WEB).status_code == 404
    assert publish_new(auditor).status_code == 404


def test_another_clinic_sees_and_changes_nothing_of_ours(pages, heed, cast, old):
    birch = visitor(pages, "admin@birch-eye.example")

    assert birch.get(LIST).status_code == 404
    assert publish_new(birch).status_code == 404
    assert OLD not in words(birch.get("/desk/birch-eye/wordings"))


def test_hostile_words_are_shown_as_words(admin, heed, cast, old):
    page = admin.post(f"{WEB}/compare", {"text": "<script>alert(1)</script> \u202egnp"})

    assert "<script>alert" not in page.get_data(as_text=True)
    assert "⟨U+202E⟩" in words(page)


def test_only_the_words_of_the_newest_opt_in_count(heed, cast, old):
    with heed.database.writing() as writing:
        again = publish(
            writing, cast.maple.clinic_id, "web", "en", NEW, NOW + timedelta(1), True
        )
        other = publish(writing, cast.maple.clinic_id, "web", "es", "Acepto.", NOW)
    with heed.database.reading() as reading:
        rows = reading.exec(select(Disclosure).order_by(col(Disclosure.id))).all()

    assert [row.broader for row in rows] == [None, True, None]
    assert (again.version, other.version) == (2, 1)
