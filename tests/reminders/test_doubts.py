"""A list says something of a known visit that nobody can read: no text names the old time."""

from datetime import timedelta

import pytest

from gateway.models import State
from reminders.models import VisitStatus
from reminders.rehearse import rehearse
from tests.reminders.feeding import appointment, bundle, feed_in, patient, siu
from tests.reminders.imports import (
    ANA,
    BEN,
    HEADINGS,
    NOW,
    bring,
    counts,
    plan_maple,
    texts,
    visits,
)

NO_TIME = ANA.replace("2026-12-08T15:00", "2026-12-08 about 4")
NO_WORD = ANA.replace("booked", "perhaps")
KEPT = "no text about it leaves"


def said(done):
    return " ".join(one.message for one in done.problems)


@pytest.mark.parametrize("line", [NO_TIME, NO_WORD])
def test_a_visit_whose_row_cannot_be_read_is_not_told_of_at_its_old_time(
    database, cast, line
):
    bring(database, ANA, BEN)
    plan_maple(database, cast)
    before = len(texts(database))

    foreseen = bring(database, line, BEN, origin=None)
    assert visits(database)["A1"].unclear is None
    done = bring(database, line, BEN)

    assert counts(done) == counts(foreseen) == (0, 0, 0, 1, 1)
    assert done.problems == foreseen.problems
    assert KEPT in said(done)
    ana = visits(database)["A1"]
    assert (ana.status, ana.wall_time) == (VisitStatus.booked, "2026-12-08T15:00")
    place, _, why = ana.unclear.partition(": ")
    assert place == "Line 2 of visits.csv"
    assert why in said(done)
    assert len(texts(database)) == before - 2
    plan_maple(database, cast)
    assert len(texts(database)) == before - 2
    withdrawn = texts(database, State.withdrawn)
    assert {one.outcome for one in withdrawn} == {
        "A list says something about the visit that could not be read."
    }


def test_a_rehearsal_says_why_nothing_leaves(database, cast):
    bring(database, ANA)
    plan_maple(database, cast)
    bring(database, NO_TIME)

    with database.reading() as session:
        day = (NOW + timedelta(days=7)).date()
        found = rehearse(session, cast.maple.clinic_id, day, NOW)

    assert [text.word for text in found.texts] == ["none"]
    assert "could not be read" in " ".join(found.texts[0].why)
    assert "about 4" in " ".join(found.texts[0].why)


@pytest.mark.parametrize(
    "line", [ANA, ANA.replace("15:00", "16:00")], ids=["as it was", "moved"]
)
def test_a_row_that_can_be_read_settles_it(database, cast, line):
    bring(database, ANA)
    plan_maple(database, cast)
    bring(database, NO_TIME)

    foreseen = bring(database, line, origin=None)
    assert counts(bring(database, line)) == counts(foreseen) == (0, 1, 0, 0, 0)

    assert visits(database)["A1"].unclear is None
    plan_maple(database, cast)
    assert len(texts(database)) == 2
    assert counts(bring(database, line)) == (0, 0, 0, 1, 0)


def test_a_good_row_of_the_same_list_leaves_no_doubt(database, cast):
    bring(database, ANA)
    plan_maple(database, cast)

    for lines in ((ANA, NO_TIME), (NO_TIME, ANA)):
        assert KEPT not in said(bring(database, *lines))
        assert visits(database)["A1"].unclear is None
    assert len(texts(database)) == 2


def test_a_phone_that_cannot_be_read_is_no_doubt_about_the_visit(database, cast):
    bring(database, ANA)

    done = bring(database, ANA.replace("206-555-0111", "206-555"))

    assert counts(done) == (0, 0, 0, 0, 1)
    assert KEPT not in said(done)
    assert visits(database)["A1"].unclear is None


@pytest.mark.parametrize(
    "change",
    [
        ("206-555-0111", "206-555"),
        (",booked,,", ",booked,,Nowhere/Zone"),
        ("Dr. Kim", "Dr. Kim, DDS"),  # not quoted
    ],
    ids=["phone", "zone", "comma"],
)
def test_a_row_with_another_time_counts_whatever_it_was_refused_for(
    database, cast, change
):
    bring(database, ANA)
    plan_maple(database, cast)

    done = bring(database, ANA.replace("T15:00", "T17:00").replace(*change))

    assert KEPT in said(done)
    assert visits(database)["A1"].unclear
    assert not texts(database)


