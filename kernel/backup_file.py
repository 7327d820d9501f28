"""What a backup is: one SQLite file with every table, and a signed list of what is in
it.  Opens one only to read, and believes nothing of it that was not checked.

The keys are never inside; tokens of vendors are, sealed.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool
from sqlmodel import Session

try:
    import pysqlite3.dbapi2 as sqlite
except ImportError:  # as in kernel.db
    import sqlite3 as sqlite

from kernel.clock import parse_time
from kernel.db import Database
from kernel.errors import Invalid
from kernel.hashing import canonical
from kernel.keys import Keys
from kernel.table_copy import tables_of, tally_of

FORMAT = "heed-backup/1"
MANIFEST = "backup_manifest"
NOT_COPIED = frozenset({MANIFEST, "alembic_version"})
SEALED = "heed"  # opens with the right column key only
WRONG: tuple[type[Exception], ...] = (OSError, DBAPIError, sqlite.Error)
Examine = Callable[[Session], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What was in the database at one instant, not before `made_at`."""

    made_at: datetime
    revision: str
    source: str  # sqlite or postgresql
    tables: dict[str, dict[str, Any]]  # rows and sha256 of each
    ledgers: list[dict[str, Any]]
    schema_sha256: str
    sealed: str
    token_key_sha256: str
    key_id: str

    @property
    def rows(self) -> int:
        return sum(int(table["rows"]) for table in self.tables.values())

    def content(self) -> bytes:
        """What is signed."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return canonical(
            {**fields, "format": FORMAT, "made_at": self.made_at.isoformat()}
        )


def opened(file: Path, *, writes: bool = False) -> Database:
    """The file as a database of its own; nobody else has it open."""
    how = "rw" if writes else "ro&immutable=1"

    def connect() -> Any:
        made = sqlite.connect(f"{file.absolute().as_uri()}?mode={how}", uri=True)
        made.isolation_level = None  # we say BEGIN ourselves
        made.execute("PRAGMA trusted_schema=OFF")
        made.execute("PRAGMA cache_size=-65536")  # KiB: indexes grow in memory
        if writes:  # it counts only once it is whole and on the disk
            made.execute("PRAGMA journal_mode=OFF")
            made.execute("PRAGMA synchronous=OFF")
        return made

    engine = sa.create_engine(
        "sqlite://",
        module=sqlite,
        creator=connect,
        poolclass=NullPool,
        hide_parameters=True,
    )
    sa.event.listen(engine, "begin", lambda begun: begun.exec_driver_sql("BEGIN"))
    return Database(engine, engine, "sqlite")


def write_manifest(session: Session, manifest: Manifest, keys: Keys) -> None:
    content = manifest.content()
    key_id, signature = keys.sign(content)
    assert key_id == manifest.key_id
    connection = session.connection()
    connection.exec_driver_sql(
        f"CREATE TABLE {MANIFEST} (manifest TEXT NOT NULL, signature BLOB NOT NULL)"
    )
    connection.exec_driver_sql(
        f"INSERT INTO {MANIFEST} VALUES (?, ?)", (content.decode(), signature)
    )


def verified(file: Path, keys: Keys, name: Path) -> Manifest:
    """Its list, when the keys are its keys and everything is as listed.  Whether its
    ledgers hold is asked by who knows ledgers.  Raises Invalid with the sentence;
    `name` is what people call the file."""
    try:
        with opened(file).reading() as session:
            manifest = _read_manifest(session, name, keys)
            for fault in _faults(session, manifest):
                raise Invalid(f"'{name}' is damaged: {fault} Use another backup.")
            return manifest
    except WRONG as mistake:
        raise Invalid(
            f"'{name}' cannot be read as a backup ({why(mistake)}). "
            "Name a file that 'flask backup' wrote, or use another backup."
        ) from None


def _read_manifest(session: Session, name: Path, keys: Keys) -> Manifest:
    known = session.connection().exec_driver_sql(
        f"SELECT count(*) FROM sqlite_master WHERE name = '{MANIFEST}'"
    )
    listed = f"SELECT manifest, signature FROM {MANIFEST}"
    there = bool(known.scalar_one())
    try:
        ((text, signature),) = (
            session.connection().exec_driver_sql(listed).all() if there else ()
        )
        fields = json.loads(text)
        form = fields.pop("format")
        made_at = parse_time(fields.pop("made_at"))
        manifest = Manifest(made_at=made_at, **fields)
    except (KeyError, TypeError, ValueError):
        raise Invalid(
            f"'{name}' is no backup. Name a file that 'flask backup' wrote."
        ) from None
    if form != FORMAT:
        raise Invalid(f"'{name}' was made by a later Heed. Install that version first.")
    _check_keys(name, manifest, text.encode(), bytes(signature), keys)
    return manifest


def _check_keys(
    name: Path, manifest: Manifest, content: bytes, signature: bytes, keys: Keys
) -> None:
    other = Invalid(
        f"'{name}' belongs to other keys than those of HEED_KEYS_FILE: it names "
        f"key {manifest.key_id}. Nothing was restored, because what it seals could not "
        "be opened and nothing would be sent. Put its own keys file there, from its "
        "safe place, and repeat."
    )
    signer = {key.id: key.private.public_key() for key in keys.signing}
    if manifest.key_id not in signer or manifest.token_key_sha256 != token_key(keys):
        raise other
    try:
        signer[manifest.key_id].verify(signature, content)
    except InvalidSignature:
        raise Invalid(
            f"'{name}' is damaged: its list was changed. Use another backup."
        ) from None
    try:
        keys.unseal(manifest.sealed)
    except Invalid:
        raise other from None


def token_key(keys: Keys) -> str:
    """Tells whether it is the same key, and nothing of the key."""
    return hashlib.sha256(b"heed/token-key/v1\x00" + keys.token).hexdigest()


def _faults(session: Session, manifest: Manifest) -> Iterator[str]:
    connection = session.connection()
    for said in connection.exec_driver_sql("PRAGMA integrity_check(1)").scalars():
        if said != "ok":
            yield f"{said.strip().rstrip('.')}."
    for table, *_ in connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        yield f"rows of '{table}' point to rows that are missing."
    if schema_hash(session) != manifest.schema_sha256:
        yield "its tables were changed."
    tables = [table for table in tables_of(connection) if table.name not in NOT_COPIED]
    if {table.name for table in tables} != set(manifest.tables):
        yield "its tables are not those of its list."
    for table in tables:
        if tally_of(session, table).fields != manifest.tables[table.name]:
            yield f"the rows of '{table.name}' are not those of its list."


def schema_hash(session: Session) -> str:
    """Of tables, indexes and triggers; the list itself is not part of it."""
    rows = session.connection().exec_driver_sql(
        "SELECT type, name, tbl_name, sql FROM sqlite_master "
        f"WHERE tbl_name <> '{MANIFEST}' ORDER BY type, name"
    )
    return hashlib.sha256(ascii([tuple(row) for row in rows]).encode()).hexdigest()


def why(mistake: Exception) -> str:
    """In the database's own words; never the statement, which may hold rows."""
    return str(getattr(mistake, "orig", mistake)).strip().rstrip(".")


@contextmanager
def examined(file: Path, examine: Examine, manifest: Manifest) -> Iterator[Session]:
    """A session over a file of the newest schema, whose ledgers are as listed."""
    with opened(file).reading() as session:
        if examine(session) != manifest.ledgers:
            raise Invalid("The ledgers are not those of the backup's list.")
        yield session
