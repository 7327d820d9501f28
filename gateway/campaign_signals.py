"""Looks at every campaign and carrier: too many who say stop or complain, or too much
that is filtered, opens a task and slows the texts down until the operator has looked.

It never makes a text leave sooner, and lifts nothing by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from clinics.models import Clinic, TaskKind
from clinics.tasks import open_task
from gateway.campaign_texts import Place, counts_of
from kernel.carriers import LABELS, Carrier
from kernel.db import Database
from registration.models import Campaign, SlowDown
from registration.signals import Counts, Level, Raised, level_of, meanings, raised
from registration.signals import pace_of as pace
from registration.slow_downs import open_slow_downs, slow_down


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalLine:
    """One campaign at one carrier, as a page shows it."""

    ref: str
    carrier: Carrier
    counts: Counts
    raised: tuple[Raised, ...]
    slowed: SlowDown | None

    @property
    def level(self) -> Level:
        return level_of(self.raised)


def signal_lines(session: Session, clinic_id: int, now: datetime) -> list[SignalLine]:
    """Those that sent something within a week, and those that are slowed down."""
    counts = counts_of(session, clinic_id, now)
    slowed = {
        (one.campaign_id, one.carrier): one
        for one in open_slow_downs(session, clinic_id)
    }
    refs = _refs(session, clinic_id)
    return [
        SignalLine(
            ref=refs[place[0]],
            carrier=place[1],
            counts=counts.get(place, Counts()),
            raised=raised(counts.get(place, Counts())),
            slowed=slowed.get(place),
        )
        for place in sorted({*counts, *slowed})
        if place[0] in refs
    ]


def watch_signals(database: Database, now: datetime) -> int:
    """Every clinic; how many tasks were opened: one for each signal, level and day.
    Counting takes a while, so it holds no lock."""
    with database.reading() as session:
        clinic_ids = session.exec(select(Clinic.id).order_by(col(Clinic.id))).all()
    return sum(_watch(database, clinic_id or 0, now) for clinic_id in clinic_ids)


def _watch(database: Database, clinic_id: int, now: datetime) -> int:
    with database.reading() as session:
        counts = counts_of(session, clinic_id, now)
        found = {place: raised(one) for place, one in counts.items()}
        refs = _refs(session, clinic_id) if any(found.values()) else {}

    def work(writing: Session) -> int:
        return sum(
            _act(writing, clinic_id, refs[place[0]], place, signals, now)
            for place, signals in found.items()
            if signals
        )

    return database.retrying(work) if any(found.values()) else 0


def _act(
    session: Session,
    clinic_id: int,
    ref: str,
    place: Place,
    signals: Sequence[Raised],
    now: datetime,
) -> int:
    campaign_id, carrier = place
    per_hour = pace(signals)
    if per_hour is not None:
        why = " ".join(
            one.sentence for one in signals if one.limit.per_hour is not None
        )
        slow_down(session, clinic_id, campaign_id, carrier, per_hour, why, now)
    return sum(
        open_task(
            session,
            clinic_id,
            TaskKind.campaign_signals,
            f"signals:{campaign_id}:{carrier.value}:{one.limit.signal.value}:"
            f"{one.limit.level.value}:{now:%Y-%m-%d}",
            _sentence(ref, carrier, one),
            now,
            urgent=one.limit.level is Level.slow,
        )
        for one in signals
    )


def _sentence(ref: str, carrier: Carrier, one: Raised) -> str:
    slowed = ""
    if one.limit.per_hour is not None:
        left = (
            f"at most {one.limit.per_hour} texts an hour leave"
            if one.limit.per_hour
            else "no text leaves"
        )
        slowed = f" Until you lift it, {left} to {LABELS[carrier]}."
    return (
        f"Campaign '{ref}' at {LABELS[carrier]}: {one.sentence} Carriers suspend "
        f"campaigns for that.{slowed} {meanings()[one.limit.signal].do}"
    )


def _refs(session: Session, clinic_id: int) -> Mapping[int, str]:
    rows = session.exec(
        select(Campaign.id, Campaign.ref).where(col(Campaign.clinic_id) == clinic_id)
    )
    return {campaign_id or 0: ref for campaign_id, ref in rows}
