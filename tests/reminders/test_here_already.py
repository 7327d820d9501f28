"""A patient who is here, or whose visit is no visit any more, gets no text about it."""

import pytest

from reminders.models import VisitStatus
from tests.reminders.feeding import appointment, bundle, feed_in, patient, siu
from tests.reminders.imports import ANA, bring, counts, plan_maple, texts, visits

LATER = {"versionId": "2", "lastUpdated": "2026-11-30T12:00:00Z"}


@pytest.mark.parametrize(
    "word", ["arrived", "checked-in", "started", "fulfilled", "completed", "Complete"]
)
def test_a_list_that_says_she_is_here_takes_her_reminders_back(database, cast, word):
    bring(database, ANA)
    plan_maple(database, cast)
    assert texts(database)

    bring(database, ANA.replace("booked", word))

    assert visits(database)["A1"].status is VisitStatus.kept
    assert texts(database) == []


@pytest.mark.parametrize("word", ["waitlist", "proposed", "pending"])
def test_a_visit_that_is_not_agreed_any_more_is_not_reminded_of(database, cast, word):
    feed_in(database, bundle(patient(), appointment()))
    plan_maple(database, cast)
    assert texts(database)

    done = feed_in(database, bundle(patient(), appointment(status=word, meta=LATER)))

    assert counts(done) == (0, 0, 1, 0, 0)
    assert "reminders are taken back" in done.problems[0].message
    assert visits(database)["V1"].status is VisitStatus.cancelled
    assert texts(database) == []


def test_a_visit_that_is_agreed_after_all_is_reminded_of(database, cast):
    feed_in(database, siu(sent="20261130090000", control="C1"))
    feed_in(
        database,
        siu(event="S14", sent="20261130100000", control="C2", status="Pending"),
    )

    feed_in(database, siu(event="S14", sent="20261130110000", control="C3"))

    assert visits(database)["V1"].status is VisitStatus.booked


def test_an_older_word_that_it_was_pending_takes_nothing_back(database, cast):
    feed_in(database, bundle(patient(), appointment(meta=LATER)))

    feed_in(database, bundle(patient(), appointment(status="pending")))

    assert visits(database)["V1"].status is VisitStatus.booked


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Rescheduled", "moved"),
        ("Checked In", "kept"),
        ("Checked Out", "kept"),
        ("Unconfirmed", "booked"),
        ("Missed", "noshow"),
    ],
)
def test_words_of_common_systems_do_not_keep_a_change_out(database, cast, word, status):
    feed_in(database, siu(sent="20261130090000", control="C1"))

    later = {"sent": "20261130100000", "control": "C2", "start": "202612091500"}
    done = feed_in(database, siu(event="S14", status=word, **later))

    assert done.refused == 0
    assert visits(database)["V1"].status.value == status
