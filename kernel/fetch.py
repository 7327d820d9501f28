"""Reads a page of the public web that a stranger named, and nothing else.

A name is resolved once and every address of it must be public; the connection goes to
that very address.  Redirects are followed by hand, each checked like the first.  Keeps
no cookies, knows no proxies, sends nothing but a GET, and always ends in time.
"""

import http.client
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import SplitResult, quote, urljoin, urlsplit, urlunsplit

import certifi
import idna

from kernel.fetched import Answer, Budget, Fetched, NotFetched, Why
from kernel.packed import Garbled, Unpacked, unpack
from kernel.public_address import is_public

HOPS = 5  # redirects
PAGE_SECONDS = 5.0  # so that one slow page leaves time for another
CONNECT_SECONDS = 3.0
ADDRESSES = 4  # of one name that are tried
NEVER = frozenset({"example", "test", "invalid", "localhost"})  # RFC 6761
PORTS = {"http": 80, "https": 443}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; HeedCheck/1.0; website check of a clinic)",
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
    "Accept-Language": "en-US,en;q=0.9,es;q=0.5",
    "Accept-Encoding": "gzip, deflate",
    "Connection": "close",
}


def resolve(
    host: str,
    port: int,
    seconds: float,
    ask_dns: Callable[..., list[Any]] = socket.getaddrinfo,
) -> list[str]:
    """Every address of a name.  Raises OSError, TimeoutError among them."""
    if host.rpartition(".")[2] in NEVER:
        raise socket.gaierror("a name that nobody can own")
    found: list[str] = []
    failed: list[OSError] = []

    def ask() -> None:
        try:
            answers = ask_dns(host, port, type=socket.SOCK_STREAM)
            found.extend(str(answer[4][0]) for answer in answers)
        except OSError as failure:
            failed.append(failure)
        except UnicodeError:  # a label that no name can have
            failed.append(socket.gaierror("no name"))

    asking = threading.Thread(target=ask, daemon=True)  # it cannot be interrupted
    asking.start()
    asking.join(seconds)
    if failed:
        raise failed[0]
    if asking.is_alive() or not found:
        raise TimeoutError
    return list(dict.fromkeys(found))


def dial(address: str, port: int, seconds: float) -> socket.socket:
    return socket.create_connection((address, port), seconds)


def trust() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())


class _Failed(Exception):
    def __init__(self, why: Why) -> None:
        self.why = why


class Internet:
    """The real web.  Tests give other ways to resolve and to dial; which addresses
    are public is not theirs to say."""

    def __init__(
        self,
        resolve: Callable[[str, int, float], list[str]] = resolve,
        dial: Callable[[str, int, float], socket.socket] = dial,
        trust: Callable[[], ssl.SSLContext] = trust,
    ) -> None:
        self._resolve, self._dial, self._trust = resolve, dial, trust

    def get(self, url: str, budget: Budget) -> Answer:
        budget, hops = budget.part(PAGE_SECONDS), list[str]()
        at = url
        while True:
            try:
                answer = self._one(at, budget)
            except _Failed as failed:
                why = failed.why
                return NotFetched(url=url, at=at, why=why, hops=tuple(hops))
            if isinstance(answer, str):
                onward = _joined(at, answer)
                if onward is None:
                    why = Why.bad_answer
                    return NotFetched(url=url, at=at, why=why, hops=tuple(hops))
                if onward in hops or onward == at or len(hops) == HOPS:
                    why = Why.redirects
                    return NotFetched(url=url, at=onward, why=why, hops=tuple(hops))
                hops.append(at)
                at = onward
                continue
            status, kind, charset, read = answer
            return Fetched(
                url=url,
                at=at,
                status=status,
                media_type=kind,
                charset=charset,
                body=read.content,
                cut=read.cut,
                hops=tuple(hops),
            )

    def _one(
        self, url: str, budget: Budget
    ) -> str | tuple[int, str, str | None, Unpacked]:
        """One request: where it redirects to, or the page."""
        parts, host, port = _read(url)
        try:
            line = self._connect(parts.scheme, host, port, budget)
            with _cut_off(line, budget):
                return _converse(line, parts, host, port)
        except ssl.SSLCertVerificationError:
            raise _Failed(Why.certificate) from None
        except TimeoutError:
            raise _Failed(Why.too_slow) from None
        except (OSError, http.client.HTTPException, Garbled, ValueError) as failure:
            if budget.left <= 0:
                raise _Failed(Why.too_slow) from None
            lost = isinstance(failure, OSError) and not isinstance(
                failure, ssl.SSLError
            )
            raise _Failed(Why.no_connection if lost else Why.bad_answer) from None

    def _connect(
        self, scheme: str, host: str, port: int, budget: Budget
    ) -> socket.socket:
        for address in self._addresses(host, port, budget):
            if budget.left <= 0:
                raise TimeoutError
            try:
                line = self._dial(address, port, min(budget.left, CONNECT_SECONDS))
            except OSError as failure:
                last = failure
                continue
            if scheme == "http":
                return line
            line.settimeout(max(0.01, budget.left))  # of the whole handshake
            try:
                return self._trust().wrap_socket(line, server_hostname=host)
            except BaseException:
                line.close()
                raise
        raise last

    def _addresses(self, host: str, port: int, budget: Budget) -> list[str]:
        try:
            found = self._resolve(host, port, budget.left)
        except TimeoutError:
            raise
        except (OSError, UnicodeError):
            raise _Failed(Why.no_such_host) from None
        # One that is not public is enough: a name that points both ways is a trap.
        if not all(map(is_public, found)):
            raise _Failed(Why.not_public)
        return found[:ADDRESSES]


