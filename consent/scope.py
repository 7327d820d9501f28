"""How far a STOP reaches, by the day on which it was said: the law on it moves.

Ours has always been the widest, so that no change of the law makes an old STOP too
narrow.  Each STOP's evidence names the rule of its day.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """In force from the day `since` (UTC) until the next one begins."""

    since: date
    covers: str  # what ends with a STOP, as its evidence says it
    law: str  # what the law asks for in that time


SCOPES = (
    Scope(
        since=date.min,
        covers="all topics of the clinic",
        law="any reasonable means, before 47 CFR 64.1200(a)(10) said which",
    ),
    Scope(
        since=date(2025, 4, 11),
        covers="all topics of the clinic",
        law="47 CFR 64.1200(a)(10); its revoke-all waived until 2027-01-31 (DA 26-12)",
    ),
    Scope(
        since=date(2027, 1, 31),
        covers="all topics of the clinic",
        law="47 CFR 64.1200(a)(10), revoke-all included",
    ),
)


def scope_at(now: datetime) -> Scope:
    day = now.astimezone(UTC).date()
    return max((one for one in SCOPES if one.since <= day), key=lambda one: one.since)
