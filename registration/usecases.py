"""The use cases that a campaign may be registered under, and which topics of consent
each covers.  Decides nothing else.

A text outside its campaign's use case is turned down or fined by the carriers (8200,
30893), so what the table does not name is not covered.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files

from consent.models import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCase:
    """One row of `data/use_cases.csv`."""

    code: str
    name: str
    special: bool  # else standard
    carriers_review: bool  # as a rule; what a campaign adds: `carrier_review`
    monthly_fee: Decimal | None  # US dollars; None: not known
    min_samples: int
    max_samples: int
    topics: frozenset[Topic]
    listed_as_sub: bool  # TCR takes it inside MIXED and LOW_VOLUME
    covers_by_subs: bool
    min_subs: int
    max_subs: int
    purpose: str
    remark: str
    source: str


def covers(use_case: str, sub_use_cases: Iterable[str], topic: Topic) -> bool:
    """May a text about `topic` leave under this use case?  Unknown codes cover
    nothing; MIXED and LOW_VOLUME cover what their listed sub-use-cases cover."""
    declared = use_cases().get(use_case)
    if declared is None:
        return False
    if not declared.covers_by_subs:
        return topic in declared.topics
    subs = (use_cases().get(code) for code in sub_use_cases)
    return any(
        sub is not None and sub.listed_as_sub and topic in sub.topics for sub in subs
    )


def spelled(use_case: str, sub_use_cases: Iterable[str]) -> str:
    """As it stands in a sentence: the code, its sub-use-cases in brackets."""
    subs = ", ".join(sub_use_cases)
    return f"{use_case} ({subs})" if subs else use_case


@cache
def use_cases() -> dict[str, UseCase]:
    text = files("registration").joinpath("data/use_cases.csv").read_text("utf-8")
    return {row["code"]: _use_case(row) for row in csv.DictReader(text.splitlines())}


def _use_case(row: dict[str, str]) -> UseCase:
    fee = row["monthly_fee_usd"]
    return UseCase(
        code=row["code"],
        name=row["name"],
        special=row["kind"] == "special",
        carriers_review=row["mno_review"] == "yes",
        monthly_fee=Decimal(fee) if fee else None,
        min_samples=int(row["min_samples"]),
        max_samples=int(row["max_samples"]),
        topics=frozenset(map(Topic, filter(None, row["topics"].split("|")))),
        listed_as_sub=row["listed_as_sub"] == "yes",
        covers_by_subs=row["covers_by_subs"] == "yes",
        min_subs=int(row["min_subs"] or 0),
        max_subs=int(row["max_subs"] or 0),
        purpose=row["purpose"],
        remark=row["remark"],
        source=row["source"],
    )
