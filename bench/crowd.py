"""A clinic with years of texts: rows in bulk, in the shapes that the program writes."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from bench.place import Place
from clinics.access import add_staff, clinic_by_slug
from clinics.models import Language, Patient, Role, StaffAction, Task, TaskKind
from consent.models import (
    ConsentDetail,
    ConsentEvent,
    EventKind,
    Grade,
    LedgerHead,
    Line,
    Standing,
    Topic,
)
from gateway.models import Conversation, InboundMessage, Message, MessageKind, State
from kernel.phone import read
from reminders.models import Appointment, Reminder, VisitStatus

PATIENTS, TEXTS_EACH = 20_000, 10
DUE, HELD = 1_000, 400
SLUG = "bench-clinic"
EMAILS = {
    Role.operator: "operator@heed.example",
    Role.clinic_admin: f"admin@{SLUG}.example",
    Role.front_desk: f"desk@{SLUG}.example",
    Role.auditor: f"auditor@{SLUG}.example",
}


def fill(place: Place, now: datetime, patients: int = PATIENTS) -> int:
    """Everything of `patients` patients; how many texts there are."""
    clinic_id, number_id = place.first.clinic_id, place.first.number_id
    people = list(_people(clinic_id, patients, now))
    with place.database.writing() as session:
        clinic = clinic_by_slug(session, SLUG)
        for role, email in EMAILS.items():
            at = None if role is Role.operator else clinic
            add_staff(session, email=email, role=role, clinic=at, now=now)
        _add(session, Patient, people)
        _add(session, Line, _lines(people))
        _ledger(session, clinic_id, people, now)
        _add(session, Standing, _standings(people))
        texts = list(_texts(clinic_id, number_id, people, now))
        _add(session, Message, texts)
        _add(session, Appointment, _visits(clinic_id, people, now))
        _add(session, Reminder, _reminders(clinic_id, patients))
        heard = list(_heard(clinic_id, number_id, people, now))
        _add(session, InboundMessage, heard)
        _add(session, Conversation, _conversations(clinic_id, heard))
        _add(session, Task, _tasks(clinic_id, people, now))
        _add(session, StaffAction, _actions(clinic_id, now))
        session.connection().exec_driver_sql("ANALYZE")
    return len(texts)


def _add(session: Session, table: Any, rows: Iterable[dict[str, Any]]) -> None:
    given = list(rows)
    for start in range(0, len(given), 5_000):
        session.connection().execute(sa.insert(table), given[start : start + 5_000])


def _people(clinic_id: int, count: int, now: datetime) -> Iterator[dict[str, Any]]:
    for place in range(count):
        area, rest = 200 + place % 700, place // 700
        phone = f"+1{area}555{1000 + rest:04}"
        if not hasattr(read(phone), "e164"):
            phone = f"+1206{200 + place % 799}{place:04}"[:12]
        yield {
            "id": place + 1,
            "clinic_id": clinic_id,
            "external_id": f"p{place}",
            "given_name": f"Given{place}",
            "family_name": f"Family{place % 997}",
            "phone": phone,
            "language": Language.en,
            "updated_at": now,
        }


def _lines(people: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for phone in sorted({person["phone"] for person in people}):
        yield {"clinic_id": people[0]["clinic_id"], "phone": phone, "stopped_seq": 0}


def _standings(people: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    phones: dict[str, int] = {}
    for seq, person in enumerate(people, 1):
        phones.setdefault(person["phone"], seq)
    for phone, seq in phones.items():
        yield {
            "clinic_id": people[0]["clinic_id"],
            "phone": phone,
            "topic": Topic.care,
            "pending_seq": 0,
            "granted_seq": seq,
            "grade": Grade.recorded,
        }


def _ledger(
    session: Session, clinic_id: int, people: list[dict[str, Any]], now: datetime
) -> None:
    detail = json.dumps({"method": "signed form", "topic": "care", "grade": "recorded"})
    events, details = [], []
    for seq, person in enumerate(people, 1):
        place = {"clinic_id": clinic_id, "seq": seq}
        hashes = dict.fromkeys(
            ("phone_commitment", "detail_commitment", "leaf_hash"), f"{seq:064x}"
        )
        events.append({**place, "at": now, "kind": EventKind.opt_in, **hashes})
        clear = {"salt": f"{seq:064x}", "phone": person["phone"], "detail": detail}
        details.append({**place, **clear})
    head = {"clinic_id": clinic_id, "name": SLUG, "next_seq": len(people) + 1}
    session.connection().execute(
        sa.delete(LedgerHead).where(sa.column("clinic_id") == clinic_id)
    )
    _add(session, LedgerHead, [head])
    _add(session, ConsentEvent, events)
    _add(session, ConsentDetail, details)


def _texts(
    clinic_id: int, number_id: int, people: list[dict[str, Any]], now: datetime
) -> Iterator[dict[str, Any]]:
    number = 0
    for days in range(TEXTS_EACH):
        for person in people:
            number += 1
            at = now - timedelta(days=days * 9)
            newest = days == 0 and number <= DUE
            held = newest and number <= HELD
            yield {
                "id": number,
                "clinic_id": clinic_id,
                "number_id": number_id,
                "phone": person["phone"],
                "topic": Topic.care,
                "kind": MessageKind.reminder,
                "body": "Bench Clinic: your visit is tomorrow. STOP to opt out.",
                "segments": 1,
                "dedupe_key": f"text {number}",
                "send_from": at,
                "send_until": at + timedelta(days=1),
                "zones": "America/Los_Angeles",
                "window": "09:00-20:00",
                "state": State.due if newest else State.accepted,
                "look_again_at": at,
                "held_since": at if held else None,
                "held_why": ["AT&T has not yet approved this clinic's texts (REVIEW)."]
                if held
                else None,
                "attempts": 1,
                "created_at": at,
                "submitted_at": None if newest else at,
                "finished_at": None if newest else at,
                "vendor_sid": None if newest else f"SM{number:032x}",
                "delivery": None if newest else "delivered",
                "delivered_at": None if newest else at,
            }


def _visits(
    clinic_id: int, people: list[dict[str, Any]], now: datetime
) -> Iterator[dict[str, Any]]:
    for place, person in enumerate(people):
        yield {
            "id": place + 1,
            "clinic_id": clinic_id,
            "patient_id": person["id"],
            "external_id": f"v{place}",
            "version": 1,
            "starts_at": now + timedelta(days=1 + place % 60, minutes=place % 480),
            "time_zone": "America/Los_Angeles",
            "wall_time": "2026-12-01T15:00",
            "location": "",
            "provider": "",
            "status": VisitStatus.booked,
            "planned_version": 1,
            "updated_at": now,
        }


def _reminders(clinic_id: int, patients: int) -> Iterator[dict[str, Any]]:
    for place in range(patients):
        yield {
            "clinic_id": clinic_id,
            "appointment_id": place + 1,
            "version": 1,
            "offset_minutes": 1440,
            "message_id": place + 1,
        }


def _heard(
    clinic_id: int, number_id: int, people: list[dict[str, Any]], now: datetime
) -> Iterator[dict[str, Any]]:
    for place, person in enumerate(people):
        yield {
            "id": place + 1,
            "clinic_id": clinic_id,
            "number_id": number_id,
            "account_sid": "AC" + "0" * 32,
            "vendor_sid": f"SMin{place:030x}",
            "phone": person["phone"],
            "body": "Can I come a little later?",
            "raw": "[]",
            "arrived_by": "webhook",
            "received_at": now - timedelta(minutes=place),
            "intent": "none",
            "rule": "",
        }


def _conversations(
    clinic_id: int, heard: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    seen: set[str] = set()
    for place, text in enumerate(heard):
        if text["phone"] in seen:
            continue
        seen.add(text["phone"])
        yield {
            "clinic_id": clinic_id,
            "phone": text["phone"],
            "last_inbound_id": text["id"],
            "last_at": text["received_at"],
            "waiting_since": text["received_at"] if place < 500 else None,
        }


def _tasks(
    clinic_id: int, people: list[dict[str, Any]], now: datetime
) -> Iterator[dict[str, Any]]:
    for place, person in enumerate(people[:2_000]):
        yield {
            "clinic_id": clinic_id,
            "kind": TaskKind.unsure_reply,
            "dedupe_key": f"task {place}",
            "phone": person["phone"],
            "sentence": "The patient may have asked to stop. Read the text and decide.",
            "urgent": False,
            "due_at": now,
            "created_at": now,
            "done_at": None if place < 100 else now,
            "done_by": None if place < 100 else EMAILS[Role.front_desk],
        }


def _actions(clinic_id: int, now: datetime) -> Iterator[dict[str, Any]]:
    for place in range(20_000):
        yield {
            "clinic_id": clinic_id,
            "staff_email": EMAILS[Role.front_desk],
            "action": "task done",
            "subject": str(place),
            "at": now,
        }
