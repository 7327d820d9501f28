"""What the vendor says of a text after it took it: delivery, or an error that tells
something about consent, the phone or the campaign.

Callbacks come late, twice and in any order: each is kept, the fold never steps back.
"""

from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import TaskKind
from clinics.tasks import open_task
from gateway.consequences import Target, apply_error
from gateway.delivery import Came, fold
from gateway.models import DeliveryReport, Message, MessageKind
from gateway.send_errors import look_up
from kernel.db import insert_or_ignore
from registration.models import SenderNumber
from registration.workflow import lock_campaign

CALL_WITHIN = timedelta(hours=24)
ABOUT_A_VISIT = (MessageKind.reminder, MessageKind.update)  # a person says it instead


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One status callback, or one look at the vendor's list."""

    account_sid: str
    vendor_sid: str
    status: str
    error_code: str | None
    raw: str


def take_report(
    session: Session,
    clinic_id: int,
    message_id: int | None,
    report: Report,
    now: datetime,
) -> bool:
    """Keeps the report and folds it in; False for one that was kept before.

    `message_id` is what the callback's address names; without it the vendor's id is
    looked for.  Locks: campaign, message, line, ledger.
    """
    error = look_up(report.error_code) if report.error_code else None
    target = _target(session, clinic_id, message_id, report.vendor_sid)
    if error and error.takes_active_away and target and target.campaign_id:
        lock_campaign(session, target.campaign_id, shared=False)
    kept = session.connection().execute(
        insert_or_ignore(session, DeliveryReport, "id"),
        {
            "clinic_id": clinic_id,
            "message_id": target.id if target else None,
            "account_sid": report.account_sid,
            "vendor_sid": report.vendor_sid,
            "status": report.status,
            "error_code": report.error_code,
            "raw": report.raw,
            "received_at": now,
        },
    )
    new = kept.scalar_one_or_none() is not None
    if target is not None:
        _fold(session, clinic_id, target, report, now)  # never steps back: safe twice
        if new and error is not None:
            apply_error(session, clinic_id, target, error, now)
    return new


def _target(
    session: Session, clinic_id: int, message_id: int | None, vendor_sid: str
) -> Target | None:
    """A message of this clinic only; an id that names another sid is not it."""
    sid = col(Message.vendor_sid)
    named = sa.and_(
        col(Message.id) == message_id, sa.or_(sid.is_(None), sid == vendor_sid)
    )
    row: Any = (
        session.connection()
        .execute(
            sa.select(
                col(Message.id), col(Message.phone), col(SenderNumber.campaign_id)
            )
            .join(SenderNumber, col(SenderNumber.id) == col(Message.number_id))
            .where(
                col(Message.clinic_id) == clinic_id, sa.or_(named, sid == vendor_sid)
            )
            .order_by(sid.is_(None))
            .limit(1)
        )
        .one_or_none()
    )
    return Target(*row) if row else None


def _fold(
    session: Session, clinic_id: int, target: Target, report: Report, now: datetime
) -> None:
    this = col(Message.id) == target.id
    wanted = [getattr(Message, one.name) for one in fields(Came)]
    rest = (col(Message.kind), col(Message.body), col(Message.send_until))
    query = sa.select(*rest, *wanted).where(this).with_for_update()
    row = session.connection().execute(query).one()
    before = Came(**{one.name: getattr(row, one.name) for one in fields(Came)})
    after = fold(before, report.status, report.vendor_sid, report.error_code, now)
    if after == before:
        return
    values = asdict(after)
    if after.state is not before.state:
        values |= {"lease_owner": None, "lease_until": None}
    session.connection().execute(sa.update(Message).where(this).values(**values))
    lost = after.lost and after.delivery != before.delivery
    if lost and row.kind in ABOUT_A_VISIT:
        step = look_up(report.error_code).next_step
        _ask_to_call(session, clinic_id, target, row, step, now)


def _ask_to_call(
    session: Session,
    clinic_id: int,
    target: Target,
    row: Any,
    step: str,
    now: datetime,
) -> None:
    """The text itself names the visit.  A call is of use as long as the text was."""
    open_task(
        session,
        clinic_id,
        TaskKind.call_patient,
        f"undelivered:{target.id}",
        f"{step} This text did not reach the phone and is not sent again: “{row.body}”",
        now,
        phone=target.phone,
        due_in=max(timedelta(0), min(CALL_WITHIN, row.send_until - now)),
    )
