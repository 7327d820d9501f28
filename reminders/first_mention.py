"""Who Twilio is, said where a reader meets the name first.  Pure."""

import re
from collections.abc import Sequence

_PLAIN = re.compile(r"\bTwilio\b(?!['’])")


def introduce(sentences: Sequence[str]) -> list[str]:
    """The same sentences, in the order in which they are read."""
    told = list(sentences)
    for place, sentence in enumerate(told):
        named = _PLAIN.search(sentence)
        if named:
            rest = sentence[named.end() :]
            comma = "" if not rest or rest[0] in ".,;:)" else ","
            who = f"Twilio, the texting provider{comma}"
            told[place] = sentence[: named.start()] + who + rest
            break
    return told
