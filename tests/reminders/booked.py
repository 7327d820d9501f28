"""Visits of the cast's clinics, planned, and the texts that came of it."""

from datetime import UTC, datetime, time

from sqlmodel import col, select

from clinics.models import Patient
from gateway.models import Message, State
from gateway.quiet_hours import Window
from reminders.models import (
    Appointment,
    VisitStatus,
)
from reminders.policy import enable, set_policy
from reminders.schedule import plan

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)  # Monday 10:00 in Los Angeles
TUESDAY_AT_THREE = datetime(2026, 12, 8, 23, 0, tzinfo=UTC)
LOS_ANGELES = "America/Los_Angeles"
ADMIN = "admin@maple-dental.example"
THREE_DAYS, ONE_DAY = 4320, 1440


def book(database, place, **changes):
    # A name that begins with `her_` is the patient's.
    hers = {key[4:]: changes[key] for key in changes if key.startswith("her_")}
    mine = {key: changes[key] for key in changes if not key.startswith("her_")}
    with database.writing() as session:
        number = len(session.exec(select(Patient)).all()) + 1
        patient = Patient(
            **{
                "clinic_id": place.clinic_id,
                "external_id": f"P{number}",
                "given_name": "Ana",
                "family_name": "Lee",
                "phone": f"+1206555{number:04}",
                "updated_at": NOW,
                **hers,
            }
        )
        session.add(patient)
        session.flush()
        visit = Appointment(
            **{
                "clinic_id": place.clinic_id,
                "patient_id": patient.id,
                "external_id": f"A{number}",
                "starts_at": TUESDAY_AT_THREE,
                "time_zone": LOS_ANGELES,
                "wall_time": "2026-12-08T15:00",
                "status": VisitStatus.booked,
                "updated_at": NOW,
                **mine,
            }
        )
        session.add(visit)
        session.flush()
        return visit.id


def switch_on(database, place, **policy):
    with database.writing() as session:
        enable(session, place.clinic_id, ADMIN, NOW)
        if policy:
            set_policy(
                session,
                place.clinic_id,
                **{
                    "number_id": place.number_id,
                    "offsets": (THREE_DAYS, ONE_DAY),
                    "window": Window(time(9), time(20)),
                    "now": NOW,
                    **policy,
                },
            )


def run(database, place, now=NOW, limit=500):
    return database.retrying(lambda session: plan(session, place.clinic_id, now, limit))


def rows(database, model, *where):
    with database.reading() as session:
        return list(session.exec(select(model).where(*where).order_by(col(model.id))))


def due(database):
    return rows(database, Message, col(Message.state) == State.due)
