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
from io import BufferedRandom
from pathlib import Path
from typing import IO, Any

from sqlmodel import Session

from clinics.access import clinic_by_slug, key_of
from consent import readable
from consent.archive import MEMBERS
from consent.attachments import ending
from consent.disclosures import of_hash
from consent.extract import Wanted, clear_facts, events_query, line
from consent.models import Attachment, LedgerHead
from kernel.clock import rfc3339
from kernel.db import Database
from kernel.errors import Invalid
from kernel.keys import Keys

FORMAT = "heed-evidence/1"
SHIPPED = Path(__file__).parent / "pack"
ROWS_AT_ONCE = 500  # what memory holds of the ledger
COPY_BYTES = 1 << 20
GROWING = ("events.jsonl", "readable.csv")
LARGEST = (1 << 31) - 1  # bytes of a member: past it a ZIP needs its other, odder form


NO_GAPS = "The whole ledger: the numbers run from 1 without a gap."
GAPS = "A part of the ledger: the numbers have gaps by nature. See README.txt."
TOO_LARGE = (
    "This part of the ledger is too large for one pack. Export it in parts, by period "
    "(--from and --to)."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    events: int
    file: Path
    sha256: str  # of the ZIP file


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Who asked for which pack, and when."""

    slug: str
    out: Path
    wanted: Wanted
    made_by: str
    now: datetime
    told: Callable[[int], None] | None  # hears how many records are written


@dataclass(slots=True, kw_only=True)
class Seen:
    """What the events turned out to be, for the manifest."""

    count: int = 0
    first: int | None = None
    last: int | None = None
    wordings: set[Any]  # of a damaged record anything may come
    scans: set[Any]


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
    told: Callable[[int], None] | None = None,
) -> Exported:
    """`out` appears whole or not at all.  Raises NotFound for the clinic, Invalid when
    the file cannot be written or would pass 2 GiB a member."""
    wanted = Wanted(campaign=campaign, phone=phone, since=since, until=until)
    order = Order(
        slug=slug, out=out, wanted=wanted, made_by=made_by, now=now, told=told
    )
    try:
        with _replacing(out) as file:
            with database.reading() as session:
                events = _write(session, keys, order, file)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except zipfile.LargeZipFile:
        raise Invalid(TOO_LARGE) from None
    return Exported(events=events, file=out, sha256=digest)


@contextmanager
def _replacing(out: Path) -> Iterator[BufferedRandom]:
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


def _head(session: Session, slug: str) -> LedgerHead:
    """Of a clinic without any event too: an empty pack proves that it has none."""
    clinic_id = key_of(clinic_by_slug(session, slug))
    return session.get(LedgerHead, clinic_id) or LedgerHead(
        clinic_id=clinic_id, name=slug
    )


def _write(session: Session, keys: Keys, order: Order, file: IO[bytes]) -> int:
    head = _head(session, order.slug)
    members: dict[str, dict[str, Any]] = {}
    with (
        zipfile.ZipFile(
            file, "w", zipfile.ZIP_DEFLATED, allowZip64=False, compresslevel=1
        ) as archive,
        # A ZIP takes one member at a time: the table waits beside it, not in memory.
        tempfile.TemporaryFile(dir=order.out.parent) as table,
    ):
        with _member(archive, "events.jsonl", members) as put:
            seen = _events(session, head, order, put, table)
        with _member(archive, "readable.csv", members) as put:
            table.seek(0)
            while part := table.read(COPY_BYTES):
                put(part)
        for name, content in _small_members(session, head.clinic_id, seen):
            if len(members) > MEMBERS - 3:
                raise zipfile.LargeZipFile(name)
            with _member(archive, name, members) as put:
                put(content)
        manifest = _manifest(keys, head, order, seen, members)
        signature = keys.sign(manifest)[1]
        for name, content in ("manifest.json", manifest), ("manifest.sig", signature):
            with _member(archive, name, {}) as put:
                put(content)
    return seen.count


@contextmanager
def _member(
    archive: zipfile.ZipFile, name: str, members: dict[str, dict[str, Any]]
) -> Iterator[Callable[[bytes], None]]:
    """Write one member; its size and hash go into `members`.  zipfile dates them
    all 1980-01-01, so the bytes do not tell when they were written."""
    digest, size = hashlib.sha256(), 0

    def put(part: bytes) -> None:
        nonlocal size
        digest.update(part)
        size += len(part)
        if size > LARGEST:
            raise zipfile.LargeZipFile(name)
        stream.write(part)

    # Only what grows is packed: packed bytes may hold bits that mean nothing, and in
    # the small members every bit shall count.
    grows = name in GROWING
    with archive.open(name if grows else zipfile.ZipInfo(name), "w") as stream:
        yield put
    members[name] = {"sha256": digest.hexdigest(), "bytes": size}


def _events(
    session: Session,
    head: LedgerHead,
    order: Order,
    put: Callable[[bytes], None],
    table: IO[bytes],
) -> Seen:
    """Every wanted event, read once: to `put` as evidence, to `table` for people."""
    seen = Seen(wordings=set(), scans=set())
    text = io.TextIOWrapper(table, "utf-8-sig", newline="")
    rows = csv.writer(text, quoting=csv.QUOTE_ALL)
    rows.writerow(readable.COLUMNS)
    query = events_query(session, head.clinic_id, order.wanted)
    query = query.execution_options(yield_per=ROWS_AT_ONCE)  # a cursor of the server
    for part in session.connection().execute(query).partitions():
        lines = []
        for event in part:
            facts = clear_facts(event)
            lines.append(line(event, head.name, facts))
            rows.writerow(readable.row(event, facts))
            if isinstance(facts, dict):
                seen.wordings.add(facts.get("disclosure_sha256"))
                seen.scans.add(facts.get("attachment_sha256"))
        put("".join(lines).encode("utf-8"))
        seen.count += len(part)
        seen.first = seen.first or part[0].seq
        seen.last = part[-1].seq
        if order.told is not None:
            order.told(seen.count)
    text.flush()
    text.detach()
    return seen


def _small_members(
    session: Session, clinic_id: int, seen: Seen
) -> Iterator[tuple[str, bytes]]:
    for sha256 in _hashes(seen.wordings):
        wording = of_hash(session, clinic_id, sha256)
        if wording is not None:  # else the pack says so: a record names what it lacks
            yield f"disclosures/{sha256}.txt", wording.text.encode("utf-8")
    for sha256 in _hashes(seen.scans):
        scan = session.get(Attachment, (clinic_id, sha256))
        if scan is not None:
            yield f"attachments/{sha256}.{ending(scan.media_type)}", scan.content
            session.expunge(scan)  # one at a time in memory
    for name in ("README.txt", "verify.py"):
        yield name, (SHIPPED / name).read_bytes()


def _hashes(named: set[Any]) -> list[str]:
    return sorted(sha256 for sha256 in named if isinstance(sha256, str))


def _manifest(
    keys: Keys,
    head: LedgerHead,
    order: Order,
    seen: Seen,
    members: dict[str, dict[str, Any]],
) -> bytes:
    key = keys.current()
    content = {
        "format": FORMAT,
        "origin": f"heed/{head.name}",
        "clinic": head.name,
        "made_at": rfc3339(order.now),
        "made_by": order.made_by,
        "made_for": order.wanted.fields(),
        "whole": order.wanted.whole,
        "gaps": NO_GAPS if order.wanted.whole else GAPS,
        "events": {
            "count": seen.count,
            "first_seq": seen.first,
            "last_seq": seen.last,
            "ledger_last_seq": head.next_seq - 1,
        },
        "key": {
            "id": key.id,
            "algorithm": "Ed25519",
            "public_key": key.public_base64,
            "published_at": f"/c/{order.slug}/keys",
        },
        "files": members,
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    return text.encode("utf-8") + b"\n"
