"""Rules for plain language: rows of `data/phrases.csv`, found in a text's sentences.

A pattern is words with a space between them: `a|b` either, `[a|b]` or nothing, `{name}`
any of a group, `{name}*` up to six of them, `*` up to three words of any kind, `~ing`
a word that ends so, `~number` digits, `~name` what may be a name, `.` the edge of a
sentence, `a_b` two words as one.  Every repetition is bounded, and a rule is tried only
at words that it may begin with: time is linear in the length.
"""

import re
from collections.abc import Iterator, Sequence
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
    r"|available|done|happy|pregnant|in|at|my|your|the|a|interested|seguro"
    r"|segura|really|urgent|bad|fair|serious|open)\b)[^. ]{3,14} ",
}


@dataclass(frozen=True, slots=True)
class Phrase:
    rule: str
    place: Span  # in the line of sentences
    span: Span  # in the text as it came


@dataclass(frozen=True, slots=True)
class Rule:
    number: int  # the earlier in the table goes first
    name: str
    wanted: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a pattern.  `first` is None where any word will do."""

    pattern: str
    first: frozenset[str] | None
    needed: bool


Rules = dict[str, tuple[Rule, ...]]  # by the word that they may begin with
ANYWHERE = ""


def phrases(kind: str, line: Spoken) -> Iterator[Phrase]:
    """At every word the first rule of this kind that fits there."""
    rules = _rules()[kind]
    anywhere = rules.get(ANYWHERE, ())
    for start in line.starts:
        word = line.line[start : line.line.index(" ", start)]
        for rule in rules.get(word, anywhere):
            match = rule.wanted.match(line.line, start)
            if match:
                place = _inner(line, (start, match.end() - 1))  # without the last space
                yield Phrase(rule.name, place, span_of(line, place))
                break


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
    found: dict[str, dict[str, list[Rule]]] = {}
    for number, row in enumerate(table):
        if row["kind"] != GROUP:
            pieces = [_piece(text, groups) for text in row["pattern"].split()]
            wanted = re.compile("".join(piece.pattern for piece in pieces))
            rule = Rule(number, row["rule"], wanted)
            for word in _firsts(pieces):
                found.setdefault(row["kind"], {}).setdefault(word, []).append(rule)
    return {kind: _in_order(by_word) for kind, by_word in found.items()}


def _in_order(by_word: dict[str, list[Rule]]) -> Rules:
    """What may begin with any word is among those of each."""
    anywhere = by_word.get(ANYWHERE, [])
    return {
        word: tuple(sorted({*some, *anywhere}, key=lambda rule: rule.number))
        for word, some in by_word.items()
    }


def _firsts(pieces: Sequence[Piece]) -> set[str]:
    firsts: set[str] = set()
    for piece in pieces:
        if piece.first is None:
            return {ANYWHERE}
        firsts |= piece.first
        if piece.needed:
            return firsts
    raise ValueError("A pattern of phrases.csv has nothing that must be there.")


def _piece(text: str, groups: dict[str, str]) -> Piece:
    if text == "*":
        return Piece(ANY, None, False)
    if text in SHAPES:
        return Piece(SHAPES[text], None, True)
    if text == ".":
        return Piece(r"\. ", frozenset({"."}), True)
    often, maybe = text.endswith("*"), text.startswith("[")
    words = text.strip("[]").removesuffix("*").split("|")
    either = "|".join(groups.get(word) or _words(word) for word in words)
    first = frozenset(word.split()[0] for word in either.split("|"))
    times = "{0,6}" if often else "?" if maybe else ""
    return Piece(f"(?:(?:{either}) ){times}", first, not (often or maybe))


def _words(text: str) -> str:
    """A word of a pattern as it stands in a line; `_` is a space inside of it."""
    forms = (squeezed(word) for word in text.split("_"))
    written = " ".join(spellings().get(form, form) for form in forms)
    return re.escape(written).replace(r"\ ", " ")
