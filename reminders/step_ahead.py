"""One step of one visit as a rehearsal sees it, and the words there are for its text."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinics.models import Language
from gateway.models import State
from reminders.compose import Wording
from reminders.policy import Unusable
from reminders.visit_rows import Of

Key = tuple[int, int]  # visit, minutes before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is said in each language, of one visit and of several."""

    single: Mapping[Language, Wording | Unusable]
    together: Mapping[Language, Wording]


@dataclass(slots=True)
class Step:
    """One step of one visit.  `row`: what has left or ended; `text`: its number in the
    course; neither: there is none, and `why`."""

    of: Of
    offset: int
    row: Any = None
    text: int | None = None
    why: str = ""
    open: bool = True  # nothing of it left or waits: it may be planned


def may_be_made_up(row: Any, now: datetime) -> bool:
    """As `schedule._before`: its text ended with another visit's."""
    return bool(
        row.state is State.expired
        and row.useful_until is not None
        and row.useful_until > now
    )
