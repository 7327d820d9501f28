"""The ledger for people, a page at a time.

Reads rows, changes nothing.  A list tells no number in full: only an opened record
does (`consent.opened`), and who opens one is written down.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from consent import fact_words
from consent.extract import Wanted, clear_facts, events_query
from consent.models import ConsentDetail, ConsentEvent
from kernel import phone as phones
from kernel.asked import read_day
from kernel.errors import Invalid, NotFound

A_PAGE = 50

UNKNOWN_PHONE = "The ledger has no record of this number."
ERASED = "The facts were erased; the proof is kept"
DAMAGED = "DAMAGED: what is stored is not what was recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which records to list; all None: every one.  `same_as` is the number of a record
    of the phone that is looked for, so that no address holds a phone."""

    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None  # exclusive
    number: int | None = None
    same_as: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a list.  `phone` is masked, or None when the facts were erased."""

    seq: int
    at: datetime
    what: str
    how: str
    grade: str
    phone: str | None
    damaged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    rows: tuple[Row, ...]
    older: int | None  # go on before this number
    phone: str | None  # masked, when one phone was looked for


def ledger(
    session: Session, clinic_id: int, asked: Asked, before: int | None = None
) -> Page:
    """The newest first.  Raises NotFound for a `same_as` that tells no phone."""
    phone = None
    if asked.same_as is not None:
        phone = needed_phone_of(session, clinic_id, asked.same_as)
    found = rows(session, clinic_id, asked, phone, before, A_PAGE + 1)
    shown = found[:A_PAGE]
    return Page(
        rows=shown,
        older=shown[-1].seq if len(found) > A_PAGE else None,
        phone=phones.masked(phone) if phone is not None else None,
    )


def newest_of(session: Session, clinic_id: int, typed: str) -> int | None:
    """The newest record of a number, however it was typed; None: there is none."""
    found = phones.read(typed)
    phone = found.e164 if isinstance(found, phones.Phone) else typed.strip()
    # "+ 0": else SQLite looks for the greatest in the whole ledger, from its end.
    newest = sa.select(sa.func.max(col(ConsentDetail.seq) + 0)).where(
        col(ConsentDetail.clinic_id) == clinic_id, col(ConsentDetail.phone) == phone
    )
    # What no database can hold was never stored: PostgreSQL refuses to look for it.
    storable = "\x00" not in phone and phone.isprintable()
    return session.connection().scalar(newest) if phone and storable else None


def phone_of(session: Session, clinic_id: int, seq: int) -> str | None:
    return session.connection().scalar(
        sa.select(col(ConsentDetail.phone)).where(
            col(ConsentDetail.clinic_id) == clinic_id, col(ConsentDetail.seq) == seq
        )
    )


def period(first: str, last: str, zone: str) -> tuple[datetime | None, datetime | None]:
    """Two days as a form gives them, the last included.  Raises Invalid with the
    sentence to show."""
    since, until = _midnight(first, zone, 0), _midnight(last, zone, 1)
    if since is not None and until is not None and since >= until:
        raise Invalid("The last day is before the first. Change one of them.")
    return since, until


def _midnight(day: str, zone: str, later: int) -> datetime | None:
    read = read_day(day)
    if read is None:
        return None
    local = read + timedelta(days=later)
    midnight = datetime(local.year, local.month, local.day, tzinfo=ZoneInfo(zone))
    return midnight.astimezone(UTC)


def needed_phone_of(session: Session, clinic_id: int, seq: int) -> str:
    phone = phone_of(session, clinic_id, seq)
    if phone is None:
        raise NotFound(f"Record {seq} tells no phone: it is not there, or was erased.")
    return phone


def rows(
    session: Session,
    clinic_id: int,
    asked: Asked,
    phone: str | None,
    before: int | None,
    most: int,
) -> tuple[Row, ...]:
    wanted = Wanted(since=asked.since, until=asked.until)
    query: Any = events_query(session, clinic_id, wanted)
    if phone is not None:
        # Not by the join: SQLite would walk the whole ledger to keep the order.
        of_phone = sa.select(col(ConsentDetail.seq)).where(
            col(ConsentDetail.clinic_id) == clinic_id, col(ConsentDetail.phone) == phone
        )
        query = query.where(col(ConsentEvent.seq).in_(of_phone))
    if asked.kind is not None:
        query = query.where(sa.type_coerce(ConsentEvent.kind, sa.String) == asked.kind)
    if asked.number is not None:
        query = query.where(col(ConsentEvent.seq) == asked.number)
    if before is not None:
        query = query.where(col(ConsentEvent.seq) < before)
    newest = query.order_by(None).order_by(col(ConsentEvent.seq).desc()).limit(most)
    return tuple(row_of(event) for event in session.connection().execute(newest))


def row_of(event: Any) -> Row:
    return row_from(event, clear_facts(event))


def row_from(event: Any, clear: dict[str, Any] | str | None) -> Row:
    """`event` has a number, a time, a kind and, where it is to be shown, a phone."""
    known = clear if isinstance(clear, dict) else {}
    damaged = isinstance(clear, str)
    how = DAMAGED if damaged else ERASED if clear is None else fact_words.how(known)
    return Row(
        seq=event.seq,
        at=event.at,
        what=fact_words.what(event.kind, known),
        how=how,
        grade=str(known.get("grade") or ""),
        phone=phones.masked(event.phone) if event.phone is not None else None,
        damaged=damaged,
    )
