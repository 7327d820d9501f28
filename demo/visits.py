"""When the demo's visits are: on the clinic's next opening days, from any moment on.

Pure.  Gives the clinic's file of appointments in the canonical CSV.
"""

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from demo.cast import PatientRow
from gateway.quiet_hours import Window, is_open, next_open

SUNDAY = 6
HEADINGS = (
    "appointment_id",
    "patient_id",
    "given_name",
    "family_name",
    "phone",
    "language",
    "starts_at",
    "location",
    "provider",
    "status",
    "consent",
    "time_zone",
)


def appointments_csv(patients: Iterable[PatientRow], zone: str, now: datetime) -> bytes:
    """UTF-8, one visit a patient, times by the clinic's wall clock."""
    written = io.StringIO()
    table = csv.DictWriter(written, HEADINGS, lineterminator="\n")
    table.writeheader()
    for patient in patients:
        day = _opening_day(now.astimezone(ZoneInfo(zone)), int(patient.visit_day))
        table.writerow(
            {
                "appointment_id": f"V-{patient.patient_id}",
                "patient_id": patient.patient_id,
                "given_name": patient.given_name,
                "family_name": patient.family_name,
                "phone": patient.phone,
                "language": patient.language,
                "starts_at": f"{day:%Y-%m-%d}T{patient.visit_time}",
                "location": "",
                "provider": patient.provider,
                "status": "booked",
                "consent": "asserted" if patient.consent == "asserted" else "",
                "time_zone": patient.time_zone,
            }
        )
    return written.getvalue().encode()


def _opening_day(today: datetime, count: int) -> datetime:
    """The `count`-th day from tomorrow on that is no Sunday."""
    day = today
    while count:
        day += timedelta(days=1)
        count -= day.weekday() != SUNDAY
    return day


def good_moment(zone: str, window: Window, now: datetime) -> datetime:
    """`now` where texts may arrive for another half hour, else soon after they next
    may: a demo that is started at night would show nothing until the morning."""
    later = now + timedelta(minutes=30)
    if is_open(now, (zone,), window) and is_open(later, (zone,), window):
        return now
    opens = next_open(later, (zone,), window)
    if not isinstance(opens, datetime):
        return now
    return opens + timedelta(minutes=5)
