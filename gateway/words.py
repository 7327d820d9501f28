"""A text as words that compare: case, width, accents, blanks and marks taken away.

Pure, total, linear in the length.  Knows nothing of what any word means.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby
from unicodedata import category, normalize

# Apostrophes ("don't" is "dont"), and what is blank but a letter or sign to Unicode.
UNHEARD = frozenset("'’‘ʼ´`＇\u115f\u1160\u3164\uffa0\u2800") | {
    chr(code)
    for code in range(0xFE00, 0xFE10)  # how an emoji is drawn
}
ENDS = frozenset(".!?;…。！？\n\r\u2028\u2029")  # of a sentence, where a blank follows
SIGNATURE = re.compile(
    r" (?:sent (?:from|via|with)|enviado desde|get outlook for)(?: \S+){0,3}? "
    r"(?:iphone|ipad|ios|android|samsung|galaxy|pixel|outlook|mail|phone|mobile|tablet"
    r"|blackberry|telefono|celular)(?: \S+){0,4} $"
)
TWICE = re.compile(r"([^\W\d_])\1+")


@dataclass(frozen=True, slots=True)
class Word:
    accented: str
    plain: str  # without accents
    start: int  # in the text as it came, half open
    end: int
    first: bool  # of a sentence


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words in one line, without accents and doubled letters, a space around each."""

    line: str
    starts: Sequence[int]  # of each piece of the line
    words: Sequence[Word]  # that each piece comes from


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    words: Sequence[Word]
    joined: Spoken  # every word as it came
    sentences: Spoken  # a " . " around each; short forms written out; no signature


def said(text: str) -> Said:
    words = _words(text)
    return Said(
        text=text,
        words=words,
        joined=_line([(squeezed(word.plain), word) for word in words]),
        sentences=_line(_sentences(unsigned(words))),
    )


def unsigned(words: Sequence[Word]) -> Sequence[Word]:
    """Without "Sent from my iPhone" at the end."""
    tail = words[-12:]  # longer is no signature
    found = SIGNATURE.search(" " + " ".join(word.plain for word in tail) + " ")
    kept = found.string[: found.start()].count(" ") if found else len(tail)
    return words[: len(words) - len(tail) + kept]


def squeezed(text: str) -> str:
    """`STOOOPPP` as `stop`, and so `tell` as `tel`: tables are squeezed as well."""
    return TWICE.sub(r"\1", text)


def _sentences(words: Sequence[Word]) -> list[tuple[str, Word]]:
    pieces: list[tuple[str, Word]] = []
    for word in _read_letters(words):
        if word.first:
            pieces.append((".", word))
        form = squeezed(word.plain)
        pieces += [(part, word) for part in spellings().get(form, form).split()]
    return [*pieces, (".", words[-1])] if words else []


def _read_letters(words: Sequence[Word]) -> Iterator[Word]:
    """S.T.O.P and s t o p as one word."""
    for single, group in groupby(words, key=lambda word: len(word.plain) == 1):
        run = list(group)
        if single and len(run) > 2:
            plain = "".join(word.plain for word in run)
            yield replace(run[0], plain=plain, end=run[-1].end)
        else:
            yield from run


def _line(pieces: Sequence[tuple[str, Word]]) -> Spoken:
    line, starts = [" "], []
    at = 1
    for piece, _ in pieces:
        starts.append(at)
        line += [piece, " "]
        at += len(piece) + 1
    return Spoken("".join(line), starts, [word for _, word in pieces])


def _words(text: str) -> list[Word]:
    words: list[Word] = []
    letters: list[str] = []
    start = end = 0
    ended = first = True  # a sentence is over; the word that grows begins one
    for at, char in enumerate(text + " "):
        for part in _fold(char):
            if part != " ":
                if not letters:
                    start, first = at, ended
                letters.append(part)
                end, ended = at + 1, False
            elif letters:
                words.append(_word(letters, start, end, first))
                letters = []
        if char in ENDS and (text[at + 1 : at + 2].isspace() or char < " "):
            ended = True
    return [word for word in words if word.plain]


def _word(letters: Sequence[str], start: int, end: int, first: bool) -> Word:
    accented = normalize("NFD", "".join(letters))
    plain = "".join(part for part in accented if category(part)[0] != "M")
    return Word(accented, plain, start, end, first)


@lru_cache(maxsize=8192)
def _fold(char: str) -> str:
    """Letters, digits and accents as they compare; a space for what parts words."""
    if char in UNHEARD:
        return ""
    folded = ""
    for part in normalize("NFKD", normalize("NFKD", char).casefold()):
        kind = category(part)
        if part.isalnum() or kind in ("Mn", "Mc"):
            folded += part
        elif kind not in ("Cf", "Cs", "Me"):
            folded += " "
    return folded


def rows(name: str) -> list[dict[str, str]]:
    """A table of this package, as the file has it."""
    text = files("gateway").joinpath(f"data/{name}.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def spellings() -> dict[str, str]:
    """Short forms and slips of many hands, squeezed, each with what it stands for."""
    return {squeezed(row["typed"]): squeezed(row["means"]) for row in rows("spellings")}
