"""APScheduler as a bare metronome: UTC interval ticks that only wake our own passes.

No job store and no cron: truth is rows with unique keys, so any number of clocks may
tick.  Sender threads drain the outbox beside it.
"""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler

from kernel.logs import log
from registration.tcr_feed import beat
from reminders.tick import (
    Works,
    ask_registry,
    compare_all,
    hear,
    look_up_ahead,
    plan_all,
    watch_caps,
    watch_complaints,
    watch_for_lists,
    watch_registrations,
    watch_websites,
    work_uploads,
)

PLAN_EVERY = 20  # seconds
RECONCILE_EVERY = 300
REGISTRY_EVERY = 300
COMPARE_EVERY = 600  # looks whose day is over; each clinic is compared once a day
COMPLAINTS_EVERY = 600
WATCH_EVERY = 30  # looks whose day is over, and what somebody asked for
DESK_EVERY = 900  # what has lain about at the registration desk
UPLOADS_EVERY = 3  # somebody looks at the bar
LOOKUPS_EVERY = 60
LISTS_EVERY = 900  # looks whose list of visits is missing
IDLE_SECONDS = 1.0
BATCH = 10  # per sender thread; small, so that one slow text keeps few waiting


class Metronome:
    """A clock and, optionally, sender threads of this process."""

    def __init__(self, works: Works, senders: int, clock: bool = True) -> None:
        self.works = works
        self.stopping = threading.Event()
        self.threads = [
            threading.Thread(target=self._send, args=(number,), daemon=True)
            for number in range(senders)
        ]
        self.scheduler = BackgroundScheduler(timezone=UTC) if clock else None

    @property
    def jobs(self) -> tuple[tuple[int, Callable[[], None]], ...]:
        """What a clock does, and every how many seconds."""
        return (
            (RECONCILE_EVERY, self._hear),
            (REGISTRY_EVERY, self._ask),
            (COMPARE_EVERY, self._compare),
            (COMPLAINTS_EVERY, self._complaints),
            (PLAN_EVERY, self._plan),
            (WATCH_EVERY, self._watch),
            (DESK_EVERY, self._desk),
            (LOOKUPS_EVERY, self._lookups),
            (UPLOADS_EVERY, self._uploads),
            (LISTS_EVERY, self._lists),
        )

    def start(self) -> None:
        if self.scheduler is not None:
            for seconds, job in self.jobs:
                self._every(seconds, job)
            self.scheduler.start()
        for thread in self.threads:
            thread.start()

    def stop(self, wait_seconds: float = 12.0) -> None:
        """Claims nothing more and lets texts in hand finish (o8 to o11)."""
        self.stopping.set()
        if self.scheduler is not None:
            self.scheduler.shutdown(wait=False)
        give_up = time.monotonic() + wait_seconds
        for thread in self.threads:
            thread.join(max(0.0, give_up - time.monotonic()))

    def _every(self, seconds: int, job: Callable[[], None]) -> None:
        assert self.scheduler is not None
        self.scheduler.add_job(
            _logged(job),
            "interval",
            seconds=seconds,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )

    def _hear(self) -> None:
        hear(self.works, self.works.heed.now())

    def _ask(self) -> None:
        ask_registry(self.works, self.works.heed.now())

    def _compare(self) -> None:
        compare_all(self.works, self.works.heed.now())

    def _complaints(self) -> None:
        watch_complaints(self.works, self.works.heed.now())
        watch_caps(self.works, self.works.heed.now())

    def _watch(self) -> None:
        watch_websites(self.works, self.works.heed.now())

    def _desk(self) -> None:
        watch_registrations(self.works, self.works.heed.now())

    def _lookups(self) -> None:
        look_up_ahead(self.works, self.works.heed.now())

    def _uploads(self) -> None:
        work_uploads(self.works)

    def _lists(self) -> None:
        watch_for_lists(self.works, self.works.heed.now())

    def _plan(self) -> None:
        now = self.works.heed.now()
        self.works.openings.look(self.works.heed.database, now)
        plan_all(self.works, now)
        beat(self.works.heed.database, "clock", now)

    def _send(self, number: int) -> None:
        dispatcher = self.works.dispatcher(owner_name(number))
        while not self.stopping.is_set():
            try:
                handled = dispatcher.run_once(BATCH, stopping=self.stopping.is_set)
            except Exception as failure:
                log().error("sending paused", error=type(failure).__name__)
                handled = 0
            if not handled:
                self.stopping.wait(IDLE_SECONDS)


def owner_name(number: int) -> str:
    """Unique per thread, process and start."""
    return f"{socket.gethostname()}:{os.getpid()}:{number}:{secrets.token_hex(4)}"


def _logged(job: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        try:
            job()
        except Exception as failure:
            log().error("tick failed", job=job.__name__, error=type(failure).__name__)

    return run
