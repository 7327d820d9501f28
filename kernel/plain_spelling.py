"""Which signs of a text double its price, and how it is spelled without them.

Pure.  GSM-7 has é, ñ, ü and ¿, but not á, í, ó, ú, curly quotes, long dashes or emoji: one
of these makes a carrier count 70 characters a segment instead of 160.  Nothing is changed
here by itself: what stands in a text is its writer's word.
"""

import re
import unicodedata
from dataclasses import dataclass
from types import MappingProxyType

from kernel.segments import BASIC, EXTENDED, measure

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
# What looks the same to a reader.
SAME = MappingProxyType(
    {
        **dict.fromkeys("‘’‛´`", "'"),
        **dict.fromkeys("“”„«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2007\u202f\u2009\t", " "),
        **dict.fromkeys("\u200b\u200c\u200d\ufeff\u00ad\ufe0f", ""),
        **dict.fromkeys("•·", "-"),
        "…": "...",
        "ç": "c",
        "½": "1/2",
        "¼": "1/4",
        "№": "no.",
        "™": "",
        "®": "",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dear:
    """What makes a text dear, and the same text spelled plainly."""

    words: tuple[tuple[str, str], ...]  # "aquí" and "aqui", in order, each once
    signs: tuple[str, ...]  # that have no plain spelling: emoji, other scripts
    plain: str
    segments: int
    plain_segments: int  # what it costs without them

    @property
    def saves(self) -> bool:
        return self.plain_segments < self.segments


def dear(text: str) -> Dear | None:
    """None where every sign is in GSM-7, so that nothing is doubled."""
    odd = [char for char in text if not _cheap(char)]
    if not odd:
        return None
    plain = spelled_plainly(text)
    words = [
        (word[0], spelled_plainly(word[0]))
        for word in WORD.finditer(text)
        if not all(map(_cheap, word[0])) and not _odd(spelled_plainly(word[0]))
    ]
    inside = {char for pair in words for char in pair[0]}
    alone = [(one, SAME[one] or "nothing") for one in odd if one in SAME]
    return Dear(
        words=tuple(dict.fromkeys((*words, *(p for p in alone if p[0] not in inside)))),
        signs=tuple(dict.fromkeys(_odd(plain))),
        plain=plain,
        segments=measure(text).segments,
        plain_segments=measure(plain).segments,
    )


def spelled_plainly(text: str) -> str:
    """Signs that have no plain spelling stay."""
    return "".join(_plain(char) for char in unicodedata.normalize("NFC", text))


def _plain(char: str) -> str:
    if _cheap(char):
        return char
    if char in SAME:
        return SAME[char]
    bare = unicodedata.normalize("NFKD", char)
    bare = "".join(part for part in bare if not unicodedata.combining(part))
    return bare if bare and all(map(_cheap, bare)) else char


def _cheap(char: str) -> bool:
    return char in BASIC or char in EXTENDED


def _odd(text: str) -> list[str]:
    return [char for char in text if not _cheap(char)]
