"""A text with the places that findings point at, for a page to highlight."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from registration.checks.finding import Finding


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    finding: Finding | None = None


def marked(text: str, findings: Iterable[Finding]) -> tuple[Piece, ...]:
    """In the order of the text; where two overlap, the one that begins first counts,
    and of those the shorter.  Findings about the whole text mark nothing."""
    pieces: list[Piece] = []
    at = 0
    for start, end, finding in _spans(text, findings):
        if start < at:
            continue
        if start > at:
            pieces.append(Piece(text[at:start]))
        pieces.append(Piece(text[start:end], finding))
        at = end
    if at < len(text):
        pieces.append(Piece(text[at:]))
    return tuple(pieces)


def _spans(
    text: str, findings: Iterable[Finding]
) -> Sequence[tuple[int, int, Finding]]:
    whole = (0, len(text))
    spans = [
        (*finding.span, finding)
        for finding in findings
        if finding.span and finding.span != whole and finding.span[0] < finding.span[1]
    ]
    return sorted(spans, key=lambda one: (one[0], one[1]))
