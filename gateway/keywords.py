"""Words that decide by themselves: the whole text, or a stop word found anywhere.

The table is `data/keywords.csv`; `data/lookalikes.csv` has ordinary words that are one
slip away from a stop word.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from unicodedata import category

from gateway.words import Said, Spoken, Word, rows, said, spellings, squeezed, unsigned

SIGNS = frozenset({"So", "Sm", "Sc", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"})
SHORTEST = 4  # letters of a stop word that a slip may still show


@dataclass(frozen=True, slots=True)
class Keyword:
    kind: str  # an intent, or yes, emergency, reassigned
    match: str  # exact: as the whole text; token: inside too; edge: first, last; phrase
    rule: str


@dataclass(frozen=True, slots=True)
class Phrases:
    """Keywords to find among other words."""

    wanted: re.Pattern[str]
    keywords: dict[str, Keyword]


@dataclass(frozen=True, slots=True)
class Table:
    whole: dict[str, Keyword]  # by its letters, nothing between them
    stop: Phrases
    emergency: Phrases
    reassigned: Phrases
    signs: dict[str, Keyword]  # stop signs, found anywhere
    lone: dict[str, Keyword]  # stop words of one word, squeezed


Span = tuple[int, int]
Found = tuple[Keyword, Span] | None


def whole(text: Said) -> Found:
    """The keyword that the text is, its signature apart."""
    if not text.words:
        return _sign(text.text)
    for words in (text.words, unsigned(text.words)):
        for forms in ([w.accented for w in words], [w.plain for w in words]):
            letters = "".join(forms)
            once = letters[: (letters + letters).find(letters, 1)]  # of "STOP STOP"
            keyword = table().whole.get(letters) or table().whole.get(once)
            if keyword:
                return keyword, (words[0].start, words[-1].end)
    return None


def _sign(text: str) -> Found:
    """A text of one sign, perhaps repeated: 🛑🛑 or ??"""
    places = [at for at, char in enumerate(text) if category(char) in SIGNS]
    keywords = {table().whole.get(text[at]) for at in places}
    keyword = keywords.pop() if len(keywords) == 1 else None
    return (keyword, (places[0], places[-1] + 1)) if keyword else None


def stop_sign(text: Said) -> Found:
    for sign, keyword in table().signs.items():
        at = text.text.find(sign)
        if at >= 0:
            return keyword, (at, at + len(sign))
    return None


def found(phrases: Phrases, text: Said) -> Found:
    """The first of the phrases, in whole words or in letters spelled one by one."""
    return next(every(phrases, text.joined), None) or spelled(phrases, text.words)


def every(phrases: Phrases, line: Spoken) -> Iterator[tuple[Keyword, Span]]:
    for match in phrases.wanted.finditer(line.line):
        yield phrases.keywords[match[1]], span_of(line, match.span(1))


def span_of(line: Spoken, place: Span) -> Span:
    """Where in the text as it came a part of the line stands."""
    first = line.words[bisect_right(line.starts, place[0]) - 1]
    last = line.words[bisect_right(line.starts, place[1] - 1) - 1]
    return first.start, last.end


def spelled(phrases: Phrases, words: Sequence[Word]) -> Found:
    """S T O P among other words."""
    for single, group in groupby(words, key=lambda word: len(word.plain) == 1):
        run = list(group)
        if not single or len(run) < 3:
            continue
        letters = "".join(word.plain for word in run)
        for form, keyword in phrases.keywords.items():
            at = letters.find(form)
            if at >= 0:
                return keyword, (run[at].start, run[at + len(form) - 1].end)
    return None


def slip(form: str) -> tuple[Keyword, bool] | None:
    """The stop word that a lone word misses by one letter, left out, put in, changed
    or swapped; True when it is an ordinary word as well, such as "shop"."""
    if len(form) < SHORTEST - 1 or form in spellings():
        return None
    for stop, keyword in table().lone.items():
        if form == stop:
            return keyword, False
    for stop, keyword in table().lone.items():
        if len(stop) >= SHORTEST and _one_slip(form, stop):
            return keyword, form in lookalikes()
    return None


def _one_slip(one: str, other: str) -> bool:
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    left, right = one[start:], other[start:]
    swapped = left[:2] == right[1::-1] and len(right) > 1 and left[2:] == right[2:]
    return swapped or left[1:] == right or left == right[1:] or left[1:] == right[1:]


@cache
def lookalikes() -> frozenset[str]:
    return frozenset(squeezed(row["word"]) for row in rows("lookalikes"))


@cache
def table() -> Table:
    known = [
        (row["keyword"], Keyword(row["class"], row["match"], row["rule"]))
        for row in rows("keywords")
    ]
    accented: dict[str, Keyword] = {}
    plain: dict[str, Keyword] = {}
    lone: dict[str, Keyword] = {}
    for text, keyword in known:
        words = said(text).words
        if keyword.match != "phrase" or keyword.kind == "stop":
            accented["".join(word.accented for word in words) or text] = keyword
            plain.setdefault("".join(word.plain for word in words) or text, keyword)
        if keyword.kind == "stop" and len(words) == 1 and words[0].plain.isascii():
            lone.setdefault(squeezed(words[0].plain), keyword)
    return Table(
        whole={**plain, **accented},
        stop=_phrases(known, "stop"),
        emergency=_phrases(known, "emergency"),
        reassigned=_phrases(known, "reassigned"),
        signs={s: k for s, k in known if k.match == "token" and not said(s).words},
        lone=lone,
    )


def _phrases(known: Sequence[tuple[str, Keyword]], kind: str) -> Phrases:
    keywords: dict[str, Keyword] = {}
    for text, keyword in known:
        if keyword.kind == kind and keyword.match != "exact" and said(text).words:
            keywords.setdefault(said(text).joined.line.strip(), keyword)
    # An "edge" word counts as the first or last of all, where (?<=^ ) or $ is.
    longest_first = sorted(keywords, key=len, reverse=True)
    wanted = "|".join(
        rf"(?<=^ ){form}(?= )|{form}(?= $)"
        if keywords[form].match == "edge"
        else rf"{form}(?= )"
        for form in longest_first
    )
    return Phrases(re.compile(f"(?<= )({wanted})"), keywords)
