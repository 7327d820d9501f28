"""A clinic at work, described so that any process can take part in it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlmodel import Session

from consent import record
from consent.models import Grade, Topic
from consent.standing import lock_line
from gateway import outbox
from gateway.dispatch import Dispatcher
from gateway.models import CarrierLookup, MessageKind
from kernel.carriers import Carrier
from kernel.db import Database, open_database
from kernel.settings import Settings, load
from reminders.tick import Works
from tests.pages import rewired_to

PARENT_SID, PARENT_TOKEN = "AC" + "0" * 32, "parent-token"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """`folder` holds the clock and the keys; `vendor` and `public` are base URLs."""

    database_url: str
    folder: Path
    vendor: str
    public: str

    def settings(self) -> Settings:
        return load(
            {
                "DATABASE_URL": self.database_url,
                "DATA_DIR": str(self.folder),
                "PUBLIC_BASE_URL": self.public,
                "TWILIO_API_BASE": self.vendor,
                "TWILIO_ACCOUNT_SID": PARENT_SID,
                "TWILIO_AUTH_TOKEN": PARENT_TOKEN,
                "HEED_EMBEDDED": "0",
                "LOG_LEVEL": "ERROR",
            }
        )

    def app(self) -> Flask:
        """The whole program, with connections of this process's own."""
        made = rewired_to(self.settings())
        _trust_the_machine(made.extensions["heed"].database)
        return made

    def works(self) -> Works:
        works: Works = self.app().extensions["works"]
        return works


def _trust_the_machine(database: Database) -> None:
    """Processes die here, machines do not: what was written to a file stays written,
    and the disk's own speed is no part of a race."""
    if database.dialect == "sqlite":

        def trust(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")

        sa.event.listen(database.writer, "connect", trust)


def open_unsynced(url: str) -> Database:
    database = open_database(url)
    _trust_the_machine(database)
    return database


def close(works: Works) -> None:
    works.heed.database.close()
    if works.heed._http is not None and works.heed._http.session is not None:
        works.heed._http.session.close()


@dataclass(frozen=True, kw_only=True)
class Witness(Dispatcher):
    """A dispatcher that also notes when each attempt was written, just before o6:
    `began_ns` alone cannot show an attempt that was decided on an old standing."""

    marked: dict[int, int] = field(default_factory=dict)

    def _mark_submitting(
        self, session: Session, message_id: int, now: datetime
    ) -> None:
        super()._mark_submitting(session, message_id, now)
        self.marked[message_id] = time.monotonic_ns()


def witness(works: Works, owner: str) -> Witness:
    plain = works.dispatcher(owner)
    return Witness(
        database=plain.database,
        vendor=plain.vendor,
        clock=plain.clock,
        public_base_url=plain.public_base_url,
        owner=owner,
    )


def phone_numbers(count: int, first: int = 0) -> list[str]:
    """Seattle numbers that no cast uses."""
    return [f"+1206{2_000_000 + first + number}" for number in range(count)]


PHONE = phone_numbers(1)[0]


def know_carrier(
    session: Session, clinic_id: int, phones: Sequence[str], now: datetime
) -> None:
    """As after a look-up: every phone is a Verizon mobile, as the simulator has it."""
    session.connection().execute(
        sa.insert(CarrierLookup),
        [
            {
                "clinic_id": clinic_id,
                "phone": phone,
                "carrier": Carrier.verizon,
                "textable": True,
                "line_type": "mobile",
                "looked_up_at": now,
            }
            for phone in phones
        ],
    )


def agree(
    session: Session, clinic_id: int, phones: Sequence[str], now: datetime
) -> None:
    """Each patient texted START at some time before."""
    for phone in phones:
        lock_line(session, clinic_id, phone)
        record.opt_in(
            session,
            clinic_id,
            phone,
            Topic.care,
            Grade.proven,
            {"method": "text message"},
            now,
        )


def queue(
    session: Session,
    place: Any,
    phone: str,
    now: datetime,
    count: int = 1,
    name: str = "r",
    useful: timedelta = timedelta(days=1),
) -> list[int]:
    """So many due reminders with a text of their own each."""
    ids = [
        outbox.queue(
            session,
            clinic_id=place.clinic_id,
            number_id=place.number_id,
            phone=phone,
            topic=Topic.care,
            kind=MessageKind.reminder,
            body=f"Maple Dental: your visit {name}-{number} is tomorrow. STOP to end.",
            dedupe_key=f"{phone}:{name}:{number}",
            send_from=now - timedelta(minutes=1),
            send_until=now + useful,
            now=now,
        )
        for number in range(count)
    ]
    return [found for found in ids if found is not None]
