"""A day under the real rules with a frozen clock: who gets what when, from which number,
what is held and why, and what it costs.

Reads rows, writes nothing and calls nobody.  It foretells what happens if until then
nobody says, books or decides anything; what is assumed (`reminders.rules`) is put in the
place of what is stored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clinics.models import Clinic
from gateway.looks_ahead import Fate
from gateway.number_ahead import Number
from gateway.prices import cost
from kernel.carriers import LABELS, Carrier
from kernel.clock import day_of, day_words, local_time, rfc3339
from kernel.errors import Invalid
from registration.numbers import INBOUND_VALID
from reminders.prospects import Prospect, prospects
from reminders.rules import Assumed, Rules, number_for, rules_of

AHEAD_DAYS = 31
SLACK = timedelta(days=9)  # how far a step may move earlier (gateway.quiet_hours)
GONE = frozenset({"leaves", "sent", "delivered", "not delivered", "unknown"})
OVER = frozenset({"expires", "expired", "failed"})
NOTHING = Assumed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Of one carrier; `cost` is in US dollars, by list prices."""

    carrier: Carrier
    leave: int
    held: int
    none: int  # no text, or too late
    segments: int
    cost: Decimal

    @property
    def label(self) -> str:
        return LABELS[self.carrier][0].upper() + LABELS[self.carrier][1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """`texts` in the order of the day; `number` is E.164 and empty where none is."""

    clinic: str
    day: date
    time_zone: str
    now: datetime
    number: str
    assumed: Assumed
    own_price: Decimal | None
    texts: tuple[Prospect, ...]
    totals: tuple[Total, ...]
    notes: tuple[str, ...]

    @property
    def cost(self) -> Decimal:
        return sum((total.cost for total in self.totals), Decimal(0))

    @property
    def leave(self) -> int:
        return sum(total.leave for total in self.totals)

    @property
    def held(self) -> int:
        return sum(total.held for total in self.totals)

    @property
    def segments(self) -> int:
        return sum(total.segments for total in self.totals)


@dataclass(frozen=True, slots=True)
class Pair:
    """One text as things stand and as assumed; None where the day has it not."""

    before: Prospect | None
    after: Prospect | None

    @property
    def shown(self) -> Prospect:
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def differs(self) -> bool:
        if self.before is None or self.after is None:
            return True
        return _said(self.before) != _said(self.after)


def rehearse(
    session: Session,
    clinic_id: int,
    day: date,
    now: datetime,
    assumed: Assumed = NOTHING,
    own_price: Decimal | None = None,
) -> Rehearsal:
    """Raises Invalid for a day that is over or too far ahead.  `own_price` is the
    operator's own, of one segment."""
    clinic = session.get_one(Clinic, clinic_id)
    first, last = _check(clinic, day, now)
    stored = rules_of(session, clinic_id)
    rules = assumed.rules(stored)
    number = assumed.number(number_for(session, clinic_id, rules, now), now)
    farthest = timedelta(minutes=max(rules.policy.offsets))
    visits = (first, last + farthest + SLACK)
    found = prospects(session, clinic, rules, number, visits, now, last)
    texts = sorted(
        (text for text in found.texts if _is_of(text, first, last)), key=_place
    )
    return Rehearsal(
        clinic=clinic.slug,
        day=day,
        time_zone=clinic.time_zone,
        now=now,
        number=number.phone if number else "",
        assumed=assumed,
        own_price=own_price,
        texts=tuple(texts),
        totals=tuple(_totals(texts, own_price)),
        notes=tuple(_notes(texts, rules, number, clinic, now)),
    )


def compared(before: Rehearsal, after: Rehearsal) -> list[Pair]:
    """Every text that either has, in the order of the day."""
    old, new = ({_key(text): text for text in one.texts} for one in (before, after))
    pairs = [Pair(old.get(key), new.get(key)) for key in {**old, **new}]
    return sorted(pairs, key=lambda pair: _place(pair.shown))


def carrier_of(text: Prospect) -> Carrier:
    return text.of.carrier or Carrier.unknown


def cost_of(text: Prospect, own_price: Decimal | None = None) -> Decimal:
    """In US dollars; of a text that does not leave nothing."""
    leaves = text.counts and text.word in GONE
    return cost({carrier_of(text): text.segments if leaves else 0}, own_price)


def as_json(found: Rehearsal) -> dict[str, Any]:
    """What the command prints."""
    return {
        "clinic": found.clinic,
        "day": found.day.isoformat(),
        "time_zone": found.time_zone,
        "from": found.number or None,
        "assumed": found.assumed.words(),
        "texts": [_json_of(text, found.own_price) for text in found.texts],
        "totals": [
            {**asdict(total), "cost": float(total.cost)} for total in found.totals
        ],
        "leave": found.leave,
        "held": found.held,
        "segments": found.segments,
        "cost": float(found.cost),
        "notes": list(found.notes),
    }


def _json_of(text: Prospect, own_price: Decimal | None) -> dict[str, Any]:
    return {
        "visit": text.of.booked.id,
        "visit_at": rfc3339(text.of.booked.starts_at),
        "phone": text.of.booked.phone,
        "name": text.of.name,
        "language": text.of.booked.language.value,
        "step": text.before,
        "visits": text.visits,
        "word": text.word,
        "at": rfc3339(text.at) if text.at else None,
        "carrier": text.of.carrier.value if text.of.carrier else None,
        "segments": text.segments,
        "cost": float(cost_of(text, own_price)),
        "why": list(text.why),
        "text": text.body,
    }


def _check(clinic: Clinic, day: date, now: datetime) -> tuple[datetime, datetime]:
    zone = ZoneInfo(clinic.time_zone)
    days = (day - now.astimezone(zone).date()).days
    if days < 0:
        raise Invalid(
            f"{day_words(day)} is over. What happened stands on each patient's page."
        )
    if days > AHEAD_DAYS:
        raise Invalid(f"A day can be rehearsed at most {AHEAD_DAYS} days ahead.")
    return day_of(datetime.combine(day, time(12), zone), clinic.time_zone)


def _is_of(text: Prospect, first: datetime, last: datetime) -> bool:
    if text.word == "held":
        return text.send_from is not None and text.send_from < last
    known = text.word in GONE or text.word in OVER or text.word == "none"
    return known and text.at is not None and first <= text.at < last


def _place(text: Prospect) -> tuple[Any, ...]:
    at = text.at or text.of.booked.starts_at
    return at, text.of.booked.starts_at, text.of.booked.id, -text.offset_minutes


def _key(text: Prospect) -> tuple[int, int]:
    return text.of.booked.id, text.offset_minutes


def _said(text: Prospect) -> tuple[Any, ...]:
    return text.word, text.at, text.why


def _totals(texts: Sequence[Prospect], own_price: Decimal | None) -> Iterator[Total]:
    for carrier in Carrier:
        mine = [one for one in texts if one.counts and carrier_of(one) is carrier]
        if mine:
            gone = [text for text in mine if text.word in GONE]
            held = sum(text.word == Fate.held for text in mine)
            yield Total(
                carrier=carrier,
                leave=len(gone),
                held=held,
                none=len(mine) - len(gone) - held,
                segments=sum(text.segments for text in gone),
                cost=sum((cost_of(text, own_price) for text in gone), Decimal(0)),
            )


def _notes(
    texts: Sequence[Prospect],
    rules: Rules,
    number: Number | None,
    clinic: Clinic,
    now: datetime,
) -> Iterator[str]:
    """What it takes for granted, where that is not so at present."""
    if not rules.on:
        yield "Reminders are switched off, so none leaves. Assume reminders=on to see."
    if number is None:
        yield rules.no_number
        return
    seen = number.row["complete_until"]
    if seen is None or now - seen > INBOUND_VALID:
        since = f" since {local_time(seen, clinic.time_zone)}" if seen else ""
        yield (
            f"Replies have not been compared with Twilio{since}. Nothing leaves until they "
            "are; here it is taken for granted that they will be."
        )
    unknown = len({text.of.booked.phone for text in texts if text.of.carrier is None})
    if unknown:
        yield (
            f"{unknown} phone{'s' if unknown > 1 else ''} of this day "
            f"{'were' if unknown > 1 else 'was'} never looked up. Twilio is asked before "
            "a text leaves; until then all three carriers must be Active for it."
        )