def test_no_text_with_the_old_time_goes_to_the_new_phone(database, cast):
    bring(database, ANA)
    plan_maple(database, cast)
    other = ANA.replace("A1", "A9").replace("0111", "0199").replace("08T", "20T")

    bring(database, other, ANA.replace("T15:00", "T17:00"))
    plan_maple(database, cast)

    assert visits(database)["A1"].unclear
    assert "Dec 8" not in " ".join(one.body for one in texts(database))


def test_what_is_over_or_of_another_clinic_is_in_no_doubt(database, cast):
    bring(database, ANA)

    bring(database, NO_TIME, slug="birch-eye")
    bring(database, NO_TIME, now=NOW + timedelta(days=9))

    assert visits(database)["A1"].unclear is None


def test_a_list_without_ids_of_visits_puts_none_in_doubt(database, cast):
    headings = HEADINGS.replace("appointment_id,", "")
    line = ANA.removeprefix("A1,")
    bring(database, line, headings=headings)

    done = bring(database, line.replace("2026-12-08T15:00", "soon"), headings=headings)

    assert counts(done) == (0, 0, 0, 0, 1)
    assert {one.unclear for one in visits(database).values()} == {None}


def test_a_visit_in_doubt_can_still_be_called_off(database, cast):
    bring(database, ANA)
    bring(database, NO_TIME)

    done = bring(database, NO_TIME.replace("booked", "cancelled"))

    assert counts(done) == (0, 0, 1, 0, 0)
    ana = visits(database)["A1"]
    assert (ana.status, ana.unclear) == (VisitStatus.cancelled, None)


LATER = "20261130100000-0500"
UNREAD = siu(event="S13", sent=LATER, control="C2", start="20261208")


def test_a_message_that_cannot_be_read_puts_its_visit_in_doubt(database, cast):
    feed_in(database, siu())
    plan_maple(database, cast)
    assert texts(database)

    done = feed_in(database, UNREAD)

    assert KEPT in said(done)
    assert "no time of day" in visits(database)["V1"].unclear
    assert not texts(database)
    # An older word than the one that could not be read settles nothing.
    between = siu(event="S13", sent="20261130093000-0500", control="C3")
    feed_in(database, between)
    assert visits(database)["V1"].unclear
    feed_in(database, siu(event="S13", sent="20261130110000-0500", control="C4"))
    assert visits(database)["V1"].unclear is None


def test_a_message_that_is_sent_again_corrected_counts(database, cast):
    feed_in(database, siu())
    feed_in(database, UNREAD)

    feed_in(database, siu(event="S13", sent=LATER, control="C2", start="202612081600"))

    visit = visits(database)["V1"]
    assert (visit.unclear, visit.wall_time[11:]) == (None, "16:00")


def test_a_message_that_is_sent_again_in_another_encoding_counts(database, cast):
    feed_in(database, siu())
    plan_maple(database, cast)
    raw = siu(
        event="S13", sent=LATER, control="C2", given="Jos\xe9", start="202612081600"
    )

    feed_in(database, raw.encode("latin-1"))
    assert visits(database)["V1"].unclear
    feed_in(database, raw.encode("utf-8"))

    visit = visits(database)["V1"]
    assert (visit.unclear, visit.wall_time[11:]) == (None, "16:00")


def test_a_resource_that_comes_again_with_its_patient_counts(database, cast):
    feed_in(database, bundle(patient(), appointment()))
    url = "urn:uuid:11111111-1111-1111-1111-111111111111"
    meta = {"versionId": "2", "lastUpdated": "2026-11-30T12:00:00Z"}
    moved = appointment(who=url, meta=meta, start="2026-12-08T16:00:00-05:00")
    entries = [{"fullUrl": url, "resource": patient()}, {"resource": moved}]

    feed_in(database, bundle(moved))
    assert visits(database)["V1"].unclear
    feed_in(
        database, {"resourceType": "Bundle", "type": "collection", "entry": entries}
    )

    visit = visits(database)["V1"]
    assert (visit.unclear, visit.wall_time[11:]) == (None, "13:00")


def test_a_message_of_the_same_time_is_no_doubt_whatever_else_it_garbles(
    database, cast
):
    feed_in(database, siu())
    raw = siu(event="S13", sent=LATER, control="C2", given="Jos\xe9")

    feed_in(database, raw.encode("latin-1"))

    assert visits(database)["V1"].unclear is None


def test_an_old_message_that_cannot_be_read_is_no_doubt(database, cast):
    feed_in(database, siu(sent="20261130110000-0500", control="C4"))

    done = feed_in(database, UNREAD)

    assert KEPT not in said(done)
    assert visits(database)["V1"].unclear is None
