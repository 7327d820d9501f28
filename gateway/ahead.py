"""What the gate would say of texts that nobody has queued yet, for people who decide
whether to send them.

Reads rows, locks nothing and decides nothing: the gate itself is asked, with the facts of
now and the hour at which each text would leave.  When it really leaves it is asked anew.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, VendorAccount
from consent.models import Topic
from consent.standing import NOBODY, LineState, line_states
from gateway.gate import Facts, Finding, decide
from gateway.models import CarrierLookup, SendingRule
from gateway.quiet_hours import Window
from kernel.carriers import Carrier
from registration.models import Campaign, SenderNumber, SlowDown, Watermark
from registration.numbers import INBOUND_VALID
from registration.usecases import covers
from registration.workflow import cells

PART = 500
LOOKED_UP_FIRST = Carrier.unknown  # what is not known yet is asked before a text leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A text that may be sent; `send_from` is when it would leave."""

    phone: str
    zones: tuple[str, ...]
    window: Window
    send_from: datetime
    send_until: datetime


@dataclass(frozen=True, slots=True)
class Foreseen:
    """`findings` are the gate's reasons to hold it; none = it leaves."""

    carrier: Carrier
    findings: tuple[Finding, ...]

    @property
    def leaves(self) -> bool:
        return not self.findings


def foresee(
    session: Session,
    clinic_id: int,
    number_id: int,
    topic: Topic,
    texts: Sequence[Ahead],
    now: datetime,
    *,
    paused_counts: bool = True,
) -> dict[str, Foreseen]:
    """By phone; a handful of queries, however many texts there are."""
    sender = session.connection().execute(_sender(clinic_id, number_id)).one_or_none()
    if sender is None:
        return {}
    phones = [one.phone for one in texts]
    lines: dict[str, LineState] = {}
    lookups: dict[str, Any] = {}
    for start in range(0, len(phones), PART):
        part = phones[start : start + PART]
        lines |= line_states(session, clinic_id, part, topic)
        lookups |= _lookups(session, clinic_id, part)
    common = _common(session, sender, topic, now, paused_counts)
    slowed = _slowed(session, sender.campaign_id)
    trial = phones if sender.trial_phones is None else sender.trial_phones
    trial = frozenset(trial)  # on trial, only these are texted
    return {
        one.phone: _foreseen(
            replace(common, outside_trial=one.phone not in trial),
            one,
            lines[one.phone],
            lookups.get(one.phone),
            slowed,
            now,
        )
        for one in texts
    }


def _foreseen(
    common: Facts,
    text: Ahead,
    line: LineState,
    lookup: Any,
    slowed: Mapping[Carrier, int],
    now: datetime,
) -> Foreseen:
    at = max(text.send_from, now)
    carrier = lookup.carrier if lookup else LOOKED_UP_FIRST
    seen = common.inbound_complete_until
    fresh = seen is not None and abs(now - seen) <= INBOUND_VALID
    facts = replace(
        common,
        now=at,
        # Twilio's list is compared every few minutes; what is fresh now will be then.
        inbound_complete_until=at if fresh else seen,
        standing=line.word,
        grade=line.grade,
        held_since=line.held_since,
        carrier=carrier,
        textable=lookup.textable if lookup else True,
        line_type=lookup.line_type if lookup else "unknown",
        looked_up_at=at,
        slowed_to=slowed.get(carrier),
        send_from=text.send_from,
        send_until=text.send_until,
        zones=text.zones,
        window=text.window,
    )
    return Foreseen(carrier, decide(facts).findings)


def _common(
    session: Session, sender: Any, topic: Topic, now: datetime, paused_counts: bool
) -> Facts:
    """What is the same for every phone; the rest is replaced for each."""
    attached = sender.campaign_id is not None
    return Facts(
        now=now,
        clinic_zone=sender.time_zone,
        number_connected=attached and sender.connected_at is not None,
        number_registered=sender.service_sid is None or bool(sender.registered),
        account_halted_why=_halted_why(sender),
        inbound_complete_until=sender.complete_until,
        paused_until=sender.paused_until if paused_counts else None,
        outside_trial=False,
        standing=NOBODY.word,
        grade=None,
        held_since=None,
        permit=None,
        topic=topic,
        use_covered=attached
        and covers(sender.use_case, sender.sub_use_cases or (), topic),
        beyond_campaign=(),
        campaign_expired=sender.expired_at is not None,
        carrier=Carrier.unknown,
        textable=True,
        line_type="unknown",
        looked_up_at=now,
        cells=cells(session, sender.campaign_id) if attached else {},
        slowed_to=None,
        sent_last_hour=0,
        reminded_at=None,
        send_from=now,
        send_until=now,
        zones=(),
        window=Window.read("09:00-20:00"),
    )


def _halted_why(sender: Any) -> str | None:
    if sender.account_sid is None:
        return "there is none yet"
    why: str | None = sender.halted_why if sender.halted_since else None
    return why


def _sender(clinic_id: int, number_id: int) -> Any:
    return (
        sa.select(
            col(Clinic.time_zone),
            col(SenderNumber.campaign_id),
            col(SenderNumber.connected_at),
            col(SenderNumber.registered),
            col(Watermark.complete_until),
            col(SendingRule.paused_until),
            col(SendingRule.trial_phones),
            col(VendorAccount.account_sid),
            col(VendorAccount.halted_since),
            col(VendorAccount.halted_why),
            col(Campaign.service_sid),
            col(Campaign.use_case),
            col(Campaign.sub_use_cases),
            col(Campaign.expired_at),
        )
        .select_from(SenderNumber)
        .join(Clinic, col(Clinic.id) == col(SenderNumber.clinic_id))
        .outerjoin(Watermark, col(Watermark.number_id) == col(SenderNumber.id))
        .outerjoin(VendorAccount, col(VendorAccount.clinic_id) == col(Clinic.id))
        .outerjoin(SendingRule, col(SendingRule.clinic_id) == col(Clinic.id))
        .outerjoin(Campaign, col(Campaign.id) == col(SenderNumber.campaign_id))
        .where(
            col(SenderNumber.clinic_id) == clinic_id, col(SenderNumber.id) == number_id
        )
    )


def _lookups(
    session: Session, clinic_id: int, phones: Collection[str]
) -> dict[str, Any]:
    rows = session.connection().execute(
        sa.select(
            col(CarrierLookup.phone),
            col(CarrierLookup.carrier),
            col(CarrierLookup.textable),
            col(CarrierLookup.line_type),
        ).where(
            col(CarrierLookup.clinic_id) == clinic_id,
            col(CarrierLookup.phone).in_(phones),
        )
    )
    return {row.phone: row for row in rows}


def _slowed(session: Session, campaign_id: int | None) -> dict[Carrier, int]:
    rows = session.connection().execute(
        sa.select(col(SlowDown.carrier), col(SlowDown.per_hour)).where(
            col(SlowDown.campaign_id) == campaign_id, col(SlowDown.lifted_at).is_(None)
        )
    )
    return {row.carrier: row.per_hour for row in rows}
