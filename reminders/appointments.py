"""The visits of a day as a front desk looks at them, each with what its reminders do.

Reads rows and decides nothing.  A fixed number of queries, however many visits there
are; what is not planned yet is foretold by the planner's own rules.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from clinics.signin import ClinicHere
from consent.standing import LineState, Word, line_states
from kernel.clock import day_of, local_time
from kernel.errors import NotFound
from reminders.compose import BOOKED, Booked
from reminders.foretell import Step, foretold, told
from reminders.intake.by_hand import NO_VISIT
from reminders.models import (
    Appointment,
    PhoneReminder,
    ReminderPolicy,
    VisitReply,
    VisitStatus,
)
from reminders.phone_day import last_left
from reminders.phoned import COLUMNS, OF_VISIT, Phoned
from reminders.unsent import STANDS

SHOWN = 100
CALLED = {-1: "yesterday", 0: "today", 1: "tomorrow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One visit; `name` is empty where nobody knows it."""

    id: int
    patient_id: int
    name: str
    phone: str
    starts_at: datetime
    wall_time: str
    provider: str
    place: str
    status: VisitStatus
    reply: VisitReply | None
    replied_at: datetime | None
    steps: tuple[Step, ...]
    phoned: Phoned | None
    said_stop: bool
    unclear: str | None = None  # what a list says of it and nobody could read

    @property
    def to_call(self) -> bool:
        """A text about it did not arrive, or none was let through."""
        missed = ("held", "not delivered", "failed", "expired", "unknown", "none")
        return self.stands and any(step.word in missed for step in self.steps)

    @property
    def stands(self) -> bool:
        return self.status in STANDS

    @property
    def lost(self) -> bool:
        """A reminder was sent and found no phone."""
        return any(step.word in ("not delivered", "failed") for step in self.steps)

    @property
    def asked(self) -> bool:
        """A reminder has left, so an answer may come."""
        return any(step.word in ("sent", "delivered") for step in self.steps)


@dataclass(frozen=True, slots=True)
class Near:
    """Another day that has visits, and an instant of it."""

    day: date
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    day: date
    at: datetime  # its noon
    called: str  # today, tomorrow, yesterday or nothing
    before: date  # the day before
    earlier: Near | None
    later: Near | None
    total: int
    lines: tuple[Line, ...]
    next_skip: int | None  # so many come before the next ones
    on: bool  # reminders are switched on


def day(
    session: Session,
    clinic: ClinicHere,
    wanted: date | None,
    now: datetime,
    skip: int = 0,
) -> Day:
    """Without `wanted` the next day that has visits, or today."""
    zone = ZoneInfo(clinic.time_zone)
    if wanted is None:
        upcoming = _nearest(session, clinic.id, col(Appointment.starts_at) > now)
        wanted = (upcoming or now).astimezone(zone).date()
    noon = datetime.combine(wanted, time(12), zone)
    first, last = day_of(noon, clinic.time_zone)
    of_day = (col(Appointment.starts_at) >= first, col(Appointment.starts_at) < last)
    total = sa.select(sa.func.count()).where(
        col(Appointment.clinic_id) == clinic.id, *of_day
    )
    policy = session.get(ReminderPolicy, clinic.id)
    lines = _lines(session, clinic, policy, of_day, now, skip)
    before = col(Appointment.starts_at) < first
    earlier = _nearest(session, clinic.id, before, newest=True)
    later = _nearest(session, clinic.id, col(Appointment.starts_at) >= last)
    more = skip + SHOWN
    count = int(session.connection().scalar(total) or 0)
    return Day(
        day=wanted,
        at=noon,
        called=CALLED.get((wanted - now.astimezone(zone).date()).days, ""),
        before=wanted - timedelta(days=1),
        earlier=Near(earlier.astimezone(zone).date(), earlier) if earlier else None,
        later=Near(later.astimezone(zone).date(), later) if later else None,
        total=count,
        lines=lines,
        next_skip=more if more < count else None,
        on=policy is not None and policy.enabled,
    )


def visit(session: Session, clinic: ClinicHere, visit_id: int, now: datetime) -> Line:
    """Raises NotFound."""
    policy = session.get(ReminderPolicy, clinic.id)
    this = (col(Appointment.id) == visit_id,)
    found = _lines(session, clinic, policy, this, now, 0)
    if not found:
        raise NotFound(NO_VISIT)
    return found[0]


