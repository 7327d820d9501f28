"""Files of appointments as tests write and read them."""

import csv
import io
from zoneinfo import ZoneInfo

from reminders.intake.csv_file import Table, open_table, read_rows
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


def read(raw, saved=None):
    table = open_table(io.BytesIO(raw), saved)
    assert isinstance(table, Table), table
    return list(read_rows(table, NEW_YORK))


def only(raw):
    (row,) = read(raw)
    return row


def unusable(raw):
    table = open_table(io.BytesIO(raw))
    assert isinstance(table, UnusableFile), table
    return table
