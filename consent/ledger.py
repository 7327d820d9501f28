"""Appends to a clinic's ledger: gap-free numbers, salted commitments, leaf hashes.

It never changes or removes an event.  The caller has locked the line; the ledger's
head is locked last.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic
from consent.models import ConsentDetail, ConsentEvent, EventKind, LedgerHead
from kernel.clock import rfc3339
from kernel.db import insert_or_ignore
from kernel.errors import NotFound
from kernel.faults import point
from kernel.hashing import (
    DETAIL_PREFIX,
    PHONE_PREFIX,
    canonical,
    commitment,
    leaf_hash,
)


def append(
    session: Session,
    clinic_id: int,
    phone: str,
    kind: EventKind,
    detail: Mapping[str, Any],
    now: datetime,
) -> int:
    """The new event's number.  `detail` holds text, integers, booleans and null."""
    point("i6")
    seq, name = _take_number(session, clinic_id)
    salt = secrets.token_hex(32)
    clear = canonical({**detail, "phone": phone})
    phone_commitment = commitment(PHONE_PREFIX, salt, canonical(phone))
    detail_commitment = commitment(DETAIL_PREFIX, salt, clear)
    session.connection().execute(
        sa.insert(ConsentEvent),
        {
            "clinic_id": clinic_id,
            "seq": seq,
            "at": now,
            "kind": kind,
            "phone_commitment": phone_commitment,
            "detail_commitment": detail_commitment,
            "leaf_hash": leaf_hash(
                clinic=name,
                seq=seq,
                at=rfc3339(now),
                kind=kind,
                phone=phone_commitment,
                detail=detail_commitment,
            ),
        },
    )
    session.connection().execute(
        sa.insert(ConsentDetail),
        {
            "clinic_id": clinic_id,
            "seq": seq,
            "salt": salt,
            "phone": phone,
            "detail": clear.decode(),
        },
    )
    return seq


def _take_number(session: Session, clinic_id: int) -> tuple[int, str]:
    """The next number and the ledger's name; the first event opens the ledger."""
    taken = _next(session, clinic_id) or _opened(session, clinic_id)
    if taken is None:
        raise NotFound(f"There is no clinic {clinic_id}, so it has no ledger.")
    return taken


def _next(session: Session, clinic_id: int) -> tuple[int, str] | None:
    row = session.connection().execute(_taking(), {"clinic": clinic_id}).one_or_none()
    return (row[0] - 1, row[1]) if row else None


def _opened(session: Session, clinic_id: int) -> tuple[int, str] | None:
    """The slug of this day is the ledger's name for good: it is part of each leaf."""
    name = session.connection().scalar(
        sa.select(col(Clinic.slug)).where(col(Clinic.id) == clinic_id)
    )
    if name is None:
        return None
    head = {"clinic_id": clinic_id, "name": name, "next_seq": 1}
    session.connection().execute(insert_or_ignore(session, LedgerHead), head)
    return _next(session, clinic_id)


@cache
def _taking() -> Any:
    return (
        sa.update(LedgerHead)
        .where(col(LedgerHead.clinic_id) == sa.bindparam("clinic"))
        .values(next_seq=col(LedgerHead.next_seq) + 1)
        .returning(col(LedgerHead.next_seq), col(LedgerHead.name))
    )
