"""What the vendor says of a text after it took it: delivery, or an error that tells
something about consent, the phone or the campaign.

Callbacks come late, twice and in any order: each is kept, the fold never steps back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import TaskKind, VendorAccount
from clinics.tasks import open_task
from consent.models import EventKind
from consent.record import opt_out
from consent.standing import Word, lock_line
from gateway.lookup import forget
from gateway.models import CarrierLookup, DeliveryReport, Message, MessageKind, State
from gateway.progress import NOT_DELIVERED
from gateway.send_errors import SendError, look_up
from gateway.unreached import NO_PHONE_THERE, doubt
from kernel.carriers import GATED, Carrier
from kernel.db import insert_or_ignore
from registration.models import SenderNumber
from registration.status import Observation, Source, Status
from registration.workflow import lock_campaign, observe

CALL_WITHIN = timedelta(hours=24)
ABOUT_A_VISIT = (MessageKind.reminder, MessageKind.update)  # a person says it instead
RANKS = {
    "accepted": 0,
    "scheduled": 0,
    "queued": 1,
    "sending": 2,
    "sent": 3,
    "delivered": 4,
    "undelivered": 4,
    "failed": 4,
    "canceled": 4,
    "read": 5,
}


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


@dataclass(frozen=True, slots=True)
class Target:
    id: int
    phone: str
    campaign_id: int | None


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
    row = (
        session.connection()
        .execute(
            sa.select(
                col(Message.delivery),
                col(Message.state),
                col(Message.kind),
                col(Message.vendor_sid),
                col(Message.body),
                col(Message.send_until),
            )
            .where(col(Message.id) == target.id)
            .with_for_update()
        )
        .one()
    )
    values: dict[str, object] = {}
    given_up = row.state is State.failed and row.vendor_sid is None
    if given_up or row.state in (State.submitting, State.unknown):
        # A callback is proof that the vendor took it, faster than our own answer, or
        # after we had given it up for lost.
        values |= {
            "state": State.accepted,
            "vendor_sid": report.vendor_sid,
            "finished_at": now,
            "lease_owner": None,
            "lease_until": None,
            "outcome": None,
            "error_code": None,
        }
    if RANKS.get(report.status, -1) > RANKS.get(row.delivery or "", -1):
        values |= {"delivery": report.status}
        if report.status == "delivered":
            values |= {"delivered_at": now}
        if report.status in NOT_DELIVERED:
            values |= {
                "finished_at": now,
                "error_code": report.error_code,
                "outcome": _not_delivered(report.error_code),
            }
            if row.kind in ABOUT_A_VISIT:
                _ask_to_call(session, clinic_id, target, row.body, row.send_until, now)
    if values:
        session.connection().execute(
            sa.update(Message).where(col(Message.id) == target.id).values(**values)
        )


def _not_delivered(code: str | None) -> str:
    """The table's own sentence speaks of texts that the vendor refused; this one it
    took, so it is never sent again (I4)."""
    meaning = look_up(code).meaning if code else ""
    reason = (
        f" (error {code}: {meaning})" if meaning else f" (error {code})" if code else ""
    )
    return (
        f"Twilio took it, but it did not reach the phone{reason}. It is not sent again."
    )


def _ask_to_call(
    session: Session,
    clinic_id: int,
    target: Target,
    body: str,
    until: datetime,
    now: datetime,
) -> None:
    """The text itself names the visit.  A call is of use as long as the text was."""
    open_task(
        session,
        clinic_id,
        TaskKind.call_patient,
        f"undelivered:{target.id}",
        "Call the patient, and ask whether the number is right. This text did not "
        f"reach the phone and is not sent again: “{body}”",
        now,
        phone=target.phone,
        due_in=max(timedelta(0), min(CALL_WITHIN, until - now)),
    )


def apply_error(
    session: Session, clinic_id: int, target: Target, error: SendError, now: datetime
) -> None:
    """What an error number says beyond this one text.  The caller has locked the
    campaign exclusively where `takes_active_away` says so."""
    if error.takes_active_away and target.campaign_id:
        seen = Observation(
            status=Status.SUSPENDED if error.code == "30033" else Status.PENDING,
            raw=error.code,
            source=Source.send_error,
            at=now,
            evidence=f"message {target.id}",
        )
        for carrier in _carriers_of(session, clinic_id, target.phone):
            observe(session, target.campaign_id, carrier, seen)
    if error.opt_out:
        line = lock_line(session, clinic_id, target.phone)
        if line.word is not Word.opted_out:
            detail = {
                "method": "vendor error",
                "code": error.code,
                "said": error.meaning,
            }
            kind = EventKind.vendor_block
            opt_out(session, clinic_id, target.phone, detail, now, kind)
    if error.invalid_number:
        forget(session, clinic_id, target.phone)  # ask anew what kind of line it is
    if error.code in NO_PHONE_THERE:
        doubt(session, clinic_id, target.phone, now)
    if error.halts_account:
        _halt(session, clinic_id, error, now)


def _carriers_of(session: Session, clinic_id: int, phone: str) -> list[Carrier]:
    """Whose cell an error of this phone speaks of: all three when it is not known."""
    known = session.connection().scalar(
        sa.select(col(CarrierLookup.carrier)).where(
            col(CarrierLookup.clinic_id) == clinic_id,
            col(CarrierLookup.phone) == phone,
        )
    )
    return [known] if known in GATED else sorted(GATED)


def _halt(session: Session, clinic_id: int, error: SendError, now: datetime) -> None:
    halted = session.connection().execute(
        sa.update(VendorAccount)
        .where(
            col(VendorAccount.clinic_id) == clinic_id,
            col(VendorAccount.halted_since).is_(None),
        )
        .values(halted_since=now, halted_why=f"error {error.code}")
    )
    if halted.rowcount:
        open_task(
            session,
            clinic_id,
            TaskKind.vendor_account,
            f"halted:{now.isoformat()}",
            f"Twilio refuses this clinic's account (error {error.code}: "
            f"{error.meaning}). No text leaves until the operator has mended it "
            "and said so under Clinics, or with 'flask clinic account'.",
            now,
            urgent=True,
            due_in=timedelta(hours=1),
        )