def _read(url: str) -> tuple[SplitResult, str, int]:
    """The address in parts, its host as DNS knows it, its port."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port or PORTS[parts.scheme]
        host = parts.hostname or ""
        if not host.isascii():
            host = idna.encode(host, uts46=True).decode("ascii")
    except (ValueError, KeyError):  # idna's own mistake is a ValueError
        raise _Failed(Why.unreadable) from None
    usual = port in PORTS.values() and parts.username is None
    if not host or not usual or not url.strip().isprintable() or len(host) > 253:
        raise _Failed(Why.unreadable)
    return parts, host, port


@contextmanager
def _cut_off(line: socket.socket, budget: Budget) -> Iterator[None]:
    """Ends the connection when the time is over, whatever it is waiting for: a byte a
    second would satisfy any time-out of a single read."""

    def end() -> None:
        with suppress(OSError):
            socket.socket.shutdown(line, socket.SHUT_RDWR)

    timer = threading.Timer(budget.left, end)
    timer.daemon = True
    timer.start()
    try:
        line.settimeout(max(0.01, budget.left))
        yield
        if budget.left <= 0:
            raise TimeoutError
    finally:
        timer.cancel()
        line.close()


def _joined(at: str, onward: str) -> str | None:
    """None for what no browser would follow; it is not kept either."""
    try:
        found = urljoin(at, onward)
        urlsplit(found)
    except ValueError:
        return None
    return found if len(found) <= LONGEST_URL and found.isprintable() else None


def _kind(told: str) -> tuple[str, str | None]:
    """The media type and its charset.  By hand: the standard library takes time in the
    square of what a stranger sends."""
    head, _, rest = (told or "text/plain")[:LONGEST_KIND].partition(";")
    kind = head.strip().lower()
    charset = CHARSET.search(rest)
    known = KIND.fullmatch(kind) is not None
    return kind if known else UNKNOWN_KIND, charset[1].lower() if charset else None


LONGEST_URL, LONGEST_KIND = 2_000, 300  # characters
KIND = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")
CHARSET = re.compile(r"(?i)\bcharset\s{0,3}=\s{0,3}[\"']?([a-z0-9._-]{1,40})")
UNKNOWN_KIND = "application/octet-stream"


def _converse(
    line: socket.socket, parts: SplitResult, host: str, port: int
) -> str | tuple[int, str, str | None, Unpacked]:
    named = f"[{host}]" if ":" in host else host
    shown = named if port == PORTS[parts.scheme] else f"{named}:{port}"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    target = urlunsplit(("", "", path if path[:2] != "//" else f"/.{path}", query, ""))
    talk = http.client.HTTPConnection(host, port)
    talk.sock = line
    talk.request("GET", target, headers={"Host": shown, **HEADERS})
    with talk.getresponse() as answer:
        onward = answer.headers.get("Location")
        if answer.status in REDIRECTS and onward:
            return onward
        kind, charset = _kind(answer.headers.get("Content-Type", ""))
        packing = answer.headers.get("Content-Encoding", "")
        return answer.status, kind, charset, unpack(answer.read1, packing)
