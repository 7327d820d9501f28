"""A phone texts a clinic, without a server in between, and what came of it."""

import json
import secrets
from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import col, select

from clinics.models import Patient, StaffAction, Task
from consent.models import ConsentDetail, ConsentEvent, Topic
from consent.standing import line_state
from gateway.inbound import Arrived, receive
from gateway.models import ArrivedBy, Conversation, Message, MessageKind, State
from reminders.replies import on_reply
from tests.conftest import NOW, PAT


def texts(database, place, body, *, phone=PAT, at=NOW, **more):
    """The id of the text."""
    arrived = Arrived(
        **{
            "clinic_id": place.clinic_id,
            "number_id": place.number_id,
            "account_sid": place.account_sid,
            "vendor_sid": "SM" + secrets.token_hex(16),
            "from_phone": phone,
            "body": body,
            "opt_out_type": None,
            "raw": "[]",
            "arrived_by": ArrivedBy.webhook,
            "vendor_at": None,
            **more,
        }
    )
    assert database.retrying(lambda session: receive(session, arrived, on_reply, at))
    with database.reading() as session:
        newest = "SELECT max(id) FROM inboundmessage"
        return session.connection().scalar(sa.text(newest))


def conversation(database, place, phone=PAT):
    with database.reading() as session:
        return session.get(Conversation, (place.clinic_id, phone))


def tasks_of(database, place):
    with database.reading() as session:
        return session.exec(
            select(Task)
            .where(col(Task.clinic_id) == place.clinic_id)
            .order_by(col(Task.id))
        ).all()


def line(database, cast):
    with database.reading() as session:
        return line_state(session, cast.maple.clinic_id, PAT)


def ledger(database, cast):
    """Kinds and facts of the clinic's records."""
    with database.reading() as session:
        rows = session.connection().execute(
            sa.select(col(ConsentEvent.kind), col(ConsentDetail.detail))
            .join(
                ConsentDetail,
                sa.and_(
                    col(ConsentDetail.clinic_id) == ConsentEvent.clinic_id,
                    col(ConsentDetail.seq) == ConsentEvent.seq,
                ),
            )
            .where(col(ConsentEvent.clinic_id) == cast.maple.clinic_id)
            .order_by(col(ConsentEvent.seq))
        )
        return [(row.kind, json.loads(row.detail)) for row in rows]


def actions(database):
    with database.reading() as session:
        rows = session.connection().execute(
            sa.select(col(StaffAction.action), col(StaffAction.subject)).order_by(
                col(StaffAction.id)
            )
        )
        return [tuple(row) for row in rows]


def task_ids(database, place):
    return [task.id for task in tasks_of(database, place)]


def sent(database, place, body, at, **more):
    values = {
        "clinic_id": place.clinic_id,
        "number_id": place.number_id,
        "phone": PAT,
        "topic": Topic.care,
        "kind": MessageKind.reminder,
        "body": body,
        "segments": 1,
        "dedupe_key": f"test:{place.clinic_id}:{body}",
        "send_from": at,
        "send_until": at + timedelta(hours=9),
        "state": State.accepted,
        "look_again_at": at,
        "created_at": NOW - timedelta(days=9),
        "submitted_at": at,
        **more,
    }
    with database.writing() as session:
        session.add(Message(**values))


def patient(database, place, name, phone=PAT):
    with database.writing() as session:
        session.add(
            Patient(
                clinic_id=place.clinic_id,
                external_id=name,
                given_name=name,
                family_name="Lee",
                phone=phone,
                updated_at=NOW,
            )
        )
