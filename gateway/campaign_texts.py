"""The texts of a campaign to one carrier, counted: what left, who said stop, who
complained, what was filtered.

Reads rows and judges nothing.  Answers to a patient's own text count nowhere.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from consent.models import ConsentDetail, ConsentEvent, EventKind, LedgerHead
from gateway.models import CarrierLookup, InboundMessage, Message, State
from kernel.carriers import Carrier
from registration.models import SenderNumber, SlowDown
from registration.signals import Counts, Over, Signal, meanings

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
LAST = 200
NEWEST_RECORDS = 20_000  # of a clinic's ledger: far more than a week brings
LEFT = (State.submitting, State.accepted, State.unknown, State.failed)

Place = tuple[int, Carrier]  # campaign, carrier


def sent_last_hour(
    session: Session, slow_down_id: int | None, message_id: int, now: datetime
) -> int:
    """Of the campaign and carrier that are slowed down, `message_id` apart.  Its row is
    locked, after the line's, so that two workers cannot both send an hour's last text."""
    if slow_down_id is None:
        return 0
    found = session.connection().execute(
        sa.select(
            col(SlowDown.clinic_id), col(SlowDown.campaign_id), col(SlowDown.carrier)
        )
        .where(col(SlowDown.id) == slow_down_id)
        .with_for_update()
    )
    row = found.one()
    texts = _texts(row.clinic_id, now - HOUR).subquery()
    count = session.connection().scalar(
        sa.select(sa.func.count())
        .select_from(texts)
        .where(
            texts.c.campaign_id == row.campaign_id,
            texts.c.carrier == row.carrier,
            texts.c.id != message_id,
        )
    )
    return int(count or 0)


def left_since(
    session: Session, clinic_id: int, campaign_id: int, since: datetime
) -> dict[Carrier, list[datetime]]:
    """When the campaign's texts left, by carrier, for looking."""
    texts = _texts(clinic_id, since).subquery()
    rows = session.connection().execute(
        sa.select(texts.c.carrier, texts.c.submitted_at)
        .where(texts.c.campaign_id == campaign_id)
        .order_by(texts.c.submitted_at)
    )
    found: dict[Carrier, list[datetime]] = defaultdict(list)
    for row in rows:
        found[Carrier(row.carrier)].append(row.submitted_at)
    return found


@dataclass(slots=True)
class _Found:
    texts: dict[Over, int] = field(default_factory=dict)
    events: dict[tuple[Signal, Over], int] = field(default_factory=dict)


def counts_of(
    session: Session, clinic_id: int, now: datetime
) -> Mapping[Place, Counts]:
    """In four queries.  Since a slow-down was lifted it counts anew."""
    found: dict[Place, _Found] = defaultdict(_Found)
    texts = _since_lifted(clinic_id, now - WEEK)
    day = now - DAY
    for row in session.connection().execute(_totals(texts, day)):
        place = found[row.campaign_id, row.carrier]
        place.texts = {Over.day: row.day, Over.week: row.week}
    for row in session.connection().execute(_filtered(texts)):
        place = found[row.campaign_id, row.carrier]
        place.texts[Over.last_200] = row.texts
        place.events[Signal.filtered, Over.last_200] = row.filtered
    opt_outs = _opt_outs(session, clinic_id, texts, now)
    for row in session.connection().execute(opt_outs):
        _note(found, Signal.opt_outs, row)
    for row in session.connection().execute(_said(clinic_id, texts, now)):
        for signal in (Signal.complaints, Signal.wrong_numbers):
            if row.rule in meanings()[signal].counts:
                _note(found, signal, row)
    return {
        place: Counts(one.texts, one.events) for place, one in sorted(found.items())
    }


def _note(found: Mapping[Place, _Found], signal: Signal, row: Any) -> None:
    events = found[row.campaign_id, row.carrier].events
    for over, count in ((Over.day, row.day), (Over.week, row.week)):
        events[signal, over] = events.get((signal, over), 0) + count


def _texts(clinic_id: int, since: datetime) -> Any:
    """What left, and where to: one row a text."""
    return (
        sa.select(
            col(Message.id),
            col(SenderNumber.campaign_id),
            sa.func.coalesce(col(CarrierLookup.carrier), Carrier.unknown.value).label(
                "carrier"
            ),
            col(Message.phone),
            col(Message.submitted_at),
            col(Message.error_code),
        )
        .join(SenderNumber, col(SenderNumber.id) == col(Message.number_id))
        .outerjoin(
            CarrierLookup,
            sa.and_(
                col(CarrierLookup.clinic_id) == col(Message.clinic_id),
                col(CarrierLookup.phone) == col(Message.phone),
            ),
        )
        .where(
            col(Message.clinic_id) == clinic_id,
            col(Message.submitted_at) > since,
            col(Message.state).in_(LEFT),
            col(Message.answers_id).is_(None),
            col(SenderNumber.campaign_id).is_not(None),
        )
    )


