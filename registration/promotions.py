"""Promotional words in a text: offers, discounts, requests for a review.

Pure, over `data/promotional_words.csv`: one regular expression, a bounded look ahead
from each place.  It finds words, and is no judge of intent.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from consent.models import Topic
from registration.usecases import covers

# Between "free" and what is free; "free to call before the exam" gives nothing away.
_NO_GIFT = "to|for|at|on|of|from|until|till|after|before|and|or|if|when|para|de|en"
_HOLES = {
    "<number>": r"\d{1,3}(?:\.\d{1,2})?",
    "<money>": r"\$\s?\d{1,6}(?:[.,]\d{1,3})?",
    "<words>": rf"(?:(?!(?:{_NO_GIFT})\b)[\w&'’-]{{1,24}}\s{{1,3}}){{0,3}}",
}
_ACCENTS = {"á": "aá", "é": "eé", "í": "ií", "ó": "oó", "ú": "uú", "ñ": "nñ", "'": "'’"}


@dataclass(frozen=True, slots=True)
class Promotion:
    """`span` is half open, in characters of the text."""

    span: tuple[int, int]
    words: str  # as the text has them
    family: Topic


def promotions(text: str) -> tuple[Promotion, ...]:
    pattern, families = _lexicon()
    return tuple(
        Promotion(found.span(), found[0], families[int((found.lastgroup or "r0")[1:])])
        for found in pattern.finditer(text)
    )


def outside(
    text: str, use_case: str, sub_use_cases: Iterable[str]
) -> tuple[Promotion, ...]:
    """The promotions of `text` that the declared use case does not allow (R133)."""
    subs = tuple(sub_use_cases)
    return tuple(
        one for one in promotions(text) if not covers(use_case, subs, one.family)
    )


@cache
def _lexicon() -> tuple[re.Pattern[str], tuple[Topic, ...]]:
    path = files("registration").joinpath("data/promotional_words.csv")
    rows = list(csv.DictReader(path.read_text("utf-8").splitlines()))
    rows.sort(key=lambda row: -len(row["words"]))  # the longer phrase names more
    by_first: dict[str, list[str]] = {}  # so that few are tried at each place
    for n, row in enumerate(rows):
        branch = f"(?P<r{n}>{_branch(row['words'])})"
        by_first.setdefault(_first(row["words"]), []).append(branch)
    groups = (f"(?={sign})(?:{'|'.join(some)})" for sign, some in by_first.items())
    whole = rf"(?<![\w-])(?:{'|'.join(groups)})(?!\w)"
    return re.compile(whole, re.IGNORECASE), tuple(Topic(row["family"]) for row in rows)


def _first(words: str) -> str:
    """The class of signs that it may begin with."""
    hole = re.match(r"<(\w+)>", words)
    if hole is None:
        return _literal(words[0])
    return {"number": r"\d", "money": r"\$", "words": ""}[hole[1]]


def _branch(words: str) -> str:
    """`<words>` brings its own space behind it, because there may be none of them."""
    parts = re.split(r"(<\w+>)", words)
    made = "".join(_HOLES.get(part) or _literal(part) for part in parts)
    return made.replace(_HOLES["<words>"] + r"\s{1,3}", _HOLES["<words>"])


def _literal(text: str) -> str:
    signs = (
        r"\s{1,3}"
        if sign == " "
        else f"[{_ACCENTS[sign]}]"
        if sign in _ACCENTS
        else re.escape(sign)
        for sign in text
    )
    return "".join(signs)
