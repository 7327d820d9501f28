"""What must hold, as lists of what is wrong.  The vendor's record is the truth; our
own rows are what is judged."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from consent.models import ConsentDetail, ConsentEvent, LedgerHead, Line
from gateway.models import InboundMessage, Message, Permit, SendDecision, State
from kernel.clock import rfc3339
from kernel.hashing import (
    DETAIL_PREFIX,
    PHONE_PREFIX,
    canonical,
    commitment,
    leaf_hash,
)
from tests.vendor import message_id_of

Record = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One allowed decision: when it began, and when it was written before o6."""

    message_id: int
    clinic_id: int
    phone: str
    began_ns: int
    marked_ns: int | None


def sends_after_stop(
    attempts: Iterable[Attempt], stopped: Mapping[tuple[int, str], int]
) -> list[Attempt]:
    """I2: attempts that were decided or written after the STOP's 200 had arrived."""
    return [
        attempt
        for attempt in attempts
        if (heard := stopped.get((attempt.clinic_id, attempt.phone))) is not None
        and max(attempt.began_ns, attempt.marked_ns or 0) > heard
    ]


def attempts(session: Session, marked: Mapping[int, int]) -> list[Attempt]:
    """Every allowed decision but those of permits, which a STOP itself asks for."""
    rows = session.connection().execute(
        sa.select(
            col(SendDecision.message_id),
            col(SendDecision.clinic_id),
            col(Message.phone),
            col(SendDecision.began_ns),
        )
        .join(Message, col(Message.id) == col(SendDecision.message_id))
        .where(col(SendDecision.allowed), col(Message.permit).is_(None))
    )
    return [
        Attempt(
            message_id=row.message_id,
            clinic_id=row.clinic_id,
            phone=row.phone,
            began_ns=row.began_ns,
            marked_ns=marked.get(row.message_id),
        )
        for row in rows
    ]


def double_sends(accepted: Iterable[Record]) -> dict[int | None, int]:
    """I4: messages of ours that the vendor accepted more than once."""
    times = Counter(message_id_of(record) for record in accepted)
    return {message: count for message, count in times.items() if count > 1}


def ledger_faults(session: Session) -> list[str]:
    """I5: every clinic's numbers without a gap, every hash and commitment right."""
    return [
        fault
        for head in session.exec(select(LedgerHead)).all()
        for fault in _ledger_faults(session, head)
    ]


def _ledger_faults(session: Session, head: LedgerHead) -> list[str]:
    events = session.exec(
        select(ConsentEvent)
        .where(col(ConsentEvent.clinic_id) == head.clinic_id)
        .order_by(col(ConsentEvent.seq))
    ).all()
    details = {
        detail.seq: detail
        for detail in session.exec(
            select(ConsentDetail).where(col(ConsentDetail.clinic_id) == head.clinic_id)
        )
    }
    faults = []
    if [event.seq for event in events] != list(range(1, head.next_seq)):
        faults.append(f"{head.name}: numbers have a gap or the head is wrong")
    for event in events:
        leaf = leaf_hash(
            clinic=head.name,
            seq=event.seq,
            at=rfc3339(event.at),
            kind=event.kind,
            phone=event.phone_commitment,
            detail=event.detail_commitment,
        )
        if leaf != event.leaf_hash:
            faults.append(f"{head.name} {event.seq}: leaf")
        detail = details.get(event.seq)
        if detail is None:
            faults.append(f"{head.name} {event.seq}: no detail")
            continue
        phone = canonical(detail.phone)
        if event.phone_commitment != commitment(PHONE_PREFIX, detail.salt, phone):
            faults.append(f"{head.name} {event.seq}: phone")
        clear = detail.detail.encode()
        if event.detail_commitment != commitment(DETAIL_PREFIX, detail.salt, clear):
            faults.append(f"{head.name} {event.seq}: detail")
    return faults


def lost_stops(session: Session, received: Iterable[Record]) -> list[str]:
    """I1: STOPs that the vendor has and that did not reach the line."""
    stopped = set(
        session.connection()
        .execute(
            sa.select(col(InboundMessage.vendor_sid))
            .join(
                Line,
                sa.and_(
                    col(Line.clinic_id) == col(InboundMessage.clinic_id),
                    col(Line.phone) == col(InboundMessage.phone),
                ),
            )
            .where(col(InboundMessage.intent) == "stop", col(Line.stopped_seq) > 0)
        )
        .scalars()
    )
    sids = [record["message"]["sid"] for record in received if is_stop(record)]
    return [sid for sid in sids if sid not in stopped]


def is_stop(record: Record) -> bool:
    return bool(record["message"]["body"].strip().upper() == "STOP")


ENDED = (State.accepted, State.failed, State.withdrawn, State.expired)


def unaccounted(
    session: Session, planned: Iterable[int], accepted: Iterable[Record]
) -> list[str]:
    """I6 and I4 at rest: every planned message is in one state that the vendor's
    record agrees with, none is in anybody's hands, and each end has its reason."""
    rows = {row.id: row for row in session.exec(select(Message)).all()}
    sids = {message_id_of(record): record["message"]["sid"] for record in accepted}
    faults = [f"{message} vanished" for message in planned if message not in rows]
    for row in rows.values():
        sid = sids.pop(row.id, None)
        if row.state in (State.claimed, State.submitting):
            faults.append(f"{row.id} is still {row.state}")
        elif row.state is State.accepted and row.vendor_sid != sid:
            faults.append(f"{row.id} has {row.vendor_sid}, the vendor says {sid}")
        elif row.state is not State.accepted and sid is not None:
            faults.append(f"{row.id} is {row.state}, but the vendor has {sid}")
        if row.state not in (State.accepted, State.due) and not row.outcome:
            faults.append(f"{row.id} is {row.state} without a reason")
    return faults + [f"the vendor has {message}, we do not" for message in sids]


def states(session: Session) -> Counter[State]:
    rows = session.connection().execute(
        sa.select(col(Message.state), sa.func.count()).group_by(col(Message.state))
    )
    return Counter({state: count for state, count in rows})


def confirmations(session: Session) -> list[Message]:
    """The answers to STOPs that were queued."""
    return list(
        session.exec(
            select(Message).where(col(Message.permit) == Permit.stop_confirmation)
        )
    )
