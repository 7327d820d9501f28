"""A clinic with patients in every state, and its days: rehearsed, then lived through."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlmodel import col

from consent.models import Grade, Topic
from consent.record import hold, opt_in, opt_out
from consent.standing import lock_line
from gateway.dispatch import Dispatcher
from gateway.models import CarrierLookup, Message, SendDecision, State
from gateway.twilio import Accepted, Network
from kernel.carriers import Carrier
from kernel.clock import FixedClock, day_of
from registration.numbers import mark_complete
from registration.status import Observation, Source, Status
from registration.workflow import observe
from reminders.models import Reminder, VisitReply
from reminders.rehearse import NOTHING, rehearse
from reminders.schedule import plan
from reminders.unsent import withdraw_declined
from tests.reminders.booked import LOS_ANGELES, NOW, book

TUESDAY = date(2026, 12, 1)  # the day after NOW, which is a Monday, 10:00
MIDNIGHT = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)  # in Los Angeles
EVERY = timedelta(minutes=20)
EVENING = MIDNIGHT - timedelta(hours=3)  # Monday, 9 PM: nothing leaves any more


def visit(day, hour, minute=0):
    """An instant of December by Los Angeles' clock."""
    return (
        datetime(2026, 12, day, hour + 8, minute, tzinfo=UTC)
        if hour < 16
        else (datetime(2026, 12, day + 1, hour - 16, minute, tzinfo=UTC))
    )


class Twilio:
    """Takes every text; every phone that it is asked for is on Verizon."""

    def __init__(self):
        self.taken = []

    def send(self, text):
        self.taken.append(text)
        return Accepted(f"SM{len(self.taken):032d}")

    def lookup(self, clinic_id, phone):
        return Network(
            valid=True, line_type="mobile", carrier_name="Verizon", mcc="311", mnc="480"
        )


def patient(database, place, name, at, carrier=Carrier.tmobile, *, agreed=True, **more):
    """With a visit; its id.  Without a carrier nobody has looked the phone up."""
    textable = more.pop("textable", True)
    visit_id = book(
        database,
        place,
        starts_at=at,
        wall_time=f"{at - timedelta(hours=8):%Y-%m-%dT%H:%M}",
        her_given_name=name,
        **more,
    )
    phone = phone_of(database, visit_id)
    with database.writing() as session:
        if carrier is not None:
            session.merge(
                CarrierLookup(
                    clinic_id=place.clinic_id,
                    phone=phone,
                    carrier=carrier,
                    textable=textable,
                    line_type="mobile" if textable else "landline",
                    looked_up_at=NOW,
                )
            )
        if agreed:
            lock_line(session, place.clinic_id, phone)
            opt_in(session, place.clinic_id, phone, Topic.care, Grade.proven, {}, NOW)
    return visit_id


def phone_of(database, visit_id):
    with database.reading() as session:
        return session.connection().scalar(
            sa.text(
                "SELECT phone FROM patient JOIN appointment a ON a.patient_id = patient.id"
                " WHERE a.id = :id"
            ),
            {"id": visit_id},
        )


def town(database, place):
    """Visits whose reminders fall on Tuesday, and some that do not."""
    add = partial(patient, database, place)
    at = visit(2, 15)
    said(database, place, Carrier.att, Status.REVIEW)
    add("Tina", at)
    add("Alma", at, Carrier.att)
    add("Vera", visit(2, 9, 30), Carrier.verizon)
    add("Uma", at, Carrier.uscellular)
    add("Nora", at, agreed=False)
    add("Lena", at, Carrier.other, textable=False)
    add("Early", visit(2, 8))  # a day before is too early in the morning
    add("Soon", visit(1, 18))  # made up for at once
    add("Friday", visit(4, 15))  # its first reminder
    add("Busy", at, reply=VisitReply.reschedule)
    add("Maria", visit(2, 16), her_language="es")
    add("York", visit(2, 10), her_time_zone="America/New_York")
    add("Lost", at, time_zone="America/Nowhere")
    stopped, held = add("Stop", at), add("Held", at)
    with database.writing() as session:
        for visit_id, do in ((stopped, opt_out), (held, hold)):
            phone = phone_of(database, visit_id)
            lock_line(session, place.clinic_id, phone)
            facts = ("unclear", {}) if do is hold else ({"method": "spoken"},)
            do(session, place.clinic_id, phone, *facts, NOW)


