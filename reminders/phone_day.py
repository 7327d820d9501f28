"""What the phones of a clinic have had and what waits for them: one reminder a day each.

Reads rows; the only thing it changes is which visits the next plan looks at.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from gateway.models import LOST, Message, MessageKind, State
from gateway.outbox import NOT_LEFT
from gateway.quiet_hours import Window
from kernel.clock import day_of
from reminders.compose import BOOKED, Booked
from reminders.models import Appointment, Reminder
from reminders.plan import DAY_MINUTES
from reminders.together import Part, Text
from reminders.unsent import in_parts, plan_again

LEFT = (State.submitting, State.accepted, State.unknown)  # it has left, or may have
LOOKED_BACK = timedelta(days=2)  # the longest that a local day can last, and more
ZONES_APART = timedelta(hours=6)  # a phone's day may end so long after the clinic's
FIELDS = tuple(Booked.__dataclass_fields__)


def last_left(
    session: Session, clinic_id: int, phones: Collection[str], now: datetime
) -> dict[str, datetime]:
    """When the newest reminder that counts for a day left to each of these phones."""
    found: dict[str, datetime] = {}
    for part in in_parts(sorted(phones)):
        rows = session.connection().execute(
            sa.select(col(Message.phone), sa.func.max(col(Message.submitted_at)))
            .where(
                col(Message.clinic_id) == clinic_id,
                col(Message.phone).in_(part),
                col(Message.once_a_day).is_(True),
                col(Message.state).in_(LEFT),
                col(Message.submitted_at) > now - LOOKED_BACK,
            )
            .group_by(col(Message.phone))
        )
        found |= {phone: at for phone, at in rows if at is not None}
    return found


def waiting(
    session: Session, clinic_id: int, phones: Collection[str]
) -> dict[str, list[Text]]:
    """By phone: the reminders that have not left, the oldest first."""
    rows: dict[int, list[Any]] = {}
    for part in in_parts(sorted(phones)):
        query = (
            sa.select(
                *BOOKED,
                col(Reminder.id).label("reminder_id"),
                col(Reminder.message_id),
                col(Reminder.offset_minutes),
                col(Reminder.useful_until),
                col(Message.send_from),
                col(Message.send_until),
                col(Message.zones),
                col(Message.window),
                col(Message.once_a_day),
            )
            .join(Reminder, col(Reminder.message_id) == col(Message.id))
            .join(Appointment, col(Appointment.id) == col(Reminder.appointment_id))
            .join(Patient, col(Patient.id) == col(Appointment.patient_id))
            .where(
                col(Message.clinic_id) == clinic_id,
                col(Message.phone).in_(part),
                col(Message.kind) == MessageKind.reminder,
                col(Message.state).in_(NOT_LEFT),
                col(Reminder.version) == col(Appointment.version),
            )
            .order_by(col(Message.id), col(Appointment.starts_at), col(Appointment.id))
        )
        for row in session.connection().execute(query):
            rows.setdefault(row.message_id, []).append(row)
    found: dict[str, list[Text]] = {}
    for of_text in rows.values():
        found.setdefault(of_text[0].phone, []).append(_text(of_text))
    return found


def _text(rows: list[Any]) -> Text:
    first = rows[0]
    parts = tuple(
        Part(
            visit=Booked(**{name: getattr(row, name) for name in FIELDS}),
            offset_minutes=row.offset_minutes,
            send_until=row.useful_until or row.send_until,
            reminder_id=row.reminder_id,
            message_id=row.message_id,
        )
        for row in rows
    )
    besides = first.offset_minutes if first.offset_minutes < DAY_MINUTES else None
    return Text(
        parts=parts,
        send_from=first.send_from,
        zones=tuple(filter(None, first.zones.split(","))),
        window=Window.read(first.window),
        besides=None if first.once_a_day else besides,
        replaces=(first.message_id,),
    )


def crowded(
    session: Session, clinic_id: int, time_zone: str, now: datetime
) -> set[str]:
    """Phones for which something is held while another reminder of this day waits: the
    two become one text, lest the second has to wait for tomorrow."""
    _, tomorrow = day_of(now, time_zone)
    rows = session.connection().scalars(
        sa.select(col(Message.phone))
        .where(
            col(Message.clinic_id) == clinic_id,
            col(Message.state) == State.due,
            col(Message.kind) == MessageKind.reminder,
            col(Message.once_a_day).is_(True),
            col(Message.send_from) < tomorrow + ZONES_APART,
            col(Message.send_until) > now,
        )
        .group_by(col(Message.phone))
        .having(sa.func.count() > 1, sa.func.min(col(Message.send_from)) <= now)
    )
    return set(rows)


def look_again_at_expired(session: Session, clinic_id: int, now: datetime) -> None:
    """A text about several visits ends with the first that it is of no use for; the
    others are planned once more (`schedule` takes such a step as not told)."""
    visits: Iterable[Any] = session.connection().scalars(
        sa.select(col(Reminder.appointment_id))
        .join(Message, col(Message.id) == col(Reminder.message_id))
        .where(
            col(Message.clinic_id) == clinic_id,
            sa.text(LOST),
            col(Message.finished_at) > now - LOOKED_BACK,
            col(Message.state) == State.expired,
            col(Reminder.useful_until) > now,
        )
    )
    found = sorted(set(visits))
    if found:
        plan_again(session, clinic_id, now, found)


def of_nearest_visit() -> Any:
    """Of a query over texts: the reminder of the first visit that one is about."""
    return (
        sa.select(col(Reminder.id))
        .join(Appointment, col(Appointment.id) == col(Reminder.appointment_id))
        .where(col(Reminder.message_id) == col(Message.id))
        .order_by(col(Appointment.starts_at), col(Reminder.id))
        .limit(1)
        .correlate(Message)
        .scalar_subquery()
    )


def visits_of_text() -> Any:
    """Of a query over texts: how many visits one is about."""
    return (
        sa.select(sa.func.count())
        .select_from(Reminder)
        .where(col(Reminder.message_id) == col(Message.id))
        .correlate(Message)
        .scalar_subquery()
    )
