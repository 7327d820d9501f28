"""The demo's two clinics as rows, with texts in every state: something to show on every
page, on either database, without a simulator."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session, col, select

from clinics.models import Clinic, Patient
from consent.models import Grade, Topic
from consent.record import opt_in
from consent.standing import lock_line
from demo import cast, rows
from gateway.inbound import Arrived, receive
from gateway.models import ArrivedBy, CarrierLookup, Message, State
from kernel.carriers import Carrier
from registration.models import CarrierCell, SenderNumber
from registration.numbers import connect, mark_complete
from reminders.intake.store import Origin, import_file
from reminders.replies import on_reply
from reminders.schedule import plan

SAID = ("STOP", "who is this?", "not interested", "C", "HELP", "I am late")
STAFF = {
    "operator": "operator@heed.example",
    "clinic_admin": "admin@maple-dental.example",
    "front_desk": "desk@maple-dental.example",
    "auditor": "auditor@maple-dental.example",
}

DESKS = frozenset({"clinic_admin", "front_desk"})


def settle(app: Flask, now: datetime) -> None:
    """Both clinics with patients, visits, texts and replies."""
    heed = app.extensions["heed"]
    with heed.database.writing() as session:
        rows.add_operator(session, now)
        for clinic in cast.clinics():
            rows.add_everything(session, clinic, heed.keys, now)
    with heed.database.writing() as session:
        for clinic_id in session.exec(select(Clinic.id)):
            for number in session.exec(select(SenderNumber)):
                if number.clinic_id == clinic_id:
                    connect(session, clinic_id, number.id or 0, now)
                    mark_complete(session, clinic_id, number.id or 0, now)
            plan(session, clinic_id or 0, now)
    with heed.database.writing() as session:
        session.connection().execute(sa.update(CarrierCell).values(observed_at=now))
        _texts_in_every_state(session, now)
    with heed.database.writing() as session:
        phones = session.exec(select(Patient.clinic_id, Patient.phone)).all()
        for place, (clinic_id, phone) in enumerate(phones[: 2 * len(SAID)]):
            text(session, clinic_id, phone, SAID[place % len(SAID)], f"SM{place}", now)


def text(
    session: Session, clinic_id: int, phone: str, words: str, sid: str, now: datetime
) -> None:
    """The phone texts the clinic's first number."""
    number = session.exec(
        select(SenderNumber)
        .where(col(SenderNumber.clinic_id) == clinic_id)
        .order_by(col(SenderNumber.id))
    ).first()
    assert number is not None
    arrived = Arrived(
        clinic_id=clinic_id,
        number_id=number.id or 0,
        account_sid="AC" + "a" * 32,
        vendor_sid=sid,
        from_phone=phone,
        body=words,
        opt_out_type=None,
        raw=json.dumps([["Body", words]]),
        arrived_by=ArrivedBy.webhook,
        vendor_at=now,
    )
    receive(session, arrived, on_reply, now)


def add_patients(app: Flask, names: Iterable[str], now: datetime) -> list[str]:
    """One patient with a visit and consent per name, at Maple Dental; their phones."""
    heed, phones, lines = app.extensions["heed"], [], [HEAD]
    with heed.database.writing() as session:
        clinic = session.exec(
            select(Clinic).where(col(Clinic.slug) == "maple-dental")
        ).one()
        for place, name in enumerate(names):
            phone = f"+1360555{place + 1000:04d}"
            phones.append(phone)
            lines.append(_row(place, name, phone, now + timedelta(days=1)))
        origin = Origin(by=STAFF["front_desk"], file="names.csv", sha256="0" * 64)
        import_file(session, clinic, _stream(lines), now, origin=origin)
        for phone in phones:
            lock_line(session, clinic.id or 0, phone)
            detail = {"method": "signed form", "recorded_by": STAFF["front_desk"]}
            grade, topic = Grade.recorded, Topic.care
            opt_in(session, clinic.id or 0, phone, topic, grade, detail, now)
        plan(session, clinic.id or 0, now)
    return phones


HEAD = "appointment_id,patient_id,given_name,family_name,phone,language,starts_at"


def _row(place: int, name: str, phone: str, at: datetime) -> str:
    quoted = [f'"{part}"' for part in (name.replace('"', '""'),) * 2]
    fields = [f"h{place}", f"hp{place}", *quoted, phone, "en", f"{at:%Y-%m-%dT%H:%MZ}"]
    return ",".join(fields)


def _stream(lines: list[str]) -> Any:
    import io

    return io.BytesIO("\r\n".join(lines).encode())


def _texts_in_every_state(session: Session, now: datetime) -> None:
    messages = session.exec(select(Message).order_by(col(Message.id))).all()
    assert len(messages) > len(State)
    for place, message in enumerate(messages):
        state = list(State)[place % len(State)]
        done = state in {State.accepted, State.failed, State.expired, State.withdrawn}
        held = state is State.due and place % 2 == 0
        why = [
            "AT&T has not yet approved this clinic's texts (REVIEW since Mon, Nov 16, 2026)."
        ]
        session.connection().execute(
            sa.update(Message)
            .where(col(Message.id) == message.id)
            .values(
                state=state,
                held_since=now if held else None,
                held_why=why if held else None,
                submitted_at=now if state is State.accepted else None,
                finished_at=now if done or state is State.unknown else None,
                vendor_sid=f"SMout{place}" if state is State.accepted else None,
                delivery="delivered" if state is State.accepted else None,
                delivered_at=now if state is State.accepted else None,
                outcome="Not sent: the number is not in service." if done else None,
            )
        )
        carrier = list(Carrier)[place % len(Carrier)]
        session.merge(
            CarrierLookup(
                clinic_id=message.clinic_id,
                phone=message.phone,
                carrier=carrier,
                textable=True,
                line_type="mobile",
                looked_up_at=now,
            )
        )
