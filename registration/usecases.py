"""Which topics of consent a registered use case covers.  Decides nothing else.

A text outside its campaign's use case is turned down or fined by the carriers (8200,
30893), so what the table does not name is not covered.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from consent.models import Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCase:
    """One row of `data/use_case_topics.csv`."""

    code: str
    topics: frozenset[Topic]
    listed_as_sub: bool  # TCR takes it inside MIXED and LOW_VOLUME
    covers_by_subs: bool
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


@cache
def use_cases() -> dict[str, UseCase]:
    text = files("registration").joinpath("data/use_case_topics.csv").read_text("utf-8")
    return {
        row["use_case"]: UseCase(
            code=row["use_case"],
            topics=frozenset(map(Topic, filter(None, row["topics"].split("|")))),
            listed_as_sub=row["listed_as_sub"] == "yes",
            covers_by_subs=row["covers_by_subs"] == "yes",
            remark=row["remark"],
            source=row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    }
