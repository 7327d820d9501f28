"""When each clinic was last compared with the vendor, and whose turn it is.

Reads rows and changes none.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic
from consent.models import Comparison
from gateway.lists.taking import Place
from registration.models import SenderNumber

EVERY = timedelta(hours=24)
TRY_AGAIN = timedelta(hours=1)
LOOKED_BACK = timedelta(days=8)  # older ones do not count: it is due anyway


def due(session: Session, now: datetime) -> list[Place]:
    """Clinics with a connected number.  A failed try is made again after an hour."""
    done = sa.func.max(
        sa.case((col(Comparison.failed).is_(None), col(Comparison.at)))
    ).label("done")
    tried = sa.func.max(col(Comparison.at)).label("tried")
    rows = session.connection().execute(
        sa.select(col(Clinic.id), col(Clinic.time_zone), done, tried)
        .outerjoin(
            Comparison,
            sa.and_(
                col(Comparison.clinic_id) == col(Clinic.id),
                col(Comparison.at) > now - LOOKED_BACK,
            ),
        )
        .where(
            col(Clinic.id).in_(
                sa.select(col(SenderNumber.clinic_id)).where(
                    col(SenderNumber.connected_at).is_not(None)
                )
            )
        )
        .group_by(col(Clinic.id))
        .order_by(col(Clinic.id))
    )
    return [
        Place(row.id, ZoneInfo(row.time_zone))
        for row in rows
        if not _within(row.done, EVERY, now) and not _within(row.tried, TRY_AGAIN, now)
    ]


def _within(at: datetime | None, age: timedelta, now: datetime) -> bool:
    """A moment that is still to come is of a clock that was set back."""
    return at is not None and at <= now and now - at < age


def last_compared(session: Session) -> tuple[int, datetime | None]:
    """How many clinics with a connected number were never compared, and when the one
    was that waits longest."""
    newest = (
        sa.select(
            col(Comparison.clinic_id).label("clinic_id"),
            sa.func.max(col(Comparison.at)).label("at"),
        )
        .where(col(Comparison.failed).is_(None))
        .group_by(col(Comparison.clinic_id))
        .subquery()
    )
    connected = (
        sa.select(col(SenderNumber.clinic_id))
        .where(col(SenderNumber.connected_at).is_not(None))
        .distinct()
        .subquery()
    )
    row = (
        session.connection()
        .execute(
            sa.select(
                sa.func.count(connected.c.clinic_id) - sa.func.count(newest.c.at),
                sa.func.min(newest.c.at),
            )
            .select_from(connected)
            .outerjoin(newest, newest.c.clinic_id == connected.c.clinic_id)
        )
        .one()
    )
    return row[0], row[1]
