"""Importing files into the cast's clinics, and what is stored after."""

import io
from datetime import UTC, datetime

from sqlmodel import col, select

from clinics.access import clinic_by_slug
from clinics.models import Patient
from gateway.models import Message, State
from reminders.intake.store import Origin, import_file
from reminders.models import Appointment
from reminders.policy import enable
from reminders.schedule import plan

NOW = datetime(2026, 11, 30, 18, 0, tzinfo=UTC)  # Monday 10:00 in Los Angeles
ORIGIN = Origin(by="desk@maple-dental.example", file="visits.csv", sha256="ab" * 32)
HEADINGS = (
    "appointment_id,patient_id,given_name,family_name,phone,language,starts_at,"
    "location,provider,status,consent,time_zone\n"
)
ANA = "A1,P1,Ana,Lee,206-555-0111,en,2026-12-08T15:00,12 Oak St,Dr. Kim,booked,,\n"
BEN = "A2,P2,Ben,Ray,206-555-0112,es,2026-12-08T15:30,12 Oak St,Dr. Kim,booked,,\n"


def bring(
    database, *lines, slug="maple-dental", origin=ORIGIN, now=NOW, headings=HEADINGS
):
    def work(session):
        stream = io.BytesIO((headings + "".join(lines)).encode())
        clinic = clinic_by_slug(session, slug)
        return import_file(session, clinic, stream, now, origin=origin)

    if origin is None:
        with database.reading() as session:
            return work(session)
    return database.retrying(work)


def counts(done):
    return (done.added, done.changed, done.cancelled, done.unchanged, done.refused)


def visits(database):
    with database.reading() as session:
        found = session.exec(select(Appointment).order_by(col(Appointment.external_id)))
        return {visit.external_id: visit for visit in found}


def patients(database):
    with database.reading() as session:
        found = session.exec(select(Patient).order_by(col(Patient.external_id)))
        return {patient.external_id: patient for patient in found}


def plan_maple(database, cast, now=NOW):
    def work(session):
        enable(session, cast.maple.clinic_id, "admin@maple-dental.example", now)
        return plan(session, cast.maple.clinic_id, now)

    return database.retrying(work)


def texts(database, state=State.due):
    with database.reading() as session:
        found = session.exec(select(Message).order_by(col(Message.id)))
        return [message for message in found if message.state is state]
