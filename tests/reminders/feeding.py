"""Feeds as tests write and read them: messages, resources and events of our own words."""

import io
import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from clinics.access import clinic_by_slug
from reminders.intake.complete import Known, completed
from reminders.intake.entry import Entry, Found
from reminders.intake.feeds import read_feed
from reminders.intake.field_map import Feed, fields_of
from reminders.intake.problem import UnusableFile
from reminders.intake.sniff import kind_of
from reminders.intake.store import import_file
from tests.reminders.imports import NOW, ORIGIN

NEW_YORK = ZoneInfo("America/New_York")
SENT = "20261130090000-0500"

AIL = "AIL|1||4^Room 2^^Oak Street Office"
AIP = "AIP|1||77^Kim^Robert^^^Dr."
PLAIN = {
    "event": "S12",
    "sent": SENT,
    "control": "C1",
    "placer": "",
    "filler": "V1",
    "reason": "",
    "start": "202612081500",
    "status": "Booked",
    "patient": "P1^^^MAPLE^MR",
    "family": "Lee",
    "given": "Ana",
    "phone": "(206)555-0111^PRN^CP",
    "language": "",
    "died": "",
    "dead": "",
}


def segment(name, **fields):
    """`segment("PID", f3="P1")` is `PID|||P1`."""
    places = {int(key[1:]): value for key, value in fields.items()}
    return "|".join([name, *(places.get(n, "") for n in range(1, max(places) + 1))])


def pid(**changes):
    said = {**PLAIN, **changes}
    name = f"{said['family']}^{said['given']}"
    fields = {"f3": said["patient"], "f5": name, "f13": said["phone"]}
    more = {"f15": said["language"], "f29": said["died"], "f30": said["dead"]}
    return segment("PID", f1="1", **fields, **more)


def siu(*more, ends="\r", **changes):
    said = {**PLAIN, **changes}
    kind = f"SIU^{said['event']}"
    head = [
        "MSH|^~\\&|CHARTS|MAPLE|HEED|MAPLE",
        said["sent"],
        "",
        kind,
        said["control"],
    ]
    fields = {"f1": said["placer"], "f2": said["filler"], "f7": said["reason"]}
    when = {"f9": "30", "f10": "min", "f11": f"^^^{said['start']}"}
    visit = segment("SCH", **fields, **when, f25=said["status"])
    lines = [
        "|".join([*head, "P", "2.5"]),
        visit,
        pid(**changes),
        *(more or (AIL, AIP)),
    ]
    return ends.join(lines) + ends


def patient(number="P1", **changes):
    return {
        "resourceType": "Patient",
        "id": number,
        "meta": {"versionId": "1", "lastUpdated": "2026-11-01T10:00:00Z"},
        "active": True,
        "name": [{"use": "official", "family": "Lee", "given": ["Ana", "Maria"]}],
        "telecom": [{"system": "phone", "value": "206-555-0111", "use": "mobile"}],
        **changes,
    }


def appointment(number="V1", who="Patient/P1", **changes):
    return {
        "resourceType": "Appointment",
        "id": number,
        "meta": {"versionId": "1", "lastUpdated": "2026-11-30T10:00:00Z"},
        "status": "booked",
        "start": "2026-12-08T15:00:00-05:00",
        "participant": [
            {"actor": {"reference": who}, "status": "accepted"},
            {"actor": {"reference": "Practitioner/K", "display": "Dr. Kim"}},
            {"actor": {"reference": "Location/L", "display": "Oak Street Office"}},
        ],
        **changes,
    }


def bundle(*resources, kind="searchset"):
    entries = [{"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": kind, "entry": entries}


def event(*lines, uid="E1", start=":20261208T150000", more=()):
    plain = [
        f"UID:{uid}",
        "DTSTAMP:20261101T000000Z",
        f"DTSTART{start}",
        "ATTENDEE;CN=Ana Lee:tel:+1-206-555-0111",
    ]
    return "\r\n".join(["BEGIN:VEVENT", *plain, *lines, *more, "END:VEVENT"])


def ics(*parts):
    head = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    return "\r\n".join([*head, *parts, "END:VCALENDAR", ""])


def raw_of(content):
    if isinstance(content, dict):
        content = json.dumps(content)
    return content.encode() if isinstance(content, str) else content


def found_in(content, saved=None, place=NEW_YORK, now=NOW):
    """What the feed itself says."""
    raw = raw_of(content)
    kind = kind_of(raw[:1024])
    assert isinstance(kind, Feed), kind
    return read_feed(kind, raw, fields_of(kind, saved), place, now)


def read(content, saved=None, place=NEW_YORK, now=NOW):
    """Its rows, as if nothing were known here."""
    found = found_in(content, saved, place, now)
    assert isinstance(found, Found), found
    return [
        completed(one, Known()) if isinstance(one, Entry) else one
        for one in found.items
    ]


def only(content, saved=None, place=NEW_YORK, now=NOW):
    (row,) = read(content, saved, place, now)
    return row


def why_not(content, saved=None):
    """The sentences of a file that is refused as a whole."""
    raw = raw_of(content)
    found = kind_of(raw[:1024])
    if isinstance(found, Feed):
        found = found_in(content, saved)
    assert isinstance(found, UnusableFile), found
    return [problem.message for problem in found.problems]


def messages(row):
    return " ".join(problem.message for problem in row.problems)


def feed_in(database, content, slug="maple-dental", origin=ORIGIN, now=NOW):
    """Imported, as a file of any kind is."""

    def work(session):
        clinic = clinic_by_slug(session, slug)
        stream = io.BytesIO(raw_of(content))
        return import_file(session, clinic, stream, now, origin=origin)

    if origin is None:
        with database.reading() as session:
            return work(session)
    return database.retrying(work)


def at(*parts):
    return datetime(*parts, tzinfo=UTC)
