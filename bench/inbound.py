"""Inbound webhooks a second, beside a bare Flask handler of the same server: gunicorn
as configured, sixteen patients of forty clinics at once, every text a change of
consent."""

import http.client
import itertools
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask, Response, request
from twilio.request_validator import RequestValidator

from bench.place import Place, Texting, phone_numbers
from bench.timing import interleaved, percentile

PROJECT = Path(__file__).parents[1]
CLINICS, PATIENTS, SECONDS = 40, 16, 3.0
PATH = "/webhooks/twilio/inbound"
Call = tuple[str, bytes, dict[str, str]]


def served() -> Flask:
    """The whole program and one handler that only reads the form."""
    from app import create_app

    app = create_app()

    def bare() -> Response:
        return Response(f"<Response>{len(request.form)}</Response>")

    app.add_url_rule("/bare", view_func=bare, methods=["POST"])
    return app


@contextmanager
def _server(place: Place) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    environ = {
        **os.environ,
        "DATABASE_URL": place.url,
        "DATA_DIR": str(place.folder),
        "HEED_EMBEDDED": "0",
        "WEB_CONCURRENCY": "1" if place.database.dialect == "sqlite" else "2",
        "PORT": str(port),
        "TWILIO_API_BASE": "http://127.0.0.1:9",
        "LOG_LEVEL": "ERROR",
    }
    command = ["-m", "gunicorn", "--config", "gunicorn.conf.py", "--log-level", "error"]
    process = subprocess.Popen(
        [sys.executable, *command, "bench.inbound:served()"], cwd=PROJECT, env=environ
    )
    try:
        _wait_until_it_answers(port)
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_it_answers(port: int) -> None:
    end = time.monotonic() + 30
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            connection.close()
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def figures(place: Place) -> dict[str, float]:
    """req/s of both, their ratio, and the 99th percentile of ours in ms."""
    with _server(place) as port:
        bare, ours = _Load(place, port, "/bare"), _Load(place, port, PATH)
        found = interleaved({"bare": bare.run, "ours": ours.run})
    late = percentile(ours.seconds, 0.99)
    return {**found, "ratio": found["ours"] / found["bare"], "p99_ms": late * 1e3}


class _Load:
    """Patients who text without pause, each over a connection of its own."""

    def __init__(self, place: Place, port: int, path: str) -> None:
        self.port, self.path = port, path
        self.sign = RequestValidator(Texting.token).compute_signature
        self.base = f"http://127.0.0.1:{port}"
        self.seconds: list[float] = []
        self.texts = itertools.cycle(
            (clinic, phone, body)
            for body in ("START", "STOP")
            for phone in phone_numbers(PATIENTS * 10)
            for clinic in place.clinics
        )

    def run(self) -> float:
        """Answers of 200 a second."""
        calls = [self._call() for _ in range(int(SECONDS * 4000))]
        each = len(calls) // PATIENTS
        end = time.monotonic() + SECONDS
        counts: list[int] = []
        threads = [
            threading.Thread(
                target=self._text,
                args=(calls[at * each : (at + 1) * each], end, counts),
            )
            for at in range(PATIENTS)
        ]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts) / (time.monotonic() - began)

    def _call(self) -> Call:
        clinic, phone, body = next(self.texts)
        sid = "SM" + secrets.token_hex(16)
        form = {
            "MessageSid": sid,
            "SmsSid": sid,
            "AccountSid": clinic.account_sid,
            "From": phone,
            "To": clinic.number,
            "Body": body,
            "NumMedia": "0",
            "ApiVersion": "2010-04-01",
        }
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": self.sign(self.base + self.path, form),
        }
        return self.path, urlencode(form).encode(), headers

    def _text(self, calls: list[Call], end: float, counts: list[int]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        answered = 0
        for path, body, headers in calls:
            if time.monotonic() > end:
                break
            began = time.perf_counter()
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                answered += 1
                self.seconds.append(time.perf_counter() - began)
        connection.close()
        counts.append(answered)
