from datetime import timedelta

import pytest

from gateway.models import State
from reminders.models import Appointment, VisitStatus
from tests.reminders.feeding import (
    appointment,
    bundle,
    event,
    feed_in,
    ics,
    patient,
    siu,
)
from tests.reminders.imports import (
    ANA,
    NOW,
    bring,
    counts,
    patients,
    plan_maple,
    texts,
    visits,
)

EARLIER = "20261129090000-0800"


LATER = "20261201090000-0800"


def moved(sent=LATER, **changes):
    said = {"event": "S13", "sent": sent, "control": "C2", "start": "202612091000"}
    return siu(**{**said, **changes})


@pytest.mark.parametrize(
    "content",
    [
        siu(),
        bundle(appointment(), patient()),
        ics(event()),
        ics(event("RRULE:FREQ=WEEKLY;COUNT=2")),
    ],
    ids=["hl7", "fhir", "ical", "series"],
)
def test_a_feed_is_stored_and_a_second_time_changes_nothing(database, cast, content):
    first = feed_in(database, content)
    stored = visits(database)

    again = feed_in(database, content, now=NOW + timedelta(hours=1))

    assert counts(first) == (len(stored), 0, 0, 0, 0)
    assert counts(again) == (0, 0, 0, len(stored), 0)
    assert {one.updated_at for one in visits(database).values()} == {NOW}
    assert {one.version for one in visits(database).values()} == {1}


def test_a_rehearsal_gives_the_same_answer_and_writes_nothing(database, cast):
    content = bundle(appointment(), patient(), patient("P2"))

    done = feed_in(database, content, origin=None)

    assert counts(done) == (2, 0, 0, 0, 0)
    assert (visits(database), patients(database)) == ({}, {})


def test_a_move_is_told_again_and_a_cancellation_takes_texts_back(database, cast):
    feed_in(database, siu())
    assert plan_maple(database, cast).queued == 2

    done = feed_in(database, moved())

    assert counts(done) == (0, 1, 0, 0, 0)
    assert len(texts(database, State.withdrawn)) == 2
    assert visits(database)["V1"].wall_time == "2026-12-09T10:00"
    plan_maple(database, cast)
    done = feed_in(database, siu(event="S15", sent="20261202090000-0800", control="C3"))
    assert counts(done) == (0, 0, 1, 0, 0)
    assert texts(database) == []


def test_a_new_visit_with_a_known_id_replaces_it(database, cast):
    feed_in(database, siu())

    feed_in(database, moved(event="S12"))

    assert visits(database)["V1"].wall_time == "2026-12-09T10:00"


@pytest.mark.parametrize("late", [EARLIER, "20261129", "202611290900"])
def test_an_older_message_never_overrides_a_newer_one(database, cast, late):
    feed_in(database, moved())

    older = siu(sent=EARLIER, phone="206-555-0199^PRN^CP", given="Anna")
    done = feed_in(database, older)

    assert counts(done) == (0, 0, 0, 1, 0)
    assert visits(database)["V1"].wall_time == "2026-12-09T10:00"
    assert patients(database)["P1"].phone == "+12065550111"
    assert patients(database)["P1"].given_name == "Ana"


def test_a_cancellation_that_overtakes_its_booking_stays(database, cast):
    feed_in(database, siu(event="S15", sent=LATER, control="C2"))

    done = feed_in(database, siu())

    assert counts(done) == (0, 0, 0, 1, 0)
    assert visits(database)["V1"].status is VisitStatus.cancelled


@pytest.mark.parametrize("turned", [False, True])
def test_of_one_file_the_newest_message_counts_wherever_it_stands(
    database, cast, turned
):
    parts = [siu(), moved()]

    done = feed_in(database, "".join(reversed(parts) if turned else parts))

    assert counts(done) == (1, 0, 0, 1, 0)
    assert visits(database)["V1"].wall_time == "2026-12-09T10:00"


def test_messages_of_one_minute_count_in_their_order(database, cast):
    feed_in(database, siu() + moved(sent="20261130090000-0500"))

    assert visits(database)["V1"].wall_time == "2026-12-09T10:00"


def test_the_very_same_message_does_not_undo_what_the_desk_did(database, cast):
    feed_in(database, siu())
    with database.writing() as session:
        one = session.get(Appointment, visits(database)["V1"].id)
        one.status = VisitStatus.cancelled

    done = feed_in(database, siu())

    assert counts(done) == (0, 0, 0, 1, 0)
    assert visits(database)["V1"].status is VisitStatus.cancelled


def test_a_cancellation_needs_only_the_number_of_the_visit(database, cast):
    feed_in(database, siu())

    bare = {"patient": "", "phone": "", "start": "", "given": "", "family": ""}
    done = feed_in(database, siu(event="S17", sent=LATER, control="C2", **bare))

    assert counts(done) == (0, 0, 1, 0, 0)
    assert done.complete
    assert visits(database)["V1"].status is VisitStatus.cancelled


def test_a_cancellation_of_what_nobody_knows_is_named_and_nothing_more(database, cast):
    done = feed_in(database, siu(event="S15", phone="", patient=""))

    assert counts(done) == (0, 0, 0, 1, 0)
    assert "not known here" in done.problems[0].message
    assert visits(database) == {}


def test_a_visit_that_has_begun_gets_no_text_and_is_no_cancellation(database, cast):
    feed_in(database, bundle(appointment(), patient()))
    plan_maple(database, cast)
    newer = {"versionId": "2", "lastUpdated": "2026-12-01T10:00:00Z"}

    done = feed_in(database, appointment(status="arrived", meta=newer))

    assert counts(done) == (0, 1, 0, 0, 0)
    assert visits(database)["V1"].status is VisitStatus.kept
    withdrawn = texts(database, State.withdrawn)
    assert len(withdrawn) == 2
    assert all("has come already" in one.outcome for one in withdrawn)
    assert texts(database) == []
    assert plan_maple(database, cast).queued == 0


def test_one_clinic_s_feed_touches_no_other_clinic(database, cast):
    feed_in(database, siu(), slug="birch-eye")

    done = feed_in(database, siu(event="S15", phone="", patient="", sent=LATER))

    assert counts(done) == (0, 0, 0, 1, 0)
    assert visits(database)["V1"].status is VisitStatus.booked


def test_a_table_still_overrides_what_a_feed_said(database, cast):
    feed_in(database, siu(filler="A1"))

    done = bring(database, ANA.replace("15:00", "16:00"))

    assert counts(done) == (0, 1, 0, 0, 0)
    assert visits(database)["A1"].wall_time == "2026-12-08T16:00"


def test_the_place_has_a_clock_of_its_own(database, cast):
    zone = "http://hl7.org/fhir/StructureDefinition/timezone"
    place = {
        "resourceType": "Location",
        "id": "L",
        "extension": [{"url": zone, "valueCode": "America/Denver"}],
    }

    feed_in(database, bundle(appointment(), place, patient()))

    one = visits(database)["V1"]
    assert (one.time_zone, one.wall_time) == ("America/Denver", "2026-12-08T13:00")


def test_problems_are_counted_in_what_the_feed_has(database, cast):
    done = feed_in(database, siu() + siu(filler="V2", phone=""), origin=None)

    assert done.unit == "Message"
    assert [problem.line for problem in done.problems] == [2]