def said(database, place, carrier, status):
    """By the operator, who has seen it."""
    with database.writing() as session:
        steps = (Status.SUSPENDED,) if status is Status.SUSPENDED else (status,)
        for step in steps:
            seen = Observation(
                status=step,
                raw=step.value,
                source=Source.operator_entry,
                at=NOW,
                evidence="https://portal.example/screenshot",
            )
            observe(session, place.campaign_id, carrier, seen, by="op@heed.example")


def foretold(database, place, day=TUESDAY, assumed=NOTHING, now=EVENING):
    with database.reading() as session:
        return rehearse(session, place.clinic_id, day, now, assumed)


def live(database, place, until, now=EVENING):
    """Every moment at which something is due, and every midnight, until then; what
    Twilio took.  The planner passes where it could find something to do."""
    vendor, at, passed, ended = Twilio(), now, None, 0
    while at is not None and at < until:
        if passed is None or at - passed > EVERY:  # nothing is booked in between
            passed = at
            with database.writing() as session:
                mark_complete(session, place.clinic_id, place.number_id, at)
            _pass(database, place, at)
        worker = Dispatcher(
            database=database,
            vendor=vendor,
            clock=FixedClock(at),
            public_base_url="https://heed.example",
            owner="test",
        )
        while worker.run_once(limit=100):
            pass
        if (over := _ended(database)) != ended:
            ended = over
            _pass(database, place, at)
        midnight = day_of(at, LOS_ANGELES)[1]
        at = min(_next(database) or until, midnight)
    return vendor


def _pass(database, place, at):
    with database.writing() as session:
        plan(session, place.clinic_id, at)
        withdraw_declined(session, at)


def _ended(database):
    return _scalar(
        database,
        sa.select(sa.func.count()).where(col(Message.state) == State.expired),
    )


def _next(database):
    earliest = sa.func.min(col(Message.look_again_at))
    return _scalar(database, sa.select(earliest).where(col(Message.state) == State.due))


def _scalar(database, query):
    with database.reading() as session:
        return session.connection().scalar(query)


def happened(database, day_from, day_until):
    """By visit and step: the word, the moment and the reasons, of texts whose time came
    that day."""
    with database.reading() as session:
        rows = session.connection().execute(
            sa.select(
                col(Reminder.appointment_id),
                col(Reminder.offset_minutes),
                col(Reminder.skipped_why),
                col(Message.id),
                col(Message.state),
                col(Message.submitted_at),
                col(Message.finished_at),
                col(Message.send_from),
            ).outerjoin(Message, col(Message.id) == col(Reminder.message_id))
        )
        found = {}
        for row in rows:
            key = (row.appointment_id, row.offset_minutes)
            if row.state is State.accepted and day_from <= row.submitted_at < day_until:
                found[key] = ("leaves", row.submitted_at, trail(session, row.id))
            elif row.state is State.expired and day_from <= row.finished_at < day_until:
                found[key] = ("expires", row.finished_at, trail(session, row.id))
            elif row.state is State.due and row.send_from < day_until:
                found[key] = ("held", row.send_from, trail(session, row.id))
            elif row.state is None:
                found[key] = ("none", None, row.skipped_why)
        return found


def trail(session, message_id):
    """Every verdict that was written down, with its moment."""
    rows = session.connection().execute(
        sa.select(col(SendDecision.at), col(SendDecision.obstacles))
        .where(col(SendDecision.message_id) == message_id)
        .order_by(col(SendDecision.id))
    )
    return [(row.at, [one["sentence"] for one in row.obstacles]) for row in rows]


def predicted(found):
    """The same of a rehearsal."""
    return {
        (text.of.booked.id, text.offset_minutes): (
            text.word,
            None if text.word == "none" else text.at,
            text.why[0]
            if text.word == "none"
            else [(look.at, look.verdict.sentences) for look in text.ahead.looks],
        )
        for text in found.texts
    }
