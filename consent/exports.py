"""Evidence packs made for a page: asked for, made beside the requests, checked, kept
for a week.

A pack that does not hold is never handed out.  Who makes one writes to the database
for an instant at a time: a STOP never waits for an export.
"""

import logging
import re
import secrets
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from clinics.models import Clinic
from consent import evidence
from consent.extract import Wanted, events_query
from consent.models import ExportJob, ExportState
from consent.verify import Broken, verify_pack
from kernel.clock import Clock
from kernel.db import Database
from kernel.errors import Conflict, Invalid, NotFound
from kernel.keys import Keys

FOLDER = "exports"
NAME = re.compile(r"[0-9a-f]{32}\.zip")
KEPT_SECONDS = 7 * 24 * 3600
SILENT = timedelta(minutes=2)  # without a sign of life nobody makes it any more
BEAT_SECONDS = 1.0
SHOWN = 20

NO_FOLDER = (
    "This server cannot keep files just now, so no export was started. Tell the "
    "operator that the data folder cannot be written."
)
ONE_AT_A_TIME = "An export is being made already. Ask again when it is ready."
NO_JOB = "There is no such export at this clinic."
NOT_READY = "This export is not there to download. Ask for it again."
BROKE = (
    "Something went wrong while it was made. Ask again; if it stays, tell the operator."
)
DOES_NOT_HOLD = (
    "It was made and checked, and it does not hold, so it is not handed out. {} Tell "
    "the operator."
)
NO_ROOM = "The server could not write the file ({}). Tell the operator."

log = logging.getLogger("heed.exports")


class Stage(StrEnum):
    """Where an export is, as a person sees it."""

    writing = "writing"
    checking = "checking"
    interrupted = "interrupted"
    ready = "ready"
    gone = "gone"  # made, and deleted since
    failed = "failed"


@dataclass(frozen=True, slots=True)
class Shown:
    job: ExportJob
    stage: Stage


@dataclass(frozen=True, slots=True)
class Busy:
    why: str = ONE_AT_A_TIME


def open_folder(data_dir: Path) -> Path:
    """The folder of the packs, ours alone; files older than a week go.  Raises Conflict
    with the sentence to show when nothing can be written there."""
    folder = data_dir / FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        files = list(folder.iterdir())
    except OSError:
        raise Conflict(NO_FOLDER) from None
    for file in files:
        with suppress(OSError):  # another process may have cleaned up just now
            if time.time() - file.stat().st_mtime > KEPT_SECONDS:
                file.unlink()
    return folder


def ask(
    session: Session, clinic_id: int, by: str, wanted: Wanted, now: datetime
) -> int | Busy:
    """The number of a new job, which somebody must start; one at a time per clinic."""
    # Two may ask at once; the row of the clinic makes them stand in line.
    session.connection().execute(
        sa.select(col(Clinic.id))
        .where(col(Clinic.id) == clinic_id)
        .with_for_update(key_share=True)
    )
    running = select(ExportJob.id).where(
        col(ExportJob.clinic_id) == clinic_id,
        col(ExportJob.state) == ExportState.running,
        col(ExportJob.beat_at) > now - SILENT,
    )
    if session.exec(running.limit(1)).first() is not None:
        return Busy()
    job = ExportJob(
        clinic_id=clinic_id,
        asked_by=by,
        asked_at=now,
        phone=wanted.phone,
        since=wanted.since,
        until=wanted.until,
        beat_at=now,
    )
    session.add(job)
    session.flush()
    return job.id or 0


def jobs(
    session: Session, clinic_id: int, data_dir: Path, now: datetime
) -> tuple[Shown, ...]:
    """The newest ones, whoever asked for them."""
    newest = (
        select(ExportJob)
        .where(col(ExportJob.clinic_id) == clinic_id)
        .order_by(col(ExportJob.id).desc())
        .limit(SHOWN)
    )
    return tuple(Shown(job, _stage(job, data_dir, now)) for job in session.exec(newest))


def job_of(session: Session, clinic_id: int, job_id: int) -> ExportJob:
    """Raises NotFound for another clinic's, too."""
    found = session.get(ExportJob, job_id) if job_id < 1 << 31 else None
    if found is None or found.clinic_id != clinic_id:
        raise NotFound(NO_JOB)
    return found


