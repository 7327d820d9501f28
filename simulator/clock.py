"""The vendor's clock: system UTC plus the shift all processes of this folder share.

Only what people see is shifted; delays and time-outs run on real time.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path


class Clock:
    """Reads `clock.json` (`{"shift_seconds": 3600}`) whenever it is asked."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shift = timedelta()

    def now(self) -> datetime:
        self._shift = self._read()
        return datetime.now(UTC) + self._shift

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
            # Half-written by another process: keep the old shift.
            return self._shift
