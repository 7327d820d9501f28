"""One simulator process for all tests here, a clinic's webhook, and a real client."""

import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from tests import twilio_oai

PROJECT = Path(__file__).parents[2]
ACCOUNT, TOKEN = "AC" + "a" * 32, "maple-token"
SERVICE, CAMPAIGN_SID = "MG" + "a" * 32, "QE" + "a" * 32
CLINIC, PAT = "+14155550100", "+14155550134"
TCR_KEY, TCR_SECRET = "tcr-key", "tcr-secret"


class Rebased(TwilioHttpClient):
    """Sends what the client asks of any Twilio host to the simulator instead."""

    def __init__(self, base: str) -> None:
        super().__init__(timeout=10)
        self.base = base

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        parts = urlsplit(url)
        query = f"?{parts.query}" if parts.query else ""
        target = f"{self.base}/{parts.netloc}{parts.path}{query}"
        return super().request(method, target, *args, **kwargs)


class Simulator:
    """A running `python -m simulator`, and its controls."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "simulator", "--port", "0"]
        self.process = subprocess.Popen(
            [*command, "--data-dir", str(folder)],
            cwd=PROJECT,
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith("simulator ready on http://127.0.0.1:"), line
        self.base = line.split()[-1]

    def kill(self) -> None:
        self.process.kill()
        self._end()

    def stop(self) -> None:
        self.process.terminate()
        self._end()

    def _end(self) -> None:
        self.process.wait(timeout=10)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def ask(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        with requests.request(method, self.base + path, json=body, timeout=15) as got:
            assert got.status_code == status, got.text
            return got.json()

    def put(self, path: str, body: Any, status: int = 200) -> Any:
        return self.ask("PUT", f"/sim/{path}", body, status)

    def text(self, body: str, phone: str = PAT, to: str = CLINIC) -> str:
        path = f"/sim/phones/{phone}/texts"
        return str(self.ask("POST", path, {"to": to, "body": body})["sid"])

    def idle(self) -> None:
        self.ask("GET", "/sim/idle?seconds=10")

    def screen(self, phone: str = PAT) -> list[dict[str, Any]]:
        return list(self.ask("GET", f"/sim/phones/{phone}")["screen"])

    def judge(self, *events: str, after: int = 0) -> list[dict[str, Any]]:
        query = {"event": ",".join(events), "after": after}
        with requests.get(self.base + "/sim/judge", params=query, timeout=15) as got:
            return [json.loads(line) for line in got.text.splitlines()]

    def client(self, account: str = ACCOUNT, token: str = TOKEN) -> Client:
        return Client(account, token, http_client=Rebased(self.base))

    def set_up(self, webhook: str = "", **number: Any) -> None:
        """Maple Dental: an account, a campaign that all carriers took, a number."""
        self.put(f"accounts/{ACCOUNT}", {"token": TOKEN})
        campaign = {
            "account_sid": ACCOUNT,
            "tcr_id": "CMAPLE1",
            "usa2p_sid": CAMPAIGN_SID,
            "messaging_service_sid": SERVICE,
            "brand_sid": "BN" + "a" * 32,
            "carriers": dict.fromkeys(("att", "tmobile", "verizon"), "APPROVED"),
        }
        self.put("campaigns/maple-care", campaign)
        plain = {"account_sid": ACCOUNT, "campaign": "maple-care", "sms_url": webhook}
        self.put(f"numbers/{CLINIC}", {**plain, **number})
        self.faults()

    def faults(self, **faults: Any) -> None:
        self.put("faults", {"delivery_ms": 5, **faults})


@dataclass
class Webhook:
    """A clinic's webhook: keeps what comes, answers as told, else 200 and silence."""

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    answers: deque[tuple[int, str, float]] = field(default_factory=deque)

    def forms(self, path: str = "/") -> list[dict[str, str]]:
        return [one["form"] for one in self.got if one["path"].startswith(path)]

    def wait_for(self, count: int, seconds: float = 5) -> None:
        end = time.monotonic() + seconds
        while len(self.got) < count and time.monotonic() < end:
            time.sleep(0.01)
        assert len(self.got) >= count, f"{len(self.got)} of {count} came"


def _handler(webhook: Webhook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            webhook.got.append(
                {
                    "path": self.path,
                    "url": webhook.url + self.path,
                    "headers": dict(self.headers),
                    "form": dict(parse_qsl(body.decode(), keep_blank_values=True)),
                    "body": body,
                }
            )
            silence = (200, "<Response/>", 0.0)
            status, words, pause = (
                webhook.answers.popleft() if webhook.answers else silence
            )
            time.sleep(pause)
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(words)))
            self.end_headers()
            self.wfile.write(words.encode())

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


@pytest.fixture(scope="session")
def _webhook() -> Iterator[Webhook]:
    webhook = Webhook()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(webhook))
    webhook.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield webhook
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def webhook(_webhook: Webhook) -> Webhook:
    _webhook.got.clear()
    _webhook.answers.clear()
    return _webhook


@pytest.fixture(scope="session")
def _process(
    tmp_path_factory: pytest.TempPathFactory, _webhook: Webhook
) -> Iterator[Simulator]:
    simulator = Simulator(
        tmp_path_factory.mktemp("simulator"),
        SIM_RECORD="1",
        PUBLIC_BASE_URL=_webhook.url,
        TCR_API_KEY=TCR_KEY,
        TCR_API_SECRET=TCR_SECRET,
    )
    yield simulator
    simulator.stop()


@pytest.fixture
def simulator(_process: Simulator, webhook: Webhook) -> Iterator[Simulator]:
    """Maple Dental is set up; every exchange is checked against Twilio's description."""
    _process.ask("POST", "/sim/reset")
    before = _process.judge("reset")[-1]["seq"]
    _process.set_up(webhook=f"{webhook.url}/inbound#rc=2&rp=all")
    yield _process
    _process.faults()
    _process.idle()
    if twilio_oai.available():
        spoken = _process.judge("api", after=before)
        spoken = [one for one in spoken if one["host"].endswith("twilio.com")]
        for exchange in spoken:
            assert not twilio_oai.exchange_problems(exchange), exchange
