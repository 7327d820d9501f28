"""Is every ledger whole?  Numbers without a gap up to its head, and every leaf right.

Reads only.  Whether the clear facts are those that were committed to, a pack tells.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from consent.models import ConsentEvent, LedgerHead
from kernel.clock import rfc3339
from kernel.errors import Invalid
from kernel.hashing import leaf_hash

ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class Head:
    clinic_id: int
    name: str
    last_seq: int  # 0: no event yet
    last_leaf: str | None


def ledger_heads(session: Session) -> list[Head]:
    """Raises Invalid with the first record that is missing or was changed."""
    heads = session.connection().execute(
        sa.select(
            col(LedgerHead.clinic_id), col(LedgerHead.name), col(LedgerHead.next_seq)
        ).order_by(col(LedgerHead.clinic_id))
    )
    found = [_walked(session, *head) for head in heads.all()]
    without = sa.select(sa.func.count()).where(
        col(ConsentEvent.clinic_id).not_in([head.clinic_id for head in found])
    )
    if session.connection().scalar(without):
        raise Invalid("Consent records belong to no ledger.")
    return found


def _walked(session: Session, clinic_id: int, name: str, next_seq: int) -> Head:
    seq, leaf = 0, None
    events = session.connection().execute(
        _events(clinic_id).execution_options(yield_per=ROWS_AT_ONCE)
    )
    for event in events:
        seq += 1
        if event.seq != seq:
            raise Invalid(f"The ledger of {name} lacks record {seq}.")
        leaf = event.leaf_hash
        if leaf != _leaf(name, event):
            raise Invalid(f"Record {seq} of the ledger of {name} was changed.")
    if seq != next_seq - 1:
        raise Invalid(f"The ledger of {name} lacks record {seq + 1}.")
    return Head(clinic_id, name, seq, leaf)


def _events(clinic_id: int) -> Any:
    return (
        sa.select(
            col(ConsentEvent.seq),
            col(ConsentEvent.at),
            col(ConsentEvent.kind),
            col(ConsentEvent.phone_commitment),
            col(ConsentEvent.detail_commitment),
            col(ConsentEvent.leaf_hash),
        )
        .where(col(ConsentEvent.clinic_id) == clinic_id)
        .order_by(col(ConsentEvent.seq))
    )


def _leaf(name: str, event: Any) -> str:
    return leaf_hash(
        clinic=name,
        seq=event.seq,
        at=rfc3339(event.at),
        kind=event.kind,
        phone=event.phone_commitment,
        detail=event.detail_commitment,
    )
