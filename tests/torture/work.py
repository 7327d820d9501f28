"""What child processes do: serve, send, text."""

import http.client
import socket
import threading
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from typing import Any
from urllib.parse import urlencode, urlsplit

from twilio.request_validator import RequestValidator
from werkzeug.serving import WSGIRequestHandler, make_server

from kernel import faults, logs
from tests.torture.scene import Scene, close, witness

INBOUND = "/webhooks/twilio/inbound"


class QuietHandler(WSGIRequestHandler):
    """Keeps connections open, as a real server does, and prints nothing."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


def begin(armed: str) -> None:
    """From here on faults bite, and what they break is no news."""
    logs.set_up("CRITICAL")
    faults.arm(armed)


def serve(scene: Scene, listening: socket.socket, armed: str = "") -> None:
    """The webhooks of a scene, over a socket that outlives this process."""
    host, port = listening.getsockname()
    app = scene.app()
    begin(armed)
    make_server(
        host,
        port,
        app,
        threaded=True,
        request_handler=QuietHandler,
        fd=listening.fileno(),
    ).serve_forever()


def send(
    scene: Scene,
    owner: str,
    threads: int,
    batch: int,
    stop: Event,
    report: Connection,
    armed: str = "",
) -> None:
    """Sender threads that claim and handle until `stop` is set; then tells when each
    attempt was marked, by message."""
    works = scene.works()
    begin(armed)
    dispatchers = [witness(works, f"{owner}.{number}") for number in range(threads)]

    def run(dispatcher: Any) -> None:
        while not stop.is_set():
            try:
                if not dispatcher.run_once(batch):
                    time.sleep(0.01)
            except Exception:
                time.sleep(0.01)

    running = [threading.Thread(target=run, args=(one,)) for one in dispatchers]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    report.send({key: ns for one in dispatchers for key, ns in one.marked.items()})
    close(works)


def send_once(scene: Scene, owner: str, limit: int, armed: str = "") -> None:
    """One batch; killed on the way where a fault says so."""
    works = scene.works()
    begin(armed)
    works.dispatcher(owner).run_once(limit)
    close(works)


class Poster:
    """Posts signed webhooks over one kept connection, as the vendor would."""

    def __init__(self, public: str, token: str) -> None:
        self.public, self.sign = public, RequestValidator(token).compute_signature
        self.connection = http.client.HTTPConnection(
            urlsplit(public).netloc, timeout=30
        )

    def post(self, form: Mapping[str, str], path: str = INBOUND) -> tuple[int, int]:
        """The answer's status, and when it was there (CLOCK_MONOTONIC)."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": self.sign(self.public + path, form),
        }
        self.connection.request("POST", path, urlencode(form), headers)
        answer = self.connection.getresponse()
        heard = time.monotonic_ns()
        answer.read()
        return answer.status, heard

    def close(self) -> None:
        self.connection.close()


def inbound_form(place: Any, phone: str, body: str, vendor_sid: str) -> dict[str, str]:
    return {
        "MessageSid": vendor_sid,
        "SmsSid": vendor_sid,
        "AccountSid": place.account_sid,
        "From": phone,
        "To": place.number,
        "Body": body,
        "NumMedia": "0",
    }
