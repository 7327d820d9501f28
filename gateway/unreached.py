"""A number whose texts found no phone on several days, without a word from it between:
it may have been given up, and then belongs to somebody else.  Held until a person
has asked; a number that is stopped or held already is left as it is.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, TaskKind
from clinics.tasks import open_task
from consent import record
from consent.models import ConsentDetail, ConsentEvent, EventKind
from consent.standing import Word, lock_line
from gateway.models import LOST, InboundMessage, Message

NO_PHONE_THERE = frozenset({"30003", "30005"})  # off or out of range; does not exist
DAYS = 2
LOOKED_BACK = timedelta(days=90)
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
HELD = "unreached"
# A person or the patient said since then that the number is right.
SETTLED = (EventKind.hold_released, EventKind.opt_in)


def doubt(session: Session, clinic_id: int, phone: str, now: datetime) -> bool:
    """Called for each new error of that kind.  True when the number is held now."""
    line = lock_line(session, clinic_id, phone)
    if line.held or line.word is not Word.opted_in:
        return False
    since = max(_heard_of(session, clinic_id, phone), now - LOOKED_BACK)
    lost = _lost(session, clinic_id, phone, since)
    zone = ZoneInfo(_zone(session, clinic_id))
    days = {row.finished_at.astimezone(zone).date() for row in lost}
    if len(days) < DAYS:
        return False
    facts = {
        "method": "texts that found no phone",
        "code": ", ".join(sorted({row.error_code for row in lost})),
        "days": ", ".join(day.isoformat() for day in sorted(days)),
        "messages": ", ".join(str(row.id) for row in lost),
    }
    record.hold(session, clinic_id, phone, HELD, facts, now)
    return open_task(
        session,
        clinic_id,
        TaskKind.reassigned,
        f"unreached:{lost[-1].id}",
        f"Texts found no phone at this number on {len(days)} days, and nothing came "
        "from it since. It may have been given up. Call the patient and ask for the "
        "right number; nothing is sent to it until then.",
        now,
        phone=phone,
    )


def _lost(session: Session, clinic_id: int, phone: str, since: datetime) -> list[Any]:
    return list(
        session.connection().execute(
            sa.select(
                col(Message.id), col(Message.error_code), col(Message.finished_at)
            )
            .where(
                col(Message.clinic_id) == clinic_id,
                col(Message.phone) == phone,
                col(Message.error_code).in_(NO_PHONE_THERE),
                col(Message.finished_at) > since,
                sa.text(LOST),
            )
            .order_by(col(Message.id))
            .limit(50)
        )
    )


def _heard_of(session: Session, clinic_id: int, phone: str) -> datetime:
    """When we last knew that the number was right: a text from it, one that reached
    it, or a person's word."""
    asked: tuple[Any, ...] = (
        sa.select(sa.func.max(col(InboundMessage.received_at))).where(
            col(InboundMessage.clinic_id) == clinic_id,
            col(InboundMessage.phone) == phone,
        ),
        sa.select(sa.func.max(col(Message.delivered_at))).where(
            col(Message.clinic_id) == clinic_id, col(Message.phone) == phone
        ),
        sa.select(sa.func.max(col(ConsentEvent.at)))
        .join(
            ConsentDetail,
            sa.and_(
                col(ConsentDetail.clinic_id) == col(ConsentEvent.clinic_id),
                col(ConsentDetail.seq) == col(ConsentEvent.seq),
            ),
        )
        .where(
            col(ConsentDetail.clinic_id) == clinic_id,
            col(ConsentDetail.phone) == phone,
            col(ConsentEvent.kind).in_(SETTLED),
        ),
    )
    found = [session.connection().scalar(query) for query in asked]
    return max((at for at in found if at is not None), default=NEVER)


def _zone(session: Session, clinic_id: int) -> str:
    query = sa.select(col(Clinic.time_zone)).where(col(Clinic.id) == clinic_id)
    return session.connection().execute(query).scalar_one()
