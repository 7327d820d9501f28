"""What a rejection code means: by code, by who issued it, by words.

Pure, over tables.  A code means something only with its issuer; source B's series is a
fallback (C5), and what nobody knows is said back as it came, with whom to ask.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

TABLES = ("rejection_codes", "twilio_errors")
SERIES_SYSTEM = "series"
UNKNOWN = "unknown"  # the category whose steps say whom to ask
SHOWN = 50
LONGEST = 200  # characters of a code or of words to look for


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """One row: what one issuer means by one code."""

    source: str  # short, as in a finding's codes: twilio, dca1 …
    issuer: str  # for people
    code: str
    kind: str
    series: str  # of source B; empty where none fits
    topic: str
    reason: str
    remediation: str
    resubmittable: str
    category: str
    citation: str
    confidence: str

    @property
    def names(self) -> frozenset[str]:
        """What one may type for it; a row can stand for several numbers."""
        parts = (part for part in re.split(r"[\s()/]+", self.code) if part)
        return frozenset(map(_folded, (self.code, *parts)))

    @property
    def short(self) -> str:
        """The code as it stands in an address."""
        return re.split(r"[\s()/]+", self.code)[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One of source B's meanings; 2000 has two (R139, R143)."""

    series: str
    within: str  # 7100 stands within 7000 (R140)
    meaning: str
    category: str
    covers: str
    source: str


@dataclass(frozen=True, slots=True)
class Step:
    do: str
    screen: str  # the endpoint of the page that does it


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`code` and `source` are as they were asked.  `meanings` are the issuer's, or
    everybody's when no issuer was named; `elsewhere` are those of other issuers."""

    code: str
    source: str | None
    meanings: tuple[Meaning, ...]
    elsewhere: tuple[Meaning, ...]
    series: tuple[Series, ...]

    @property
    def is_series(self) -> bool:
        """The series itself was asked for, and not one issuer's code of that number."""
        own = self.source is None or SERIES_SYSTEM in _issuers(self.source)
        return own and any(one.series == _folded(self.code) for one in self.series)

    @property
    def known(self) -> bool:
        return bool(self.meanings) or self.is_series

    @property
    def steps(self) -> tuple[tuple[str, tuple[Step, ...]], ...]:
        """By category, each once."""
        found = [one.category for one in self.meanings]
        if self.is_series:
            code = _folded(self.code)
            found += [one.category for one in self.series if one.series == code]
        return tuple((one, steps(one)) for one in dict.fromkeys(found or [UNKNOWN]))


def look_up(code: str, source: str | None = None) -> Answer:
    wanted = _folded(code)
    exact = [one for one in meanings() if wanted in one.names]
    headings = [one for one in meanings() if _heads(one.code, wanted)]
    if source is None:
        own, others = exact or headings, []
    else:
        issuers = _issuers(source)
        own = [one for one in exact if one.source in issuers]
        own = own or [one for one in headings if one.source in issuers]
        others = [one for one in exact if one.source not in issuers]
    return Answer(
        code=code,
        source=source,
        meanings=tuple(own),
        elsewhere=tuple(others),
        series=_series(wanted, own),
    )


def search(words: str) -> tuple[Meaning, ...]:
    """Every word must occur; the topic counts most, then the reason."""
    wanted = _folded(words[:LONGEST]).split()
    if not wanted:
        return ()
    ranked = [(_rank(one, wanted), one) for one in meanings()]
    hits = [(rank, one) for rank, one in ranked if rank]
    hits.sort(key=lambda pair: -pair[0])
    return tuple(one for _, one in hits)


def of_series(series: str) -> tuple[Meaning, ...]:
    return tuple(one for one in meanings() if one.series == series)


@cache
def meanings() -> tuple[Meaning, ...]:
    systems = {row["system"]: row for row in _table("code_sources")}
    rows = (row for name in TABLES for row in _table(name))
    every = (_meaning(row, systems[row["source_system"]]) for row in rows)
    return tuple(one for one in every if one.source != SERIES_SYSTEM)


@cache
def all_series() -> tuple[Series, ...]:
    return tuple(Series(**row) for row in _table("series"))


@cache
def sources() -> Mapping[str, str]:
    """The short names and what people call them."""
    return {row["source"]: row["label"] for row in _table("code_sources")}


def steps(category: str) -> tuple[Step, ...]:
    """Raises KeyError for a category without steps: every one has some (R144)."""
    return remedies()[category]


@cache
def remedies() -> Mapping[str, tuple[Step, ...]]:
    found: dict[str, tuple[Step, ...]] = {}
    for row in _table("remedies"):
        step = Step(row["do"], row["screen"])
        found[row["category"]] = (*found.get(row["category"], ()), step)
    return found


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _heads(code: str, wanted: str) -> bool:
    """`3xxx` stands over all four-digit codes that begin with 3."""
    return (
        code.endswith("xxx")
        and len(wanted) == len(code)
        and wanted.isascii()
        and wanted.isdigit()
        and wanted.startswith(code.rstrip("x"))
    )


def _issuers(source: str) -> frozenset[str]:
    wanted = _folded(source)
    return frozenset(
        row["source"]
        for row in _table("code_sources")
        if wanted in {_folded(row[name]) for name in ("source", "system", "label")}
    )


def _series(code: str, own: Sequence[Meaning]) -> tuple[Series, ...]:
    """Of known meanings the series they are filed under; else a guess by the number,
    which is all that a series is good for."""
    numbers = {one.series for one in all_series()}
    guessed = {one for one in numbers if not own and _guessed(one, code)}
    found = {one.series for one in own} | guessed | ({code} & numbers)
    found |= {one.within for one in all_series() if one.series in found}
    return tuple(one for one in all_series() if one.series in found)


def _guessed(series: str, code: str) -> bool:
    if not (len(code) == 4 and code.isascii() and code.isdigit()):
        return False
    return code.startswith(series.rstrip("0"))


def _rank(one: Meaning, wanted: Iterable[str]) -> int:
    weighed = ((one.topic, 4), (one.reason, 2), (one.code, 2), (one.remediation, 1))
    places = [(_folded(text), weight) for text, weight in weighed]
    places += [(_folded(one.issuer), 1), (one.kind, 1)]
    found = [sum(w for text, w in places if word in text) for word in wanted]
    return sum(found) if all(found) else 0


@cache
def _table(name: str) -> tuple[Mapping[str, str], ...]:
    path = files("registration").joinpath(f"data/{name}.csv")
    return tuple(csv.DictReader(path.read_text("utf-8").splitlines()))


def _meaning(row: Mapping[str, str], issuer: Mapping[str, str]) -> Meaning:
    return Meaning(
        source=issuer["source"],
        issuer=issuer["label"],
        code=row["code"],
        kind=row["code_kind"],
        series=row["fallback_series"],
        topic=row["topic"],
        reason=row["reason"],
        remediation=row["remediation"],
        resubmittable=row["resubmittable"],
        category=row["category"],
        citation=row["citation"],
        confidence=row["confidence"],
    )
