"""One JSON object a line in, one a line out, in order.  Holds one line at a time.

Repairs nothing: a line that cannot be used says so in its place, and the run goes on.
"""

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

DONE, MISUSE = 0, 2  # exit statuses


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a line has no answer, as a sentence."""

    why: str


Row = dict[str, Any]
Answer = Callable[[Row], Row | Unusable]


def pump(source: Iterable[bytes], sink: BinaryIO, answer: Answer) -> int:
    """Write each object of `source` with what `answer` adds; the exit status.

    Unknown keys are kept.  A line that is no JSON object, or that `answer` cannot use,
    becomes `{"error": "…", "line": n}` (n from 1) and makes the status 2.
    """
    status = DONE
    for number, line in enumerate(source, start=1):
        written = _line(line, answer)
        if isinstance(written, Unusable):
            status = MISUSE
            written = json.dumps({"error": written.why, "line": number})
        sink.write(written.encode() + b"\n")
        sink.flush()  # the reader may be waiting for this line before its next
    return status


def run(answer: Answer) -> int:
    """`pump` from standard input to standard output."""
    return pump(sys.stdin.buffer, sys.stdout.buffer, answer)


def string(row: Row, key: str, *, numbers: bool = False) -> str | Unusable | None:
    """A text field; None where it is missing or null.  `numbers` also takes integers."""
    value = row.get(key)
    if numbers and type(value) is int:
        return str(value)
    if value is None or isinstance(value, str):
        return value
    return Unusable(f'"{key}" must be a string.')


def _line(line: bytes, answer: Answer) -> str | Unusable:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):  # wrong UTF-8 is a ValueError too
        return Unusable("This line is not JSON.")
    if not isinstance(row, dict):
        return Unusable("This line is JSON, but not an object.")
    added = answer(row)
    if isinstance(added, Unusable):
        return added
    try:
        return json.dumps({**row, **added}, allow_nan=False)
    except ValueError:  # NaN, or 1e999, which is read as infinity
        return Unusable("A number on this line cannot be written as JSON.")
