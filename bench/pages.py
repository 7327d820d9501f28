"""Server time and queries of every staff page, with few rows and with 200,000 texts."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from flask import Flask

from bench.crowd import EMAILS, PATIENTS, fill
from bench.place import Place
from tests.pages import pages_app, visitor
from tests.site.crawl import crawl

ROUNDS = 5
FEW = 60
PROMISED_MS = 100.0


@dataclass(frozen=True)
class Looked:
    ms: float  # median of the rounds
    queries: int


def look(place: Place, patients: int = PATIENTS) -> dict[str, Looked]:
    """Every route that links lead each role to, by `role route`."""
    now = datetime.now(UTC)
    fill(place, now, patients)
    app = pages_app(place.url, place.folder, now)
    found: dict[str, Looked] = {}
    for role, email in EMAILS.items():
        person = visitor(app, email)
        for page in crawl(app, email, most=1):
            if page.status == 200:
                found[f"{role.value} {page.route}"] = _timed(app, person, page.path)
    app.extensions["heed"].database.close()
    return found


def _timed(app: Flask, person: Any, path: str) -> Looked:
    took = []
    with counting(app) as statements:
        for _ in range(ROUNDS):
            began = time.perf_counter()
            person.get(path)
            took.append((time.perf_counter() - began) * 1e3)
    return Looked(statistics.median(took), len(statements) // ROUNDS)


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    """The statements that the app's reading connections run."""
    statements: list[str] = []
    reader = app.extensions["heed"].database.reader

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    sa.event.listen(reader, "before_cursor_execute", note)
    yield statements
    sa.event.remove(reader, "before_cursor_execute", note)
