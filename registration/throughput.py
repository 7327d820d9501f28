"""How many texts each carrier takes, from the use case and the brand's trust score.

Pure, over `data/throughput.csv`.  Vendors' tables disagree and move, so of two that fit
the lower limit stands; what the registry says of a campaign itself comes first.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from kernel.carriers import Carrier


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """`per` is what shares it: the campaign, the number, or everything of an EIN."""

    carrier: Carrier
    use_case: str  # empty: any
    scores: tuple[int, int] | None  # None: whatever the score, or none
    limit: int
    unit: str
    per: str
    source: str

    def __str__(self) -> str:
        return f"{self.limit:,} {self.unit} per {self.per}"


def limits_of(use_case: str, score: int | None) -> dict[Carrier, Limit]:
    """`score` is None for a brand that was never vetted.  0 is a score that nobody
    should trust: it counts as none."""
    found: dict[Carrier, Limit] = {}
    for one in _rows():
        if one.use_case not in ("", use_case) or not _fits(one, score):
            continue
        before = found.get(one.carrier)
        if before is None or _better(one, before):
            found[one.carrier] = one
    return found


def _fits(one: Limit, score: int | None) -> bool:
    return one.scores is None or one.scores[0] <= (score or 0) <= one.scores[1]


def _better(one: Limit, before: Limit) -> bool:
    """What names the use case counts before what names the score, and that before what
    names neither."""
    rank = (bool(one.use_case), one.scores is not None, -one.limit)
    return rank > (bool(before.use_case), before.scores is not None, -before.limit)


@cache
def _rows() -> tuple[Limit, ...]:
    path = files("registration").joinpath("data/throughput.csv")
    return tuple(
        Limit(
            carrier=Carrier(row["carrier"]),
            use_case=row["use_case"],
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
