"""A whole town: our web app on a real port, the simulator, the cast, one clock."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlmodel import col
from werkzeug.serving import make_server

from gateway.models import Message
from kernel.clock import ShiftedClock
from kernel.db import Database
from kernel.settings import load
from reminders.tick import Pass, Works, run_pass
from tests import twilio_oai
from tests.pages import rewired_to
from tests.registration.registering import PARENT, PARENT_TOKEN
from tests.vendor import TCR_KEY, TCR_SECRET, Simulator, shift_clock


@dataclass
class Town:
    """Texts go in by `vendor.text`, time by `at`, and `tick` is one whole pass."""

    app: Flask
    works: Works
    vendor: Simulator
    cast: Any
    clock: ShiftedClock

    @property
    def database(self) -> Database:
        return self.works.heed.database

    def at(self, instant: datetime) -> None:
        self.clock.advance(instant)

    def tick(self, instant: datetime | None = None) -> Pass:
        if instant is not None:
            self.at(instant)
        done = run_pass(self.works, "story", self.works.heed.now())
        self.vendor.idle()
        return done

    def hear(self, phone: str, place: Any, words: str) -> list[str]:
        """She texts; what her phone shows in answer after our next pass."""
        return self.hear_all(place, [(phone, words)])[0]

    def hear_all(self, place: Any, said: Sequence[tuple[str, str]]) -> list[list[str]]:
        """The same for many phones with one pass."""
        before = [len(self.screen(phone)) for phone, _ in said]
        for phone, words in said:
            self.vendor.text(phone, place.number, words)
        self.vendor.idle()
        self.tick()
        return [
            self.screen(phone)[seen:]
            for (phone, _), seen in zip(said, before, strict=True)
        ]

    def screen(self, phone: str) -> list[str]:
        """What reached the phone, oldest first, from us or from the vendor."""
        shown = self.vendor.get(f"phones/{phone}")["screen"]
        return [item["body"] for item in shown if item["direction"] == "received"]

    def messages(self, phone: str) -> list[Any]:
        with self.database.reading() as session:
            return list(
                session.connection().execute(
                    sa.select(Message)
                    .where(col(Message.phone) == phone)
                    .order_by(col(Message.id))
                )
            )


@pytest.fixture
def town(
    database_url: str,
    cast: Any,
    keys: Any,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    now: datetime,
) -> Iterator[Town]:
    keys_file = keys_file_of(tmp_path_factory)
    with open_town(database_url, cast, keys_file, tmp_path / "town", now) as opened:
        yield opened
        opened.vendor.idle()
        exchanges = opened.vendor.judge("api")
    _speaks_as_twilio(exchanges)


@contextmanager
def open_town(
    database_url: str,
    cast: Any,
    keys_file: Path,
    folder: Path,
    now: datetime,
    **simulated: str,
) -> Iterator[Town]:
    """`simulated`: the simulator's own settings; by default it records every call."""
    server = make_server("127.0.0.1", 0, _later, threaded=True)
    base = f"http://127.0.0.1:{server.server_port}"
    folder.mkdir()
    shift_clock(folder, now)
    simulated = {"SIM_RECORD": "1", **simulated}
    simulator = Simulator(folder, PUBLIC_BASE_URL=base, **simulated)
    settings = load(
        {
            "DATA_DIR": str(simulator.folder),  # one clock for both
            "DATABASE_URL": database_url,
            "HEED_EMBEDDED": "0",
            "HEED_KEYS_FILE": str(keys_file),
            "PUBLIC_BASE_URL": base,
            "TWILIO_API_BASE": simulator.base,
            "TWILIO_ACCOUNT_SID": PARENT,
            "TWILIO_AUTH_TOKEN": PARENT_TOKEN,
            "TCR_API_BASE": f"{simulator.base}/tcr/v2",
            "TCR_API_KEY": TCR_KEY,
            "TCR_API_SECRET": TCR_SECRET,
            "LOG_LEVEL": "ERROR",
        }
    )
    simulator.put(f"accounts/{PARENT}", {"token": PARENT_TOKEN})
    app = rewired_to(settings)
    server.app = app
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    simulator.take_in_cast(cast, f"{base}/webhooks/twilio/inbound#rc=5&rp=all")
    works: Works = app.extensions["works"]
    try:
        yield Town(app, works, simulator, cast, ShiftedClock(settings.clock_file))
        simulator.idle()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        works.heed.database.close()
        simulator.stop()


def _speaks_as_twilio(exchanges: list[dict[str, Any]]) -> None:
    """Every request that we made and every answer we got, by Twilio's own
    specification."""
    assert exchanges, "the simulator recorded nothing"
    if twilio_oai.available():
        problems = [
            problem
            for record in exchanges
            if record["host"].endswith(".twilio.com")  # TCR is recorded as well
            for problem in twilio_oai.exchange_problems(record)
        ]
        assert not problems, problems


def _later(_environ: Any, _start: Any) -> Any:
    raise RuntimeError("the app is put in before the server starts")


def keys_file_of(factory: pytest.TempPathFactory) -> Path:
    return next(factory.getbasetemp().glob("keys*/keys.json"))
