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

import gateway.public
import gateway.webhooks
import registration.webhooks
from consent import record
from consent.models import Grade, Topic
from consent.standing import lock_line
from gateway import outbox
from gateway.accounts import Accounts
from gateway.dispatch import Dispatcher
from gateway.models import CarrierLookup, MessageKind
from gateway.twilio import Vendor
from kernel.carriers import Carrier
from kernel.clock import ShiftedClock
from kernel.db import Database, open_database
from kernel.keys import load_or_make
from kernel.settings import Settings, load
from kernel.web import Heed
from reminders.replies import on_reply
from reminders.tick import Works

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

    def works(self) -> Works:
        """The moving parts, with connections of this process's own."""
        settings = self.settings()
        clock = ShiftedClock(settings.clock_file)
        keys = load_or_make(settings.keys_file, clock.now(), may_make=False)
        database = open_unsynced(self.database_url)
        heed = Heed(settings, database, keys, clock)
        accounts = Accounts(heed)
        return Works(heed, accounts, Vendor(accounts.client), on_reply)


def open_unsynced(url: str) -> Database:
    """Processes die here, machines do not: what was written to a file stays written,
    and the disk's own speed is no part of a race."""
    database = open_database(url)
    if database.dialect == "sqlite":

        def trust_the_machine(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")

        sa.event.listen(database.writer, "connect", trust_the_machine)
    return database


def web(works: Works) -> Flask:
    """The webhooks and the health pages over these works."""
    app = Flask("heed-under-torture")
    app.extensions["heed"] = works.heed
    app.extensions["works"] = works
    app.extensions["inbox"] = gateway.webhooks.Inbox(works.accounts, works.on_reply)
    for module in (gateway.webhooks, gateway.public, registration.webhooks):
        app.register_blueprint(module.bp)
    return app


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
            send_until=now + timedelta(days=1),
            now=now,
        )
        for number in range(count)
    ]
    return [found for found in ids if found is not None]
