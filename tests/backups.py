"""A second, empty database to restore into, and what two databases have in common."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sqlmodel import Session

from consent.whole import ledger_heads
from kernel import schema
from kernel.backup_file import NOT_COPIED, opened
from kernel.db import Database, open_database
from kernel.table_copy import Tally, stored_rows, tables_of


def ledgers(session: Session) -> list[dict[str, Any]]:
    return [asdict(head) for head in ledger_heads(session)]


@contextlib.contextmanager
def empty_url(dialect: str, folder: Path, request: Any) -> Iterator[str]:
    """Of a database without any schema, gone afterwards."""
    name = f"heed_empty_{os.urandom(6).hex()}"
    if dialect == "sqlite":
        yield f"sqlite:///{folder / name}.db"
        return
    server = request.getfixturevalue("postgres")
    with server.admin() as admin:
        admin.execute(f"CREATE DATABASE {name}")
    yield server.url(name)
    with server.admin() as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextlib.contextmanager
def empty_database(dialect: str, folder: Path, request: Any) -> Iterator[Database]:
    with empty_url(dialect, folder, request) as url:
        made = open_database(url)
        yield made
        made.close()


def contents(database: Database, folder: Path) -> dict[str, dict[str, Any]]:
    """Rows and hash of every table, in the same form for both databases."""
    shape = folder / f"shape-{os.urandom(4).hex()}.db"
    shape.touch()
    file = opened(shape, writes=True)
    schema.upgrade(file)
    with file.reading() as session:
        tables = tables_of(session.connection())
    found = {}
    with database.reading() as session:
        for table in tables:
            tally = Tally()
            for batch in stored_rows(session, table):
                tally.add(sorted(batch, key=ascii))  # each database sorts text its way
            found[table.name] = tally.fields
    return {name: tally for name, tally in found.items() if name not in NOT_COPIED}
