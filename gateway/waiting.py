"""Who waits for a carrier to take more, and which caps are short: looks, changes nothing.

Counts first, in one query; the texts themselves are read only where a cap is short.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic
from consent.models import Line, Standing
from gateway.models import CarrierLookup, Message, State
from gateway.pace import SENDER, marks_of, sender_of
from gateway.throughput import (
    Cap,
    Marks,
    Queue,
    Sender,
    Span,
    Waiting,
    caps_of,
    pacific_day,
)
from kernel.carriers import Carrier
from registration.models import Brand, Campaign, SenderNumber

EVERY = timedelta(seconds=2)
SLOWER = timedelta(seconds=1)  # for each 10,000 texts that wait: looking costs more
SOON = timedelta(seconds=12)  # what comes before the next look

Group = tuple[int, Carrier]  # texts of one number to one carrier


@dataclass(frozen=True, slots=True)
class Seen:
    """What one look found.  `queues` only for caps that are short."""

    at: datetime
    fresh_for: timedelta
    last_id: int  # texts with a higher one were not there yet
    queues: Mapping[str, Queue]


def look(session: Session, now: datetime) -> tuple[Seen, list[Waiting]]:
    """The queues of the caps that are short, and the texts in them that sleep."""
    last_id = session.connection().scalar(sa.select(sa.func.max(col(Message.id))))
    _, day_ends = pacific_day(now)
    groups = groups_of(session, now, day_ends)
    total = sum(row.texts for row in groups)
    fresh_for = EVERY + SLOWER * (total // 10_000)
    senders = senders_of(session, {row.number_id for row in groups})
    places = {
        (row.number_id, row.carrier): caps_of(senders[row.number_id], row.carrier)
        for row in groups
        if row.number_id in senders
    }
    caps = {cap.key: cap for found in places.values() for cap in found}
    marks = marks_of(session, caps)
    short = _short(groups, places, marks, now)
    seen = Seen(now, fresh_for, last_id or 0, {})
    if not short:
        return seen, []
    wanted = {
        group
        for group, found in places.items()
        if any(cap.key in short for cap in found)
    }
    texts, asleep = _texts(session, now, day_ends, fresh_for, wanted, places)
    queues = {
        key: Queue.of(
            caps[key],
            (text for text in texts[key]),
            marks.get(key, Marks()).used(caps[key].span, now),
        )
        for key in short
    }
    return replace(seen, queues=queues), asleep


def _short(
    groups: Sequence[Any],
    places: Mapping[Group, tuple[Cap, ...]],
    marks: Mapping[str, Marks],
    now: datetime,
) -> set[str]:
    """Caps under which more waits than there is room for, or anybody sleeps."""
    wanted: dict[str, int] = defaultdict(int)
    room: dict[str, int] = {}
    short: set[str] = set()
    for row in groups:
        for cap in places.get((row.number_id, row.carrier), ()):
            of_day = cap.span is Span.day
            texts, segments = (
                (row.texts, row.segments) if of_day else (row.due, row.due_segments)
            )
            wanted[cap.key] += segments if cap.segments else texts
            left = cap.open_to_reminders - marks.get(cap.key, Marks()).used(
                cap.span, now
            )
            room[cap.key] = min(left, room.get(cap.key, left))
            if row.asleep:
                short.add(cap.key)
    return short | {key for key, units in wanted.items() if units > room[key]}


def _texts(
    session: Session,
    now: datetime,
    day_ends: datetime,
    fresh_for: timedelta,
    wanted: set[Group],
    places: Mapping[Group, tuple[Cap, ...]],
) -> tuple[dict[str, list[Waiting]], list[Waiting]]:
    """By key: who waits.  A cap of a day keeps room for those who come later today, one
    of a minute for those who come before the next look.  And who sleeps."""
    numbers = sorted({number_id for number_id, _ in wanted})
    rows = session.connection().execute(_waiting(session, now, day_ends, numbers))
    found: dict[str, list[Waiting]] = defaultdict(list)
    asleep = []
    for row in rows:
        group = (row.number_id, row.carrier)
        if group not in wanted:
            continue
        text = Waiting(
            id=row.id,
            topic=row.topic,
            send_from=row.send_from,
            send_until=row.send_until,
            segments=row.segments,
            caps=places[group],
        )
        for cap in text.caps:
            if cap.span is Span.day or text.send_from <= now + fresh_for:
                found[cap.key].append(text)
        if row.paced_by is not None and row.look_again_at > now:
            asleep.append(text)
    return found, asleep


def groups_of(
    session: Session,
    now: datetime,
    until: datetime,
    since: datetime | None = None,
) -> Sequence[Any]:
    """How much waits, by number and carrier: what is to leave before `until`, and not
    before `since`."""
    waiting = _waiting(session, now, until, since=since).subquery()
    due = sa.case((waiting.c.send_from <= now + SOON, 1), else_=0)
    sleeps = sa.and_(waiting.c.paced_by.is_not(None), waiting.c.look_again_at > now)
    group = (waiting.c.clinic_id, waiting.c.number_id, waiting.c.carrier)
    query = sa.select(
        *group,
        sa.func.count().label("texts"),
        sa.func.sum(waiting.c.segments).label("segments"),
        sa.func.sum(due).label("due"),
        sa.func.sum(due * waiting.c.segments).label("due_segments"),
        sa.func.sum(sa.case((sleeps, 1), else_=0)).label("asleep"),
    ).group_by(*group)
    return session.connection().execute(query).all()


def _waiting(
    session: Session,
    now: datetime,
    day_ends: datetime,
    number_ids: Sequence[int] | None = None,
    since: datetime | None = None,
) -> Any:
    """Reminders that could leave today as far as the patient's word goes, and that
    nothing but a cap holds.  In the words of the partial indexes; the clinics are named
    because one of them begins with the clinic."""
    clinic_ids = session.connection().scalars(sa.select(col(Clinic.id))).all()
    due = (
        sa.text("state = 'due'"),
        col(Message.clinic_id).in_(clinic_ids),
        col(Message.look_again_at) < day_ends,
    )
    in_hand = (
        sa.text("state IN ('claimed', 'submitting')"),
        col(Message.state) == State.claimed,
    )
    where = [
        col(Message.send_from) < day_ends,
        col(Message.send_until) > now,
        col(Message.zones) != "",
        sa.or_(col(Message.held_since).is_(None), col(Message.paced_by).is_not(None)),
        sa.or_(col(Message.permit).is_not(None), AGREED),
    ]
    if since is not None:
        where.append(col(Message.send_from) >= since)
    if number_ids is not None:
        where.append(col(Message.number_id).in_(number_ids))
    return sa.union_all(*(_joined().where(*first, *where) for first in (due, in_hand)))


LOOKED_UP = sa.and_(
    col(CarrierLookup.clinic_id) == col(Message.clinic_id),
    col(CarrierLookup.phone) == col(Message.phone),
)
LINE = sa.and_(
    col(Line.clinic_id) == col(Message.clinic_id),
    col(Line.phone) == col(Message.phone),
)
STANDING = sa.and_(
    col(Standing.clinic_id) == col(Message.clinic_id),
    col(Standing.phone) == col(Message.phone),
    col(Standing.topic) == col(Message.topic),
)
AGREED = sa.and_(
    col(Standing.granted_seq) > col(Line.stopped_seq), col(Line.held_since).is_(None)
)


def _joined() -> Any:
    carrier = sa.func.coalesce(col(CarrierLookup.carrier), Carrier.unknown.value)
    return (
        sa.select(
            col(Message.id),
            col(Message.clinic_id),
            col(Message.number_id),
            col(Message.topic),
            col(Message.segments),
            col(Message.send_from),
            col(Message.send_until),
            col(Message.look_again_at),
            col(Message.paced_by),
            carrier.label("carrier"),
        )
        .outerjoin(CarrierLookup, LOOKED_UP)
        .outerjoin(Line, LINE)
        .outerjoin(Standing, STANDING)
    )


def senders_of(session: Session, number_ids: set[int]) -> dict[int, Sender]:
    rows = session.connection().execute(
        sa.select(*SENDER)
        .join(Campaign, col(Campaign.id) == col(SenderNumber.campaign_id))
        .join(Brand, col(Brand.id) == col(Campaign.brand_id))
        .where(col(SenderNumber.id).in_(number_ids))
    )
    return {row.number_id: sender_of(row) for row in rows}
