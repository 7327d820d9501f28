"""Counts what leaves under each cap of a carrier, in the transaction of the attempt.

The row of a cap stays locked until the attempt is committed or rolled back, so that
workers and processes at once never count two texts as one.  Caps are locked last, in
the order of their keys.  Whose turn it is, `gateway.throughput` says.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from gateway.models import Pace
from gateway.throughput import Cap, Marks, Sender, Span
from kernel.db import insert_or_ignore
from registration.models import Brand, Campaign, SenderNumber

# What a `Sender` is read from, wherever a number, its campaign and brand are joined.
SENDER: tuple[Any, ...] = (
    col(SenderNumber.id).label("number_id"),
    col(SenderNumber.campaign_id),
    col(Campaign.use_case),
    col(Campaign.att_class),
    col(Campaign.tmobile_tier),
    col(Brand.id).label("brand_id"),
    col(Brand.ein),
    col(Brand.vetting_score),
)


def sender_of(row: Any) -> Sender:
    """Of a row with `SENDER`, where the number serves a campaign."""
    digits = "".join(sign for sign in row.ein if sign.isalnum())
    return Sender(
        number_id=row.number_id,
        campaign_id=row.campaign_id,
        brand=digits or f"of brand {row.brand_id}",
        use_case=row.use_case,
        score=row.vetting_score,
        att_class=row.att_class,
        tmobile_tier=row.tmobile_tier,
    )


def take(
    session: Session,
    caps: Sequence[Cap],
    segments: int,
    now: datetime,
    *,
    answer: bool,
    known: dict[str, str],
) -> Cap | None:
    """Counts one text under all of its caps, or under none: then the first cap that is
    full.  An answer to a patient is counted, and never refused: room is kept for it.

    `known` is what this process wrote last of each cap.  While nobody else has written,
    one statement does: it finds the row as it is known, or changes nothing.
    """
    if len(caps) == 1 and _still(session, caps[0], segments, now, answer, known):
        return None
    marks = _locked(session, caps)
    for cap in caps:
        if not answer and _room(cap, marks[cap.key], now) < cap.units(segments):
            return cap
    known |= _add(session, caps, marks, segments, now)
    return None


def _still(
    session: Session,
    cap: Cap,
    segments: int,
    now: datetime,
    answer: bool,
    known: dict[str, str],
) -> bool:
    before = known.get(cap.key)
    if before is None:
        return False
    marks, units = Marks.read(before), cap.units(segments)
    if not answer and _room(cap, marks, now) < units:
        return False
    after = str(marks.adding(cap.span, now, units))
    given = {"this": cap.key, "known": before, "to": after}
    if not session.connection().execute(_replacing(), given).rowcount:
        return False
    known[cap.key] = after
    return True


def _room(cap: Cap, marks: Marks, now: datetime) -> int:
    return cap.open_to_reminders - marks.used(cap.span, now)


def give_back(
    session: Session, caps: Sequence[Cap], segments: int, taken_at: datetime
) -> None:
    """What was counted at `taken_at` never left: the vendor refused it, or never heard
    of it."""
    _add(session, caps, _locked(session, caps), -segments, taken_at)


def fill_day(session: Session, caps: Sequence[Cap], now: datetime) -> None:
    """A carrier said that the day's cap is reached: other senders of the brand count
    there too, and we do not see them."""
    days = [cap for cap in caps if cap.span is Span.day]
    marks = _locked(session, days)
    full = {}
    for cap in days:
        missing = max(0, cap.limit - marks[cap.key].used(cap.span, now))
        full[cap.key] = marks[cap.key].adding(cap.span, now, missing)
    _write(session, full)


def marks_of(session: Session, keys: Collection[str]) -> Mapping[str, Marks]:
    """Without a lock, for looking."""
    rows = session.connection().execute(
        sa.select(col(Pace.key), col(Pace.marks)).where(col(Pace.key).in_(keys))
    )
    return {row.key: Marks.read(row.marks) for row in rows}


def _locked(session: Session, caps: Sequence[Cap]) -> dict[str, Marks]:
    found: dict[str, Marks] = {}
    for cap in caps:
        marks = session.connection().scalar(_locking(), {"this": cap.key})
        if marks is None:
            session.connection().execute(
                insert_or_ignore(session, Pace), {"key": cap.key, "marks": ""}
            )
            marks = session.connection().scalar(_locking(), {"this": cap.key})
        found[cap.key] = Marks.read(marks or "")
    return found


def _add(
    session: Session,
    caps: Sequence[Cap],
    marks: Mapping[str, Marks],
    segments: int,
    now: datetime,
) -> dict[str, str]:
    """What is written now.  `segments` below nothing takes away."""
    sign = 1 if segments > 0 else -1
    return _write(
        session,
        {
            cap.key: marks[cap.key].adding(
                cap.span, now, sign * cap.units(abs(segments))
            )
            for cap in caps
        },
    )


def _write(session: Session, changed: Mapping[str, Marks]) -> dict[str, str]:
    written = {key: str(marks) for key, marks in changed.items()}
    if written:
        session.connection().execute(
            _writing(), [{"this": key, "to": marks} for key, marks in written.items()]
        )
    return written


# Kept: building a statement costs more than running it (`docs/architecture.md`).
@cache
def _locking() -> Any:
    return (
        sa.select(col(Pace.marks))
        .where(col(Pace.key) == sa.bindparam("this"))
        .with_for_update()
    )


@cache
def _writing() -> Any:
    return (
        sa.update(Pace)
        .where(col(Pace.key) == sa.bindparam("this"))
        .values(marks=sa.bindparam("to"))
    )


@cache
def _replacing() -> Any:
    return (
        sa.update(Pace)
        .where(
            col(Pace.key) == sa.bindparam("this"),
            col(Pace.marks) == sa.bindparam("known"),
        )
        .values(marks=sa.bindparam("to"))
    )
