"""What a new wording changes: word by word, and by whole sentences.

Pure; it says what differs and never what it means.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Mark = Literal["same", "gone", "new"]
SHORTEST = 15  # letters: a shorter sentence, such as "Reply STOP.", is quoted by chance


@dataclass(frozen=True, slots=True)
class Piece:
    mark: Mark
    text: str


def difference(old: str, new: str) -> tuple[Piece, ...]:
    """In reading order.  The pieces that are not new make the old text, those that are
    not gone make the new one."""
    before, after = _words(old), _words(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    found: list[Piece] = []
    for what, start, end, from_, to in matcher.get_opcodes():
        if what == "equal":
            found.append(Piece("same", "".join(before[start:end])))
            continue
        found += _piece("gone", before[start:end])
        found += _piece("new", after[from_:to])
    return tuple(found)


def sentences_gone(old: str, new: str) -> tuple[str, ...]:
    """The sentences that the new wording has no more, as they stood."""
    kept = {plain(sentence) for sentence in _sentences(new)}
    return tuple(
        sentence
        for sentence in _sentences(old)
        if plain(sentence) not in kept and len(plain(sentence)) >= SHORTEST
    )


def plain(text: str) -> str:
    """As two people would copy the same words: one case, one kind of blank, straight
    quotes, no full stop at the end."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    straight = folded.translate(str.maketrans("‘’“”", "''\"\""))
    return " ".join(straight.split()).rstrip(" .!?")


def _words(text: str) -> list[str]:
    return re.findall(r"^\s+|\S+\s*", text)


def _sentences(text: str) -> list[str]:
    parts = re.split(r"(?<=[.!?])\s+|\n+", text)
    return [part.strip() for part in parts if part.strip()]


def _piece(mark: Mark, words: list[str]) -> Iterator[Piece]:
    if words:
        yield Piece(mark, "".join(words))
