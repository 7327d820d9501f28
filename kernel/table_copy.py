"""Copies whole tables between two databases, either of which may be SQLite.

On the way each row is a tuple as SQLite keeps it, columns by name, and is counted and
hashed: the same rows give the same tally, wherever they lie.  It knows no table.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlmodel import Session

Stored = tuple[Any, ...]  # int, float, str, bytes or None each
BATCH = 2000
DIALECT = sqlite.dialect()
# The schema that was read last: a backup reads one three times, a quarter of a second
# each.
_read: dict[tuple[str | None, ...], list[sa.Table]] = {}


@dataclass(slots=True)
class Tally:
    """How many rows a table has, and the hash of them all."""

    rows: int = 0
    _digest: Any = field(default_factory=hashlib.sha256)

    def add(self, batch: Sequence[Stored]) -> None:
        # Not `repr`: which signs it writes out changes with the Unicode version.
        self._digest.update("\n".join(map(ascii, batch)).encode() + b"\n")
        self.rows += len(batch)

    @property
    def fields(self) -> dict[str, Any]:
        return {"rows": self.rows, "sha256": self._digest.hexdigest()}


def tables_of(file: sa.Connection) -> list[sa.Table]:
    """The tables of a SQLite database, those that others point to first."""
    sql = "SELECT sql FROM sqlite_master ORDER BY name, type"
    schema = tuple(file.exec_driver_sql(sql).scalars())
    found = _read.get(schema)
    if found is None:
        metadata = sa.MetaData()
        metadata.reflect(file)
        found = metadata.sorted_tables
        _read.clear()
        _read[schema] = found
    return found


def stored_rows(session: Session, table: sa.Table) -> Iterator[list[Stored]]:
    """In the order of the primary key, so many at a time."""
    columns, key = _columns(table), table.primary_key.columns
    if _is_sqlite(session):
        query = sa.select(*columns).order_by(*key)
        yield from _fetched(session, str(query.compile(dialect=DIALECT)))
        return
    query = sa.select(*map(_as_text, columns)).order_by(*key)
    to_stored = [_to_stored(column) for column in columns]
    asked = query.execution_options(yield_per=BATCH)  # a cursor of the server
    for part in session.connection().execute(asked).partitions():
        yield _converted(part, to_stored)


def tally_of(session: Session, table: sa.Table) -> Tally:
    """Of a SQLite file, in the order in which its rows were put there."""
    names = ", ".join(f'"{column.name}"' for column in _columns(table))
    tally = Tally()
    query = f'SELECT {names} FROM "{table.name}" ORDER BY rowid'
    for batch in _fetched(session, query):
        tally.add(batch)
    return tally


def copy(source: Session, target: Session, table: sa.Table) -> Tally:
    """Adds all rows of the source's table to the target's."""
    tally = Tally()
    for batch in stored_rows(source, table):
        put(target, table, batch)
        tally.add(batch)
    return tally


def put(session: Session, table: sa.Table, batch: Sequence[Stored]) -> None:
    columns = _columns(table)
    names = [column.name for column in columns]
    if _is_sqlite(session):
        listed = ", ".join(f'"{name}"' for name in names)
        marks = ", ".join("?" * len(names))
        insert = f'INSERT INTO "{table.name}" ({listed}) VALUES ({marks})'
        session.connection().exec_driver_sql(insert, list(batch))
        return
    from_stored = [_from_stored(column) for column in columns]
    rows = _converted(batch, from_stored)
    session.connection().execute(
        sa.insert(table).values(dict(zip(names, map(_given, columns), strict=True))),
        [dict(zip(names, row, strict=True)) for row in rows],
    )


def continue_numbers(session: Session, table: sa.Table) -> None:
    """Rows that came with their numbers do not move PostgreSQL's counters on."""
    key = list(table.primary_key.columns)
    counted = len(key) == 1 and isinstance(key[0].type, sa.Integer)
    if _is_sqlite(session) or not counted:
        return
    sequence = sa.func.pg_get_serial_sequence(table.name, key[0].name)
    if session.connection().scalar(sa.select(sequence)) is None:
        return  # the number of another table's row
    most = sa.select(sa.func.max(key[0])).scalar_subquery()
    move = sa.select(sa.func.setval(sequence, most)).where(most.is_not(None))
    session.connection().execute(move)


def _columns(table: sa.Table) -> list[sa.Column[Any]]:
    """By name: migrations add columns at the end, models have them elsewhere."""
    return sorted(table.columns, key=lambda column: column.name)


def _as_text(column: sa.Column[Any]) -> Any:
    """JSON stays the text that it is: NULL and `null` are two things."""
    return sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else column


def _given(column: sa.Column[Any]) -> Any:
    if isinstance(column.type, sa.JSON):
        return sa.cast(sa.bindparam(column.name, type_=sa.Text), sa.JSON)
    return sa.bindparam(column.name, type_=column.type)


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def _fetched(session: Session, query: str) -> Iterator[list[Stored]]:
    """By the driver itself: nothing is to be converted."""
    cursor = session.connection().connection.cursor()
    cursor.execute(query)
    while batch := cursor.fetchmany(BATCH):
        yield list(batch)


Convert = Callable[[Any], Any] | None


def _converted(rows: Sequence[Any], convert: Sequence[Convert]) -> list[Stored]:
    if not any(convert):
        return [tuple(row) for row in rows]
    return [
        tuple(
            change(value) if change else value
            for change, value in zip(convert, row, strict=True)
        )
        for row in rows
    ]


def _to_stored(column: sa.Column[Any]) -> Convert:
    convert: Convert = _kind(column).bind_processor(DIALECT)
    return convert


def _from_stored(column: sa.Column[Any]) -> Convert:
    convert: Convert = _kind(column).result_processor(DIALECT, None)
    return convert


def _kind(column: sa.Column[Any]) -> Any:
    kind = sa.Text() if isinstance(column.type, sa.JSON) else column.type
    return kind.dialect_impl(DIALECT)
