"""Rules for plain language: rows of `data/phrases.csv`, found in a text's sentences.

A pattern is words with a space between them: `a|b` either, `[a|b]` or nothing, `{name}`
any of a group, `{name}*` up to six of them, `*` up to three words of any kind, `~ing`
a word that ends so, `~number` digits, `~name` what may be a name, `.` the edge of a sentence.  Every repetition is bounded, so time is linear in the length.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from gateway.keywords import Span, span_of
from gateway.words import Spoken, rows, spellings, squeezed

ANY = r"(?:[^. ]+ ){0,3}?"
GROUP = "group"
SHAPES = {
    "~ing": r"[^. ]{2,20}ing ",
    "~number": r"[0-9]{1,12} ",
    # What is said of a name, and of little else.
    "~name": r"(?!(?:coming|going|sure|ready|able|feeling|okay|well|home|there|here"
    r"|working|late|sick|good|yet|it|that|this|now|today|sorry|possible|true|right"
    r"|available|done|happy|able|pregnant|in|at|my|your|the|a|your|interested|seguro"
    r"|segura|really|urgent|bad|fair|serious|open)\b)[^. ]{3,14} ",
}


@dataclass(frozen=True, slots=True)
class Phrase:
    rule: str
    place: Span  # in the line of sentences
    span: Span  # in the text as it came


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of one kind as one expression; each has a named group."""

    wanted: re.Pattern[str]
    names: dict[str, str]


def phrases(kind: str, line: Spoken) -> Iterator[Phrase]:
    """At every word the first rule of this kind that fits there."""
    rules = _rules()[kind]
    for match in rules.wanted.finditer(line.line):
        name = match.lastgroup or ""
        start, end = match.span(name)
        place = _inner(line, (start, end - 1))  # the last space is not part of it
        yield Phrase(rules.names[name], place, span_of(line, place))


@cache
def group(name: str) -> frozenset[str]:
    """The words of a group of one word, as they stand in a line."""
    row = next(r for r in rows("phrases") if (r["kind"], r["rule"]) == (GROUP, name))
    return frozenset(_words(word) for word in row["pattern"].split("|"))


def _inner(line: Spoken, place: Span) -> Span:
    """Without the edges of sentences at its ends."""
    start, end = place
    while line.line[start] == "." and end - start > 1:
        start += 2
    while line.line[end - 1] == "." and end - start > 1:
        end -= 2
    return start, end


@cache
def _rules() -> dict[str, Rules]:
    table = rows("phrases")
    groups = {
        f"{{{row['rule']}}}": "|".join(map(_words, row["pattern"].split("|")))
        for row in table
        if row["kind"] == GROUP
    }
    kinds = {row["kind"] for row in table} - {GROUP}
    return {kind: _compiled(kind, table, groups) for kind in kinds}


def _compiled(kind: str, table: list[dict[str, str]], groups: dict[str, str]) -> Rules:
    names: dict[str, str] = {}
    parts = []
    for number, row in enumerate(table):
        if row["kind"] == kind:
            names[f"r{number}"] = row["rule"]
            parts.append(f"(?P<r{number}>{_pattern(row['pattern'], groups)})")
    return Rules(re.compile(rf"(?<= )(?={'|'.join(parts)})"), names)


def _pattern(text: str, groups: dict[str, str]) -> str:
    made = []
    for piece in text.split():
        inner = piece.strip("[]").removesuffix("*")
        words = (groups.get(word) or _words(word) for word in inner.split("|"))
        either = "|".join(words)
        if piece == "*":
            made.append(ANY)
        elif piece in SHAPES:
            made.append(SHAPES[piece])
        elif piece == ".":
            made.append(r"\. ")
        elif piece.endswith("*"):
            made.append(f"(?:(?:{either}) ){{0,6}}")
        else:
            made.append(f"(?:(?:{either}) ){'?' if piece.startswith('[') else ''}")
    return "".join(made)


def _words(text: str) -> str:
    """A word of a pattern as it stands in a line; `_` is a space inside of it."""
    forms = (squeezed(word) for word in text.split("_"))
    written = " ".join(spellings().get(form, form) for form in forms)
    return re.escape(written).replace(r"\ ", " ")
