"""Is a visit so near that a person should call, if no text can tell the patient?  Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

FRIDAY, SATURDAY, MONDAY = 4, 5, 0


def near(visit_at: datetime, now: datetime, time_zone: str) -> str:
    """today, tomorrow or, when a weekend lies between, on Monday; else nothing.

    Days are those of the clinic.  On a Friday nobody may be there again before Monday.
    """
    zone = ZoneInfo(time_zone)
    day, today = visit_at.astimezone(zone).date(), now.astimezone(zone).date()
    ahead = (day - today).days
    if ahead in (0, 1):
        return ("today", "tomorrow")[ahead]
    weekend = today.weekday() in (FRIDAY, SATURDAY)
    return "on Monday" if weekend and day.weekday() == MONDAY and 0 < ahead < 4 else ""
