"""What the conversation page asks of the visits, which stand to the right of here: `app.py`
hands it the functions, as it hands `on_reply` to the inbound side.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit as a conversation names it.  `answer` is empty where there is none."""

    id: int
    name: str
    starts_at: datetime
    answer: str  # confirmed, cannot_come, reschedule
    asked: bool  # a text asked about it, so that an answer may mean it


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The question which visit was meant, while it is open."""

    at: datetime
    visits: tuple[Visit, ...]  # in the order of their numbers


@dataclass(frozen=True, slots=True)
class VisitSide:
    """`ahead`: of the patients with this phone.  `meant`: by text, the visits that it was
    an answer about."""

    ahead: Callable[[Session, int, str, datetime], tuple[Visit, ...]]
    asked: Callable[[Session, int, str, datetime], Asked | None]
    meant: Callable[[Session, int, Collection[int]], Mapping[int, tuple[Visit, ...]]]
