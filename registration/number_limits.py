"""How many numbers there may be, and from when a number may text.

Pure, over data/number_limits.csv; the vendor is not asked.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

FILE = files("registration") / "data" / "number_limits.csv"
SOLE_PROPRIETOR = "SOLE_PROPRIETOR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    key: str
    most: int
    unit: str
    sentence: str
    source: str


@cache
def limits() -> Mapping[str, Limit]:
    found = {}
    for row in csv.DictReader(FILE.read_text(encoding="utf-8").splitlines()):
        most = int(row.pop("most"))
        found[row["key"]] = Limit(most=most, **row)
    return found


def one_too_many(
    *, of_campaign: int, of_service: int, sole_proprietor: bool
) -> str | None:
    """Why there is no room for one more number; counts are without it."""
    counted = {"campaign": of_campaign, "service": of_service}
    if sole_proprietor:
        counted["sole_proprietor"] = of_campaign
    full = [
        limits()[key] for key, count in counted.items() if count >= limits()[key].most
    ]
    if not full:
        return None
    least = min(full, key=lambda limit: limit.most)
    return f"{least.sentence} Detach a number that is no longer used first."


def first_permitted(
    approved_at: datetime | None, connected_at: datetime | None
) -> datetime | None:
    """The first moment at which a text may leave: approval and a connected number,
    whichever came last (R39).  None while one of them is missing."""
    if approved_at is None or connected_at is None:
        return None
    return max(approved_at, connected_at)
