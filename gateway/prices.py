"""What a text costs: its segments, times Twilio's price and what the carrier adds.

Pure, over `data/segment_prices.csv`, whose rows say where and when each price was seen.
`SEGMENT_PRICE`, the operator's own price for everything, takes their place.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

from kernel.carriers import Carrier
from kernel.clock import day_words

BASE = "base"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars for one segment."""

    usd: Decimal
    seen_on: str  # "2026-11-09"; "" where the operator says so
    source: str


def price_of(carrier: Carrier, own: Decimal | None = None) -> Price:
    """Of one segment to this carrier; `own` is the operator's setting."""
    if own is not None:
        return Price(usd=own, seen_on="", source="set by the operator (SEGMENT_PRICE)")
    base, fee = prices()[BASE], prices()[carrier.value]
    return Price(
        usd=base.usd + fee.usd,
        seen_on=min(base.seen_on, fee.seen_on),
        source=f"{base.source}; {fee.source}",
    )


def cost(segments: Mapping[Carrier, int], own: Decimal | None = None) -> Decimal:
    """Of so many segments to each carrier."""
    each = (count * price_of(carrier, own).usd for carrier, count in segments.items())
    return sum(each, Decimal(0))


def dearest(own: Decimal | None = None) -> Price:
    """Where nobody knows the carriers yet."""
    return max((price_of(one, own) for one in Carrier), key=lambda price: price.usd)


def in_words(usd: Decimal) -> str:
    """`1.3 cents`, `$4.10`."""
    if usd < 1:
        return f"{(usd * 100).quantize(Decimal('0.1')):f} cents"
    return f"${usd.quantize(Decimal('0.01')):,}"


def where_from(price: Price) -> str:
    """For the reader of a number of dollars."""
    if not price.seen_on:
        return f"{in_words(price.usd)} for each, as the operator has set it"
    seen = day_words(date.fromisoformat(price.seen_on))
    return f"up to {in_words(price.usd)} for each, as prices were on {seen}"


@cache
def prices() -> Mapping[str, Price]:
    text = files("gateway").joinpath("data/segment_prices.csv").read_text("utf-8")
    return {
        row["what"]: Price(
            usd=Decimal(row["usd"]), seen_on=row["seen_on"], source=row["source"]
        )
        for row in csv.DictReader(text.splitlines())
    }
