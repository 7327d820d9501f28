"""Counts of what came of reminders, and which of them may be shown.  Pure.

A group of fewer than five people is never shown by itself: small carriers of a week are
counted together, and a week with fewer than five people in all is left out, of the sums
as well, so that no subtraction brings it back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date

from kernel.carriers import LABELS, Carrier

FEWEST = 5  # people
TOGETHER = "together"  # several small carriers
ORDER = (*(one.value for one in Carrier), TOGETHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    people: int = 0
    texts: int = 0
    delivered: int = 0
    lost: int = 0
    visits: int = 0
    confirmed: int = 0
    cannot_come: int = 0
    reschedule: int = 0
    stopped: int = 0  # people

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            **{
                one.name: getattr(self, one.name) + getattr(other, one.name)
                for one in fields(self)
            }
        )

    def rate(self, name: str) -> float | None:
        """0 to 1; None where there is nothing to divide by."""
        whole = getattr(self, OF[name])
        return getattr(self, name) / whole if whole else None


# What each rate is a part of.
OF = {
    "delivered": "texts",
    "confirmed": "visits",
    "cannot_come": "visits",
    "reschedule": "visits",
    "stopped": "people",
}
RATES = tuple(OF)


@dataclass(frozen=True, slots=True)
class Row:
    """One group of one week; `group` is a carrier or `TOGETHER`."""

    week: date  # its Monday
    group: str
    counts: Counts

    @property
    def label(self) -> str:
        return label_of(self.group)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    first: date
    last: date  # the Sunday of the last week
    weeks: tuple[date, ...]
    rows: tuple[Row, ...]
    left_out: tuple[date, ...]  # weeks with too few people

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(sorted({row.group for row in self.rows}, key=ORDER.index))

    @property
    def totals(self) -> dict[str, Counts]:
        """Of what is shown.  `people` are those of each week, added up."""
        found: dict[str, Counts] = {group: Counts() for group in self.groups}
        for row in self.rows:
            found[row.group] += row.counts
        return found

    @property
    def total(self) -> Counts:
        return sum(self.totals.values(), Counts())


def label_of(group: str) -> str:
    label = "small ones together" if group == TOGETHER else LABELS[Carrier(group)]
    return label[0].upper() + label[1:]


def together(groups: Mapping[str, Counts]) -> dict[str, Counts]:
    """The groups of one week, the small ones as one; nothing where even all of them are
    too few.  Pure."""
    by_size = sorted(groups.items(), key=lambda one: one[1].people)
    pooled, count = Counts(), 0
    while by_size and (
        by_size[0][1].people < FEWEST or (count and pooled.people < FEWEST)
    ):
        pooled, count = pooled + by_size.pop(0)[1], count + 1
    shown = dict(by_size)
    if count and pooled.people >= FEWEST:
        shown[TOGETHER] = pooled
    return shown
