"""What came of a clinic's reminders, week by week and by carrier: delivered, confirmed,
cancelled, moved, stopped.

Counts only, never a person (`reminders.outcome_counts` says what is too few to show).  A
visit counts in its own week, a text in that of its visit, a STOP in that of the text
before it.  Three queries, however many texts there are.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic
from consent.models import STOPPED, ConsentDetail, ConsentEvent
from gateway.models import CarrierLookup, Message, MessageKind, State
from gateway.progress import ARRIVED, NOT_DELIVERED
from kernel.carriers import Carrier
from kernel.errors import Invalid
from reminders.changes import NUMBER_CHANGED
from reminders.models import Appointment, Reminder, VisitReply
from reminders.outcome_counts import ORDER, Counts, Outcomes, Row, together

WEEK = timedelta(days=7)
MOST_WEEKS = 53
BY_ITSELF = 8  # weeks before this one
AFTER = timedelta(days=14)  # a STOP later than that answers no reminder
LEFT = (State.submitting, State.accepted, State.unknown, State.failed)


def weeks_before(now: datetime, time_zone: str) -> tuple[date, date]:
    """The last eight weeks and this one."""
    today = now.astimezone(ZoneInfo(time_zone)).date()
    return _monday(today) - BY_ITSELF * WEEK, today


def outcomes(session: Session, clinic_id: int, first: date, last: date) -> Outcomes:
    """Whole weeks, Monday to Sunday.  Raises Invalid for days that make no sense."""
    weeks = _weeks(first, last)
    clinic = session.get_one(Clinic, clinic_id)
    place = _Weeks(tuple(weeks), ZoneInfo(clinic.time_zone))
    found: dict[tuple[date, str], Counts] = defaultdict(Counts)
    for key, counts in (
        *_texts(session, clinic_id, place),
        *_visits(session, clinic_id, place),
        *_stops(session, clinic_id, place),
    ):
        found[key] += counts
    rows: list[Row] = []
    for week in weeks:
        mine = {group: found[of, group] for of, group in found if of == week}
        shown = together(mine)
        rows += [Row(week, one, shown[one]) for one in ORDER if one in shown]
    told = {week for week, _ in found} - {row.week for row in rows}
    return Outcomes(
        first=weeks[0],
        last=weeks[-1] + WEEK - timedelta(days=1),
        weeks=tuple(weeks),
        rows=tuple(rows),
        left_out=tuple(sorted(told)),
    )


@dataclass(frozen=True, slots=True)
class _Weeks:
    mondays: tuple[date, ...]
    zone: ZoneInfo

    def begins(self, day: date) -> datetime:
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self.begins(self.mondays[0]), self.begins(self.mondays[-1] + WEEK)

    def number(self, column: Any) -> Any:
        """Which of the weeks an instant lies in, in SQL."""
        ends = [self.begins(monday + WEEK) for monday in self.mondays]
        return sa.case(
            *((column < end, place) for place, end in enumerate(ends)), else_=-1
        )

    def of(self, at: datetime) -> date | None:
        monday = _monday(at.astimezone(self.zone).date())
        return monday if monday in self.mondays else None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _weeks(first: date, last: date) -> list[date]:
    if last < first:
        raise Invalid("The last day comes before the first. Choose them anew.")
    begin = _monday(first)
    count = (_monday(last) - begin) // WEEK + 1
    if count > MOST_WEEKS:
        raise Invalid(f"Choose at most {MOST_WEEKS} weeks at once.")
    return [begin + place * WEEK for place in range(count)]


def _reminded(clinic_id: int, place: _Weeks, *columns: Any) -> Any:
    """Reminders that left, of the visits of these weeks."""
    first, last = place.span
    looked_up = sa.and_(
        col(CarrierLookup.clinic_id) == clinic_id,
        col(CarrierLookup.phone) == col(Message.phone),
    )
    return (
        sa.select(
            place.number(col(Appointment.starts_at)).label("week"),
            sa.func.coalesce(col(CarrierLookup.carrier), Carrier.unknown.value).label(
                "carrier"
            ),
            *columns,
        )
        .select_from(Appointment)
        .join(Reminder, col(Reminder.appointment_id) == col(Appointment.id))
        .join(Message, col(Message.id) == col(Reminder.message_id))
        .outerjoin(CarrierLookup, looked_up)
        .where(
            col(Appointment.clinic_id) == clinic_id,
            col(Appointment.starts_at) >= first,
            col(Appointment.starts_at) < last,
            col(Message.kind) == MessageKind.reminder,
            col(Message.state).in_(LEFT),
            col(Message.submitted_at).is_not(None),
        )
    )


Counted = tuple[tuple[date, str], Counts]


def _texts(session: Session, clinic_id: int, place: _Weeks) -> Iterator[Counted]:
    def those(words: frozenset[str]) -> Any:
        mine = sa.case((col(Message.delivery).in_(words), col(Message.id)), else_=None)
        return sa.func.count(sa.distinct(mine))

    failed = sa.case((col(Message.state) == State.failed, col(Message.id)), else_=None)
    query = _reminded(
        clinic_id,
        place,
        sa.func.count(sa.distinct(col(Message.phone))).label("people"),
        sa.func.count(sa.distinct(col(Message.id))).label("texts"),
        those(ARRIVED).label("delivered"),
        (those(NOT_DELIVERED) + sa.func.count(sa.distinct(failed))).label("lost"),
    ).group_by(sa.text("1"), sa.text("2"))
    for row in session.connection().execute(query):
        yield (
            _key(place, row),
            Counts(
                people=row.people,
                texts=row.texts,
                delivered=row.delivered,
                lost=row.lost,
            ),
        )


def _visits(session: Session, clinic_id: int, place: _Weeks) -> Iterator[Counted]:
    query = _reminded(
        clinic_id,
        place,
        col(Appointment.reply),
        sa.func.count(sa.distinct(col(Appointment.id))).label("visits"),
    ).group_by(sa.text("1"), sa.text("2"), col(Appointment.reply))
    for row in session.connection().execute(query):
        said = {} if row.reply is None else {ANSWERS[row.reply]: row.visits}
        yield _key(place, row), Counts(visits=row.visits, **said)


ANSWERS = {
    VisitReply.confirmed: "confirmed",
    VisitReply.cannot_come: "cannot_come",
    VisitReply.reschedule: "reschedule",
}


def _stops(session: Session, clinic_id: int, place: _Weeks) -> Iterator[Counted]:
    """Each phone once a week, where the last text before its STOP belongs."""
    first, last = place.span
    query = (
        _reminded(
            clinic_id,
            place,
            col(ConsentDetail.phone),
            col(ConsentDetail.detail),
            col(ConsentEvent.at),
            col(ConsentEvent.seq),
            col(Message.submitted_at),
        )
        .join(
            ConsentDetail,
            sa.and_(
                col(ConsentDetail.clinic_id) == clinic_id,
                col(ConsentDetail.phone) == col(Message.phone),
            ),
        )
        .join(
            ConsentEvent,
            sa.and_(
                col(ConsentEvent.clinic_id) == clinic_id,
                col(ConsentEvent.seq) == col(ConsentDetail.seq),
            ),
        )
        .where(
            sa.text(f"consentevent.{STOPPED}"),  # as its index says
            col(ConsentEvent.at) >= first - AFTER,
            col(ConsentEvent.at) < last + AFTER,
            col(ConsentEvent.at) >= col(Message.submitted_at),
        )
        .order_by(col(Message.submitted_at), col(Message.id))
    )
    newest: dict[int, Any] = {}
    for row in session.connection().execute(query):
        if row.at - row.submitted_at <= AFTER and _her_own(row.detail):
            newest[row.seq] = row
    said = {(_key(place, row), row.phone) for row in newest.values()}
    for key, _ in sorted(said):
        yield key, Counts(stopped=1)


def _her_own(detail: str) -> bool:
    """Not that the patient has another number now."""
    return bool(json.loads(detail).get("method") != NUMBER_CHANGED["method"])


def _key(place: _Weeks, row: Any) -> tuple[date, str]:
    return place.mondays[row.week], Carrier(row.carrier).value
