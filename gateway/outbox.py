"""The outbox: queueing, claiming with a lease, withdrawing.

A message is in exactly one state, and each step is one conditional update, so that
two workers never hold one message.  Nothing here calls the vendor.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic
from consent.models import Topic
from gateway.models import (
    ANSWER_DUE,
    CarrierLookup,
    Message,
    MessageKind,
    Permit,
    State,
)
from kernel.db import Dialect, database_seconds, insert_or_ignore
from kernel.faults import point
from kernel.segments import measure

LEASE_SECONDS = 60.0
CLAIM = 100  # performance.md section 2: 20 to 500 all do
LEAST = 5  # of one clinic at a time: a statement for each text costs more
NOT_LEFT = (State.due, State.claimed)
INTERRUPTED = "Sending was interrupted; it may be out. It is being looked up."


def queue(
    session: Session,
    *,
    clinic_id: int,
    number_id: int,
    phone: str,
    topic: Topic,
    kind: MessageKind,
    body: str,
    dedupe_key: str,
    send_from: datetime,
    send_until: datetime,
    now: datetime,
    zones: Sequence[str] = (),
    window: str = "09:00-20:00",
    expects: str | None = None,
    permit: Permit | None = None,
    answers_id: int | None = None,
    once_a_day: bool | None = None,
    written_by: str | None = None,
) -> int | None:
    """The new message's id, or None when `dedupe_key` is there already."""
    row = session.connection().execute(
        insert_or_ignore(session, Message, "id"),
        {
            "clinic_id": clinic_id,
            "number_id": number_id,
            "phone": phone,
            "topic": topic,
            "kind": kind,
            "permit": permit,
            "body": body,
            "segments": measure(body).segments,
            "expects": expects,
            "dedupe_key": dedupe_key,
            "send_from": send_from,
            "send_until": send_until,
            "zones": ",".join(zones),
            "window": window,
            "state": State.due,
            "look_again_at": max(send_from, now),
            "attempts": 0,
            "created_at": now,
            "answers_id": answers_id,
            "once_a_day": once_a_day,
            "written_by": written_by,
        },
    )
    found: int | None = row.scalar_one_or_none()
    return found


@dataclass(frozen=True, slots=True)
class Claimed:
    """`looked_up_at` is when the phone's carrier was last asked for."""

    id: int
    clinic_id: int
    phone: str
    looked_up_at: datetime | None


def claim(
    session: Session,
    *,
    owner: str,
    now: datetime,
    limit: int = CLAIM,
    after: int = 0,
) -> list[Claimed]:
    """Takes up to `limit` due messages for `owner`: answers to patients first, then
    some of each clinic in turn, those after the clinic `after` first; of a clinic the
    earliest first.  So nobody waits until another's thousands have left."""
    waiting = _whose_turn(session, now, after)
    if not waiting:
        return []
    share = limit // max(1, min(len(waiting), limit // LEAST))
    taken: list[int] = []
    for most in (share, limit):  # what the others leave, whoever has more may have
        more = []
        for clinic_id in waiting:
            few = min(limit - len(taken), limit if clinic_id == ANSWERS else most)
            found = _take(session, clinic_id, few, owner, now) if few > 0 else []
            taken += found
            if found and len(found) == few:
                more.append(clinic_id)
        waiting = more
    claimed = _claimed(session, taken)
    point("o2")
    return claimed


ANSWERS = 0  # no clinic has this id


def _whose_turn(session: Session, now: datetime, after: int) -> list[int]:
    """Clinics with something due, `ANSWERS` before them if there are any."""
    found = session.connection().scalars(_waiting(), {"now": now})
    return sorted(found, key=lambda one: (one != ANSWERS, one <= after, one))


@cache
def _waiting() -> Any:
    """In the very words of the partial indexes."""
    ready = col(Message.look_again_at) <= sa.bindparam("now")
    answer = sa.select(sa.literal(1)).where(sa.text(ANSWER_DUE), ready)
    due = sa.select(sa.literal(1)).where(
        sa.text("state = 'due'"), col(Message.clinic_id) == col(Clinic.id), ready
    )
    due = due.select_from(Message).correlate(Clinic)
    return sa.union_all(
        sa.select(sa.literal(ANSWERS)).where(answer.select_from(Message).exists()),
        sa.select(col(Clinic.id)).where(due.exists()),
    )


def _take(
    session: Session, clinic_id: int, limit: int, owner: str, now: datetime
) -> list[int]:
    found = session.connection().execute(
        _taking(_dialect(session), clinic_id == ANSWERS),
        {"clinic": clinic_id, "now": now, "few": limit, "worker": owner},
    )
    return [
        row.id for row in sorted(found, key=lambda row: (row.look_again_at, row.id))
    ]


