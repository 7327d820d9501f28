"""How long each part of a registration takes, as the sources say it.

Data and nothing else: `data/forecast_bands.csv`.  A figure keeps its unit, because the
sources mix days, business days and weeks and none is converted into another (C2).
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files

from kernel.business_days import after


class Unit(StrEnum):
    business_days = "business_days"
    weeks = "weeks"
    percent_more = "percent_more"

    @property
    def words(self) -> str:
        return "% more" if self is Unit.percent_more else self.value.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Days:
    """Business days, both ends included."""

    least: int
    most: int

    def __str__(self) -> str:
        return f"{self.least} to {self.most} business days"

    def and_then(self, more: "Days") -> "Days":
        return Days(self.least + more.least, self.most + more.most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One row: a range in its own unit, and who says so."""

    key: str
    unit: Unit
    least: int
    most: int
    words: str
    source: str
    covers: tuple[str, ...]

    def __str__(self) -> str:
        some = f"{self.least}" if self.least == self.most else self._range
        return f"{some} {self.unit.words}"

    @property
    def _range(self) -> str:
        return f"{self.least} to {self.most}"

    def dates(self, day: date) -> tuple[date, date]:
        """The days on which it ends when it begins to count on `day`."""
        least, most = (_later(day, self.unit, one) for one in (self.least, self.most))
        return least, most


def _later(day: date, unit: Unit, count: int) -> date:
    if unit is Unit.business_days:
        return after(day, count)
    if unit is Unit.weeks:
        return day + timedelta(weeks=count)
    raise ValueError(f"{unit} is no length of time")


def band(key: str) -> Band:
    """Raises KeyError for a figure that has no row."""
    return bands()[key]


def days_of(key: str) -> Days:
    """A band of business days; raises ValueError for one in another unit (C2)."""
    found = band(key)
    if found.unit is not Unit.business_days:
        raise ValueError(f"'{key}' is in {found.unit} and is not converted")
    return Days(found.least, found.most)


@cache
def bands() -> Mapping[str, Band]:
    path = files("registration").joinpath("data/forecast_bands.csv")
    rows = csv.DictReader(path.read_text("utf-8").splitlines())
    return {
        row["band"]: Band(
            key=row["band"],
            unit=Unit(row["unit"]),
            least=int(row["least"]),
            most=int(row["most"]),
            words=row["words"],
            source=row["source"],
            covers=tuple(row["covers"].split("|")),
        )
        for row in rows
    }
