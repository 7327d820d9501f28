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

Job = Callable[[], None]
log = logging.getLogger(__name__)


class Couriers:
    """A fixed number of threads over one queue ordered by due time."""

    def __init__(self, threads: int, name: str) -> None:
        self._due: list[tuple[float, int, Job]] = []
        self._order = count()
        self._changed = threading.Condition()
        self._busy = 0
        self._closing = False
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{i}", daemon=True)
            for i in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def later(self, seconds: float, job: Job) -> None:
        """Runs the job on some thread, not before so many seconds from now."""
        with self._changed:
            due = time.monotonic() + seconds
            heapq.heappush(self._due, (due, next(self._order), job))
            self._changed.notify()

    def open_jobs(self) -> int:
        with self._changed:
            return len(self._due) + self._busy

    def close(self) -> None:
        """Lets the running jobs end and drops the rest."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=1)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            except Exception:
                log.exception("A job of the simulator failed")
            finally:
                with self._changed:
                    self._busy -= 1

    def _next(self) -> Job | None:
        with self._changed:
            while not self._closing:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    self._busy += 1
                    return heapq.heappop(self._due)[2]
                self._changed.wait(wait)
        return None
