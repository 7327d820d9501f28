"""When somebody at the clinic reads what patients text.

Hours are local wall time, one stretch a day.  Without a row nobody has said, and then
nothing is promised.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.day_names import MONTHS, WEEKDAYS
from clinics.models import Clinic, Language, OpeningHours
from kernel.business_days import holiday_name
from kernel.clock import clock_time
from kernel.errors import Invalid

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LOOK_AHEAD = 14  # days: a clinic that opens later has not said when
Stretch = tuple[time, time]


@dataclass(frozen=True, slots=True)
class Shut:
    """Nobody reads since, and until."""

    since: datetime
    opens_at: datetime
    date: date  # of the opening, and the hour there
    at: time


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    week: tuple[Stretch | None, ...]  # Monday first
    holidays_closed: bool
    time_zone: str

    def shut(self, now: datetime) -> Shut | None:
        """None while it is open, and where it opens on no day that is near."""
        zone = ZoneInfo(self.time_zone)
        today = now.astimezone(zone).date()
        around = [today + timedelta(days=n) for n in range(-LOOK_AHEAD, LOOK_AHEAD)]
        stretches = [(day, *found) for day in around if (found := self.on(day))]
        since: datetime | None = None
        for day, opens, closes in stretches:
            begins, ends = _at(day, opens, zone), _at(day, closes, zone)
            if begins <= now < ends:
                return None
            if begins > now:
                since = since or _at(around[0], time(0), zone)
                return Shut(since, begins, day, opens)
            since = ends
        return None

    def next_shut(self, now: datetime) -> Shut | None:
        """The one that holds now, or the one that begins when it closes today."""
        zone = ZoneInfo(self.time_zone)
        today = now.astimezone(zone).date()
        stretch = self.on(today)
        closes = _at(today, stretch[1], zone) if stretch else now
        return self.shut(now) or self.shut(closes)

    def on(self, day: date) -> Stretch | None:
        if self.holidays_closed and holiday_name(day) is not None:
            return None
        return self.week[day.weekday()]


def opens_words(shut: Shut, language: Language, now: datetime) -> str:
    """`Mon 8:00 AM`, with the date where that Monday is not the next one."""
    day = WEEKDAYS[language].split()[shut.date.weekday()]
    if shut.opens_at - now > timedelta(days=6):
        month = MONTHS[language].split()[shut.date.month - 1]
        english = language is Language.en
        number = shut.date.day
        day += f" {month} {number}" if english else f" {number} {month}"
    return f"{day} {clock_time(datetime.combine(shut.date, shut.at))}"


def hours_of(session: Session, clinic_id: int) -> Hours | None:
    row = session.connection().execute(_query(), {"clinic": clinic_id}).one_or_none()
    if row is None:
        return None
    return Hours(
        week=tuple(_stretch(one) for one in row.week),
        holidays_closed=row.holidays_closed,
        time_zone=row.time_zone,
    )


def set_hours(
    session: Session,
    clinic_id: int,
    week: Sequence[Stretch | None],
    holidays_closed: bool,
    by: str,
    now: datetime,
) -> None:
    """Raises Invalid where a day closes before it opens.  A week without a day that is
    open says nothing: the row goes."""
    for name, stretch in zip(DAYS, week, strict=True):
        if stretch is not None and stretch[0] >= stretch[1]:
            raise Invalid(f"On {name} it closes before it opens. Correct the times.")
    row = session.get(OpeningHours, clinic_id)
    if not any(week):
        if row is not None:
            session.delete(row)
        return
    values: dict[str, Any] = {
        "week": [f"{one[0]:%H:%M}-{one[1]:%H:%M}" if one else None for one in week],
        "holidays_closed": holidays_closed,
        "set_by": by,
        "set_at": now,
    }
    if row is None:
        row = OpeningHours(clinic_id=clinic_id, **values)
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()


def _at(day: date, moment: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, moment, zone).astimezone(UTC)


def _stretch(text: str | None) -> Stretch | None:
    if text is None:
        return None
    opens, _, closes = text.partition("-")
    return time.fromisoformat(opens), time.fromisoformat(closes)


@cache
def _query() -> Any:
    return (
        sa.select(
            col(OpeningHours.week),
            col(OpeningHours.holidays_closed),
            col(Clinic.time_zone),
        )
        .join(Clinic, col(Clinic.id) == col(OpeningHours.clinic_id))
        .where(col(OpeningHours.clinic_id) == sa.bindparam("clinic"))
    )
