"""How many segments a text costs, as carriers count them.  Changes no character.

GSM 03.38 where every character fits, else UCS-2: one accented vowel more than doubles
the price of a text.
"""

from dataclasses import dataclass
from typing import Literal

Encoding = Literal["GSM-7", "UCS-2"]

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # sent as escape + character: two units

# Units in a text of one segment, and in each of several (7 or 3 go to the header).
GSM_ONE, GSM_EACH = 160, 153
UCS_ONE, UCS_EACH = 70, 67


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """`units` are septets (GSM-7) or 16-bit units (UCS-2), headers not counted."""

    encoding: Encoding
    segments: int
    units: int


def measure(text: str) -> Segments:
    """What `text` costs.  Nothing costs nothing: "" has 0 segments.

    Neither an extended character nor a surrogate pair is split over two segments.
    Lone surrogates count one unit; two that make a pair count as that pair.
    """
    if all(char in BASIC or char in EXTENDED for char in text):
        widths = [2 if char in EXTENDED else 1 for char in text]
        return _counted("GSM-7", widths, GSM_ONE, GSM_EACH)
    joined = text.encode("utf-16-le", "surrogatepass").decode(
        "utf-16-le", "surrogatepass"
    )
    widths = [2 if char > "\uffff" else 1 for char in joined]
    return _counted("UCS-2", widths, UCS_ONE, UCS_EACH)


def _counted(encoding: Encoding, widths: list[int], one: int, each: int) -> Segments:
    units = sum(widths)
    if units <= one:
        return Segments(encoding=encoding, segments=min(units, 1), units=units)
    segments, free = 1, each
    for width in widths:
        if width > free:
            segments, free = segments + 1, each
        free -= width
    return Segments(encoding=encoding, segments=segments, units=units)
