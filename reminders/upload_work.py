"""Works through uploaded lists: reads them for the page, and imports them.

A list is held by whoever gives a sign of life; when that one dies, the next pass goes on
where the last stored part ended.  The sign is written in the transaction of each part, so
that two can never store the same.
"""

import logging
import secrets
import time
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic
from kernel.clock import Clock
from kernel.db import Database
from reminders import upload_content
from reminders.intake.column_maps import maps_of
from reminders.intake.compared import Compared
from reminders.intake.feeds import open_any, titles_of
from reminders.intake.headings import guessed
from reminders.intake.imported import Tally, of_kept, of_unusable
from reminders.intake.opened import Opened, Told
from reminders.intake.problem import UnusableFile
from reminders.intake.recognise import recognised
from reminders.intake.store import Origin, import_feed, rehearse_feed
from reminders.models import UploadJob
from reminders.upload import KEPT, WORKING, clear_old
from reminders.upload_models import UploadStep
from reminders.upload_preview import SHOWN_ROWS, first_rows, said

SILENT = timedelta(minutes=1)  # without a sign of life nobody is at it any more
BEAT_SECONDS = 1.0
BROKE = (
    "Something went wrong while this list was worked through. What was stored so far "
    "stays. Try again; if it stays so, tell the operator."
)

log = logging.getLogger("heed.uploads")


class Superseded(Exception):
    """Somebody else is at this list, or it was discarded."""


def work_through(database: Database, clock: Clock) -> int:
    """Every list that waits, of any clinic, one after the other; how many."""
    clear_old(database, clock.now())
    done = 0
    while (job_id := _waiting(database, clock)) is not None:
        done += work_on(database, clock, job_id)
    return done


def work_on(database: Database, clock: Clock, job_id: int) -> bool:
    """False when there is nothing to do, or somebody else does it.  A mistake ends in a
    sentence on the page and is raised no further."""
    worker = Worker(database, clock, job_id)
    job = worker.take()
    if job is None:
        return False
    try:
        if job.step is UploadStep.reading:
            worker.read(job)
        else:
            worker.bring_in(job)
    except Superseded:
        return False
    except Exception:
        log.exception("upload %s", job_id)
        worker.note(step=UploadStep.failed, problem=BROKE, worker=None)
    return True


