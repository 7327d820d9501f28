"""The call list as a CSV that is safe to open in a spreadsheet and alters no number."""

import csv
import io

from consent.readable import cell, phone_cell, quoted
from kernel.clock import local_time
from reminders.call_list import CallList

LANGUAGES = {"en": "English", "es": "Spanish"}
COLUMNS = (
    "visit",
    "patient",
    "phone",
    "language",
    "reason",
    "in words",
    "reminded by phone by",
    "reminded at",
)


def as_csv(found: CallList, time_zone: str) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for call in found.calls:
        phoned = call.phoned
        writer.writerow(
            [
                quoted(local_time(call.visit_at, time_zone)),
                quoted(call.name),
                phone_cell(call.phone),
                LANGUAGES[call.language.value],
                cell(call.label),
                quoted(call.sentence),
                quoted(phoned.by) if phoned else "",
                quoted(local_time(phoned.at, time_zone)) if phoned else "",
            ]
        )
    return out.getvalue()
