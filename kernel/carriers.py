"""Which carrier a number is on, from what a lookup printed.  Asks nobody.

When in doubt `unknown`: a wrong carrier would let a text pass a gate that is closed.
"""

import csv
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Carrier(StrEnum):
    att = "att"
    tmobile = "tmobile"
    verizon = "verizon"
    uscellular = "uscellular"
    other = "other"
    unknown = "unknown"


# The three that approve campaigns one by one.
GATED = frozenset({Carrier.att, Carrier.tmobile, Carrier.verizon})

LABELS = {
    Carrier.att: "AT&T",
    Carrier.tmobile: "T-Mobile",
    Carrier.verizon: "Verizon",
    Carrier.uscellular: "UScellular",
    Carrier.other: "another carrier",
    Carrier.unknown: "an unknown carrier",
}

US_COUNTRY_CODES = frozenset({"310", "311", "312", "313", "314", "315", "316"})


@dataclass(frozen=True, slots=True)
class Table:
    """`data/carriers.csv`: network codes as numbers, names as patterns."""

    codes: dict[tuple[str, int], Carrier]
    names: tuple[tuple[re.Pattern[str], Carrier], ...]


def resolve(*, name: str | None, mcc: str | None, mnc: str | None) -> Carrier:
    """The carrier by network code first, by name second, else unknown.

    A code of one gated carrier with the name of another is a conflict: unknown.
    A network outside the US is `other`, whatever its name.
    """
    named = _named(name or "")
    country = (mcc or "").strip()
    if country.isdecimal() and country not in US_COUNTRY_CODES:
        return Carrier.other
    by_code = _by_code(country, (mnc or "").strip())
    if by_code is Carrier.unknown:
        return _by_name(named)
    if by_code in GATED and (named & GATED) - {by_code}:
        return Carrier.unknown
    return by_code


def _by_code(mcc: str, mnc: str) -> Carrier:
    if not (mnc.isdecimal() and len(mnc) <= 3):
        return Carrier.unknown
    return table().codes.get((mcc, int(mnc)), Carrier.unknown)


def _named(name: str) -> frozenset[Carrier]:
    return frozenset(
        carrier for wanted, carrier in table().names if wanted.search(name)
    )


def _by_name(named: frozenset[Carrier]) -> Carrier:
    # "Verizon North" is a landline and "Total Wireless on T-Mobile" could be anything:
    # what does not tell the network weighs more than what seems to.
    for carrier in (Carrier.unknown, Carrier.other):
        if carrier in named:
            return carrier
    return next(iter(named)) if len(named) == 1 else Carrier.unknown


@cache
def table() -> Table:
    codes: dict[tuple[str, int], Carrier] = {}
    names: list[tuple[re.Pattern[str], Carrier]] = []
    text = files("kernel").joinpath("data/carriers.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        carrier = Carrier(row["carrier"])
        if row["name_pattern"]:
            names.append((re.compile(row["name_pattern"], re.IGNORECASE), carrier))
        if row["mcc"]:
            first, _, last = row["mnc"].partition("-")
            for mnc in range(int(first), int(last or first) + 1):
                codes[row["mcc"], mnc] = carrier
    return Table(codes, tuple(names))
