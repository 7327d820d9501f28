"""The vendor's clock: system UTC plus the shift all processes of this folder share.

Only what people see is shifted; delays and time-outs run on real time.
"""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

LOOK_EVERY_SECONDS = 0.1


class Clock:
    """Reads `clock.json` (`{"shift_seconds": 3600}`) again whenever it changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: int | None = None
        self._shift = timedelta()
        self._look_at = 0.0

    def now(self) -> datetime:
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_EVERY_SECONDS
            self._look()
        return datetime.now(UTC) + self._shift

    def _look(self) -> None:
        try:
            changed = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            changed = None
        if changed != self._seen:
            self._shift = self._read()
            self._seen = changed

    def stamp(self) -> str:
        """Now as RFC 3339 with milliseconds, e.g. 2026-11-21T20:51:07.123Z."""
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _read(self) -> timedelta:
        try:
            content = json.loads(self._path.read_text())
            return timedelta(seconds=float(content["shift_seconds"]))
        except FileNotFoundError:
            return timedelta()
        except (OSError, ValueError, KeyError, TypeError):
            # Half-written by another process: keep the old shift, read again soon.
            return self._shift
