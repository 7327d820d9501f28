"""Slows a campaign down at one carrier, and lifts it: rows and nothing else.

A slow-down only ever makes texts later.  The caller commits.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from kernel.carriers import Carrier
from kernel.db import insert_or_ignore
from kernel.errors import Invalid, NotFound
from registration.models import SlowDown

LONGEST_NOTE = 500


def slow_down(
    session: Session,
    clinic_id: int,
    campaign_id: int,
    carrier: Carrier,
    per_hour: int,
    why: str,
    now: datetime,
) -> bool:
    """False when it is slowed down already; a graver reason makes it slower still."""
    made = session.connection().execute(
        insert_or_ignore(session, SlowDown, "id"),
        {
            "clinic_id": clinic_id,
            "campaign_id": campaign_id,
            "carrier": carrier,
            "per_hour": per_hour,
            "why": why,
            "since": now,
        },
    )
    if made.scalar_one_or_none() is not None:
        return True
    session.connection().execute(
        sa.update(SlowDown)
        .where(
            col(SlowDown.campaign_id) == campaign_id,
            col(SlowDown.carrier) == carrier,
            col(SlowDown.lifted_at).is_(None),
            col(SlowDown.per_hour) > per_hour,
        )
        .values(per_hour=per_hour, why=why)
    )
    return False


def lift(
    session: Session,
    clinic_id: int,
    slow_down_id: int,
    note: str,
    by: str,
    now: datetime,
) -> SlowDown:
    """Raises NotFound for what is not this clinic's or lifted already, Invalid without
    a note."""
    found = session.exec(
        select(SlowDown).where(
            col(SlowDown.id) == slow_down_id, col(SlowDown.clinic_id) == clinic_id
        )
    ).one_or_none()
    if found is None or found.lifted_at is not None:
        raise NotFound("Nothing is slowed down here any more. Look at the list again.")
    if not note.strip() or "\x00" in note:
        raise Invalid("Say what was found and mended, for whoever reads it later.")
    found.lifted_at, found.lifted_by = now, by
    found.lifted_note = note.strip()[:LONGEST_NOTE]
    session.add(found)
    session.flush()
    return found


def open_slow_downs(session: Session, clinic_id: int) -> Sequence[SlowDown]:
    return session.exec(
        select(SlowDown)
        .where(col(SlowDown.clinic_id) == clinic_id, col(SlowDown.lifted_at).is_(None))
        .order_by(col(SlowDown.id))
    ).all()
