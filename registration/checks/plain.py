"""How many years of school a text asks for (R22): the Flesch-Kincaid grade.

English only, and about: syllables are counted by groups of vowels.
"""

import re

HARDEST = 13  # grade; a policy above it is hard to follow for most patients
FEWEST = 100  # words; of less a grade says nothing

WORD = re.compile(r"[A-Za-z][A-Za-z’']*")
END = re.compile(r"[.!?]+(?:\s|$)|\n")
VOWELS = re.compile(r"[aeiouy]+")
SPANISH = re.compile(r"(?i)\b(?:que|los|para|una|con|por|datos|usted)\b")


def grade(text: str) -> int | None:
    """None for what is short or is not English."""
    words = WORD.findall(text)
    if len(words) < FEWEST or len(SPANISH.findall(text)) * 20 > len(words):
        return None
    # Headings and lines of lists are sentences of their own, unless very short.
    parts = [len(WORD.findall(part)) for part in END.split(text)]
    sentences = max(1, sum(1 for size in parts if size >= 4))
    syllables = sum(map(_syllables, words))
    per_sentence, per_word = len(words) / sentences, syllables / len(words)
    return max(0, round(0.39 * per_sentence + 11.8 * per_word - 15.59))


def _syllables(word: str) -> int:
    word = word.casefold()
    silent = word.endswith("e") and not word.endswith(("le", "ee"))
    return max(1, len(VOWELS.findall(word)) - silent)
