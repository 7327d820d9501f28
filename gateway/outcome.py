"""What an answer of the vendor makes of a message (o11).

A callback or the reconciler may have been faster: nothing here undoes a final state.
"""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from gateway.consequences import Target, apply_error
from gateway.facts import Held
from gateway.models import Message, MessageKind, State
from gateway.pace import give_back
from gateway.send_errors import look_up
from gateway.twilio import Accepted, Ambiguous, NotSent, Outcome
from registration.workflow import lock_campaign

MAX_ATTEMPTS = 6


def record_outcome(
    session: Session, held: Held, outcome: Outcome, now: datetime
) -> None:
    """What the answer says.  A callback or the reconciler may have been faster."""
    if isinstance(outcome, Accepted):
        sid = outcome.vendor_sid
        taken = {"vendor_sid": sid, "outcome": None}  # no longer being looked up
        _finish(session, held.message_id, State.accepted, now, **taken)
    elif isinstance(outcome, NotSent):
        _try_again(session, held, outcome.why, now)
        _give_back(session, held)
    elif isinstance(outcome, Ambiguous):
        change(
            session,
            held.message_id,
            only_if=State.submitting,
            state=State.unknown,
            finished_at=now,
            outcome=f"Twilio's answer was lost ({outcome.why}). It is being looked up.",
        )
    else:
        _refused(session, held, outcome.code, now)


def _refused(session: Session, held: Held, code: str, now: datetime) -> None:
    error = look_up(code)
    if error.takes_active_away and held.campaign_id is not None:
        lock_campaign(session, held.campaign_id, shared=False)  # first, as everywhere
    if error.ambiguous:
        change(
            session,
            held.message_id,
            only_if=State.submitting,
            state=State.unknown,
            finished_at=now,
            error_code=code,
            outcome=error.sentence,
        )
    elif error.retryable or error.halts_account:
        _try_again(session, held, error.sentence, now)
    else:
        _finish(
            session,
            held.message_id,
            State.failed,
            now,
            error_code=code,
            outcome=error.sentence,
        )
    if held.campaign_id is not None:
        target = Target(held.message_id, held.phone, held.campaign_id)
        apply_error(session, held.clinic_id, target, error, now)
    if not error.ambiguous and not error.fills_day:
        _give_back(session, held)


def _give_back(session: Session, held: Held) -> None:
    """It reached no carrier, so it counts under no cap; last, as its rows are locked."""
    give_back(session, held.caps, held.segments, held.facts.now)


def _try_again(session: Session, held: Held, why: str, now: datetime) -> None:
    row = (
        session.connection()
        .execute(
            sa.select(col(Message.attempts), col(Message.state), col(Message.outcome))
            .where(col(Message.id) == held.message_id)
            .with_for_update()
        )
        .one()
    )
    if row.state is State.submitting and row.outcome is not None:
        give_up(session, held.message_id, row.outcome, now)
        return
    if row.attempts >= MAX_ATTEMPTS:
        outcome = f"Given up after {row.attempts} attempts: {why.rstrip('.')}."
        _finish(session, held.message_id, State.failed, now, outcome=outcome)
        return
    change(
        session,
        held.message_id,
        only_if=State.submitting,
        state=State.due,
        lease_owner=None,
        lease_until=None,
        look_again_at=min(
            now + timedelta(seconds=15 * 2**row.attempts), held.send_until
        ),
        held_why=[f"{why.rstrip('.')}. It is tried again by itself."],
        held_since=held.held_since or now,
    )


def give_up(session: Session, message_id: int, why: str, now: datetime) -> None:
    """Taken back while it was being submitted, and it did not leave.  A reminder ends as
    expired: of such the planner plans anew what other visits it spoke of."""
    reminder = col(Message.kind) == MessageKind.reminder
    change(
        session,
        message_id,
        only_if=State.submitting,
        state=sa.case((reminder, State.expired), else_=State.withdrawn),
        outcome=why,
        finished_at=now,
        lease_owner=None,
        lease_until=None,
    )


def _finish(
    session: Session, message_id: int, state: State, now: datetime, **values: Any
) -> None:
    """To a final state, unless a callback or the reconciler got there first."""
    session.connection().execute(
        sa.update(Message)
        .where(
            col(Message.id) == message_id,
            col(Message.state).in_((State.submitting, State.unknown)),
        )
        .values(
            state=state,
            finished_at=now,
            lease_owner=None,
            lease_until=None,
            held_why=None,
            **values,
        )
    )


def change(
    session: Session, message_id: int, only_if: State | None = None, **values: Any
) -> None:
    step = sa.update(Message).where(col(Message.id) == message_id).values(**values)
    if only_if is not None:
        step = step.where(col(Message.state) == only_if)
    session.connection().execute(step)
