"""May we text this person?  Read from the line and the topic, never guessed.

Allowed = granted after the last STOP and not held; so one STOP covers topics that do
not exist yet.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from consent.models import Grade, Line, Standing, Topic
from kernel.db import insert_or_ignore

# How a topic's row and its line are joined, wherever both are asked for.
OF_ONE_PHONE = sa.and_(
    col(Line.clinic_id) == col(Standing.clinic_id),
    col(Line.phone) == col(Standing.phone),
)


class Word(StrEnum):
    none = "none"
    pending = "pending"
    opted_in = "opted_in"
    opted_out = "opted_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineState:
    """What one phone is at one clinic, for one topic."""

    word: Word
    grade: Grade | None  # of the standing opt-in
    granted_seq: int  # the ledger's proof of it; 0 = none
    stopped_seq: int
    held_since: datetime | None
    held_why: str | None

    @property
    def held(self) -> bool:
        return self.held_since is not None

    def rests_on(self, pending_seq: int) -> int:
        """The record that makes the topic what it is; 0 = nothing was ever said."""
        return {
            Word.opted_in: self.granted_seq,
            Word.opted_out: self.stopped_seq,
            Word.pending: pending_seq,
            Word.none: 0,
        }[self.word]

    def fields(self) -> dict[str, Any]:
        """What commands print of it."""
        grade = self.grade.value if self.grade else None
        return {"standing": self.word.value, "grade": grade, "held": self.held}


def word(stopped_seq: int, pending_seq: int, granted_seq: int) -> Word:
    """The newer of STOP and opt-in decides; only an opt-in undoes a STOP, asking for
    one on a web form does not."""
    if granted_seq > stopped_seq:
        return Word.opted_in
    if stopped_seq:
        return Word.opted_out
    return Word.pending if pending_seq else Word.none


def lock_line(
    session: Session, clinic_id: int, phone: str, topic: Topic = Topic.care
) -> LineState:
    """The state under a lock that a STOP and a send both take (architecture o3)."""
    connection = session.connection()
    this = {"clinic": clinic_id, "number": phone}
    if connection.execute(_locking(), this).first() is None:
        connection.execute(
            insert_or_ignore(session, Line),
            {"clinic_id": clinic_id, "phone": phone, "stopped_seq": 0},
        )
        connection.execute(_locking(), this)
    return line_state(session, clinic_id, phone, topic)


def lock_lines(session: Session, clinic_id: int, phones: Collection[str]) -> None:
    """Many lines in one order, all of them before the first record is written: whoever
    locks a line while holding the ledger could wait for one who waits for it."""
    ordered = sorted(phones)
    if not ordered:
        return
    connection = session.connection()
    connection.execute(
        insert_or_ignore(session, Line),
        [{"clinic_id": clinic_id, "phone": one, "stopped_seq": 0} for one in ordered],
    )
    connection.execute(
        sa.select(col(Line.stopped_seq))
        .where(col(Line.clinic_id) == clinic_id, col(Line.phone).in_(ordered))
        .order_by(col(Line.phone))
        .with_for_update()
    )


def line_state(
    session: Session, clinic_id: int, phone: str, topic: Topic = Topic.care
) -> LineState:
    """The same without a lock, for looking."""
    given = {"clinic": clinic_id, "number": phone, "about": topic}
    row = session.connection().execute(_looking(), given).one_or_none()
    return NOBODY if row is None else state_of(row)


def line_states(
    session: Session, clinic_id: int, phones: Collection[str], topic: Topic = Topic.care
) -> dict[str, LineState]:
    """Of many phones in one query, without a lock; NOBODY for one without a line."""
    rows = session.connection().execute(
        _all_states(topic).where(
            col(Line.clinic_id) == clinic_id, col(Line.phone).in_(phones)
        )
    )
    return {
        **dict.fromkeys(phones, NOBODY),
        **{row.phone: state_of(row) for row in rows},
    }


def beside(query: Any, clinic_id: int, phone: Any, topic: Topic = Topic.care) -> Any:
    """The same query with what `state_of` reads of each row; `phone` is its column."""
    line = sa.and_(col(Line.clinic_id) == clinic_id, col(Line.phone) == phone)
    return (
        query.add_columns(
            sa.func.coalesce(col(Line.stopped_seq), 0).label("stopped_seq"),
            col(Line.held_since).label("line_held_since"),
            col(Line.held_why).label("line_held_why"),
            sa.func.coalesce(col(Standing.pending_seq), 0).label("pending_seq"),
            sa.func.coalesce(col(Standing.granted_seq), 0).label("granted_seq"),
            col(Standing.grade),
        )
        .outerjoin(Line, line)
        .outerjoin(Standing, sa.and_(OF_ONE_PHONE, col(Standing.topic) == topic))
    )


def state_of(row: Any) -> LineState:
    """Of a row of a query that went through `beside`, or of one of those here."""
    standing = word(row.stopped_seq, row.pending_seq, row.granted_seq)
    return LineState(
        word=standing,
        grade=row.grade if standing is Word.opted_in else None,
        granted_seq=row.granted_seq,
        stopped_seq=row.stopped_seq,
        held_since=row.line_held_since,
        held_why=row.line_held_why,
    )


@cache
def _locking() -> Any:
    return (
        sa.select(col(Line.stopped_seq))
        .where(
            col(Line.clinic_id) == sa.bindparam("clinic"),
            col(Line.phone) == sa.bindparam("number"),
        )
        .with_for_update()
    )


@cache
def _looking() -> Any:
    return _all_states(sa.bindparam("about")).where(
        col(Line.clinic_id) == sa.bindparam("clinic"),
        col(Line.phone) == sa.bindparam("number"),
    )


def _all_states(topic: Any) -> Any:
    return (
        sa.select(
            col(Line.phone),
            col(Line.stopped_seq),
            col(Line.held_since).label("line_held_since"),
            col(Line.held_why).label("line_held_why"),
            sa.func.coalesce(col(Standing.pending_seq), 0).label("pending_seq"),
            sa.func.coalesce(col(Standing.granted_seq), 0).label("granted_seq"),
            col(Standing.grade),
        )
        .select_from(Line)
        .outerjoin(Standing, sa.and_(OF_ONE_PHONE, col(Standing.topic) == topic))
    )


NOBODY = LineState(
    word=Word.none,
    grade=None,
    granted_seq=0,
    stopped_seq=0,
    held_since=None,
    held_why=None,
)