def wanted_of(job: ExportJob) -> Wanted:
    return Wanted(phone=job.phone, since=job.since, until=job.until)


def file_of(job: ExportJob, data_dir: Path) -> Path:
    """What is handed out.  Raises Conflict while, or because, it is not there."""
    kept = job.file is not None and NAME.fullmatch(job.file) is not None
    file = data_dir / FOLDER / (job.file or "")
    if job.state is not ExportState.ready or not kept or not file.is_file():
        raise Conflict(NOT_READY)
    return file


def _stage(job: ExportJob, data_dir: Path, now: datetime) -> Stage:
    if job.state is ExportState.failed:
        return Stage.failed
    if job.state is ExportState.ready:
        kept = job.file is not None and (data_dir / FOLDER / job.file).is_file()
        return Stage.ready if kept else Stage.gone
    if now - job.beat_at > SILENT:
        return Stage.interrupted
    return Stage.checking if job.total and job.done >= job.total else Stage.writing


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Makes the packs that were asked for, each in a thread of its own."""

    database: Database
    keys: Keys
    clock: Clock
    folder: Path

    def start(self, job_id: int) -> None:
        name = f"export {job_id}"
        # A daemon: a server that stops does not wait, and the job shows as interrupted.
        threading.Thread(
            target=self.make, args=(job_id,), name=name, daemon=True
        ).start()

    def make(self, job_id: int) -> None:
        """Ends as ready or failed; killed meanwhile, it falls silent."""
        name = f"{secrets.token_hex(16)}.zip"
        out = self.folder / name
        try:
            done = self._made(job_id, out)
        except Invalid as mistake:
            done = _failed(str(mistake).replace(f"'{out}'", "The file"))
        except OSError as mistake:
            done = _failed(NO_ROOM.format(mistake.strerror))
        except Exception:
            log.exception("export %s", job_id)
            done = _failed(BROKE)
        if done["state"] is ExportState.failed:
            out.unlink(missing_ok=True)
        self._write(job_id, finished_at=self.clock.now(), **done)

    def _made(self, job_id: int, out: Path) -> dict[str, Any]:
        with self.database.reading() as session:
            job = session.get_one(ExportJob, job_id)
            slug = session.get_one(Clinic, job.clinic_id).slug
            events: Any = events_query(session, job.clinic_id, wanted_of(job))
            counted = sa.select(sa.func.count()).select_from(events.subquery())
            total = int(session.connection().scalar(counted) or 0)
        self._write(job_id, total=total, beat_at=self.clock.now())
        made = evidence.export(
            self.database,
            self.keys,
            slug=slug,
            out=out,
            phone=job.phone,
            since=job.since,
            until=job.until,
            made_by=job.asked_by,
            now=job.asked_at,
            told=self._beats(job_id),
        )
        count = made.events
        self._write(job_id, done=count, total=count, beat_at=self.clock.now())
        beat = self._beats(job_id)
        key = self.keys.current().public_base64
        found = verify_pack(out, [key], read=lambda _size: beat(count))
        if isinstance(found, Broken):
            return _failed(DOES_NOT_HOLD.format(_ended(found.sentence)))
        ready = ExportState.ready
        return {"state": ready, "file": out.name, "sha256": made.sha256}

    def _beats(self, job_id: int) -> Callable[[int], None]:
        """Tells how far it is, once a second at most."""
        last = time.monotonic()

        def beat(done: int) -> None:
            nonlocal last
            if time.monotonic() - last < BEAT_SECONDS:
                return
            last = time.monotonic()
            with suppress(DBAPIError):  # somebody else writes: the next one tells it
                self._write(job_id, done=done, beat_at=self.clock.now())

        return beat

    def _write(self, job_id: int, **values: Any) -> None:
        change = sa.update(ExportJob).where(col(ExportJob.id) == job_id).values(values)
        self.database.retrying(lambda session: session.connection().execute(change))


def _failed(problem: str) -> dict[str, Any]:
    return {"state": ExportState.failed, "problem": problem}


def _ended(sentence: str) -> str:
    return f"{sentence[:1].upper()}{sentence[1:].rstrip('.')}."