def _nearest(
    session: Session, clinic_id: int, side: Any, *, newest: bool = False
) -> datetime | None:
    at = col(Appointment.starts_at)
    return session.connection().scalar(
        sa.select(at)
        .where(col(Appointment.clinic_id) == clinic_id, side)
        .order_by(at.desc() if newest else at)
        .limit(1)
    )


def _lines(
    session: Session,
    clinic: ClinicHere,
    policy: ReminderPolicy | None,
    where: Sequence[Any],
    now: datetime,
    skip: int,
) -> tuple[Line, ...]:
    rows = (
        session.connection()
        .execute(
            sa.select(
                *BOOKED,
                col(Appointment.status),
                col(Appointment.reply),
                col(Appointment.replied_at),
                col(Appointment.planned_version),
                *COLUMNS,
            )
            .join(Patient, col(Patient.id) == col(Appointment.patient_id))
            .outerjoin(PhoneReminder, OF_VISIT)
            .where(col(Appointment.clinic_id) == clinic.id, *where)
            .order_by(col(Appointment.starts_at), col(Appointment.id))
            .offset(skip)
            .limit(SHOWN)
        )
        .mappings()
        .all()
    )
    lines = line_states(session, clinic.id, {row["phone"] for row in rows})
    known = told(session, clinic.id, [row["id"] for row in rows])
    left = last_left(session, clinic.id, {row["phone"] for row in rows}, now)
    return tuple(
        _line(
            row,
            known.get(row["id"], {}),
            lines[row["phone"]],
            clinic,
            policy,
            now,
            left.get(row["phone"]),
        )
        for row in rows
    )


def _line(
    row: Mapping[Any, Any],
    known: Mapping[int, Step],
    line: LineState,
    clinic: ClinicHere,
    policy: ReminderPolicy | None,
    now: datetime,
    left: datetime | None,
) -> Line:
    booked = Booked(**{name: row[name] for name in Booked.__dataclass_fields__})
    steps = dict(known)
    waits = row["planned_version"] < row["version"]
    if waits and row["status"] in STANDS and row["starts_at"] > now:
        steps |= foretold(booked, row["reply"], known, clinic, policy, now, left)
    return Line(
        id=row["id"],
        patient_id=row["patient_id"],
        name=f"{row['given_name']} {row['family_name']}".strip(),
        phone=row["phone"],
        starts_at=row["starts_at"],
        wall_time=row["wall_time"],
        provider=row["provider"],
        place=row["location"],
        status=row["status"],
        reply=row["reply"],
        replied_at=row["replied_at"],
        steps=tuple(steps.values()),
        phoned=Phoned(row["phoned_by"], row["phoned_at"]) if row["phoned_by"] else None,
        said_stop=line.word is Word.opted_out,
        unclear=booked.unclear,
    )


def said(before: Line | None, now: Line, zone: str) -> str:
    """What became of the reminders, for whoever added, changed or ended the visit."""
    old = before.steps if before else ()
    taken = [step.at for step in old if step.word in ("due", "held")]
    left = [step for step in old if step.word in ("sent", "delivered")]
    ahead = [step.at for step in now.steps if step.word in ("planned", "due", "held")]
    sentences = []
    if taken:
        which = " and ".join(local_time(at, zone) for at in taken if at is not None)
        one = f"The reminder for {which} is" if len(taken) == 1 else ""
        many = f"The reminders for {which} are"
        sentences.append(f"{one or many} taken back.")
    if left:
        sentences.append("A text about it has left before: call the patient too.")
    times = [local_time(at, zone) for at in ahead if at is not None]
    if times:
        leave = "New reminders leave" if len(times) > 1 else "A new one leaves"
        if not taken:
            leave = "Reminders leave" if len(times) > 1 else "A reminder leaves"
        sentences.append(f"{leave} {' and '.join(times)}, if texting is possible.")
    elif now.stands:
        why = dict.fromkeys(why for step in now.steps for why in step.why if why)
        sentences.append(" ".join(("No reminder leaves.", *why)))
    elif not taken:
        sentences.append("No reminder was waiting.")
    return " ".join(sentences)
