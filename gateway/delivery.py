"""How far a text came, from reports in any order and any number: the fold.

Pure.  It never steps back, so that all orders of the same reports end alike.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from gateway.models import State
from gateway.progress import NOT_DELIVERED
from gateway.send_errors import look_up

# Where a vendor contradicts itself, the sad word stands, whichever came first: then a
# person calls, which does no harm.
RANKS = {
    "accepted": 0,
    "scheduled": 0,
    "queued": 1,
    "sending": 2,
    "sent": 3,
    "delivered": 4,
    "read": 5,
    "undelivered": 6,
    "failed": 7,
    "canceled": 8,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """What a message's row says of it."""

    state: State
    vendor_sid: str | None
    delivery: str | None
    delivered_at: datetime | None
    finished_at: datetime | None
    error_code: str | None
    outcome: str | None

    @property
    def lost(self) -> bool:
        return self.delivery in NOT_DELIVERED


def fold(
    before: Came, status: str, vendor_sid: str, code: str | None, now: datetime
) -> Came:
    """`before` with one report more."""
    after = before
    given_up = before.state is State.failed and before.vendor_sid is None
    if given_up or before.state in (State.submitting, State.unknown):
        # A callback is proof that the vendor took it, faster than our own answer, or
        # after we had given it up for lost.
        after = replace(
            before,
            state=State.accepted,
            vendor_sid=vendor_sid,
            finished_at=now,
            outcome=None,
            error_code=None,
        )
    if RANKS.get(status, -1) <= RANKS.get(before.delivery or "", -1):
        return after
    after = replace(after, delivery=status)
    if status == "delivered":
        return replace(after, delivered_at=now)
    if not after.lost:
        return after
    return replace(
        after,
        delivered_at=None,
        finished_at=now,
        error_code=code,
        outcome=_not_delivered(code),
    )


def _not_delivered(code: str | None) -> str:
    """The table's own sentence speaks of texts that the vendor refused; this one it
    took, so it is never sent again (I4)."""
    error = look_up(code)
    reason = f" (error {code}: {error.meaning})" if error.meaning else ""
    if code and not error.meaning:
        reason = f" (error {code})"
    return (
        f"Twilio took it, but it did not reach the phone{reason}. It is not sent "
        f"again. {error.next_step}"
    )
