"""How numbers stand beside a list: which consent counts, and from when it is.

Reads rows and changes none, in a fixed number of queries for each hundred numbers.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from consent.models import ConsentDetail, ConsentEvent, Grade, Line, Standing
from consent.standing import OF_ONE_PHONE
from gateway.lists.days import Span
from gateway.models import InboundMessage
from kernel.clock import day_of


class Verdict(StrEnum):
    already = "already"  # stopped before
    stop = "stop"
    ask = "ask"  # held until a person decides
    leave = "leave"  # nothing follows for this number


@dataclass(frozen=True, slots=True)
class Given:
    """A consent that counts.  `own`: the patient's own word or signature, and not the
    clinic's import."""

    seq: int
    at: Span
    own: bool


@dataclass(frozen=True, slots=True)
class Stand:
    stopped_seq: int = 0
    given: tuple[Given, ...] = ()

    @property
    def newest(self) -> Given | None:
        return max(self.given, key=lambda one: one.seq, default=None)


def on_opt_out(stand: Stand, said: Span | None, settled: datetime) -> Verdict:
    """A vendor holds an opt-out of the time `said`, None = it does not say when.

    Consent that is surely older ends.  Consent that may be newer is never overruled by
    machine: a person decides.  What was given after `settled` knows of it.
    """
    if not stand.given:
        return Verdict.already if stand.stopped_seq else Verdict.stop
    own = [one for one in stand.given if one.own]
    if any(one.at.since > settled for one in own):
        return Verdict.leave
    if all(said is not None and one.at.until < said.since for one in own):
        return Verdict.stop
    return Verdict.ask


def on_deactivation(stand: Stand, gone: Span) -> Verdict:
    """The number was given up in the time `gone`: consent until then was another
    person's.  What the clinic imported later may be of either, so a person decides."""
    if not stand.given:
        return Verdict.already if stand.stopped_seq else Verdict.leave
    after = [one for one in stand.given if one.at.since > gone.until]
    if not after:
        return Verdict.stop
    if len(after) == len(stand.given) and all(one.own for one in after):
        return Verdict.leave
    return Verdict.ask


def stands(
    session: Session, clinic_id: int, phones: Collection[str], place: ZoneInfo
) -> dict[str, Stand]:
    """Of at most a few hundred numbers; `place` is the clinic's zone."""
    rows = session.connection().execute(_query(clinic_id, phones)).all()
    facts = {row.seq: json.loads(row.detail) if row.detail else {} for row in rows}
    texted = _texted(session, clinic_id, facts.values())
    found: dict[str, Stand] = dict.fromkeys(phones, Stand())
    for row in rows:
        before = found[row.phone]
        given = before.given
        if row.seq is not None and row.seq > row.stopped_seq:
            at = _when(facts[row.seq], row.at, texted, place)
            own = row.grade is not Grade.asserted
            given = (*given, Given(row.seq, at, own))
        found[row.phone] = Stand(row.stopped_seq, given)
    return found


def _query(clinic_id: int, phones: Collection[str]) -> Any:
    granted_seq = col(Standing.granted_seq)
    return (
        sa.select(
            col(Line.phone),
            col(Line.stopped_seq),
            granted_seq.label("seq"),
            col(Standing.grade),
            col(ConsentEvent.at),
            col(ConsentDetail.detail),
        )
        .select_from(Line)
        .outerjoin(Standing, sa.and_(OF_ONE_PHONE, granted_seq > 0))
        .outerjoin(
            ConsentEvent,
            sa.and_(
                col(ConsentEvent.clinic_id) == clinic_id,
                col(ConsentEvent.seq) == granted_seq,
            ),
        )
        .outerjoin(
            ConsentDetail,
            sa.and_(
                col(ConsentDetail.clinic_id) == clinic_id,
                col(ConsentDetail.seq) == granted_seq,
            ),
        )
        .where(col(Line.clinic_id) == clinic_id, col(Line.phone).in_(phones))
    )


def _texted(session: Session, clinic_id: int, facts: Any) -> dict[int, datetime]:
    """When the vendor got the texts by which they agreed."""
    ids = {one["inbound_id"] for one in facts if one.get("inbound_id")}
    rows = session.connection().execute(
        sa.select(col(InboundMessage.id), col(InboundMessage.vendor_at)).where(
            col(InboundMessage.id).in_(ids),
            col(InboundMessage.clinic_id) + 0 == clinic_id,  # by id, as `to_do` does
            col(InboundMessage.vendor_at).is_not(None),
        )
    )
    return {row.id: row.vendor_at for row in rows}


def _when(
    facts: dict[str, Any], at: datetime, texted: dict[int, datetime], place: ZoneInfo
) -> Span:
    """When they agreed, which may be long before it was recorded."""
    signed = facts.get("signed_on")
    if isinstance(signed, str):
        noon = datetime.combine(date.fromisoformat(signed), time(12), place)
        first, after = day_of(noon, place.key)
        return Span(min(first, at), min(after, at))
    said = min(texted.get(facts.get("inbound_id") or 0, at), at)
    return Span(said, said)
