"""The database: reading that cannot write, writing that commits or rolls back.

SQLite writers start with BEGIN IMMEDIATE, or a send could commit after a committed
STOP; on PostgreSQL the same is closed by row locks taken in one order.  Nothing here
knows a table.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import Session, create_engine

try:
    import pysqlite3.dbapi2 as sqlite
except ImportError:  # no wheel for this machine: the system's, with its caveat below
    import sqlite3 as sqlite

T = TypeVar("T")
Dialect = Literal["sqlite", "postgresql"]

LOCK_WAIT_SECONDS = 5.0  # under Twilio's 15 s: we answer 503 while it still listens
TRIES = 5
DEADLOCK, SERIALIZATION, LOCK_TIMEOUT = "40P01", "40001", "55P03"


@dataclass(frozen=True, slots=True)
class Database:
    """Two engines over one database: `writer`, and `reader` that refuses to write."""

    writer: sa.Engine
    reader: sa.Engine
    dialect: Dialect
    turn: AbstractContextManager[Any] = field(default_factory=nullcontext)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent snapshot; the database itself refuses to write."""
        with Session(self.reader, autoflush=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Commits at the end, rolls back on any exception.  Tried once."""
        with self.turn, Session(self.writer, expire_on_commit=False) as session:
            session.connection()  # begins now: the order of writers is set here
            yield session
            session.commit()

    def retrying(self, work: Callable[[Session], T]) -> T:
        """`work` in a transaction of its own, repeated when the database says
        "locked", "deadlock" or "serialization failure", a bounded number of times and
        only while the vendor still listens."""
        give_up = time.monotonic() + LOCK_WAIT_SECONDS
        for attempt in range(TRIES):
            try:
                with self.writing() as session:
                    return work(session)
            except DBAPIError as mistake:
                late = attempt == TRIES - 1 or time.monotonic() > give_up
                if late or not is_transient(mistake):
                    raise
                time.sleep(random.uniform(0.005, 0.03) * (attempt + 1))
        raise AssertionError("unreachable")

    def close(self) -> None:
        self.writer.dispose()
        self.reader.dispose()


def is_transient(mistake: DBAPIError) -> bool:
    """Nothing was committed and a repeat may work."""
    state = getattr(mistake.orig, "sqlstate", None)
    if state is not None:
        return state in {DEADLOCK, SERIALIZATION, LOCK_TIMEOUT}
    return isinstance(mistake, OperationalError) and "locked" in str(mistake.orig)


def open_database(url: str) -> Database:
    """`sqlite:///path` or `postgresql://…` (`postgres://` too)."""
    if url.startswith("sqlite"):
        return _open_sqlite(url)
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            url = "postgresql+psycopg://" + url.removeprefix(prefix)
    writer = create_engine(
        url,
        pool_size=20,
        max_overflow=20,
        pool_pre_ping=True,
        hide_parameters=True,  # they are patients
        connect_args={
            "options": f"-c lock_timeout={int(LOCK_WAIT_SECONDS * 1000)}"
            " -c timezone=UTC -c synchronous_commit=on"
        },
    )
    reader = writer.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    return Database(writer, reader, "postgresql")


def _open_sqlite(url: str) -> Database:
    file = sa.engine.make_url(url).database
    if file and file != ":memory:":
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    writer, reader = (_sqlite_engine(url, writes=writes) for writes in (True, False))
    return Database(writer, reader, "sqlite", Turn())


def _sqlite_engine(url: str, *, writes: bool) -> sa.Engine:
    engine = create_engine(
        url,
        module=sqlite,
        hide_parameters=True,
        pool_size=40,
        connect_args={"check_same_thread": False, "timeout": 0.0},
    )

    @sa.event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        _patiently(lambda: connection.execute(f"PRAGMA journal_mode={journal_mode()}"))
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA busy_timeout=0")
        if not writes:
            connection.execute("PRAGMA query_only=ON")
            connection.execute(f"PRAGMA busy_timeout={int(LOCK_WAIT_SECONDS * 1000)}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        if writes:
            raw: Any = connection.connection.dbapi_connection
            with _as_sqlalchemy():
                _patiently(lambda: raw.execute("BEGIN IMMEDIATE"))
        else:
            connection.exec_driver_sql("BEGIN")

    return engine


class Turn:
    """SQLite's one write lock goes to whoever asks at the right moment, so that busy
    senders could starve a STOP.  Here the writers of a process stand in line, and only
    the first of them asks."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._line: deque[threading.Event] = deque()
        self._taken = False

    def __enter__(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Event()
            self._line.append(mine)
        if mine.wait(LOCK_WAIT_SECONDS):
            return
        with self._guard:
            if mine.is_set():  # called up at the last moment
                return
            self._line.remove(mine)
        with _as_sqlalchemy():
            raise sqlite.OperationalError("database is locked")

    def __exit__(self, *_: object) -> None:
        with self._guard:
            if self._line:
                self._line.popleft().set()
            else:
                self._taken = False


def _patiently(step: Callable[[], Any]) -> None:
    """Ask for the lock every millisecond or two.  SQLite's own busy handler backs
    off to 100 ms, which lets the senders of one process starve another's."""
    give_up = time.monotonic() + LOCK_WAIT_SECONDS
    while True:
        try:
            step()
            return
        except sqlite.OperationalError as mistake:
            if "locked" not in str(mistake) or time.monotonic() > give_up:
                raise
        time.sleep(random.uniform(0.0005, 0.002))


@contextmanager
def _as_sqlalchemy() -> Iterator[None]:
    """The driver's own exception under the name by which the callers know it."""
    try:
        yield
    except sqlite.OperationalError as mistake:
        raise OperationalError("BEGIN IMMEDIATE", None, mistake) from mistake


def journal_mode(version: tuple[int, ...] | None = None) -> str:
    """WAL, unless this SQLite has the WAL-reset corruption bug (3.7.0 to 3.51.2,
    mended in 3.44.6, 3.50.7 and 3.51.3)."""
    version = version or sqlite_version()
    mended = (
        version >= (3, 51, 3)
        or (3, 50, 7) <= version < (3, 51)
        or (3, 44, 6) <= version < (3, 45)
    )
    return "WAL" if mended else "DELETE"


def sqlite_version() -> tuple[int, ...]:
    return tuple(int(part) for part in sqlite.sqlite_version.split("."))


def database_seconds(dialect: Dialect) -> sa.ColumnElement[float]:
    """The database's own clock in seconds: leases are measured by it alone."""
    if dialect == "sqlite":
        return sa.literal_column(
            "((julianday('now') - 2440587.5) * 86400.0)", sa.Float()
        )
    return sa.literal_column("extract(epoch from clock_timestamp())", sa.Float())


def insert_or_ignore(session: Session, table: Any, returning: str | None = None) -> Any:
    """An INSERT … ON CONFLICT DO NOTHING for the session's database; with the name
    of a column to return, no row means that it was there already."""
    return _insert_or_ignore(session.get_bind().dialect.name, table, returning)


@cache
def _insert_or_ignore(dialect: str, table: Any, returning: str | None) -> Any:
    # Kept: building a statement costs more than running it (`docs/architecture.md`).
    insert = sqlite_insert if dialect == "sqlite" else postgresql_insert
    statement = insert(table).on_conflict_do_nothing()
    return statement.returning(getattr(table, returning)) if returning else statement
