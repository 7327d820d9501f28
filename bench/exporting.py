"""Events of an evidence pack a second, beside the bare read of the same rows."""

import time
from functools import partial

from bench.place import SLUG, Place, phone_numbers
from bench.timing import interleaved
from consent import evidence, record
from consent.models import Grade, Topic
from consent.standing import lock_line
from kernel.clock import SystemClock

EVENTS = 3_000
BARE = """
    SELECT e.seq, e.at, e.kind, e.phone_commitment, e.detail_commitment, e.leaf_hash,
           d.salt, d.detail
    FROM consentevent e JOIN consentdetail d
      ON d.clinic_id = e.clinic_id AND d.seq = e.seq
    ORDER BY e.seq
"""


def figures(place: Place) -> dict[str, float]:
    """events/s of an export, of the bare read, and the ratio."""
    now = SystemClock().now()
    with place.database.writing() as session:
        for phone in phone_numbers(EVENTS):
            lock_line(session, place.first.clinic_id, phone)
            detail = {"method": "text message", "words": "START"}
            grade, topic = Grade.proven, Topic.care
            record.opt_in(
                session, place.first.clinic_id, phone, topic, grade, detail, now
            )
    found = interleaved({"ours": partial(_ours, place), "bare": partial(_bare, place)})
    return {**found, "ratio": found["ours"] / found["bare"]}


def _ours(place: Place) -> float:
    began = time.perf_counter()
    done = evidence.export(
        place.database,
        place.keys,
        slug=SLUG,
        out=place.folder / "pack.zip",
        made_by="operator@heed.example",
        now=SystemClock().now(),
    )
    return done.events / (time.perf_counter() - began)


def _bare(place: Place) -> float:
    began = time.perf_counter()
    raw = place.database.reader.raw_connection()
    cursor = raw.cursor()
    cursor.execute(BARE)
    rows = sum(1 for _ in cursor.fetchall())
    raw.rollback()
    raw.close()
    return rows / (time.perf_counter() - began)
