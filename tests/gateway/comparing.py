"""A comparison in tests: what the vendor lists, and what it refused."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlmodel import col, select

from consent.models import Comparison
from gateway.compare import compare
from gateway.models import State
from gateway.twilio import Listed
from reminders.replies import on_reply
from tests.conftest import NOW, PAT
from tests.gateway.listing import place_of
from tests.texted import sent

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SID = "SM" + "9" * 32


@dataclass
class List:
    """What the vendor lists; and the days that it was asked for."""

    items: list[Listed] = field(default_factory=list)
    broken: bool = False
    asked: list[tuple[int, date]] = field(default_factory=list)

    def messages_to(self, clinic_id, phone, since):
        self.asked.append((clinic_id, since))
        if self.broken:
            raise ConnectionError("secret words")
        return iter([item for item in self.items if item.to_phone == phone])


def listed(cast, body, at, sid=SID, phone=PAT):
    return Listed(
        sid=sid,
        from_phone=phone,
        to_phone=cast.maple.number,
        body=body,
        direction="inbound",
        status="received",
        error_code=None,
        created_at=at,
        account_sid=cast.maple.account_sid,
    )


def run(database, cast, vendor=None, now=NOW):
    return compare(database, vendor or List(), on_reply, place_of(cast), now)


def comparisons(database):
    with database.reading() as session:
        return session.exec(select(Comparison).order_by(col(Comparison.id))).all()


def refused_text(database, place, at, **more):
    sent(
        database,
        place,
        "refused",
        at,
        state=State.failed,
        finished_at=at,
        error_code="21610",
        **more,
    )
