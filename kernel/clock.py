"""One clock for all processes of a data folder.

Read only at the edges (view, command, tick); everything else takes `now`.  Outside
production `clock.json` in the data folder may shift it, the simulator's included.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


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
