"""Which carriers look at a campaign themselves, why, and how long all of it may take.

Pure, over `data/carrier_reviews.csv`.  It expects; what a carrier does say stands in
its cell.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from kernel.carriers import Carrier
from registration.bands import Days, days_of


class Expected(StrEnum):
    no = "no"
    likely = "likely"
    required = "required"


REVIEWERS = (Carrier.att, Carrier.tmobile, Carrier.verizon)
EVERY_CLINIC = "clinic"


@dataclass(frozen=True, slots=True)
class Review:
    expected: Expected
    reasons: tuple[str, ...]
    covers: tuple[str, ...]  # requirements, such as R80

    def after(self, before: Days) -> Days:
        """Until this carrier's word, when the layers before it take `before`; where a
        look is likely it may go either way."""
        own = days_of("carrier")
        if self.expected is Expected.required:
            return before.and_then(own)
        likely = self.expected is Expected.likely
        return Days(before.least, before.most + own.most) if likely else before

    @property
    def days(self) -> Days:
        """From submission to this carrier's word."""
        return self.after(days_of("standard"))


def expected_reviews(use_case: str, flags: Iterable[str]) -> dict[Carrier, Review]:
    """`flags` are names as in a submission's flags, `age_gated` and `direct_lending`
    included; a name that is in no row changes nothing."""
    given = {EVERY_CLINIC, *flags}
    rows = [row for row in _rows() if row.flag in given or use_case in row.use_cases]
    return {carrier: _review(carrier, rows) for carrier in REVIEWERS}


@dataclass(frozen=True, slots=True)
class _Row:
    flag: str
    use_cases: frozenset[str]
    carrier: Carrier
    expected: Expected
    reason: str
    covers: tuple[str, ...]


def _review(carrier: Carrier, rows: Iterable[_Row]) -> Review:
    own = [row for row in rows if row.carrier is carrier]
    found = {row.expected for row in own}
    worst = (Expected.required, Expected.likely)
    return Review(
        expected=next((one for one in worst if one in found), Expected.no),
        reasons=tuple(row.reason for row in own),
        covers=tuple(sorted({one for row in own for one in row.covers})),
    )


@cache
def _rows() -> tuple[_Row, ...]:
    path = files("registration").joinpath("data/carrier_reviews.csv")
    return tuple(
        _Row(
            row["flag"],
            frozenset(filter(None, row["use_cases"].split("|"))),
            Carrier(row["carrier"]),
            Expected(row["level"]),
            row["reason"],
            tuple(row["covers"].split("|")),
        )
        for row in csv.DictReader(path.read_text("utf-8").splitlines())
    )


def levels(reviews: Mapping[Carrier, Review]) -> dict[str, str]:
    """`mno_review` of a report (contract section 6)."""
    return {one.value: review.expected.value for one, review in reviews.items()}
