"""Texts sent a second through a vendor that takes 80 ms, beside what so many slots
could do at best: slots ÷ latency."""

import threading
import time
from dataclasses import dataclass

from bench.place import Place, fill_outbox, know_carriers, phone_numbers
from consent import record
from consent.models import Grade, Topic
from consent.standing import lock_line
from gateway.accounts import Accounts
from gateway.dispatch import Dispatcher
from gateway.twilio import Vendor
from kernel.clock import SystemClock
from kernel.settings import load
from kernel.web import Heed
from tests.vendor import Simulator

LATENCY_MS, TEXTS, BATCH = 80, 400, 5


@dataclass(frozen=True)
class Figure:
    slots: int
    sent_per_second: float

    @property
    def bound(self) -> float:
        return self.slots / (LATENCY_MS / 1e3)


def figures(place: Place, simulator: Simulator, slots: tuple[int, ...]) -> list[Figure]:
    phones = phone_numbers(TEXTS)
    know_carriers(place, phones)
    now = SystemClock().now()
    with place.database.writing() as session:
        for phone in phones:
            lock_line(session, place.first.clinic_id, phone)
            detail = {"method": "text message"}
            grade, topic = Grade.proven, Topic.care
            record.opt_in(
                session, place.first.clinic_id, phone, topic, grade, detail, now
            )
    simulator.take_in(place.first, "bench-care", "CBENCH0")
    latency = {"latency_ms": LATENCY_MS, "match": "POST /Messages.json"}
    simulator.faults(lose_webhooks=1.0, **latency)
    return [Figure(some, _run(place, simulator.base, phones, some)) for some in slots]


def _run(place: Place, vendor: str, phones: list[str], slots: int) -> float:
    settings = load(
        {
            "DATABASE_URL": place.url,
            "DATA_DIR": str(place.folder),
            "TWILIO_API_BASE": vendor,
            "HEED_SENDERS": str(slots),
            "HEED_EMBEDDED": "0",
        }
    )
    heed = Heed(settings, place.database, place.keys, SystemClock())
    client = Vendor(Accounts(heed).client)
    client.lookup(
        place.first.clinic_id, phones[0]
    )  # the client is imported and connected
    fill_outbox(place, phones, f"send{slots}")

    def work(owner: str) -> None:
        dispatcher = Dispatcher(
            database=place.database,
            vendor=client,
            clock=heed.clock,
            public_base_url="http://127.0.0.1:9",
            owner=owner,
        )
        while dispatcher.run_once(BATCH):
            pass

    threads = [
        threading.Thread(target=work, args=(f"slot{slot}",)) for slot in range(slots)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    session = heed.twilio_http().session
    if session is not None:
        session.close()
    return len(phones) / took
