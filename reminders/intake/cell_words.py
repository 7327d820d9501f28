"""What a cell of few words means: status, language, consent.  A word is a row of
`data/cell_words.csv`."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from reminders.intake.headings import Column, normalised

WORDS_FILE = Path(__file__).parents[1] / "data" / "cell_words.csv"


@dataclass(frozen=True, slots=True)
class Meaning:
    """`word` is ours, "" when the file does not say.  `unknown` is "" or the sentence
    about a word that is in no table."""

    word: str
    unknown: str = ""


@lru_cache(maxsize=4096)
def meaning(name: str, title: str, text: str) -> Meaning:
    """`name` is of our column, `title` the clinic's own heading: numbers mean
    something under some headings only."""
    known, column = known_words(), Column(name)
    for heading in (normalised(title), ""):
        word = known.get((column, heading, normalised(text)))
        if word is not None:
            return Meaning(word)
    if not text:
        return Meaning("")
    choices = sorted({means for key, means in known.items() if key[0] == column} - {""})
    said = f"'{text[:40]}' is not known here. Known are {', '.join(choices)}."
    return Meaning("", said)


def words_for(column: Column, means: str) -> list[str]:
    """What a file may write for it, our own word first."""
    return [
        row["word"]
        for row in _rows()
        if (row["column"], row["heading"], row["meaning"]) == (column, "", means)
        and row["word"]
    ]


@cache
def known_words() -> Mapping[tuple[Column, str, str], str]:
    """(column, heading or "", normalised word) -> meaning."""
    return {
        (Column(row["column"]), row["heading"], normalised(row["word"])): row["meaning"]
        for row in _rows()
    }


@cache
def _rows() -> list[dict[str, str]]:
    with WORDS_FILE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
