"""A little HTTP server that answers as it is told: TCR, or Twilio, outside of us."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests import twilio_oai
from tests.registration.registering import Clinic, set_clock, settle_in
from tests.vendor import Simulator


@dataclass(frozen=True)
class Asked:
    path: str
    authorization: str | None


def living(tcr_id: str) -> tuple[int, bytes]:
    return 200, b'{"campaignId": "%s", "status": "ACTIVE"}' % tcr_id.encode()


def two_living() -> dict[str, tuple[int, bytes]]:
    return {f"/tcr/v2/campaign/{one}": living(one) for one in ("CMAPLE1", "CBIRCH1")}


@dataclass
class Registry:
    server: ThreadingHTTPServer
    thread: threading.Thread
    answers: dict[str, tuple[int, bytes]] = field(default_factory=two_living)
    asked: list[Asked] = field(default_factory=list)
    hang_up: Callable[[str], bool] = lambda path: False
    meanwhile: Callable[[], None] = lambda: None
    is_open: bool = True

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    @property
    def base(self) -> str:
        return f"{self.origin}/tcr/v2"

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()


@pytest.fixture
def registry() -> Iterator[Registry]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            opened.asked.append(Asked(self.path, self.headers.get("Authorization")))
            opened.meanwhile()
            if opened.hang_up(path):
                self.close_connection = True
                return
            status, body = opened.answers.get(path, (404, b"{}"))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    opened = Registry(server, thread)
    thread.start()
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def _vendor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    running = Simulator(tmp_path_factory.mktemp("vendor"), SIM_RECORD="1")
    yield running
    running.stop()


@pytest.fixture
def tidewater(
    database: Any, keys: Any, now: datetime, _vendor: Simulator
) -> Iterator[Clinic]:
    """A clinic with nothing at Twilio yet; every call and every answer of the test is
    held against Twilio's own description."""
    _vendor.post("reset")
    set_clock(_vendor, now)
    began = _vendor.judge("reset")[-1]["seq"]
    yield settle_in(database, _vendor, keys, now, began)
    if twilio_oai.available():
        for exchange in _vendor.judge("api", after=began):
            if exchange["host"].endswith("twilio.com"):
                assert not twilio_oai.exchange_problems(exchange), exchange
