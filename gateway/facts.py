"""Gathers what the gate looks at, in one joined read under the locks of o3."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic
from consent.standing import LineState, Word, lock_line
from gateway.campaign_texts import sent_last_hour
from gateway.gate import Facts
from gateway.joined import OF_LOOKUP, OF_NUMBER, joined_to_number
from gateway.models import (
    CarrierLookup,
    Message,
    MessageKind,
    Permit,
    State,
)
from gateway.pace import sender_of
from gateway.quiet_hours import Window
from gateway.throughput import Cap, Sender, caps_of
from kernel.carriers import Carrier
from kernel.clock import rfc3339
from registration.campaign_guard import refusals
from registration.free_text import against, registered
from registration.models import SenderNumber, SlowDown, WordingKind
from registration.status import Cell
from registration.usecases import covers
from registration.workflow import cells, lock_campaign

ASKED_AGAIN = (MessageKind.update, MessageKind.review_request)


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
    unwanted: str | None  # taken back while it was being submitted, and why
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
    facts = facts_of(
        row,
        line,
        cells=cells(session, row.campaign_id) if attached else {},
        sent_last_hour=sent_last_hour(session, row.slow_down_id, message_id, now),
        beyond_campaign=_beyond_campaign(session, row) if attached else (),
        reminded_at=_reminded_at(session, row, message_id, now),
        attached=attached,
        now=now,
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
        unwanted=row.outcome if row.state is State.submitting else None,
        sender=sender_of(row) if attached else None,
        facts=facts,
    )


def facts_of(
    row: Any,
    line: LineState,
    *,
    cells: Mapping[Carrier, Cell],
    sent_last_hour: int,
    beyond_campaign: tuple[str, ...],
    reminded_at: datetime | None,
    attached: bool,
    now: datetime,
) -> Facts:
    """What the gate sees, of what was read.  `row` has the names of `OF_NUMBER`, of
    `OF_LOOKUP` and of the text; `attached`: the number serves the campaign still."""
    by_hand = row.kind is MessageKind.staff_reply
    return Facts(
        now=now,
        clinic_zone=row.time_zone,
        number_connected=attached and row.connected_at is not None,
        # Without a Messaging Service nobody can be asked, and the operator's word counts.
        number_registered=row.service_sid is None or bool(row.registered),
        account_halted_why=_halted_why(row),
        inbound_complete_until=row.complete_until,
        # A pause and a trial are of what leaves by itself: an update was just confirmed
        # by somebody, and a person answers whom they choose.
        paused_until=None
        if by_hand or row.kind is MessageKind.update
        else row.paused_until,
        outside_trial=not by_hand
        and row.trial_phones is not None
        and row.phone not in row.trial_phones,
        standing=line.word,
        grade=line.grade,
        held_since=line.held_since,
        permit=_permit(row.permit, line),
        topic=row.topic,
        use_covered=attached and covers(row.use_case, row.sub_use_cases, row.topic),
        beyond_campaign=beyond_campaign,
        campaign_expired=row.expired_at is not None,
        carrier=row.carrier or Carrier.unknown,
        textable=bool(row.textable),
        line_type=row.line_type or "unknown",
        looked_up_at=row.looked_up_at,
        cells=cells,
        slowed_to=row.per_hour,
        sent_last_hour=sent_last_hour,
        send_from=row.send_from,
        send_until=row.send_until,
        reminded_at=reminded_at,
        zones=tuple(filter(None, row.zones.split(","))),
        window=Window.read(row.window),
    )


def _reminded_at(
    session: Session, row: Any, message_id: int, now: datetime
) -> datetime | None:
    """Asked under the lock of the line: of two senders one sees the other's text."""
    if not row.once_a_day:
        return None
    return session.connection().scalar(
        sa.select(sa.func.max(col(Message.submitted_at))).where(
            col(Message.clinic_id) == row.clinic_id,
            col(Message.phone) == row.phone,
            col(Message.once_a_day).is_(True),
            col(Message.state).in_((State.submitting, State.accepted, State.unknown)),
            col(Message.submitted_at) > now - timedelta(days=2),
            col(Message.id) != message_id,
        )
    )


def _beyond_campaign(session: Session, row: Any) -> tuple[str, ...]:
    """Of texts whose words no wording fixed, or that need a campaign of their own: what
    was handed in may be another since they were written.  The clinic's own name promises
    nothing: "Discount Dental"."""
    body = row.body.replace(row.display_name, "")
    if row.kind is MessageKind.staff_reply:
        return against(body, registered(session, row.campaign_id))
    if row.kind not in ASKED_AGAIN:
        return ()
    kind = WordingKind(row.kind.value)
    return refusals(session, row.clinic_id, row.campaign_id, kind, "en", body)


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
    query: Any = (
        sa.select(
            col(Message.clinic_id),
            col(Message.phone),
            col(Message.body),
            col(Message.segments),
            col(Message.topic),
            col(Message.kind),
            col(Message.permit),
            col(Message.state),
            col(Message.lease_owner),
            col(Message.outcome),
            col(Message.held_why),
            col(Message.held_since).label("message_held_since"),
            col(Message.send_from),
            col(Message.send_until),
            col(Message.zones),
            col(Message.window),
            col(Message.once_a_day),
            col(Clinic.display_name),
            *OF_NUMBER,
            *OF_LOOKUP,
            col(SlowDown.id).label("slow_down_id"),
            col(SlowDown.per_hour),
        )
        .select_from(Message)
        .join(SenderNumber, col(SenderNumber.id) == col(Message.number_id))
    )
    return (
        joined_to_number(query, col(Message.clinic_id))
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