def _since_lifted(clinic_id: int, since: datetime) -> Any:
    """Without what was looked at and answered for when a slow-down was lifted."""
    lifted = (
        sa.select(
            col(SlowDown.campaign_id),
            col(SlowDown.carrier),
            sa.func.max(col(SlowDown.lifted_at)).label("at"),
        )
        .where(col(SlowDown.clinic_id) == clinic_id)
        .group_by(col(SlowDown.campaign_id), col(SlowDown.carrier))
        .subquery()
    )
    texts = _texts(clinic_id, since).subquery()
    return (
        sa.select(texts)
        .outerjoin(
            lifted,
            sa.and_(
                lifted.c.campaign_id == texts.c.campaign_id,
                lifted.c.carrier == texts.c.carrier,
            ),
        )
        .where(sa.or_(lifted.c.at.is_(None), texts.c.submitted_at > lifted.c.at))
        .cte("texts")
    )


def _totals(texts: Any, day: datetime) -> Any:
    recent = sa.case((texts.c.submitted_at > day, 1), else_=0)
    return sa.select(
        texts.c.campaign_id,
        texts.c.carrier,
        sa.func.sum(recent).label("day"),
        sa.func.count().label("week"),
    ).group_by(texts.c.campaign_id, texts.c.carrier)


def _filtered(texts: Any) -> Any:
    """Of the last 200 of each campaign and carrier."""
    place = (texts.c.campaign_id, texts.c.carrier)
    newest = sa.func.row_number().over(partition_by=place, order_by=texts.c.id.desc())
    ranked = sa.select(texts, newest.label("newest")).subquery()
    codes = meanings()[Signal.filtered].counts
    bad = sa.case((ranked.c.error_code.in_(codes), 1), else_=0)
    return (
        sa.select(
            ranked.c.campaign_id,
            ranked.c.carrier,
            sa.func.count().label("texts"),
            sa.func.sum(bad).label("filtered"),
        )
        .where(ranked.c.newest <= LAST)
        .group_by(ranked.c.campaign_id, ranked.c.carrier)
    )


def _opt_outs(session: Session, clinic_id: int, texts: Any, now: datetime) -> Any:
    """Phones that were stopped after a text of the week."""
    head = session.get(LedgerHead, clinic_id)
    kinds = [EventKind(one) for one in meanings()[Signal.opt_outs].counts]
    detail = sa.and_(
        col(ConsentDetail.clinic_id) == col(ConsentEvent.clinic_id),
        col(ConsentDetail.seq) == col(ConsentEvent.seq),
    )
    return _people(
        texts,
        sa.select(col(ConsentDetail.phone), col(ConsentEvent.at))
        .join(ConsentDetail, detail)
        .where(
            col(ConsentEvent.clinic_id) == clinic_id,
            col(ConsentEvent.seq) >= (head.next_seq if head else 0) - NEWEST_RECORDS,
            col(ConsentEvent.at) > now - WEEK,
            col(ConsentEvent.kind).in_(kinds),
        ),
        now,
    )


def _said(clinic_id: int, texts: Any, now: datetime) -> Any:
    """Phones that wrote something of these rules after a text of the week."""
    signals = (Signal.complaints, Signal.wrong_numbers)
    rules = [rule for signal in signals for rule in meanings()[signal].counts]
    return _people(
        texts,
        sa.select(
            col(InboundMessage.phone),
            col(InboundMessage.received_at).label("at"),
            col(InboundMessage.rule),
        ).where(
            col(InboundMessage.clinic_id) == clinic_id,
            col(InboundMessage.received_at) > now - WEEK,
            col(InboundMessage.rule).in_(rules),
        ),
        now,
    )


def _people(texts: Any, events: Any, now: datetime) -> Any:
    """Each phone once: how many in a day and in a week, by campaign and carrier."""
    said = events.subquery()
    kinds: Iterable[Any] = [one for one in said.c if one.name == "rule"]
    recent = sa.case((said.c.at > now - DAY, said.c.phone), else_=None)
    return (
        sa.select(
            texts.c.campaign_id,
            texts.c.carrier,
            *kinds,
            sa.func.count(sa.distinct(recent)).label("day"),
            sa.func.count(sa.distinct(said.c.phone)).label("week"),
        )
        .join(
            said,
            sa.and_(said.c.phone == texts.c.phone, said.c.at >= texts.c.submitted_at),
        )
        .group_by(texts.c.campaign_id, texts.c.carrier, *kinds)
    )
