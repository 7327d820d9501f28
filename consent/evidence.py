"""Writes an evidence pack: streamed from one snapshot, signed, the same bytes for the
same data and clock.  It judges nothing: a damaged record is exported as it is found,
and `consent.verify` names it.  `pack/README.txt` describes the format.
"""

import csv
import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.access import clinic_by_slug, key_of
from consent import readable
from consent.disclosures import of_hash
from consent.models import ConsentDetail, ConsentEvent, LedgerHead
from kernel.clock import rfc3339
from kernel.db import Database
from kernel.errors import Invalid, NotFound
from kernel.hashing import DETAIL_PREFIX, canonical, commitment
from kernel.keys import Keys

FORMAT = "heed-evidence/1"
SHIPPED = Path(__file__).parent / "pack"
ROWS_AT_ONCE = 500  # what memory holds of the ledger
COPY_BYTES = 1 << 20
encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True
).encode  # canonical for our own ASCII keys and texts, and three times as fast


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a pack is for; all None: the whole ledger.  `until` is exclusive."""

    campaign: str | None = None
    phone: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def whole(self) -> bool:
        return self == Wanted()

    def fields(self) -> dict[str, str | None]:
        return {
            "campaign": self.campaign,
            "phone": self.phone,
            "since": rfc3339(self.since) if self.since else None,
            "until": rfc3339(self.until) if self.until else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    events: int
    file: Path
    sha256: str  # of the ZIP file


@dataclass(slots=True, kw_only=True)
class Seen:
    """What the events turned out to be, for the manifest."""

    count: int = 0
    first: int | None = None
    last: int | None = None
    wordings: set[str]


def export(
    database: Database,
    keys: Keys,
    *,
    slug: str,
    out: Path,
    campaign: str | None = None,
    phone: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    made_by: str,
    now: datetime,
) -> Exported:
    """`out` appears whole or not at all.  Raises NotFound for the clinic, Invalid when
    the file cannot be written or would pass 2 GiB a member."""
    wanted = Wanted(campaign=campaign, phone=phone, since=since, until=until)
    try:
        with _replacing(out) as file:
            with database.reading() as session:
                events = _write(session, keys, slug, wanted, made_by, now, file)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except (zipfile.LargeZipFile, RuntimeError) as mistake:
        raise Invalid(
            f"This part of the ledger is too large for one pack ({mistake}). "
            "Export it in parts, with --from and --to."
        ) from mistake
    return Exported(events=events, file=out, sha256=digest)


@contextmanager
def _replacing(out: Path) -> Iterator[IO[bytes]]:
    """A file beside `out`, readable by us alone, that takes its place at the end."""
    try:
        descriptor, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    except OSError as mistake:
        raise Invalid(f"'{out}' cannot be written ({mistake.strerror}).") from None
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(out)
    finally:
        fresh.unlink(missing_ok=True)


def _write(
    session: Session,
    keys: Keys,
    slug: str,
    wanted: Wanted,
    made_by: str,
    now: datetime,
    file: IO[bytes],
) -> int:
    clinic_id = key_of(clinic_by_slug(session, slug))
    head = session.get(LedgerHead, clinic_id)
    if head is None:
        raise NotFound(f"Clinic '{slug}' has no ledger yet.")
    with (
        zipfile.ZipFile(
            file, "w", zipfile.ZIP_DEFLATED, allowZip64=False, compresslevel=1
        ) as archive,
        tempfile.TemporaryFile() as table,
    ):
        members: dict[str, dict[str, Any]] = {}
        with _member(archive, "events.jsonl", members) as put:
            seen = _events(session, clinic_id, head.name, wanted, put, table)
        with _member(archive, "readable.csv", members) as put:
            table.seek(0)
            while part := table.read(COPY_BYTES):
                put(part)
        for name, content in _others(session, clinic_id, seen.wordings):
            with _member(archive, name, members) as put:
                put(content)
        manifest = _manifest(keys, head, wanted, seen, members, made_by, now)
        for name, content in (
            ("manifest.json", manifest),
            ("manifest.sig", keys.sign(manifest)[1]),
        ):
            with _member(archive, name, {}) as put:
                put(content)
    return seen.count


@contextmanager
def _member(
    archive: zipfile.ZipFile, name: str, members: dict[str, dict[str, Any]]
) -> Iterator[Callable[[bytes], None]]:
    """Write one member; its size and hash go into `members`.  zipfile dates a member
    that is opened by name 1980-01-01, so the bytes do not tell when it was written."""
    digest, size = hashlib.sha256(), 0

    def put(part: bytes) -> None:
        nonlocal size
        digest.update(part)
        size += len(part)
        stream.write(part)

    with archive.open(name, "w") as stream:
        yield put
    members[name] = {"sha256": digest.hexdigest(), "bytes": size}


def _events(
    session: Session,
    clinic_id: int,
    clinic: str,
    wanted: Wanted,
    put: Callable[[bytes], None],
    table: IO[bytes],
) -> Seen:
    """Every wanted event, once: to `put` as evidence, to `table` for people."""
    seen = Seen(wordings=set())
    text = io.TextIOWrapper(table, "utf-8-sig", newline="")
    rows = csv.writer(text, quoting=csv.QUOTE_ALL)
    rows.writerow(readable.COLUMNS)
    found = session.connection().execute(_query(session, clinic_id, wanted))
    for part in found.partitions(ROWS_AT_ONCE):
        lines = []
        for event in part:
            clear = _clear(event)
            lines.append(_line(event, clinic, clear))
            facts = clear if isinstance(clear, dict) else {"detail": clear}
            rows.writerow(
                readable.row(
                    event.seq,
                    event.at,
                    event.kind,
                    event.phone,
                    facts,
                    event.leaf_hash,
                )
            )
            wording = facts.get("disclosure_sha256")
            if isinstance(wording, str):
                seen.wordings.add(wording)
        put("".join(lines).encode("utf-8"))
        seen.count += len(part)
        seen.first = seen.first or part[0].seq
        seen.last = part[-1].seq
    text.flush()
    text.detach()
    return seen
