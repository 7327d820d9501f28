"""The words by which a text tells one visit from another: numbers, names, "both".

Pure, over `data/choice_words.csv`; a name is the first name of whoever the visit is of.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise
from typing import Protocol, TypeVar

from gateway.words import said, squeezed
from reminders.visible import folded

PAIRS = frozenset({("los", "dos"), ("las", "dos")})  # "dos" alone is a number
PLACES = ("first", "second", "third", "fourth")
LETTER_AND_NUMBER = re.compile(r"^([cxr])(?=[1-9]$)")


class OfSomebody(Protocol):
    @property
    def first_name(self) -> str: ...


V = TypeVar("V", bound=OfSomebody)


def words_of(body: str) -> list[str]:
    """Small letters without accents; `c1` is a letter and a number."""
    return [
        part
        for word in said(body).words
        for part in LETTER_AND_NUMBER.sub(r"\1 ", word.plain).split()
    ]


def plain_choice(spoken: Sequence[str]) -> list[str]:
    """Without what says nothing more: the second one, los dos."""
    kept: list[str] = []
    for before, word in zip(["", *spoken], spoken, strict=False):
        if before in of_list("ordinal") and word in of_list("first"):
            continue
        kept += ["both"] if (before, word) in PAIRS else [word]
    return ["both" if word in of_list("all_of_many") else word for word in kept]


def in_a_sentence(spoken: Sequence[str]) -> list[str]:
    """What may be a name there."""
    return [word for word in spoken if word not in of_list("word_too")]


def says_all(spoken: Sequence[str], loosely: bool = False) -> bool:
    """`loosely`: where "at all" and "todos los días" do no harm."""
    loose = of_list("all_of_many") if loosely else frozenset()
    return bool((of_list("all") | loose) & set(spoken)) or any(
        pair in PAIRS for pair in pairwise(spoken)
    )


def parts_them(spoken: Sequence[str]) -> bool:
    """All but Leo; Ana no puede pero Leo sí."""
    return bool(of_list("except") & set(spoken))


def denies(spoken: Sequence[str]) -> bool:
    return bool(of_list("denies") & set(spoken))


def place_of(word: str, most: int) -> int | None:
    """Which of `most` things in order it names, from 0."""
    found = (n for n, name in enumerate(PLACES[:most]) if word in of_list(name))
    return next(found, None)


def first_of(visit: OfSomebody) -> str:
    """The first word of the first name, as it compares."""
    return squeezed((folded(visit.first_name).split() or [""])[0])


def named_in(visits: Sequence[V], spoken: Iterable[str]) -> list[V]:
    """Whose first name is among her words; of two Anas the one whose second name is
    there as well, else both."""
    heard = {squeezed(word) for word in spoken}
    found = [one for one in visits if len(first_of(one)) > 1 and first_of(one) in heard]
    whole = [
        one
        for one in found
        if {squeezed(part) for part in folded(one.first_name).split()} <= heard
    ]
    kept = {first_of(one) for one in whole if " " in one.first_name.strip()}
    return [one for one in found if one in whole or first_of(one) not in kept]


@cache
def of_list(name: str) -> frozenset[str]:
    path = files("reminders").joinpath("data/choice_words.csv")
    rows = csv.DictReader(path.read_text("utf-8").splitlines())
    return frozenset(
        word for row in rows if row["list"] == name for word in row["words"].split("|")
    )
