"""Words that tell whoever sees a locked screen what ails the patient (N21).

Pure, over `data/health_words.csv` and `data/health_kinds.csv`.  It finds words and judges
no text: a clinic may let them stand, with its reason kept.
"""

import csv
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby
from re import Pattern

from registration.checks.words import PLACEHOLDER, folded, pattern_of, without_names


@dataclass(frozen=True, slots=True)
class Kind:
    """A row of `health_kinds.csv`."""

    kind: str
    name: str  # "a medicine"
    why: str
    instead: str


@dataclass(frozen=True, slots=True)
class HealthWord:
    """`span` is half open, in characters of the text."""

    span: tuple[int, int]
    words: str  # as the text has them
    kind: Kind


def health_words(text: str, names: Iterable[str] = ()) -> tuple[HealthWord, ...]:
    """In the order of the text.  `names` are the clinic's own: what patients agreed to
    hear from gives nothing away any more.  Placeholders are no words."""
    kept = PLACEHOLDER.sub(lambda hole: " " * len(hole[0]), without_names(text, names))
    plain = "".join(map(_bare, folded(kept)))
    found = [
        HealthWord(one.span(), text[slice(*one.span())], kinds()[kind])
        for kind, pattern in _patterns().items()
        for one in pattern.finditer(plain)
    ]
    return tuple(sorted(found, key=lambda one: one.span))


def sentences(found: Iterable[HealthWord]) -> list[str]:
    """One for each kind: what stands there, why not, and what to say instead."""
    by_kind: dict[Kind, list[str]] = {}
    for one in found:
        by_kind.setdefault(one.kind, []).append(f"“{one.words}”")
    return [
        f"{', '.join(dict.fromkeys(words))} names {kind.name}. {kind.why} {kind.instead}"
        for kind, words in by_kind.items()
    ]


@cache
def kinds() -> Mapping[str, Kind]:
    return {row["kind"]: Kind(**row) for row in _rows("health_kinds")}


@cache
def _patterns() -> Mapping[str, Pattern[str]]:
    rows = sorted(_rows("health_words"), key=lambda row: row["kind"])
    return {
        kind: pattern_of(row["words"] for row in of_kind)
        for kind, of_kind in groupby(rows, key=lambda row: row["kind"])
    }


def _bare(char: str) -> str:
    """Without its accent, at its old place."""
    return unicodedata.normalize("NFD", char)[0]


def _rows(name: str) -> list[dict[str, str]]:
    text = files("registration").joinpath(f"data/{name}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))
