"""Outside text on a screen: what a reader could not see is shown as a sign, so that a
patient's words can neither move a terminal's cursor nor look like a line of ours."""

import re

UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]"
)


def visible(text: str, newlines: bool = False) -> str:
    """`newlines` leaves line ends, for a text of several lines of our own."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return UNSEEN.sub(lambda found: _sign(found[0], newlines), clean)


def _sign(char: str, newlines: bool) -> str:
    if newlines and char == "\n":
        return char
    code = ord(char)
    return chr(0x2400 + code) if code < 0x20 else f"⟨U+{code:04X}⟩"
