import pytest

from clinics.models import StaffAction
from reminders.models import Appointment, FieldMap, UploadPart
from tests.pages import visitor, words
from tests.reminders.at_the_desk import BIRCH, DESK, PAGE, look, rows_of
from tests.reminders.feeding import (
    appointment,
    bundle,
    event,
    ics,
    patient,
    raw_of,
    siu,
)

ADMIN = "admin@maple-dental.example"
MAPS = f"{PAGE}/field-maps"


def looked_over(desk, content):
    return look(desk, raw_of(content), name="export.dat")


@pytest.mark.parametrize(
    ("content", "unit"),
    [
        (siu() + siu(filler="V2", phone=""), "Message"),
        (bundle(appointment(), appointment("V2", "Patient/P9"), patient()), "Entry"),
        (ics(event(), event(uid="E2", start=":soon")), "Event"),
    ],
    ids=["hl7", "fhir", "ical"],
)
def test_a_feed_is_looked_over_and_imported_without_columns(pages, heed, content, unit):
    desk = visitor(pages, DESK)

    path, page = looked_over(desk, content)
    desk.post(f"{path}/import")

    assert "Which column is which" not in page
    assert f"{unit} 2" in page
    assert "Import 1 row and leave 1 out" in page
    assert "The field maps say which field holds what" in page
    (visit,) = rows_of(heed, Appointment)
    assert visit.status.value == "booked"
    assert rows_of(heed, UploadPart) == []


def test_patients_without_a_visit_are_told_and_stored(pages, heed):
    desk = visitor(pages, DESK)

    path, page = looked_over(desk, patient())
    done = desk.post(f"{path}/import")

    assert "1 patient is in it without a visit" in page
    assert "1 added" in words(desk.get(done.location))


def test_a_file_that_is_no_feed_says_why(pages):
    _, page = looked_over(visitor(pages, DESK), b"\x1f\x8b\x08\x00")

    assert "Nothing of this list could be read. This is a gzip file." in page


def test_an_admin_says_where_the_feeds_of_the_clinic_say_what(pages, heed):
    admin = visitor(pages, ADMIN)
    before = words(admin.get(MAPS))

    done = admin.post(
        f"{MAPS}/hl7", data={"start": "AIS-4", "visit": "", "pending": "yes"}
    )

    assert "The default is" not in before
    page = words(admin.get(done.location))
    assert "Saved. HL7 v2 messages are read by it" in page
    assert "Yours. The default is TQ1-7, SCH-11.4" in page
    (saved,) = rows_of(heed, FieldMap)
    assert saved.fields == {"start": "AIS-4", "pending": "yes"}
    assert "field map saved" in [row.action for row in rows_of(heed, StaffAction)]
    _, page = looked_over(visitor(pages, DESK), siu("AIS|1||X|202612081600"))
    assert "4:00 PM PST" in page


def test_a_place_that_cannot_be_is_named_and_nothing_is_saved(pages, heed):
    done = visitor(pages, ADMIN).post(f"{MAPS}/hl7", data={"start": "AIS;1"})

    assert done.status_code == 400
    assert "cannot be start of hl7. Write places such as SCH-11.4" in words(done)
    assert rows_of(heed, FieldMap) == []


def test_the_desk_sees_the_field_maps_and_changes_none(pages, heed):
    desk = visitor(pages, DESK)

    assert "TQ1-7, SCH-11.4" in words(desk.get(MAPS))
    assert desk.post(f"{MAPS}/hl7", data={"start": "AIS-4"}).status_code == 404
    assert visitor(pages, BIRCH).get(MAPS).status_code == 404
    assert visitor(pages, ADMIN).post(f"{MAPS}/x12", data={}).status_code == 404
    assert rows_of(heed, FieldMap) == []
