"""Files of appointments as tests write and read them."""

import csv
import io
from zoneinfo import ZoneInfo

from reminders.intake.csv_file import open_csv
from reminders.intake.opened import Opened
from reminders.intake.problem import UnusableFile

NEW_YORK = ZoneInfo("America/New_York")
HEADINGS = (
    "appointment_id,patient_id,given_name,family_name,phone,language,starts_at,"
    "location,provider,status,consent,time_zone"
)
PLAIN = {
    "appointment_id": "A1",
    "patient_id": "P1",
    "given_name": "Ana",
    "family_name": "Lee",
    "phone": "(415) 555-0134",
    "language": "en",
    "starts_at": "2026-12-01T15:00",
    "location": "12 Oak St",
    "provider": "Dr. Lee",
    "status": "booked",
    "consent": "",
    "time_zone": "",
}


def written(*changes, headings=None):
    # One row for each dictionary of what differs from the plain row.
    file = io.StringIO()
    rows = csv.DictWriter(file, headings or list(PLAIN), extrasaction="ignore")
    rows.writeheader()
    for number, change in enumerate(changes, start=1):
        own = {"appointment_id": f"A{number}", "patient_id": f"P{number}"}
        rows.writerow({**PLAIN, **own, **change})
    return file.getvalue().encode()


def opened(raw, saved=None):
    return open_csv(io.BytesIO(raw), NEW_YORK, saved)


def read(raw, saved=None):
    feed = opened(raw, saved)
    assert isinstance(feed, Opened), feed
    rows = list(feed.read())
    assert len(rows) == feed.rows
    return rows


def only(raw):
    (row,) = read(raw)
    return row


def unusable(raw):
    found = opened(raw)
    assert isinstance(found, UnusableFile), found
    return found
