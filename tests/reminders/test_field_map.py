import pytest

from kernel.errors import Invalid
from reminders.intake import field_map
from reminders.intake.field_map import Feed, fields_of, save_fields, saved_fields
from tests.reminders.feeding import (
    feed_in,
    siu,
)
from tests.reminders.imports import (
    counts,
    visits,
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_after_a_change_of_the_field_map_the_same_message_is_read_anew(database, cast):
    text = siu("AIS|1||CLEAN|202612081600")
    feed_in(database, text)
    with database.writing() as session:
        save_fields(session, cast.maple.clinic_id, Feed.hl7, {"start": "AIS-4"})

    done = feed_in(database, text)

    assert counts(done) == (0, 1, 0, 0, 0)
    assert visits(database)["V1"].wall_time == "2026-12-08T16:00"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
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
