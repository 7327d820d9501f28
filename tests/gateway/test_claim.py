from datetime import timedelta

from sqlmodel import Session

from consent.models import Topic
from gateway.lookup import store
from gateway.models import MessageKind
from gateway.outbox import claim, queue
from gateway.twilio import Network
from kernel.db import Database
from tests.conftest import NOW, Cast, Place

KNOWN, NEW = "+12065550111", "+12065550112"
MOBILE = Network(
    valid=True, line_type="mobile", carrier_name="Verizon Wireless", mcc=None, mnc=None
)


def queued(session: Session, place: Place, phone: str, number: int) -> None:
    queue(
        session,
        clinic_id=place.clinic_id,
        number_id=place.number_id,
        phone=phone,
        topic=Topic.care,
        kind=MessageKind.reminder,
        body=f"Text {number}",
        dedupe_key=f"test:{number}",
        send_from=NOW,
        send_until=NOW + timedelta(hours=1),
        now=NOW,
    )


def test_each_claimed_text_knows_when_its_own_phone_was_looked_up(
    database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        store(session, cast.maple.clinic_id, KNOWN, MOBILE, NOW)
        for number, phone in enumerate([KNOWN, NEW, KNOWN]):
            queued(session, cast.maple, phone, number)

    with database.writing() as session:
        claimed = claim(session, owner="test", now=NOW)

    found = [(one.phone, one.looked_up_at) for one in claimed]
    assert found == [(KNOWN, NOW), (NEW, None), (KNOWN, NOW)]
