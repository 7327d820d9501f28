"""The phrases that pages are searched for, from `data/site_words.csv`: what a text
says, in English or Spanish.  Patterns are bounded, so that time grows with length."""

import csv
import re
from functools import cache
from importlib.resources import files

SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")
LONGEST = 1000  # characters of a sentence; a longer one is looked at in parts


@cache
def _phrases() -> dict[str, re.Pattern[str]]:
    file = files("registration").joinpath("data", "site_words.csv")
    found: dict[str, list[str]] = {}
    for row in csv.DictReader(file.read_text("utf-8").splitlines()):
        found.setdefault(row["name"], []).append(row["pattern"])
    return {name: re.compile("|".join(rows), re.I) for name, rows in found.items()}


def says(name: str, text: str) -> bool:
    """Raises KeyError for a phrase that has no row."""
    return _phrases()[name].search(text) is not None


def where(name: str, text: str) -> tuple[int, int] | None:
    match = _phrases()[name].search(text)
    return match.span() if match else None


def without(name: str, text: str) -> str:
    return _phrases()[name].sub(" ", text)


def sentences(text: str) -> list[tuple[str, tuple[int, int]]]:
    """Each with its place; `St. Paul` may make two of one, which harms nobody."""
    found = []
    for match in SENTENCE.finditer(text):
        start, end = match.span()
        for begin in range(start, end, LONGEST):
            stop = min(end, begin + LONGEST)
            found.append((text[begin:stop], (begin, stop)))
    return found
