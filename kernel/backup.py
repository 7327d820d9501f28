"""Writes a backup while others go on writing, and puts one back into an empty
database.  Either database may be SQLite or PostgreSQL; the file is always SQLite.

A backup counts only once it was read again from the disk and found to be what the
database held at one instant.  What a restored database may do is not decided here.
"""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from kernel import backup_file, schema
from kernel.backup_file import (
    NOT_COPIED,
    WRONG,
    Examine,
    Manifest,
    opened,
    verified,
)
from kernel.db import Database, journal_mode
from kernel.errors import Conflict, Invalid
from kernel.keys import Keys
from kernel.table_copy import Tally, continue_numbers, copy, tables_of, tally_of

T = TypeVar("T")

# What a program that runs on an empty database has written there already.
NO_CONTENT = frozenset({"heartbeat", "counter"})
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    file: Path
    bytes: int
    manifest: Manifest


def back_up(
    database: Database, keys: Keys, out: Path, examine: Examine, now: datetime
) -> Made:
    """`out` appears whole and verified, or not at all; `examine` names the ledgers or
    raises.  Raises Conflict when `out` is there, Invalid for all else."""
    revision = schema.revision_of(database)
    if revision is None or not schema.is_known(revision):
        raise Invalid(
            "The database has no schema that this Heed knows. Run 'flask db upgrade', "
            "or use the version that belongs to it."
        )
    with _taking_its_place(out) as fresh:
        if database.dialect == "sqlite":
            tallies = _copy_pages(database, fresh)
        else:
            tallies = _copy_rows(database, fresh, revision)
        with opened(fresh, writes=True).writing() as session:
            manifest = Manifest(
                made_at=now,
                revision=revision,
                source=database.dialect,
                tables={name: tally.fields for name, tally in tallies.items()},
                ledgers=examine(session),
                schema_sha256=backup_file.schema_hash(session),
                sealed=keys.seal(backup_file.SEALED),
                token_key_sha256=backup_file.token_key(keys),
                key_id=keys.current().id,
            )
            backup_file.write_manifest(session, manifest, keys)
        verified(fresh, keys, out)
        _sync(fresh)
    return Made(file=out, bytes=out.stat().st_size, manifest=manifest)


def _copy_pages(database: Database, fresh: Path) -> dict[str, Tally]:
    """SQLite's own online copy, of the snapshot whose rows are counted beside it."""
    with database.reading() as source:
        tables = _tables(source)  # the first read: the snapshot stands
        copied = opened(fresh, writes=True)
        with closing(copied.writer.raw_connection()) as target:
            raw: Any = source.connection().connection.driver_connection
            raw.backup(target.driver_connection)
        if journal_mode() == "WAL":
            return {table.name: tally_of(source, table) for table in tables}
    with copied.reading() as source:  # there a reader keeps writers waiting
        return {table.name: tally_of(source, table) for table in tables}


def _copy_rows(database: Database, fresh: Path, revision: str) -> dict[str, Tally]:
    file = opened(fresh, writes=True)
    schema.upgrade(file, revision)
    with database.reading() as source, file.writing() as target:
        return {table.name: copy(source, target, table) for table in _tables(target)}


def _tables(session: Session) -> list[sa.Table]:
    found = tables_of(session.connection())
    return [table for table in found if table.name not in NOT_COPIED]


@contextmanager
def _taking_its_place(out: Path) -> Iterator[Path]:
    """A file beside `out`, readable by us alone, that gets its name at the end."""
    if out.exists():
        raise Conflict(f"'{out}' is there already. Name a new file: none is replaced.")
    try:
        descriptor, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    except OSError as mistake:
        raise Invalid(
            f"'{out}' cannot be written ({mistake.strerror}). "
            "Name a file in a folder that is there and that you may write to."
        ) from None
    os.close(descriptor)
    fresh = Path(name)
    try:
        yield fresh
        fresh.replace(out)
        _sync(out.parent)
    except WRONG as mistake:
        raise _sentence(out, mistake) from None
    finally:
        fresh.unlink(missing_ok=True)


def _sentence(out: Path, mistake: Exception) -> Invalid:
    if isinstance(mistake, OSError):
        why, full = mistake.strerror or "", mistake.errno in FULL
    else:
        why = backup_file.why(mistake)
        full = "full" in why or "disk I/O error" in why
    advice = "Make room there, or name another disk." if full else "Try again."
    return Invalid(
        f"'{out}' was not written ({why}). Nothing was left behind. {advice}"
    )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put_back(
    file: Path,
    database: Database,
    keys: Keys,
    examine: Examine,
    settle: Callable[[Session, Manifest], T],
    folder: Path,
) -> tuple[Manifest, T]:
    """Everything of `file`, and what `settle` makes of it, in one transaction.

    `folder` has room for a copy of the file.  Raises Invalid for a file that cannot
    be used, Conflict for a database that is not empty; then nothing has changed.
    """
    with tempfile.TemporaryDirectory(dir=folder, prefix="restore-") as place:
        own = Path(place) / "backup.db"
        try:
            shutil.copyfile(file, own)  # nobody changes it between check and use
        except OSError as mistake:
            raise Invalid(
                f"'{file}' cannot be copied into '{folder}' ({mistake.strerror})."
            ) from None
        manifest = _of_now(own, file, keys)
        schema.upgrade(database)
        with backup_file.examined(own, examine, manifest) as source:
            try:
                with database.writing() as target:
                    _fill(source, target)
                    return manifest, settle(target, manifest)
            except IntegrityError:
                raise Conflict(
                    "Something else wrote into this database meanwhile. Nothing was "
                    "restored. Stop what runs on it, and repeat."
                ) from None


def _of_now(own: Path, file: Path, keys: Keys) -> Manifest:
    """Verified as it was made, then brought to the newest schema."""
    manifest = verified(own, keys, file)
    if not schema.is_known(manifest.revision):
        raise Invalid(
            f"'{file}' was made by a later Heed (schema {manifest.revision}). "
            "Install that version, then restore."
        )
    if manifest.revision != schema.newest():
        schema.upgrade(opened(own, writes=True))
    return manifest


def _fill(source: Session, target: Session) -> None:
    tables = _tables(source)
    for table in tables:
        _must_be_empty(target, table)
    for table in tables:
        copy(source, target, table)
        continue_numbers(target, table)


def _must_be_empty(target: Session, table: sa.Table) -> None:
    if table.name in NO_CONTENT:
        target.connection().execute(sa.delete(table))
        return
    one = sa.select(sa.literal(1)).select_from(table).limit(1)
    if target.connection().scalar(one) is not None:
        raise Conflict(
            f"This database is not empty: it has a '{table.name}'. Nothing was changed. "
            "Restore into an empty one: set DATABASE_URL to a new file or a new "
            "database, and repeat."
        )
