"""What of a name or a place may stand in a text: nothing that a phone turns into a
link, no control or invisible character, and not more than its share of a segment.
"""

import re
import unicodedata

# Full-width and CJK forms of "." that a phone reads as one.
DOTS = str.maketrans(dict.fromkeys("。．｡․", "."))
MOST_READ = 1000  # characters of a cell
SPACE = re.compile(r"\s+")
LINK = re.compile(r"://|^www\.|@|\.\S*/|\d+\.\d+\.\d+", re.IGNORECASE)
DOT_INSIDE = re.compile(r"\.(?=[^\W_])")  # "evil.tld" is a link, "evil. tld" is not
NAME_MARKS = frozenset("'’- ")
APOSTROPHES = str.maketrans("’‘`´", "''''")  # one curly quote doubles the price


def plain(text: str) -> str:
    """One line of NFKC text without control, invisible or private characters.

    Code points that stand for nothing (lone surrogates) are dropped too.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text[:MOST_READ].strip()
    short = text[:MOST_READ]  # composing marks takes time in the square of their run
    spaced = SPACE.sub(" ", unicodedata.normalize("NFKC", short))
    kept = (char for char in spaced if unicodedata.category(char)[0] != "C")
    return SPACE.sub(" ", "".join(kept)).strip()


def folded(text: str) -> str:
    """Small letters without accents."""
    if text.isascii():
        return text.casefold()
    parts = unicodedata.normalize("NFKD", text)
    return "".join(char for char in parts if not unicodedata.combining(char)).casefold()


def as_words(text: str, most: int) -> str:
    """A place or a clinic, at most `most` characters, "" when nothing is left."""
    kept = "".join(  # before links are looked for: without its sign "evil.©tld" is one
        char
        for char in plain(text).translate(DOTS).translate(APOSTROPHES)
        if char not in "{}" and unicodedata.category(char) not in {"So", "Sk"}
    )
    unlinked = " ".join(one for one in kept.split(" ") if not LINK.search(one))
    spaced = DOT_INSIDE.sub(". ", unlinked)
    return SPACE.sub(" ", spaced)[:most].strip()


def as_name(text: str, most: int) -> str:
    """A given name: letters, spaces, hyphens and apostrophes."""
    kept = (
        char if char in NAME_MARKS or unicodedata.category(char)[0] in "LM" else " "
        for char in as_words(text, len(text) + len(text))
    )
    return SPACE.sub(" ", "".join(kept)).strip(" -'")[:most].strip()
