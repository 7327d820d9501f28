"""When reviewers have more to do than usual, from `data/busy_periods.csv`.

Knows days, not queues.  A row is a period of every year (`12-01`), of even years, or
of one year (`2027-02-15`), such as a carrier's announced campaign of enforcement.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Period:
    name: str
    first: date
    last: date
    source: str

    def has(self, day: date) -> bool:
        return self.first <= day <= self.last

    def touches(self, first: date, last: date) -> bool:
        return self.first <= last and first <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """As configured; `years` is every, even or once."""

    name: str
    first: str
    last: str
    years: str
    source: str


def periods(
    first: date, last: date, rows: Sequence[Row] | None = None
) -> tuple[Period, ...]:
    """Those that share a day with `first` to `last`, the earliest first."""
    found = [
        period
        for row in (configured() if rows is None else rows)
        for period in _of_row(row, range(first.year - 1, last.year + 1))
        if period.touches(first, last)
    ]
    return tuple(sorted(found, key=lambda period: (period.first, period.name)))


def _of_row(row: Row, years: range) -> list[Period]:
    if row.years == "once":
        first, last = date.fromisoformat(row.first), date.fromisoformat(row.last)
        return [Period(row.name, first, last, row.source)]
    step = {"every": 1, "even": 2}[row.years]
    over = row.last < row.first  # it goes on into the next year
    return [
        Period(
            row.name,
            date.fromisoformat(f"{year}-{row.first}"),
            date.fromisoformat(f"{year + over}-{row.last}"),
            row.source,
        )
        for year in years
        if year % step == 0
    ]


@cache
def configured() -> tuple[Row, ...]:
    path = files("registration").joinpath("data/busy_periods.csv")
    return tuple(
        Row(
            name=row["name"],
            first=row["from"],
            last=row["to"],
            years=row["years"],
            source=row["source"],
        )
        for row in csv.DictReader(path.read_text("utf-8").splitlines())
    )
