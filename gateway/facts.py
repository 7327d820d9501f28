"""Gathers what the gate looks at, in one joined read under the locks of o3."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, VendorAccount
from consent.standing import LineState, Word, lock_line
from gateway.campaign_texts import sent_last_hour
from gateway.gate import Facts
from gateway.models import CarrierLookup, Message, Permit, SendingRule, State
from gateway.pace import SENDER, sender_of
from gateway.quiet_hours import Window
from gateway.throughput import Cap, Sender, caps_of
from kernel.carriers import Carrier
from kernel.clock import rfc3339
from registration.models import Brand, Campaign, SenderNumber, SlowDown, Watermark
from registration.usecases import covers
from registration.workflow import cells, lock_campaign


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A message under its locks, with everything its sending needs."""

    message_id: int
    clinic_id: int
    phone: str
    from_phone: str
    body: str
    state: State
    lease_owner: str | None
    held_why: list[str] | None
    held_since: datetime | None
    send_until: datetime
    campaign_id: int | None
    segments: int
    sender: Sender | None  # None: no campaign, so it cannot leave
    facts: Facts

    @property
    def caps(self) -> tuple[Cap, ...]:
        """Under which it is counted, in the order of their locks."""
        return caps_of(self.sender, self.facts.carrier) if self.sender else ()


def lock_and_gather(session: Session, message_id: int, now: datetime) -> Held:
    """Locks campaign (shared), message, line, in this order, then reads the facts."""
    campaign_id = _campaign_of(session, message_id)
    if campaign_id is not None:
        lock_campaign(session, campaign_id, shared=True)
    row = session.connection().execute(_joined(), {"this": message_id}).one()
    line = lock_line(session, row.clinic_id, row.phone, row.topic)
    attached = row.campaign_id is not None and row.campaign_id == campaign_id
    facts = Facts(
        now=now,
        clinic_zone=row.time_zone,
        number_connected=attached and row.connected_at is not None,
        # Without a Messaging Service nobody can be asked, and the operator's word counts.
        number_registered=row.service_sid is None or bool(row.registered),
        account_halted_why=_halted_why(row),
        inbound_complete_until=row.complete_until,
        paused_until=row.paused_until,
        outside_trial=row.trial_phones is not None
        and row.phone not in row.trial_phones,
        standing=line.word,
        grade=line.grade,
        held_since=line.held_since,
        permit=_permit(row.permit, line),
        topic=row.topic,
        use_covered=attached and covers(row.use_case, row.sub_use_cases, row.topic),
        campaign_expired=row.expired_at is not None,
        carrier=row.carrier or Carrier.unknown,
        textable=bool(row.textable),
        line_type=row.line_type or "unknown",
        looked_up_at=row.looked_up_at,
        cells=cells(session, row.campaign_id) if attached else {},
        slowed_to=row.per_hour,
        sent_last_hour=sent_last_hour(session, row.slow_down_id, message_id, now),
        send_from=row.send_from,
        send_until=row.send_until,
        zones=tuple(filter(None, row.zones.split(","))),
        window=Window.read(row.window),
    )
    return Held(
        message_id=message_id,
        clinic_id=row.clinic_id,
        phone=row.phone,
        from_phone=row.from_phone,
        body=row.body,
        state=row.state,
        lease_owner=row.lease_owner,
        held_why=row.held_why,
        held_since=row.message_held_since,
        send_until=row.send_until,
        campaign_id=campaign_id,
        segments=row.segments,
        sender=sender_of(row) if attached else None,
        facts=facts,
    )


def _permit(permit: Permit | None, line: LineState) -> Permit | None:
    """A form let us ask her once: not after she said stop, nor while that is unclear."""
    pending = line.word is Word.pending and not line.held
    return None if permit is Permit.opt_in_request and not pending else permit


def _halted_why(row: Any) -> str | None:
    if row.account_sid is None:
        return "there is none yet"
    why: str | None = row.halted_why if row.halted_since else None
    return why


def _campaign_of(session: Session, message_id: int) -> int | None:
    found: int | None = session.connection().scalar(
        _campaign_query(), {"this": message_id}
    )
    return found


@cache
def _campaign_query() -> Any:
    return (
        sa.select(col(SenderNumber.campaign_id))
        .join(Message, col(Message.number_id) == col(SenderNumber.id))
        .where(col(Message.id) == sa.bindparam("this"))
    )


@cache
def _joined() -> Any:
    looked_up = sa.and_(
        col(CarrierLookup.clinic_id) == col(Message.clinic_id),
        col(CarrierLookup.phone) == col(Message.phone),
    )
    slowed_down = sa.and_(
        col(SlowDown.campaign_id) == col(SenderNumber.campaign_id),
        col(SlowDown.carrier)
        == sa.func.coalesce(col(CarrierLookup.carrier), Carrier.unknown.value),
        col(SlowDown.lifted_at).is_(None),
    )
    return (
        sa.select(
            col(Message.clinic_id),
            col(Message.phone),
            col(Message.body),
            col(Message.segments),
            col(Message.topic),
            col(Message.permit),
            col(Message.state),
            col(Message.lease_owner),
            col(Message.held_why),
            col(Message.held_since).label("message_held_since"),
            col(Message.send_from),
            col(Message.send_until),
            col(Message.zones),
            col(Message.window),
            *SENDER,
            col(SenderNumber.connected_at),
            col(SenderNumber.registered),
            col(SenderNumber.phone).label("from_phone"),
            col(Watermark.complete_until),
            col(SendingRule.paused_until),
            col(SendingRule.trial_phones),
            col(Clinic.time_zone),
            col(VendorAccount.account_sid),
            col(VendorAccount.halted_since),
            col(VendorAccount.halted_why),
            col(Campaign.service_sid),
            col(Campaign.sub_use_cases),
            col(Campaign.expired_at),
            col(CarrierLookup.carrier),
            col(CarrierLookup.textable),
            col(CarrierLookup.line_type),
            col(CarrierLookup.looked_up_at),
            col(SlowDown.id).label("slow_down_id"),
            col(SlowDown.per_hour),
        )
        .select_from(Message)
        .join(Clinic, col(Clinic.id) == col(Message.clinic_id))
        .join(SenderNumber, col(SenderNumber.id) == col(Message.number_id))
        .outerjoin(Watermark, col(Watermark.number_id) == col(SenderNumber.id))
        .outerjoin(
            VendorAccount, col(VendorAccount.clinic_id) == col(Message.clinic_id)
        )
        .outerjoin(SendingRule, col(SendingRule.clinic_id) == col(Message.clinic_id))
        .outerjoin(Campaign, col(Campaign.id) == col(SenderNumber.campaign_id))
        .outerjoin(Brand, col(Brand.id) == col(Campaign.brand_id))
        .outerjoin(CarrierLookup, looked_up)
        .outerjoin(SlowDown, slowed_down)
        .where(col(Message.id) == sa.bindparam("this"))
        .with_for_update(of=Message)
    )


def as_json(facts: Facts) -> dict[str, Any]:
    """The facts as a `SendDecision` keeps them."""
    return {name: _plain(value) for name, value in asdict(facts).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int | str):
        return value
    return str(value)