@dataclass(slots=True)
class Worker:
    database: Database
    clock: Clock
    job_id: int
    name: str = field(default_factory=lambda: secrets.token_hex(8))

    def take(self) -> UploadJob | None:
        """The list, now ours."""
        now = self.clock.now()
        free = (
            col(UploadJob.id) == self.job_id,
            col(UploadJob.step).in_(WORKING),
            sa.or_(
                col(UploadJob.beat_at).is_(None), col(UploadJob.beat_at) < now - SILENT
            ),
        )
        taken = sa.update(UploadJob).where(*free).values(worker=self.name, beat_at=now)

        def work(session: Session) -> UploadJob | None:
            if not session.connection().execute(taken).rowcount:
                return None
            return session.get_one(UploadJob, self.job_id)

        return self.database.retrying(work)

    def read(self, job: UploadJob) -> None:
        """What an import would do."""
        clinic = self._clinic(job)
        stream = upload_content.content_of(self.database, self.job_id)
        titles = titles_of(stream)
        found = self._recognised(job, titles)
        headings = found.get("headings", job.headings)
        opened = self._opened(clinic, stream, headings)
        if isinstance(opened, UnusableFile):
            preview = {**said(of_unusable(opened), Tally()), "rows": [], "of_rows": 0}
        else:
            preview = self._rehearsed(clinic, opened)
        preview["columns"] = guessed(titles, headings)
        preview["new"] = found.get("new", [])
        changes = {key: found[key] for key in ("headings", "map_name") if key in found}
        self.note(step=UploadStep.read, preview=preview, worker=None, **changes)

    def bring_in(self, job: UploadJob) -> None:
        clinic, now = self._clinic(job), self.clock.now()
        stream = upload_content.content_of(self.database, self.job_id)
        opened = self._opened(clinic, stream, job.headings)
        if isinstance(opened, UnusableFile):  # it was read before, with this mapping
            raise AssertionError("a list that cannot be read any more")
        by = job.asked_by or job.uploaded_by
        origin = Origin(by=by, file=job.file_name, sha256=opened.sha256)

        def beside(session: Session, tally: Tally, last: bool) -> None:
            values: dict[str, Any] = {"done": tally.read, "total": opened.rows}
            values["kept"] = tally.as_kept()
            if last:
                shown = said(tally.imported(), tally)
                values |= {
                    "preview": {**shown, "rows": [], "columns": {}, "new": []},
                    "step": UploadStep.imported,
                    "imported_at": now,
                    "kept": None,
                }
            self._write(session, **values)

        begun = of_kept(job.kept) if job.kept else None
        import_feed(
            self.database,
            clinic,
            opened,
            now,
            origin=origin,
            begun=begun,
            beside=beside,
        )
        upload_content.drop(self.database, self.job_id)

    def note(self, **values: Any) -> None:
        self.database.retrying(partial(self._write, **values))

    def _rehearsed(self, clinic: Clinic, opened: Opened) -> dict[str, Any]:
        first: list[Any] = []
        known: set[str] = set()

        def seen(found: Compared) -> None:
            if len(first) < SHOWN_ROWS:
                first.extend(found.outcomes[: SHOWN_ROWS - len(first)])
                known.update(found.known.patients)

        now = self.clock.now()
        beats = self._beats(shown=True)
        tally = rehearse_feed(self.database, clinic, opened, now, told=beats, seen=seen)
        rows = first_rows(first, clinic.time_zone, known)
        people = len(opened.people)
        return {**said(tally.imported(), tally), "rows": rows, "people": people}

    def _opened(
        self, clinic: Clinic, stream: BinaryIO, headings: dict[str, str] | None
    ) -> Opened | UnusableFile:
        now = self.clock.now()
        with self.database.reading() as session:
            return open_any(session, clinic, stream, now, headings, self._beats())

    def _recognised(self, job: UploadJob, titles: tuple[str, ...]) -> dict[str, Any]:
        """The saved mapping of this list, unless somebody chose columns."""
        if job.headings is not None:
            return {}
        with self.database.reading() as session:
            maps = maps_of(session, job.clinic_id)
        found = recognised(titles, maps)
        if found is None:
            return {}
        return {
            "headings": found.headings,
            "map_name": found.name,
            "new": list(found.new),
        }

    def _beats(self, *, shown: bool = False) -> Told:
        """Gives a sign of life, once a second at most; `shown`: with how far it is."""
        last = time.monotonic()

        def told(done: int, total: int) -> None:
            nonlocal last
            if time.monotonic() - last >= BEAT_SECONDS:
                last = time.monotonic()
                self.note(**({"done": done, "total": total} if shown else {}))

        return told

    def _write(self, session: Session, **values: Any) -> None:
        """Raises Superseded when the list is not ours any more."""
        mine = sa.update(UploadJob).where(
            col(UploadJob.id) == self.job_id,
            col(UploadJob.worker) == self.name,
            col(UploadJob.step).in_(WORKING),
        )
        values = {"beat_at": self.clock.now(), **values}
        if not session.connection().execute(mine.values(**values)).rowcount:
            raise Superseded

    def _clinic(self, job: UploadJob) -> Clinic:
        with self.database.reading() as session:
            return session.get_one(Clinic, job.clinic_id)


def _waiting(database: Database, clock: Clock) -> int | None:
    """The oldest list that nobody is at."""
    now = clock.now()
    asked = (
        sa.select(col(UploadJob.id))
        .where(
            col(UploadJob.step).in_(WORKING),
            sa.or_(
                col(UploadJob.uploaded_at) >= now - KEPT,
                col(UploadJob.step) == UploadStep.importing,
            ),
            sa.or_(
                col(UploadJob.beat_at).is_(None), col(UploadJob.beat_at) < now - SILENT
            ),
        )
        .order_by(col(UploadJob.id))
        .limit(1)
    )
    with database.reading() as session:
        return session.connection().scalar(asked)
