"""Claims a second with 100,000 texts due, beside the same step by the bare driver."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import sqlalchemy as sa

from bench.place import Place, fill_outbox, phone_numbers
from bench.timing import interleaved
from gateway import outbox
from gateway.models import Message

ROWS, BATCHES = 100_000, 20
BARE = """
    UPDATE message SET state = 'claimed', lease_owner = 'bare', lease_until = 1
    WHERE id IN (SELECT id FROM message WHERE state = 'due'
                 AND clinic_id = {clinic} AND look_again_at <= {now}
                 ORDER BY look_again_at, id LIMIT 100 {lock})
    RETURNING id, clinic_id, phone
"""


def figures(place: Place) -> dict[str, float]:
    """claims/s of ours, of the bare driver, and the ratio."""
    fill_outbox(place, phone_numbers(1000), "claim")
    _multiply(place, ROWS // 1000)
    found = interleaved({"ours": partial(_ours, place), "bare": partial(_bare, place)})
    return {**found, "ratio": found["ours"] / found["bare"]}


def _multiply(place: Place, times: int) -> None:
    """Copies inside the database, then the statistics that it would gather by itself
    after a while."""
    columns = [column.key for column in sa.inspect(Message).columns]
    kept = [name for name in columns if name not in ("id", "dedupe_key")]
    names = ", ".join(f'"{name}"' for name in kept)
    copy = (
        f"INSERT INTO message ({names}, dedupe_key) "
        f"SELECT {names}, dedupe_key || '/' || :copy FROM message "
        "WHERE dedupe_key NOT LIKE '%/%'"
    )
    with place.database.writing() as session:
        connection = session.connection()
        for number in range(1, times):
            connection.execute(sa.text(copy), {"copy": str(number)})
        connection.exec_driver_sql("ANALYZE")


def _timed(claim: Callable[[], int]) -> float:
    began = time.perf_counter()
    claimed = sum(claim() for _ in range(BATCHES))
    return claimed / (time.perf_counter() - began)


def _ours(place: Place) -> float:
    def claim() -> int:
        now = datetime.now(UTC)
        with place.database.writing() as session:
            return len(outbox.claim(session, owner="bench", now=now))

    return _timed(claim)


def _bare(place: Place) -> float:
    sqlite = place.database.dialect == "sqlite"
    now = "strftime('%Y-%m-%d %H:%M:%f')" if sqlite else "timezone('UTC', now())"
    lock = "" if sqlite else "FOR UPDATE SKIP LOCKED"
    clinic = place.first.clinic_id
    statement = BARE.format(now=now, lock=lock, clinic=clinic)

    def claim() -> int:
        raw = place.database.writer.raw_connection()
        cursor = raw.cursor()
        if sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        cursor.execute(statement)
        claimed = len(cursor.fetchall())
        cursor.execute("COMMIT")
        raw.close()
        return claimed

    return _timed(claim)


def left(place: Place) -> int:
    """Due texts that remain: the figures would be wrong without any."""
    with place.database.reading() as session:
        statement = sa.text("SELECT count(*) FROM message WHERE state = 'due'")
        return int(session.connection().scalar(statement) or 0)
