"""Threads that run small jobs at their time: steps of texts, and webhooks.

Knows nothing of what the jobs do.  Nothing is kept over a restart: the world
itself tells what is still open.
"""

import heapq
import logging
import threading
import time
from collections.abc import Callable
from itertools import count
from queue import SimpleQueue

Job = Callable[[], None]
log = logging.getLogger(__name__)


class Couriers:
    """A fixed number of threads, and one timer that hands them what is due."""

    def __init__(self, threads: int, name: str) -> None:
        self._later: list[tuple[float, int, Job]] = []
        self._order = count()
        self._changed = threading.Condition()
        self._due: SimpleQueue[Job | None] = SimpleQueue()
        self._open = 0
        self._closing = False
        workers = [(self._work, f"{name}-{number}") for number in range(threads)]
        self._threads = [
            threading.Thread(target=target, name=called, daemon=True)
            for target, called in [(self._time, f"{name}-timer"), *workers]
        ]
        for thread in self._threads:
            thread.start()

    def later(self, seconds: float, job: Job) -> None:
        """Runs the job on some thread, not before so many seconds from now."""
        with self._changed:
            self._open += 1
            if seconds <= 0:
                self._due.put(job)
                return
            entry = (time.monotonic() + seconds, next(self._order), job)
            heapq.heappush(self._later, entry)
            if self._later[0] is entry:
                self._changed.notify()

    def open_jobs(self) -> int:
        with self._changed:
            return self._open

    def close(self) -> None:
        """Lets the running jobs end and drops the rest."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        for _ in self._threads[1:]:
            self._due.put(None)
        for thread in self._threads:
            thread.join(timeout=1)

    def _time(self) -> None:
        with self._changed:
            while not self._closing:
                now = time.monotonic()
                while self._later and self._later[0][0] <= now:
                    self._due.put(heapq.heappop(self._later)[2])
                self._changed.wait(self._later[0][0] - now if self._later else None)

    def _work(self) -> None:
        while (job := self._due.get()) is not None and not self._closing:
            try:
                job()
            except Exception:
                log.exception("A job of the simulator failed")
            finally:
                with self._changed:
                    self._open -= 1
