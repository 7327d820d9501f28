"""A judge of a morning, who reads what the vendor took beside our rows."""

import heapq
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from gateway.models import CarrierLookup, Message
from kernel.carriers import GATED, Carrier
from tests.gateway.morning import House

PACIFIC = ZoneInfo("America/Los_Angeles")


@dataclass(frozen=True)
class Text:
    """One row beside what the vendor's record says of it."""

    house: House
    carrier: Carrier
    send_from: datetime
    send_until: datetime
    segments: int
    id: int
    left: datetime | None


def texts_of(database, houses, judge):
    by_number = {house.number_id: house for house in houses}
    left = {one.phone: one.at for one in judge.taken}
    with database.reading() as session:
        rows = session.connection().execute(
            sa.select(Message, CarrierLookup.carrier).join(
                CarrierLookup,
                sa.and_(
                    CarrierLookup.clinic_id == Message.clinic_id,
                    CarrierLookup.phone == Message.phone,
                ),
            )
        )
        return [
            Text(
                by_number[row.number_id],
                row.carrier,
                row.send_from,
                row.send_until,
                row.segments,
                row.id,
                left.get(row.phone),
            )
            for row in rows
        ]


def most_in_a_minute(moments):
    """In the fullest closed minute, wherever it begins."""
    moments, most, first = sorted(moments), 0, 0
    for last, moment in enumerate(moments):
        while moment - moments[first] > timedelta(seconds=60):
            first += 1
        most = max(most, last - first + 1)
    return most


def over_a_cap(texts, before=None):
    """Sentences; none is what we want.  A phone on none of the three counts for all."""
    wrong = []
    minutes, days = defaultdict(list), defaultdict(int)
    for text in texts:
        if text.left is None:
            continue
        at = {text.carrier} if text.carrier in GATED else GATED
        if Carrier.att in at:
            minutes["att", text.house.campaign_id].append(text)
        if Carrier.verizon in at:
            minutes["verizon", text.house.number_id].append(text)
        if Carrier.tmobile in at:
            day = text.left.astimezone(PACIFIC).date()
            days[text.house.brand, day] += text.segments
    for (who, number), some in minutes.items():
        most = most_in_a_minute([text.left for text in some])
        cap = some[0].house.brand.att_a_minute if who == "att" else 6_000
        if most > cap:
            wrong.append(f"{who} {number}: {most} in a minute, {cap} are allowed")
    for (brand, day), segments in days.items():
        segments += (before or {}).get(brand, 0)
        if segments > brand.tmobile_a_day:
            wrong.append(f"{brand} {day}: {segments} segments")
    return wrong


def overtaken(texts):
    """Pairs of one cap: a text that left while one with an earlier end of its use was
    waiting and left later, or never."""
    queues = defaultdict(list)
    for text in texts:
        shared = {
            Carrier.att: ("campaign", text.house.campaign_id),
            Carrier.tmobile: ("EIN", text.house.brand.ein),
            Carrier.verizon: ("number", text.house.number_id),
        }
        queues[text.carrier, shared.get(text.carrier)].append(text)
    return [
        pair
        for (carrier, _), some in queues.items()
        if carrier in GATED
        for pair in _overtaken(some)
    ]


def _overtaken(texts):
    coming = sorted(texts, key=lambda text: text.send_from)
    waiting, gone, place = [], set(), 0
    leaving = sorted(
        (text for text in texts if text.left is not None),
        key=lambda text: (text.left, text.send_until, text.id),
    )
    for text in leaving:
        while place < len(coming) and coming[place].send_from <= text.left:
            one = coming[place]
            heapq.heappush(waiting, (one.send_until, one.id, one))
            place += 1
        gone.add(text.id)
        while waiting and (waiting[0][1] in gone or waiting[0][0] <= text.left):
            heapq.heappop(waiting)
        if waiting and waiting[0][:2] < (text.send_until, text.id):
            first = waiting[0][2]
            if first.left is None or first.left > text.left:
                yield first, text
