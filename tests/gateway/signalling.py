"""Texts of a campaign in numbers: so many left, so many of those said stop."""

from datetime import timedelta

from consent import record
from consent.models import Topic
from gateway.models import (
    ArrivedBy,
    CarrierLookup,
    InboundMessage,
    Message,
    MessageKind,
    State,
)
from kernel.carriers import Carrier
from tests.conftest import NOW


def phone_of(number):
    return f"+1206555{1000 + number}"


def lookup(place, phone, carrier):
    return CarrierLookup(
        clinic_id=place.clinic_id,
        phone=phone,
        carrier=carrier,
        textable=True,
        line_type="mobile",
        looked_up_at=NOW,
    )


def message(place, number, at, **more):
    values = {
        "clinic_id": place.clinic_id,
        "number_id": place.number_id,
        "phone": phone_of(number),
        "topic": Topic.care,
        "kind": MessageKind.reminder,
        "body": "x",
        "segments": 1,
        "dedupe_key": f"signals:{place.clinic_id}:{number}:{at.isoformat()}",
        "send_from": at,
        "send_until": at + timedelta(hours=9),
        "state": State.accepted,
        "look_again_at": at,
        "created_at": at,
        "submitted_at": at,
        **more,
    }
    return Message(**values)


def texted(
    database,
    place,
    count,
    *,
    first=0,
    at=NOW - timedelta(hours=2),
    carrier=Carrier.att,
    **more,
):
    """`count` patients of one carrier from the one numbered `first` on, a text each."""
    with database.writing() as session:
        for number in range(first, first + count):
            if session.get(CarrierLookup, (place.clinic_id, phone_of(number))) is None:
                session.add(lookup(place, phone_of(number), carrier))
            session.add(message(place, number, at, **more))


def stop(database, place, numbers, at=NOW - timedelta(hours=1)):
    with database.writing() as session:
        for number in numbers:
            facts = {"method": "text"}
            record.opt_out(session, place.clinic_id, phone_of(number), facts, at)


def said(database, place, number, rule, at=NOW - timedelta(hours=1)):
    with database.writing() as session:
        session.add(
            InboundMessage(
                clinic_id=place.clinic_id,
                number_id=place.number_id,
                account_sid=place.account_sid,
                vendor_sid=f"SM{number}{rule}{at.timestamp()}",
                phone=phone_of(number),
                body="x",
                raw="[]",
                arrived_by=ArrivedBy.webhook,
                received_at=at,
                intent="stop",
                rule=rule,
            )
        )
