"""Named points where a test may kill, stop or delay the program.

Inert unless `arm` was called with `HEED_FAULT_POINTS`, which production refuses.
`o9:kill` kills at o9; `o9:kill@3` at the third pass; `o7:sleep=3` waits; `i5:raise`.
"""

import os
import signal
import time
from dataclasses import dataclass, field


class Fault(Exception):
    """Raised on purpose at a fault point."""


@dataclass(slots=True)
class _Armed:
    action: str
    passes_left: int = field(default=1)


_armed: dict[str, _Armed] = {}


def arm(points: str) -> None:
    """Replace what is armed by a comma-separated list; "" disarms everything.

    Raises ValueError naming the entry that cannot be read.
    """
    _armed.clear()
    for entry in filter(None, (part.strip() for part in points.split(","))):
        name, _, action = entry.partition(":")
        action, _, passes = action.partition("@")
        if action.partition("=")[0] not in {"kill", "raise", "sleep"}:
            raise ValueError(
                f"'{entry}' is no fault point. Write NAME:kill, NAME:raise "
                "or NAME:sleep=SECONDS."
            )
        _armed[name] = _Armed(action, int(passes or 1))


def point(name: str) -> None:
    """Do nothing, unless this point is armed and its turn has come."""
    if not _armed or name not in _armed:
        return
    armed = _armed[name]
    armed.passes_left -= 1
    if armed.passes_left > 0:
        return
    if armed.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif armed.action == "raise":
        raise Fault(f"fault point {name}")
    else:
        time.sleep(float(armed.action.partition("=")[2]))