@cache
def _taking(dialect: Dialect, answers: bool) -> Any:
    whose = (
        sa.text(ANSWER_DUE)
        if answers
        else sa.and_(
            sa.text("state = 'due'"),
            col(Message.clinic_id) == sa.bindparam("clinic"),
        )
    )
    due = (
        sa.select(col(Message.id))
        .where(whose, col(Message.look_again_at) <= sa.bindparam("now"))
        .order_by(col(Message.look_again_at), col(Message.id))
        .limit(sa.bindparam("few"))
        .with_for_update(skip_locked=True)
    )
    return (
        sa.update(Message)
        .where(col(Message.id).in_(due))
        .values(
            state=State.claimed,
            lease_owner=sa.bindparam("worker"),
            lease_until=database_seconds(dialect) + LEASE_SECONDS,
        )
        .returning(col(Message.id), col(Message.look_again_at))
    )


def _claimed(session: Session, message_ids: Sequence[int]) -> list[Claimed]:
    """In the order in which they were taken.  Not asked for in the RETURNING above: SQLite evaluates a subquery there once,
    so that every row gets the first row's answer."""
    looked_up = sa.and_(
        col(CarrierLookup.clinic_id) == col(Message.clinic_id),
        col(CarrierLookup.phone) == col(Message.phone),
    )
    rows: Any = session.connection().execute(
        sa.select(
            col(Message.id),
            col(Message.clinic_id),
            col(Message.phone),
            col(CarrierLookup.looked_up_at),
        )
        .outerjoin(CarrierLookup, looked_up)
        .where(col(Message.id).in_(message_ids))
    )
    place = {message_id: number for number, message_id in enumerate(message_ids)}
    return [Claimed(*row) for row in sorted(rows, key=lambda row: place[row.id])]


def release_leases(session: Session, now: datetime) -> tuple[int, int]:
    """Ends leases that ran out: what was only claimed is due again; what may have
    left is `unknown` and waits for the reconciler.  (due again, unknown)."""
    over = col(Message.lease_until) < database_seconds(_dialect(session))
    counts = [
        session.connection()
        .execute(
            sa.update(Message)
            .where(col(Message.state) == before, over)
            .values(
                state=after,
                outcome=why,
                finished_at=since,
                lease_owner=None,
                lease_until=None,
            )
        )
        .rowcount
        for before, after, why, since in (
            (State.claimed, State.due, None, None),
            (State.submitting, State.unknown, INTERRUPTED, now),
        )
    ]
    return counts[0], counts[1]


def withdraw(
    session: Session, message_ids: Sequence[int], why: str, now: datetime
) -> int:
    """Takes back what has not left.  What is being submitted stays, as it may be out; it
    is marked, so that it is not tried again where the vendor did not take it."""
    if not message_ids:
        return 0
    out = col(Message.state) == State.submitting
    states = session.connection().scalars(
        sa.update(Message)
        .where(
            col(Message.id).in_(message_ids),
            col(Message.state).in_((*NOT_LEFT, State.submitting)),
        )
        .values(
            state=sa.case((out, State.submitting), else_=State.withdrawn),
            outcome=why,
            finished_at=sa.case((out, col(Message.finished_at)), else_=now),
            lease_owner=sa.case((out, col(Message.lease_owner)), else_=None),
            lease_until=sa.case((out, col(Message.lease_until)), else_=None),
        )
        .returning(col(Message.state))
    )
    return states.all().count(State.withdrawn)


def leave_from(session: Session, clinic_id: int, before_id: int, after_id: int) -> int:
    """What has not left leaves from another number; how many texts.  An answer stays
    with the number that was texted.  The number is read again where a text is sent,
    under the lock of its row, so none leaves from the one before after the commit."""
    return (
        session.connection()
        .execute(
            sa.update(Message)
            .where(
                col(Message.clinic_id) == clinic_id,
                col(Message.number_id) == before_id,
                col(Message.state).in_(NOT_LEFT),
                col(Message.answers_id).is_(None),
            )
            .values(number_id=after_id)
        )
        .rowcount
    )


def expiry_sentence(held_why: list[str] | None) -> str:
    reason = " ".join(held_why) if held_why else "Nothing tried to send it in time."
    return f"Not sent: it was of no use any more when it could leave. {reason}"


def _dialect(session: Session) -> Dialect:
    return cast(Dialect, session.get_bind().dialect.name)
