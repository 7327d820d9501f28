"""Finds patients by a part of a name, in any order and without accents, by a number
typed in any way, or by the clinic's own number for them.

A fixed number of queries, however many patients there are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Patient
from consent.models import Grade
from consent.standing import LineState, Word, line_states
from kernel import phone as phones
from reminders.held import Held, held_now
from reminders.models import Appointment
from reminders.patients import own_number
from reminders.unsent import STANDS
from reminders.visible import folded, plain

SHOWN = 30
ACCENTED = 300  # names with accents that are compared; the database cannot fold them
WORDS = 6  # of a search; more narrow nothing
MAY_BEAR_ACCENTS = frozenset("aceinosuyz")
NAMES = (col(Patient.family_name), col(Patient.given_name))
ORDER = (*NAMES, col(Patient.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    id: int
    name: str
    phone: str
    own_number: str  # "" = the clinic has none for her
    word: Word  # about care
    grade: Grade | None
    held: bool  # the number
    reminder_held: tuple[str, ...]  # why the nearest one is held; empty if it is not
    next_visit: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    rows: tuple[Row, ...]
    after: int | None  # the last one's id, when there are more


def find(
    session: Session, clinic_id: int, wanted: str, after: int | None, now: datetime
) -> Found:
    """By family name.  `after` is the id that the page before ended with."""
    where: list[Any] = [col(Patient.clinic_id) == clinic_id]
    phone = phones.read(wanted)
    words = folded(plain(wanted)).split()[:WORDS]
    if isinstance(phone, phones.Phone):
        where.append(col(Patient.phone) == phone.e164)
    elif words:
        named = _accented(session, clinic_id, words)
        literally = sa.and_(*(_holds(word) for word in words))
        where.append(sa.or_(literally, col(Patient.id).in_(named)))
    if after is not None:
        where.append(_behind(session, clinic_id, after))
    asked = select(Patient).where(*where).order_by(*ORDER).limit(SHOWN + 1)
    people = session.exec(asked).all()
    shown = people[:SHOWN]
    return Found(
        rows=_rows(session, clinic_id, shown, now),
        after=shown[-1].id if len(people) > SHOWN else None,
    )


def _holds(word: str, pattern: str | None = None) -> Any:
    """Names and numbers with this word in them; `pattern` stands for it in names."""
    if pattern is None:
        found = [sa.func.lower(name).contains(word, autoescape=True) for name in NAMES]
    else:
        found = [sa.func.lower(name).like(pattern, escape="/") for name in NAMES]
    own = sa.func.lower(col(Patient.external_id))
    found.append(own.contains(word, autoescape=True))
    digits = re.sub(r"[^0-9]", "", word)
    if len(digits) > 2 and not re.search(r"[^\W\d_]", word):
        found.append(col(Patient.phone).contains(digits))
    return sa.or_(*found)


def _accented(session: Session, clinic_id: int, words: Sequence[str]) -> list[int]:
    """Names with accents that these words mean: "jose" finds José.  The database looks
    for their shape, and what it finds is compared here."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    sign, beyond = ("GLOB", "*[^ -~]*") if sqlite else ("~", "[^ -~]")
    rows = session.connection().execute(
        sa.select(col(Patient.id), col(Patient.external_id), col(Patient.phone), *NAMES)
        .where(
            col(Patient.clinic_id) == clinic_id,
            sa.or_(*(name.op(sign)(beyond) for name in NAMES)),
            *(_holds(word, _shape(word)) for word in words),
        )
        .order_by(*ORDER)
        .limit(ACCENTED)
    )
    return [row.id for row in rows if _is_meant(row, words)]


def _shape(word: str) -> str:
    blurred = (
        "_" if char in MAY_BEAR_ACCENTS or not char.isascii() else char
        for char in re.sub(r"([%_/])", r"/\1", word)
    )
    return f"%{''.join(blurred)}%"


def _is_meant(row: Any, words: Sequence[str]) -> bool:
    names = folded(f"{row.family_name} {row.given_name}")
    rest = f"{names} {row.external_id.lower()}"
    return all(word in rest or _digits_of(word, row.phone) for word in words)


def _digits_of(word: str, phone: str) -> bool:
    digits = re.sub(r"[^0-9]", "", word)
    return len(digits) > 2 and digits in phone


def _behind(session: Session, clinic_id: int, after: int) -> Any:
    """What comes after this patient; everything, if she is gone."""
    place = select(*ORDER).where(
        col(Patient.clinic_id) == clinic_id, col(Patient.id) == after
    )
    row = session.connection().execute(place).one_or_none()
    if row is None:
        return sa.true()
    return sa.tuple_(*ORDER) > sa.tuple_(*(sa.literal(value) for value in row))


def _rows(
    session: Session, clinic_id: int, people: Sequence[Patient], now: datetime
) -> tuple[Row, ...]:
    lines = line_states(session, clinic_id, [one.phone for one in people])
    visits = _next_visits(session, clinic_id, [one.id or 0 for one in people], now)
    held = held_now(session, clinic_id, [one.id or 0 for one in people])
    return tuple(
        _row(one, lines[one.phone], visits.get(one.id), held.get(one.id or 0))
        for one in people
    )


def _row(
    patient: Patient, line: LineState, next_visit: datetime | None, held: Held | None
) -> Row:
    return Row(
        id=patient.id or 0,
        name=f"{patient.given_name} {patient.family_name}".strip(),
        phone=patient.phone,
        own_number=own_number(patient.external_id),
        word=line.word,
        grade=line.grade,
        held=line.held,
        reminder_held=held.why if held else (),
        next_visit=next_visit,
    )


def _next_visits(
    session: Session, clinic_id: int, of: Sequence[int], now: datetime
) -> dict[int | None, datetime]:
    first = sa.func.min(col(Appointment.starts_at))
    rows = session.connection().execute(
        sa.select(col(Appointment.patient_id), first)
        .where(
            col(Appointment.clinic_id) == clinic_id,
            col(Appointment.patient_id).in_(of),
            col(Appointment.starts_at) > now,
            col(Appointment.status).in_(STANDS),
        )
        .group_by(col(Appointment.patient_id))
    )
    return {patient_id: starts_at for patient_id, starts_at in rows}
