"""What reading a patient's text costs, over the least that any reader does: fold the
case and look into a set."""

import csv
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from gateway.intent import Context, read

ROWS = Path(__file__).parents[1] / "tests/gateway/phrasings.csv"
ROUNDS = 7
IDLE = Context(standing="opted_in", open_prompt=None)
WORDS = frozenset({"stop", "unsubscribe", "end", "quit", "cancel", "help", "start"})


def figures() -> dict[str, float]:
    """Medians of interleaved rounds over the table of phrasings; microseconds a text."""
    with ROWS.open(encoding="utf-8", newline="") as lines:
        texts = [row["text"] for row in csv.DictReader(lines)]
    ours, least = [], []
    read(texts[0], IDLE)
    for _ in range(ROUNDS):
        ours.append(_each(lambda text: read(text, IDLE), texts))
        least.append(_each(lambda text: text.casefold().strip() in WORDS, texts))
    longest = max((text * (1600 // len(text)) for text in texts[:200]), key=_alone)
    return {
        "texts": len(texts),
        "ours_us": statistics.median(ours),
        "least_us": statistics.median(least),
        "longest_us": _alone(longest),
    }


def _each(look: Callable[[str], object], texts: list[str]) -> float:
    began = time.perf_counter()
    for text in texts:
        look(text)
    return (time.perf_counter() - began) * 1e6 / len(texts)


def _alone(text: str) -> float:
    return _each(lambda one: read(one, IDLE), [text])
