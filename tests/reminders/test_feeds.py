import gzip
import json
import random
import zipfile
from datetime import timedelta
from io import BytesIO

import pytest

from gateway.models import State
from kernel.errors import Invalid
from reminders.intake import field_map
from reminders.intake.field_map import Feed, fields_of, save_fields, saved_fields
from reminders.models import Appointment, VisitStatus
from tests.reminders.feeding import (
    appointment,
    bundle,
    event,
    feed_in,
    ics,
    patient,
    siu,
    why_not,
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

EARLIER, LATER = "20261129090000-0800", "20261201090000-0800"


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


def test_after_a_change_of_the_field_map_the_same_message_is_read_anew(database, cast):
    text = siu("AIS|1||CLEAN|202612081600")
    feed_in(database, text)
    with database.writing() as session:
        save_fields(session, cast.maple.clinic_id, Feed.hl7, {"start": "AIS-4"})

    done = feed_in(database, text)

    assert counts(done) == (0, 1, 0, 0, 0)
    assert visits(database)["V1"].wall_time == "2026-12-08T16:00"


def test_the_newest_message_on_a_patient_counts_for_all_her_visits(database, cast):
    new = siu(filler="V2", sent=LATER, control="C2", phone="206-555-0199^PRN^CP")

    feed_in(database, new + siu())

    assert patients(database)["P1"].phone == "+12065550199"
    assert counts(feed_in(database, siu())) == (0, 0, 0, 1, 0)
    assert patients(database)["P1"].phone == "+12065550199"


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


def test_a_known_patient_keeps_the_number_where_the_feed_names_none(database, cast):
    feed_in(database, siu())

    done = feed_in(database, siu(filler="V2", control="C2", phone=""))

    assert counts(done) == (1, 0, 0, 0, 0)
    assert patients(database)["P1"].phone == "+12065550111"


@pytest.mark.parametrize("how", ["taken", "old"])
def test_a_number_that_the_feed_takes_away_is_not_used(database, cast, how):
    feed_in(database, siu())
    old = [{"system": "phone", "value": "206-555-0111", "use": "old"}]
    content = (
        siu(filler="V2", control="C2", phone='""')
        if how == "taken"
        else bundle(appointment("V2"), patient(telecom=old))
    )

    done = feed_in(database, content)

    assert counts(done) == (0, 0, 0, 0, 1)
    assert "V2" not in visits(database)


def test_patients_and_visits_may_come_in_files_of_their_own(database, cast):
    people = "\n".join(json.dumps(patient(f"P{n}")) for n in (1, 2))

    done = feed_in(database, people)
    assert counts(done) == (2, 0, 0, 0, 0)
    assert counts(feed_in(database, people)) == (0, 0, 0, 2, 0)
    done = feed_in(database, appointment())

    assert counts(done) == (1, 0, 0, 0, 0)
    assert patients(database)["P1"].phone == "+12065550111"


def test_a_patient_with_a_new_number_is_told_again(database, cast):
    feed_in(database, bundle(appointment(), patient()))
    plan_maple(database, cast)
    newer = {"versionId": "2", "lastUpdated": "2026-11-30T17:00:00Z"}
    phone = [{"system": "phone", "value": "206-555-0199", "use": "mobile"}]

    done = feed_in(database, patient(meta=newer, telecom=phone))

    assert counts(done) == (0, 1, 0, 0, 0)
    assert len(texts(database, State.withdrawn)) == 2
    assert counts(feed_in(database, patient())) == (0, 0, 0, 1, 0)
    assert patients(database)["P1"].phone == "+12065550199"


GONE = patient(deceasedBoolean=True)


@pytest.mark.parametrize(
    "content",
    [GONE, bundle(appointment(), GONE), siu(sent=EARLIER, dead="Y")],
    ids=["patient", "visit", "message"],
)
def test_whoever_died_is_not_reminded_of_any_visit(database, cast, content):
    feed_in(database, bundle(appointment(), appointment("V2"), patient()))
    plan_maple(database, cast)

    done = feed_in(database, content)

    assert done.cancelled == 2
    assert "deceased" in done.problems[0].message
    assert texts(database) == []


def test_a_visit_that_has_begun_gets_no_text_and_is_no_cancellation(database, cast):
    feed_in(database, bundle(appointment(), patient()))
    plan_maple(database, cast)
    newer = {"versionId": "2", "lastUpdated": "2026-12-01T10:00:00Z"}

    done = feed_in(database, appointment(status="arrived", meta=newer))

    assert counts(done) == (0, 1, 0, 0, 0)
    assert visits(database)["V1"].status is VisitStatus.kept
    assert texts(database) == []
    assert plan_maple(database, cast).queued == 0


def test_a_series_that_moves_leaves_no_old_visit_behind(database, cast):
    rule = "RRULE:FREQ=WEEKLY;COUNT=3"
    feed_in(database, ics(event(rule)))
    plan_maple(database, cast)

    later = "LAST-MODIFIED:20261115T000000Z"
    done = feed_in(database, ics(event(rule, later, start=":20261209T150000")))

    assert counts(done) == (3, 0, 3, 0, 0)
    standing = [one for one in visits(database).values() if one.status == "booked"]
    assert [
        one.wall_time[:10] for one in sorted(standing, key=lambda v: v.starts_at)
    ] == [
        *("2026-12-09", "2026-12-16", "2026-12-23"),
    ]
    older = feed_in(database, ics(event(rule)))
    assert (older.added, older.changed, older.cancelled) == (0, 0, 0)


@pytest.mark.parametrize(
    ("before", "after", "left"),
    [
        ([], ["RRULE:FREQ=WEEKLY;COUNT=2"], 2),
        (["RRULE:FREQ=WEEKLY;COUNT=2"], [], 1),
        (["RRULE:FREQ=WEEKLY;COUNT=3"], ["RRULE:FREQ=WEEKLY;COUNT=2"], 2),
        (
            ["RRULE:FREQ=WEEKLY;COUNT=3"],
            ["RRULE:FREQ=WEEKLY;COUNT=3", "STATUS:CANCELLED"],
            0,
        ),
        (["RRULE:FREQ=WEEKLY;COUNT=3"], ["RRULE:FREQ=HOURLY"], 3),
    ],
)
def test_what_a_series_does_not_hold_any_more_is_cancelled(
    database, cast, before, after, left
):
    feed_in(database, ics(event(*before)))

    feed_in(database, ics(event("SEQUENCE:1", *after)))

    standing = [one for one in visits(database).values() if one.status == "booked"]
    assert len(standing) == left


def test_a_calendar_that_leaves_an_event_out_cancels_nothing(database, cast):
    feed_in(database, ics(event(), event(uid="E2", start=":20261209T150000")))

    done = feed_in(database, ics(event()))

    assert counts(done) == (0, 0, 0, 1, 0)
    assert visits(database)["E2"].status is VisitStatus.booked


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


def zipped(content):
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("visits.csv", content)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped(b"\0" * 50_000_000), "Excel workbook or a ZIP"),
        (gzip.compress(b"\0" * 1_000_000), "gzip"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b'<?xml version="1.0"?><Bundle xmlns="http://hl7.org/fhir"/>', "XML"),
        (b"-----BEGIN PGP MESSAGE-----\n", "encrypted"),
        (b"-----BEGIN PKCS7-----\n", "encrypted"),
    ],
)
def test_what_is_packed_locked_or_xml_is_refused_with_a_sentence(content, said):
    assert said in " ".join(why_not(content))


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\0\0", random.Random(1).randbytes(5000), b"", b"\0"]
)
def test_anything_else_is_left_to_the_reader_of_tables(database, cast, content):
    done = feed_in(database, content)

    assert done.unusable
    assert done.problems


