"""How many texts each carrier takes, from the use case and the brand's trust score.

Pure, over `data/throughput.csv`.  Vendors' tables disagree and move, so of two that fit
the lower limit stands; what the registry says of a campaign itself comes first: its
message class at AT&T, its brand's tier at T-Mobile.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kernel.carriers import Carrier

NOTHING_SAID: Mapping[Carrier, str | None] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """`per` is what shares it: the campaign, the number, or everything of an EIN."""

    carrier: Carrier
    use_case: str  # empty: any
    word: str  # of the registry: a message class or a brand tier; empty: without one
    scores: tuple[int, int] | None  # None: whatever the score, or none
    limit: int
    unit: str
    per: str
    source: str

    def __str__(self) -> str:
        return f"{self.limit:,} {self.unit} per {self.per}"


def limits_of(
    use_case: str,
    score: int | None,
    said: Mapping[Carrier, str | None] = NOTHING_SAID,
) -> dict[Carrier, Limit]:
    """`score` is None for a brand that was never vetted.  0 is a score that nobody
    should trust: it counts as none.  `said` has the registry's own words, where it
    has told them; one that is not in the table says nothing."""
    found: dict[Carrier, Limit] = {}
    for one in _rows():
        if one.use_case not in ("", use_case) or not _fits(one, score):
            continue
        if one.word and one.word != said.get(one.carrier):
            continue
        before = found.get(one.carrier)
        if before is None or _better(one, before):
            found[one.carrier] = one
    return found


def said(
    att_class: str | None, tmobile_tier: str | None
) -> Mapping[Carrier, str | None]:
    """The registry's own words of a campaign, as `limits_of` takes them."""
    return {Carrier.att: att_class, Carrier.tmobile: tmobile_tier}


def _fits(one: Limit, score: int | None) -> bool:
    return one.scores is None or one.scores[0] <= (score or 0) <= one.scores[1]


def _better(one: Limit, before: Limit) -> bool:
    """The registry's word counts before what names the use case, that before what names
    the score, and that before what names none of them."""
    return _rank(one) > _rank(before)


def _rank(one: Limit) -> tuple[bool, bool, bool, int]:
    return bool(one.word), bool(one.use_case), one.scores is not None, -one.limit


@cache
def _rows() -> tuple[Limit, ...]:
    path = files("registration").joinpath("data/throughput.csv")
    return tuple(
        Limit(
            carrier=Carrier(row["carrier"]),
            use_case=row["use_case"],
            word=row["word"],
            scores=(int(row["least_score"]), int(row["most_score"]))
            if row["least_score"]
            else None,
            limit=int(row["limit"]),
            unit=row["unit"],
            per=row["per"],
            source=row["source"],
        )
        for row in csv.DictReader(path.read_text("utf-8").splitlines())
    )
