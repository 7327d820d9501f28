"""Can this office number be text-hosted?  A decision table over
data/number_providers.csv.

Pure: it believes what is said of the line, and looks nothing up.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

import phonenumbers

from kernel import phone as phones
from kernel.errors import Invalid

FILE = files("registration") / "data" / "number_providers.csv"


class Verdict(StrEnum):
    yes = "yes"
    release = "release"  # once another platform has let it go
    ask = "ask"  # its provider knows
    find_out = "find_out"  # who its provider is
    no = "no"


HEADS = {
    Verdict.yes: "This number can be brought over",
    Verdict.release: "This number can come once the other platform lets it go",
    Verdict.ask: "Ask the provider first",
    Verdict.find_out: "Find out who carries its calls",
    Verdict.no: "This number cannot be brought over",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One answer to one of the two questions, and what it means."""

    key: str
    asks: str  # voice: who carries the calls; texting: who texts from it today
    label: str
    verdict: Verdict
    reason: str
    way_round: str
    covers: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """`lines` are all that speak, the gravest first."""

    phone: str | None  # E.164; None for a short code
    lines: tuple[Line, ...]

    @property
    def verdict(self) -> Verdict:
        return self.lines[0].verdict

    @property
    def head(self) -> str:
        return HEADS[self.verdict]

    @property
    def telling(self) -> tuple[Line, ...]:
        """What is worth saying: beside a no, how it would go on otherwise is not."""
        if self.verdict in (Verdict.no, Verdict.find_out):
            return tuple(one for one in self.lines if one.verdict is self.verdict)
        found = tuple(one for one in self.lines if one.verdict is not Verdict.yes)
        return found or self.lines[:1]

    @property
    def why(self) -> str:
        return " ".join(line.reason for line in self.telling)

    @property
    def way_round(self) -> str:
        """What to do instead; empty where nothing is in the way."""
        return self.lines[0].way_round

    @property
    def temporary(self) -> bool:
        """A number of its own is the way to text meanwhile, or for good (R35)."""
        return self.verdict is not Verdict.yes


@cache
def answers() -> Mapping[str, Line]:
    found = {}
    for row in csv.DictReader(FILE.read_text(encoding="utf-8").splitlines()):
        verdict = Verdict(row.pop("verdict"))
        found[row["key"]] = Line(verdict=verdict, **row)
    return found


def choices(asks: str) -> list[tuple[str, str]]:
    return [(line.key, line.label) for line in answers().values() if line.asks == asks]


def readiness(phone: str, voice: str, texting: str) -> Readiness:
    """What the number is counts before what is said of it.

    Raises Invalid for what is no number, or no answer of the table.
    """
    read = phones.read(phone)
    if isinstance(read, phones.NotAPhone):
        if read.why != phones.SHORT_CODE:
            raise Invalid(read.why)
        return Readiness(phone=None, lines=(answers()["short_code"],))
    said = [_answer(voice, "voice"), _answer(texting, "texting")]
    if _toll_free(read.e164):
        said[0] = answers()["toll_free"]
    order = list(Verdict)
    said.sort(key=lambda line: order.index(line.verdict), reverse=True)
    return Readiness(phone=read.e164, lines=tuple(said))


def _answer(key: str, asks: str) -> Line:
    line = answers().get(key)
    if line is None or line.asks != asks:
        what = "who carries its calls" if asks == "voice" else "who texts from it today"
        raise Invalid(f"Choose {what}.")
    return line


def _toll_free(e164: str) -> bool:
    kind = phonenumbers.number_type(phonenumbers.parse(e164))
    return kind == phonenumbers.PhoneNumberType.TOLL_FREE