def test_a_file_that_is_too_large_is_refused_before_it_is_read(database, cast):
    done = feed_in(database, b"{" + b" " * (16 * 1024 * 1024))

    assert done.unusable
    assert "larger than 16 MB" in done.problems[0].message


def test_more_messages_than_there_may_be_are_refused_whole():
    assert "more than 10000" in " ".join(why_not("MSH|^~\\&|x\r" * 10_001))


def test_a_field_map_is_saved_by_field_and_taken_back(database, cast):
    maple = cast.maple.clinic_id
    with database.writing() as session:
        save_fields(session, maple, Feed.hl7, {"start": "AIS-4 , SCH-11.4"})
        save_fields(session, maple, Feed.hl7, {"pending": "yes"})

    with database.writing() as session:
        assert saved_fields(session, maple, Feed.hl7) == {
            "start": "AIS-4, SCH-11.4",
            "pending": "yes",
        }
        save_fields(session, maple, Feed.hl7, {"start": "", "pending": "no"})
        assert saved_fields(session, maple, Feed.hl7) == {}
        assert saved_fields(session, cast.birch.clinic_id, Feed.hl7) == {}


@pytest.mark.parametrize(
    ("feed", "name", "value"),
    [
        (Feed.hl7, "start", "AIS"),
        (Feed.hl7, "start", "AIS-4; DROP"),
        (Feed.hl7, "nonsense", "AIS-4"),
        (Feed.hl7, "pending", "perhaps"),
        (Feed.fhir, "phone", "pager"),
        (Feed.ical, "phone", "DESCRIPTION"),
        (Feed.ical, "phone", "X-" + "A" * 400),
    ],
)
def test_a_place_that_cannot_be_is_refused(database, cast, feed, name, value):
    with pytest.raises(Invalid), database.writing() as session:
        save_fields(session, cast.maple.clinic_id, feed, {name: value})


@pytest.mark.parametrize("feed", list(Feed))
def test_the_defaults_are_places_that_a_clinic_could_write(feed):
    for name, setting in field_map.SETTINGS[feed].items():
        assert field_map.checked(feed, name, setting.default) == setting.default
    assert fields_of(feed).mark == ""
