"""The judge: an append-only file of everything that was accepted or tried.

A record is on the disk before the simulator answers, so the file is the truth
after a crash of either side.  It decides nothing.
"""

import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Record = dict[str, Any]
_encode = json.JSONEncoder(separators=(",", ":")).encode


class Ticket:
    """Several records that reach the disk together (one fsync for all of them)."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self._done = threading.Event()
        self._error: OSError | None = None

    def wait(self) -> None:
        """Returns once the records are on the disk; raises the OSError if not."""
        self._done.wait()
        if self._error is not None:
            raise self._error

    def settle(self, error: OSError | None) -> None:
        self._error = error
        self._done.set()


class Judge:
    """Appends records from many threads, one write and one fsync a batch."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._seq = 0
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self._end_torn_line()
        self._changed = threading.Condition()
        self._open = Ticket()
        self._closing = False
        self._writer = threading.Thread(target=self._write_batches, daemon=True)
        self._writer.start()

    def count_on(self, seq: int) -> None:
        """The last number in the file, told by who replayed it."""
        self._seq = seq

    def append(self, record: Record) -> Ticket:
        """Takes the record in order; `wait()` on the ticket where it must be safe."""
        with self._changed:
            self._seq += 1
            stamps = {
                "seq": self._seq,
                "monotonic_ns": time.monotonic_ns(),
                "wall": round(time.time(), 6),
            }
            ticket = self._open
            ticket.lines.append(_encode(stamps | record).encode() + b"\n")
            if len(ticket.lines) == 1:
                self._changed.notify()
        return ticket

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._writer.join()
        os.close(self._file)

    def _write_batches(self) -> None:
        while True:
            with self._changed:
                while not self._open.lines:
                    if self._closing:
                        return
                    self._changed.wait()
                ticket, self._open = self._open, Ticket()
            ticket.settle(self._write(b"".join(ticket.lines)))

    def _write(self, block: bytes) -> OSError | None:
        try:
            while block:
                block = block[os.write(self._file, block) :]
            os.fsync(self._file)
        except OSError as error:
            return error
        return None

    def _end_torn_line(self) -> None:
        """A line cut by a crash was never answered: end it so that it stays alone."""
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            os.write(self._file, b"\n")


def records(path: Path) -> Iterator[Record]:
    """The records in order; a line torn by a crash is skipped."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and "seq" in record:
                yield record
