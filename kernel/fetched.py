"""What came of reading a page of the web, and the time there is for it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Why(StrEnum):
    """Why there is no page; a page with an error status is a page."""

    unreadable = "unreadable"
    not_public = "not_public"
    no_such_host = "no_such_host"
    no_connection = "no_connection"
    certificate = "certificate"
    too_slow = "too_slow"
    redirects = "redirects"
    bad_answer = "bad_answer"
    not_asked = "not_asked"


SENTENCES: Mapping[Why, str] = {
    Why.unreadable: "it is not a web address that a browser can open",
    Why.not_public: "it leads into a private network, not to the public web",
    Why.no_such_host: "the name does not exist in the internet's directory (DNS)",
    Why.no_connection: "nobody answers at this address",
    Why.certificate: "its certificate is not valid, so browsers warn and turn away",
    Why.too_slow: "it did not answer in time",
    Why.redirects: "it sends visitors in circles or through too many addresses",
    Why.bad_answer: "its answer is not one that a browser understands",
    Why.not_asked: "there was no time left to open it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """`at` is where the page stood in the end; `hops` are the addresses before it.
    `cut`: there was more than we read."""

    url: str
    at: str
    status: int
    media_type: str
    charset: str | None
    body: bytes
    cut: bool = False
    hops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFetched:
    url: str
    at: str  # the address that failed
    why: Why
    hops: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        return SENTENCES[self.why]


Answer = Fetched | NotFetched


@dataclass(frozen=True, slots=True)
class Budget:
    """Until when, on the monotonic clock."""

    ends: float

    @classmethod
    def of(cls, seconds: float) -> "Budget":
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        return max(0.0, self.ends - time.monotonic())

    def part(self, seconds: float) -> "Budget":
        return Budget.of(min(self.left, seconds))


class Web(Protocol):
    def get(self, url: str, budget: Budget) -> Answer: ...
