"""When the demo's visits are: on the coming three days, from any moment on.

Pure.  Gives the clinic's file of appointments in the canonical CSV.
"""

import csv
import io
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from demo.cast import PatientRow
from gateway.quiet_hours import Window, is_open, next_open

SOON = "soon"
QUARTER = timedelta(minutes=15)
OPENS, CLOSES = time(8), time(17)
DAY = Window(time(9), time(20), holidays=False)  # in which a text may arrive
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
    today = now.astimezone(ZoneInfo(zone))
    for place, patient in enumerate(patients):
        table.writerow(
            {
                "appointment_id": f"V-{patient.patient_id}",
                "patient_id": patient.patient_id,
                "given_name": patient.given_name,
                "family_name": patient.family_name,
                "phone": patient.phone,
                "language": patient.language,
                "starts_at": _wall_time(patient, today, place),
                "location": "",
                "provider": patient.provider,
                "status": "booked",
                "consent": "asserted" if patient.consent == "asserted" else "",
                "time_zone": patient.time_zone,
            }
        )
    return written.getvalue().encode()


def _wall_time(patient: PatientRow, today: datetime, place: int) -> str:
    """`soon` is tomorrow, a little earlier in the day than now: the text of one day
    before has just become due, so it leaves within a minute."""
    day = today.date() + timedelta(days=int(patient.visit_day))
    if patient.visit_time != SOON:
        return f"{day}T{patient.visit_time}"
    earlier = datetime.combine(today, time(today.hour)) - QUARTER * (place % 4)
    moment = min(max(earlier.time(), OPENS), CLOSES)
    return f"{day}T{moment:%H:%M}"


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
