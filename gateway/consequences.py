"""What an error number of the vendor says beyond the one text: about consent, the phone,
the campaign, the account or the carrier's day.

Writes rows in the caller's transaction; sends nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import TaskKind, VendorAccount
from clinics.tasks import open_task
from consent.models import EventKind
from consent.record import opt_out
from consent.standing import Word, lock_line
from gateway.lookup import forget
from gateway.models import CarrierLookup, Message
from gateway.pace import SENDER, fill_day, sender_of
from gateway.send_errors import SendError
from gateway.throughput import Cap, caps_of
from gateway.unreached import NO_PHONE_THERE, doubt
from kernel.carriers import GATED, Carrier
from registration.models import Brand, Campaign, SenderNumber
from registration.status import Observation, Source, Status
from registration.workflow import observe


@dataclass(frozen=True, slots=True)
class Target:
    """The text that an error is about."""

    id: int
    phone: str
    campaign_id: int | None


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
    if error.fills_day:
        fill_day(session, _day_caps(session, target.id), now)


def _carriers_of(session: Session, clinic_id: int, phone: str) -> list[Carrier]:
    """Whose cell an error of this phone speaks of: all three when it is not known."""
    known = session.connection().scalar(
        sa.select(col(CarrierLookup.carrier)).where(
            col(CarrierLookup.clinic_id) == clinic_id,
            col(CarrierLookup.phone) == phone,
        )
    )
    return [known] if known in GATED else sorted(GATED)


def _day_caps(session: Session, message_id: int) -> tuple[Cap, ...]:
    """What T-Mobile counts of the brand that the text left for."""
    row = (
        session.connection()
        .execute(
            sa.select(*SENDER)
            .join(Message, col(Message.number_id) == col(SenderNumber.id))
            .join(Campaign, col(Campaign.id) == col(SenderNumber.campaign_id))
            .join(Brand, col(Brand.id) == col(Campaign.brand_id))
            .where(col(Message.id) == message_id)
        )
        .one_or_none()
    )
    return caps_of(sender_of(row), Carrier.tmobile) if row else ()


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
