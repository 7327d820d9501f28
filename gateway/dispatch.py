"""Sends what was claimed: the outbound protocol from o2a to o11.

No vendor call runs inside a transaction.  The commit of the attempt (o6) is the point
that orders it against a STOP; after it only an answer, or a look at the vendor's
list, may say what became of the text.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from gateway import outbox
from gateway.facts import Held, lock_and_gather
from gateway.gate import decide
from gateway.lookup import ensure_looked_up
from gateway.models import Message, State
from gateway.outbox import Claimed
from gateway.outcome import change, give_up, record_outcome
from gateway.pace import take
from gateway.put_back import put_back, put_off, record_decision
from gateway.quiet_hours import closes_at
from gateway.throughput import Waits, waiting_for
from gateway.timetable import Timetable
from gateway.twilio import Outgoing, Vendor
from kernel.clock import Clock
from kernel.db import Database, database_seconds
from kernel.faults import point
from kernel.logs import log

FENCE_NS = 2_000_000_000
SUBMIT_LEASE_SECONDS = 30.0  # the client's 10 s, twice over, and the fence


@dataclass(frozen=True, slots=True)
class Attempt:
    """A text that may leave, by facts that were read after `began_ns`.  The fence
    counts from there: a wait for the database's lock makes no decision older."""

    held: Held
    began_ns: int  # CLOCK_MONOTONIC


@dataclass(slots=True)
class Turn:
    """Which clinic was served last: the next one comes next."""

    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """One worker's way to send; `owner` is unique per thread and process."""

    database: Database
    vendor: Vendor
    clock: Clock
    public_base_url: str
    owner: str
    wall: Clock | None = None  # the real one, where `clock` stands at another time
    timetable: Timetable = field(default_factory=Timetable)  # of the whole process
    turn: Turn = field(default_factory=Turn)

    def run_once(
        self,
        limit: int,
        stopping: Callable[[], bool] = lambda: False,
    ) -> int:
        """Claims and handles up to `limit` messages; how many there were."""
        now = self.clock.now()
        self.timetable.keep_up(self.database, now)
        claimed = self.database.retrying(
            lambda session: outbox.claim(
                session, owner=self.owner, now=now, limit=limit, after=self.turn.after
            )
        )
        if claimed:
            self.turn.after = claimed[-1].clinic_id
        for message in claimed:
            if stopping():
                self.database.retrying(self._give_back)
                break
            try:
                self.handle(message)
            except Exception as failure:
                # One bad row must not stop the others; its lease brings it back.
                log().error(
                    "message not handled",
                    message_id=message.id,
                    error=type(failure).__name__,
                )
        return len(claimed)

    def _give_back(self, session: Session) -> None:
        """What is only claimed has not left: another worker may have it at once."""
        session.connection().execute(
            sa.update(Message)
            .where(
                col(Message.state) == State.claimed,
                col(Message.lease_owner) == self.owner,
            )
            .values(state=State.due, lease_owner=None, lease_until=None)
        )

    def handle(self, claimed: Claimed) -> None:
        ensure_looked_up(self.database, self.vendor, claimed, self.clock.now())
        self.timetable.keep_up(self.database, self.clock.now(), claimed.id)
        point("o2a")
        attempt = self._attempt(claimed.id)
        while attempt is not None:
            point("o7")
            if time.monotonic_ns() - attempt.began_ns <= FENCE_NS:
                self._submit(attempt.held)
                return
            attempt = self._attempt(claimed.id, again=True)

    def _attempt(self, message_id: int, again: bool = False) -> Attempt | None:
        """o3 to o6: the message if it may leave now, else None and it is put back."""
        attempt = self.database.retrying(
            lambda session: self._decide(session, message_id, again)
        )
        point("o6")
        return attempt

    def _decide(self, session: Session, message_id: int, again: bool) -> Attempt | None:
        began = time.monotonic_ns()
        now = self.clock.now()  # not before the wait for a lock: it counts for a minute
        point("o3")
        held = lock_and_gather(session, message_id, now)
        ours = State.submitting if again else State.claimed
        if held.state is not ours or held.lease_owner != self.owner:
            return None  # withdrawn, or another worker took it over
        if held.unwanted is not None:
            give_up(session, message_id, held.unwanted, now)
            return None
        verdict = decide(held.facts)
        point("o4")
        waits = self._waits(session, held, again) if verdict.allowed else None
        if waits is not None:
            put_off(session, held, waits, began)
            return None
        if verdict.allowed or verdict.sentences != held.held_why:
            record_decision(session, held, verdict, began)
        if not verdict.allowed:
            put_back(session, held, verdict)
            return None
        self._mark_submitting(session, message_id, now)
        point("o5")
        return Attempt(held, began)

    def _waits(self, session: Session, held: Held, again: bool) -> Waits | None:
        """None: it is counted under the carrier's caps and may leave."""
        facts, answer = held.facts, not held.facts.zones
        # Of the second try, it was its turn at the first.
        waits = None if answer or again else self.timetable.turn_of(held)
        if waits is not None:
            return waits
        full = take(
            session,
            held.caps,
            held.segments,
            facts.now,
            answer=answer,
            known=self.timetable.known,
        )
        if full is None:
            return None
        units = full.units(held.segments)
        return waiting_for(full, units, held.send_until, facts.now)

    def _mark_submitting(
        self, session: Session, message_id: int, now: datetime
    ) -> None:
        clock = database_seconds(self.database.dialect)
        change(
            session,
            message_id,
            state=State.submitting,
            lease_until=clock + SUBMIT_LEASE_SECONDS,
            paced_by=None,
            outcome=None,
            submitted_at=now,
            submitted_wall=(self.wall or self.clock).now(),
            attempts=col(Message.attempts) + 1,
        )

    def _submit(self, held: Held) -> None:
        """o8 to o11."""
        left = min(held.send_until, _closes_at(held)) - held.facts.now
        point("o8")
        outcome = self.vendor.send(
            Outgoing(
                clinic_id=held.clinic_id,
                from_phone=held.from_phone,
                to_phone=held.phone,
                body=held.body,
                status_callback=(
                    f"{self.public_base_url}/webhooks/twilio/status/{held.message_id}"
                ),
                validity_seconds=max(1, int(left.total_seconds())),
            )
        )
        point("o10")
        now = self.clock.now()
        self.database.retrying(
            lambda session: record_outcome(session, held, outcome, now)
        )
        point("o11")


def _closes_at(held: Held) -> datetime:
    """A text that waits at the vendor must not arrive at night."""
    facts = held.facts
    if not facts.zones:
        return held.send_until
    return closes_at(facts.now, facts.zones, facts.window)
