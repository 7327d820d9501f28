"""One webhook: the attempts, retries and fallback that Twilio would make.

Connection overrides come from the URL's fragment (`#ct=2000&rt=5000&rc=5&rp=all`);
without them a webhook is tried again once, and only when no connection was made.
"""

import http.client
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urldefrag, urlsplit

IDLE_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """Times in milliseconds; `rp` holds what is worth another attempt."""

    ct: int = 5000
    rt: int = 15000
    tt: int = 15000
    rc: int = 1
    rp: frozenset[str] = frozenset({"ct"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is posted.  `url` keeps its fragment; `headers` hold the signature."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    method: str = "POST"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one attempt ended: `http`, `connect_failed`, `timeout` or `broken`."""

    outcome: str
    http_status: int | None = None
    answer: str = ""
    started_ns: int = 0

    @property
    def worked(self) -> bool:
        return self.http_status is not None and 200 <= self.http_status < 300


def read_overrides(url: str) -> Overrides:
    """The overrides in a URL's fragment, each kept inside Twilio's limits."""
    given = {key: values[-1] for key, values in parse_qs(urldefrag(url)[1]).items()}
    plain = Overrides()

    def number(key: str, least: int, most: int, default: int) -> int:
        text = given.get(key, "")
        return min(max(int(text), least), most) if text.isdigit() else default

    policy = frozenset(given["rp"].split(",")) if "rp" in given else plain.rp
    return Overrides(
        ct=number("ct", 100, 10000, plain.ct),
        rt=number("rt", 100, 15000, plain.rt),
        tt=number("tt", 100, 15000, plain.tt),
        rc=number("rc", 0, 5, plain.rc),
        rp=policy & {"4xx", "5xx", "ct", "rt", "all"} or plain.rp,
    )


def worth_retrying(attempt: Attempt, policy: frozenset[str]) -> bool:
    if attempt.worked:
        return False
    reason = {"connect_failed": "ct", "timeout": "rt", "broken": "rt"}
    if attempt.http_status is not None:
        return bool(policy & {"all", f"{attempt.http_status // 100}xx"})
    return bool(policy & {"all", reason[attempt.outcome]})


def deliver(request: Request, note: Callable[[Attempt, int, bool], None]) -> Attempt:
    """Posts until it works, retries run out or the total time is over.

    `note(attempt, number, last)` is told of every attempt.
    """
    overrides = read_overrides(request.url)
    deadline = time.monotonic() + overrides.tt / 1000
    for number in range(1, overrides.rc + 2):
        attempt = post(request, overrides, deadline)
        pause = min(0.1 * 2 ** (number - 1), 1.0)
        last = (
            number == overrides.rc + 1
            or not worth_retrying(attempt, overrides.rp)
            or time.monotonic() + pause >= deadline
        )
        note(attempt, number, last)
        if last:
            break
        time.sleep(pause)
    return attempt


_idle = threading.local()


def post(request: Request, overrides: Overrides, deadline: float) -> Attempt:
    """One attempt, on this thread's own connection to that host."""
    started = time.monotonic_ns()
    left = max(deadline - time.monotonic(), 0.1)
    parts = urlsplit(request.url)
    target = parts.path or "/"
    if parts.query:
        target += "?" + parts.query
    try:
        connection = _connection(parts.scheme, parts.netloc, overrides.ct / 1000)
    except (OSError, ValueError, http.client.HTTPException):
        return Attempt(outcome="connect_failed", started_ns=started)
    try:
        assert connection.sock is not None
        connection.sock.settimeout(min(overrides.rt / 1000, left))
        body = None if request.method == "GET" else request.body
        connection.request(request.method, target, body, dict(request.headers))
        response = connection.getresponse()
        answer = response.read(65536).decode("utf-8", "replace")
        _keep(parts.netloc, connection, response)
    except TimeoutError:
        connection.close()
        return Attempt(outcome="timeout", started_ns=started)
    except (OSError, http.client.HTTPException):
        connection.close()
        return Attempt(outcome="broken", started_ns=started)
    return Attempt(
        outcome="http",
        http_status=response.status,
        answer=answer,
        started_ns=started,
    )


def _connection(scheme: str, netloc: str, seconds: float) -> http.client.HTTPConnection:
    kept: dict[str, tuple[http.client.HTTPConnection, float]]
    kept = _idle.__dict__.setdefault("connections", {})
    connection, since = kept.pop(netloc, (None, 0.0))
    if connection is not None:
        # A closed or long idle connection would turn into a false "broken".
        fresh = time.monotonic() - since < IDLE_SECONDS
        if fresh and not select.select([connection.sock], [], [], 0)[0]:
            return connection
        connection.close()
    host = netloc.rpartition("@")[2]
    make = (
        http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    )
    connection = make(host, timeout=seconds)
    connection.connect()
    assert connection.sock is not None
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _keep(
    netloc: str,
    connection: http.client.HTTPConnection,
    response: http.client.HTTPResponse,
) -> None:
    if response.will_close or not response.isclosed():
        connection.close()
        return
    _idle.__dict__["connections"][netloc] = (connection, time.monotonic())
