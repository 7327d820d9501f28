"""Which of two words on one visit is the newer one, and which of two on one patient."""

import pytest

from reminders.models import VisitStatus
from tests.reminders.feeding import (
    appointment,
    bundle,
    event,
    feed_in,
    found_in,
    ics,
    patient,
    siu,
)
from tests.reminders.imports import counts, patients, visits

OLD_PHONE = [{"system": "phone", "value": "206-555-0100", "use": "mobile"}]
NEW_PHONE = [{"system": "phone", "value": "206-555-0199", "use": "mobile"}]


def status(database):
    return visits(database)["V1"].status


def undated(resource):
    return {key: value for key, value in resource.items() if key != "meta"}


@pytest.mark.parametrize(
    ("first", "then", "late"),
    [
        ("20261130090005", "20261130090040", "20261130090010"),
        ("20261130090005.100", "20261130090005.900", "20261130090005.5"),
        ("20261130090005-0500", "20261130090040-0500", "20261130090010-0500"),
    ],
)
def test_a_message_of_the_same_minute_is_older_by_its_seconds(
    database, cast, first, then, late
):
    feed_in(database, siu(sent=first, control="C1"))
    feed_in(database, siu(event="S15", sent=then, control="C3", status="Cancelled"))

    done = feed_in(database, siu(event="S14", sent=late, control="C2"))
    again = feed_in(database, siu(sent=first, control="C1"))

    assert counts(done) == counts(again) == (0, 0, 0, 1, 0)
    assert status(database) is VisitStatus.cancelled


@pytest.mark.parametrize("sent", ["", "20261101013000"])  # an hour that comes twice
def test_a_cancellation_that_does_not_say_its_age_is_not_passed_over(
    database, cast, sent
):
    booked = siu(sent="20261031090005", control="C1")

    feed_in(database, booked + siu(event="S15", sent=sent, control="C2"))

    assert status(database) is VisitStatus.cancelled


def test_a_visit_that_a_bundle_names_and_then_deletes_is_cancelled(database, cast):
    found = bundle(patient(), appointment())
    feed_in(database, found)
    asked = {"method": "DELETE", "url": "Appointment/V1"}
    found["entry"].append({"request": asked})

    feed_in(database, found)

    assert status(database) is VisitStatus.cancelled


def test_a_history_begins_with_the_newest_which_may_be_a_deletion(database, cast):
    feed_in(database, bundle(patient(), appointment()))
    found = bundle(patient(), appointment(), kind="history")
    asked = {"method": "DELETE", "url": "Appointment/V1"}
    at = {"status": "204", "lastModified": "2026-11-30T12:00:00Z"}
    found["entry"].insert(0, {"request": asked, "response": at})

    feed_in(database, found)

    assert status(database) is VisitStatus.cancelled


def test_a_deletion_is_named_where_visits_are_told_apart_by_an_identifier():
    asked = {"method": "DELETE", "url": "Appointment/V1"}
    found = bundle(patient())
    found["entry"].append({"request": asked})

    (refused,) = found_in(found, {"visit": "identifier"}).items

    assert "Cancel it by hand" in refused.problems[0].message


def test_a_visit_that_ends_does_not_bring_the_old_phone_back(database, cast):
    ends, stands = undated(appointment("V1")), undated(appointment("V2"))
    feed_in(database, bundle(undated(patient()), ends, stands))
    moved = undated(patient(telecom=NEW_PHONE))

    feed_in(database, bundle(moved, {**ends, "status": "cancelled"}, stands))

    assert patients(database)["P1"].phone == "+12065550199"
    assert status(database) is VisitStatus.cancelled


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_versions_of_a_patient_the_newer_one_counts(database, cast, turned):
    at = {"versionId": "2", "lastUpdated": "2026-11-20T10:00:00Z"}
    both = [patient(telecom=OLD_PHONE, active=False), patient(meta=at)]

    done = feed_in(
        database,
        bundle(*(both[::-1] if turned else both), appointment(), kind="history"),
    )

    assert patients(database)["P1"].phone == "+12065550111"
    assert (status(database), done.problems) == (VisitStatus.booked, ())


def test_an_event_that_was_changed_seconds_later_is_the_newer_one(database, cast):
    old, new = "20261120T100005Z", "20261120T100040Z"
    feed_in(database, ics(event(f"LAST-MODIFIED:{old}")))
    feed_in(database, ics(event(f"LAST-MODIFIED:{new}", "STATUS:CANCELLED")))

    done = feed_in(database, ics(event(f"LAST-MODIFIED:{old}")))

    assert counts(done) == (0, 0, 0, 1, 0)
    assert visits(database)["E1"].status is VisitStatus.cancelled


def test_a_page_of_several_says_that_the_others_are_missing(database, cast):
    found = bundle(patient(), appointment())
    links = [{"relation": "self", "url": "a"}, {"relation": "next", "url": "b"}]

    done = feed_in(database, {**found, "link": links})

    assert counts(done) == (1, 0, 0, 0, 1)
    assert "one page of several" in done.problems[0].message
    assert feed_in(database, {**found, "link": links[:1]}).problems == ()
