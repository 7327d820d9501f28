"""Many rows into one table by the driver itself: SQLite's executemany, PostgreSQL's COPY.

To build every row's parameters costs SQLAlchemy more than the database needs to store
it.  Types are converted as the table says, what all rows share only once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

Convert = Callable[[Any], Any] | None


def insert_many(
    session: Session,
    table: sa.Table,
    names: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
    same: Mapping[str, Any],
) -> None:
    """`rows` have the columns `names`; `same` are those in which all rows are alike.  A
    column that is in neither stays as the database makes it."""
    if not rows:
        return
    connection = session.connection()
    dialect = connection.dialect
    shared = tuple(
        _converted(_convert(table, name, dialect), value)
        for name, value in same.items()
    )
    converts = [_convert(table, name, dialect) for name in names]
    places = [place for place, convert in enumerate(converts) if convert]
    stored = [(*_row(row, places, converts), *shared) for row in rows]
    quote = dialect.identifier_preparer.quote
    listed = ", ".join(quote(name) for name in (*names, *same))
    if dialect.name == "sqlite":
        marks = ", ".join("?" * (len(names) + len(same)))
        insert = f"INSERT INTO {quote(table.name)} ({listed}) VALUES ({marks})"
        connection.exec_driver_sql(insert, stored)
        return
    cursor: Any = connection.connection.cursor()
    into = f"COPY {quote(table.name)} ({listed}) FROM STDIN"
    with cursor, cursor.copy(into) as copy:
        for row in stored:
            copy.write_row(row)


def _row(
    row: tuple[Any, ...], places: Sequence[int], converts: Sequence[Convert]
) -> Sequence[Any]:
    if not places:
        return row
    made = list(row)
    for place in places:
        made[place] = _converted(converts[place], made[place])
    return made


def _convert(table: sa.Table, name: str, dialect: sa.Dialect) -> Convert:
    kind: Any = table.columns[name].type
    convert: Convert = kind.dialect_impl(dialect).bind_processor(dialect)
    return convert


def _converted(convert: Convert, value: Any) -> Any:
    return convert(value) if convert else value
