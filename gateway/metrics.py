"""`/metrics`: how the work stands, in Prometheus' text form.

Read from the database at each scrape, so that any number of processes tell the same;
each query is bounded by an index or a limit.  No phone, no name, no clinic.
"""

import math
import platform
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, Task, TaskKind
from gateway.models import Message, Quarantine
from kernel.db import Database
from kernel.models import Heartbeat
from kernel.schema import newest
from registration.models import SenderNumber, Watermark

KEPT_SECONDS = 2.0
MOST = 100_000  # no count goes further: past it the answer is "very many"
NEVER = math.inf  # an age of what has not happened yet: above every alarm


@dataclass(slots=True)
class Measured:
    """The last answer, for a moment: several may scrape, and one may do so too often."""

    database: Database
    answer: bytes = b""
    asked_at: float = -math.inf
    lock: threading.Lock = field(default_factory=threading.Lock)

    def text(self, now: datetime) -> bytes:
        with self.lock:
            if time.monotonic() - self.asked_at >= KEPT_SECONDS:
                self.answer = measure(self.database, now)
                self.asked_at = time.monotonic()
            return self.answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One gauge with a value for each set of labels."""

    name: str
    told: str
    labels: tuple[str, ...] = ()
    values: dict[tuple[str, ...], float]


def measure(database: Database, now: datetime) -> bytes:
    """All figures, of one snapshot."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()  # our own: nothing of this process is told
    with database.reading() as session:
        figures = list(_figures(session, now))
    for figure in figures:
        gauge = Gauge(figure.name, figure.told, figure.labels, registry=registry)
        for labels, value in sorted(figure.values.items()):
            (gauge.labels(*labels) if labels else gauge).set(value)
    return generate_latest(registry)


def _figures(session: Session, now: datetime) -> Iterator[Figure]:
    runs = (newest(), session.get_bind().dialect.name, platform.python_version())
    yield Figure(
        name="heed_build_info",
        told="What runs here; always 1.",
        labels=("schema", "database", "python"),
        values={runs: 1},
    )
    yield Figure(
        name="heed_messages",
        told=f"Texts that have not come to their end, up to {MOST} of a state.",
        labels=("state",),
        values={(state,): count for state, count in _messages(session)},
    )
    yield Figure(
        name="heed_oldest_due_seconds",
        told="How long the text has waited that should have been looked at first.",
        values={(): _oldest_due(session, now)},
    )
    yield Figure(
        name="heed_inbound_complete_age_seconds",
        told="Since when a number's inbound was not compared with Twilio's list.",
        labels=("number_id",),
        values={(str(key),): _age(at, now) for key, at in _watermarks(session)},
    )
    beats = _heartbeats(session)
    yield Figure(
        name="heed_heartbeat_age_seconds",
        told="Since when this work was not done.",
        labels=("name",),
        values={(name,): _age(at, now) for name, at in beats.items()},
    )
    yield Figure(
        name="heed_backup_age_seconds",
        told="Age of the newest backup that was verified.",
        values={(): _age(beats.get("backup"), now)},
    )
    yield Figure(
        name="heed_open_tasks",
        told="What people must do.",
        labels=("kind",),
        values={(kind,): count for kind, count in _open_tasks(session)},
    )
    yield Figure(
        name="heed_quarantine_unseen",
        told="Signed calls that could not be taken and that nobody has looked at.",
        values={(): _up_to(session, Quarantine, col(Quarantine.seen_at).is_(None))},
    )


def _age(at: datetime | None, now: datetime) -> float:
    return NEVER if at is None else (now - at).total_seconds()


def _messages(session: Session) -> Iterator[tuple[str, int]]:
    """By the partial indexes of the states that pass, in their very words."""
    due = (
        sa.select(col(Message.held_since).label("held_since"))
        .where(sa.text("state = 'due'"))
        .limit(MOST)
        .subquery()
    )
    counts = sa.select(sa.func.count(), sa.func.count(due.c.held_since))
    waiting, held = session.connection().execute(counts.select_from(due)).one()
    yield "due", waiting - held
    yield "held", held
    in_hand = session.connection().execute(
        sa.select(col(Message.state), sa.func.count())
        .where(sa.text("state IN ('claimed', 'submitting')"))
        .group_by(col(Message.state))
    )
    yield from {
        "claimed": 0,
        "submitting": 0,
        **{s.value: n for s, n in in_hand},
    }.items()
    yield "unknown", _up_to(session, Message, sa.text("state = 'unknown'"))


def _up_to(session: Session, table: Any, *where: Any) -> int:
    first = sa.select(sa.literal(1)).select_from(table).where(*where).limit(MOST)
    count = sa.select(sa.func.count()).select_from(first.subquery())
    return session.connection().scalar(count) or 0


def _oldest_due(session: Session, now: datetime) -> float:
    """0 when nothing that is due waits."""
    first = (  # of each clinic, as the index has them
        sa.select(col(Message.look_again_at))
        .where(sa.text("state = 'due'"), col(Message.clinic_id) == col(Clinic.id))
        .order_by(col(Message.look_again_at), col(Message.id))
        .limit(1)
        .correlate(Clinic)
        .scalar_subquery()
    )
    each = sa.select(first.label("at")).select_from(Clinic).subquery()
    at = session.connection().scalar(sa.select(sa.func.min(each.c.at)))
    return max(0.0, _age(at, now)) if at else 0.0


def _watermarks(session: Session) -> Any:
    return session.connection().execute(
        sa.select(col(SenderNumber.id), col(Watermark.complete_until))
        .outerjoin(Watermark, col(Watermark.number_id) == col(SenderNumber.id))
        .where(col(SenderNumber.connected_at).is_not(None))
        .order_by(col(SenderNumber.id))
        .limit(MOST)
    )


def _heartbeats(session: Session) -> dict[str, datetime]:
    rows = session.connection().execute(
        sa.select(col(Heartbeat.name), col(Heartbeat.at))
    )
    return {name: at for name, at in rows}


def _open_tasks(session: Session) -> list[tuple[str, int]]:
    """Every kind, so that an alarm finds a 0 where nothing is open."""
    rows = session.connection().execute(
        sa.select(col(Task.kind), sa.func.count())
        .where(col(Task.done_at).is_(None))
        .group_by(col(Task.kind))
    )
    found = {kind: count for kind, count in rows}
    return [(kind.value, found.get(kind, 0)) for kind in TaskKind]
