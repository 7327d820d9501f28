"""One clock for all processes of a data folder.

Read only at the edges (view, command, tick); everything else takes `now`.  Outside
production `clock.json` in the data folder may shift it, the simulator's included.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

SPANISH_MONTHS = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, UTC."""


@dataclass(frozen=True, slots=True)
class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """Stands still: `flask tick --at` and tests."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


@dataclass(frozen=True, slots=True)
class ShiftedClock:
    """The system's time plus the shift that `flask demo advance` wrote."""

    file: Path

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.shift_seconds())

    def shift_seconds(self) -> float:
        try:
            return float(json.loads(self.file.read_text())["shift_seconds"])
        except FileNotFoundError:
            return 0.0

    def advance(self, to: datetime) -> None:
        """Let the clock show `to` now and flow on from there."""
        shift = (to - datetime.now(UTC)).total_seconds()
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps({"shift_seconds": shift}))
        fresh.replace(self.file)


def rfc3339(instant: datetime) -> str:
    """UTC with microseconds: the form that evidence and JSON use."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_time(text: str) -> datetime:
    """RFC 3339 with an offset; raises ValueError with a sentence otherwise."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"'{text}' is not a time. Write it like 2026-11-30T09:00:00-08:00."
        ) from None
    if instant.tzinfo is None:
        raise ValueError(
            f"'{text}' has no zone. Add Z or an offset, "
            "for example 2026-11-30T09:00:00-08:00."
        )
    return instant.astimezone(UTC)


def local_time(at: datetime, time_zone: str) -> str:
    """`Mon, Nov 16, 2026, 9:12 AM PST`; `time_zone` is an IANA name."""
    local = at.astimezone(ZoneInfo(time_zone))
    return f"{local_day(at, time_zone)}, {clock_time(local)} {local:%Z}"


def local_time_es(at: datetime, time_zone: str) -> str:
    """`30 de noviembre de 2026, 10:00 AM PST`."""
    local = at.astimezone(ZoneInfo(time_zone))
    day = f"{local.day} de {SPANISH_MONTHS[local.month - 1]} de {local.year}"
    return f"{day}, {clock_time(local)} {local:%Z}"


def local_day(at: datetime, time_zone: str) -> str:
    """`Mon, Nov 16, 2026`."""
    return day_words(at.astimezone(ZoneInfo(time_zone)))


def day_words(day: date) -> str:
    """`Mon, Nov 16, 2026` of a day that is local already."""
    return f"{day:%a, %b} {day.day}, {day.year}"


def clock_time(local: datetime) -> str:
    """`9:12 AM` of a time that is local already."""
    return f"{local.hour % 12 or 12}:{local:%M %p}"


def day_of(at: datetime, time_zone: str) -> tuple[datetime, datetime]:
    """The first instant of the local day of `at`, and of the next one, in UTC."""
    zone = ZoneInfo(time_zone)
    midnight = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    after = (midnight + timedelta(days=1)).replace(tzinfo=None)
    return midnight.astimezone(UTC), after.replace(tzinfo=zone).astimezone(UTC)
