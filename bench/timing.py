"""Interleaved rounds, medians and the machine's own noise."""

import statistics
import time
from collections.abc import Callable, Mapping

ROUNDS = 3


def interleaved(
    cases: Mapping[str, Callable[[], float]], rounds: int = ROUNDS
) -> dict[str, float]:
    """The median of each case; the cases take turns, so that a slow minute of the
    machine slows all of them."""
    found: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            found[name].append(case())
    return {name: statistics.median(values) for name, values in found.items()}


def percentile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def noise() -> str:
    """The same second of arithmetic, again and again: what it varies by."""
    took = []
    for _ in range(12):
        began = time.perf_counter()
        sum(number * number for number in range(1_000_000))
        took.append(time.perf_counter() - began)
    return (
        f"the same sum took {min(took) * 1e3:.0f} to {max(took) * 1e3:.0f} ms "
        f"(x{max(took) / min(took):.1f})"
    )
