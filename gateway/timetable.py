"""Whose turn it is under the carriers' caps, looked at every few seconds.

One for each process.  It orders texts and wakes those whose turn has come; the caps
themselves are kept by `gateway.pace`, whatever is remembered here.  It looks at all
clinics, as the carriers do: two with one tax number share a cap.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from gateway.facts import Held
from gateway.models import Message, State
from gateway.throughput import Waits, place_of, turn
from gateway.waiting import EVERY, Seen, look
from kernel.db import Database

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Timetable:
    """`seen` is replaced as a whole, so that threads read it without a lock.  `known`
    is for `gateway.pace.take`."""

    known: dict[str, str] = field(default_factory=dict)
    seen: Seen = field(default_factory=lambda: Seen(NEVER, EVERY, 0, {}))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def keep_up(self, database: Database, now: datetime, newest_id: int = 0) -> int:
        """Looks again where the last look is old, or did not see the text `newest_id`;
        how many texts were woken."""
        if not self._stale(now, newest_id):
            return 0
        must = newest_id > self.seen.last_id
        if not self.lock.acquire(blocking=must):
            return 0  # another thread looks already
        try:
            if not self._stale(now, newest_id):
                return 0
            with database.reading() as session:
                seen, waiting = look(session, now)
            self.seen = seen
        finally:
            self.lock.release()
        asleep = [
            text.id
            for text in waiting
            if text.send_from <= now
            and turn(text.place, text.segments, text.caps, seen.queues, now) is None
        ]
        if not asleep:
            return 0
        return database.retrying(lambda session: wake(session, asleep, now))

    def turn_of(self, held: Held) -> Waits | None:
        """None: it is its turn, as far as anybody knows who else waits."""
        facts = held.facts
        place = place_of(facts.topic, facts.send_until, held.message_id)
        return turn(place, held.segments, held.caps, self.seen.queues, facts.now)

    def _stale(self, now: datetime, newest_id: int) -> bool:
        return (
            abs(now - self.seen.at) >= self.seen.fresh_for
            or newest_id > self.seen.last_id
        )


def wake(session: Session, message_ids: Sequence[int], now: datetime) -> int:
    """Their turn has come."""
    woken = 0
    for start in range(0, len(message_ids), 500):
        woken += (
            session.connection()
            .execute(
                sa.update(Message)
                .where(
                    col(Message.id).in_(message_ids[start : start + 500]),
                    col(Message.state) == State.due,
                    col(Message.paced_by).is_not(None),
                    col(Message.look_again_at) > now,
                )
                .values(look_again_at=now)
            )
            .rowcount
        )
    return woken
