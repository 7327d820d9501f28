"""What differs between two looks at a website, in sentences.  Pure."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from registration.checks.phrases import says

# A page that does not open may open in an hour: such a finding must be seen twice.
PASSING = ("url.", "policy.broken", "terms.broken", "page.heavy", "page.large")
DIGITS = re.compile(r"\d+")
QUOTED = 120
MOST_LINES = 400  # of a page that are compared
MOST = 6


@dataclass(frozen=True, slots=True)
class Seen:
    """Findings as in a report, and the words by address of the pages that opened."""

    findings: Sequence[Mapping[str, Any]]
    words: Mapping[str, str]


def changes(before: Sequence[Seen], now: Seen) -> list[str]:
    """`before` are the last looks, the newest first; of a first look nothing differs."""
    if not before:
        return []
    return [*_worse(before, now), *_reworded(before[0], now)][:MOST]


def _worse(before: Sequence[Seen], now: Seen) -> list[str]:
    told = []
    last = _keys(before[0])
    for finding in now.findings:
        if finding["severity"] == "advice":
            continue
        key = (finding["rule"], finding["field"])
        if str(finding["rule"]).startswith(PASSING):
            # Seen by the last look too, and not by the one before: now it is sure.
            fresh = key in last and len(before) > 1 and key not in _keys(before[1])
        else:
            fresh = key not in last
        if fresh:
            told.append(str(finding["message"]))
    return told


def _keys(seen: Seen) -> set[tuple[str, str]]:
    return {(str(one["rule"]), str(one["field"])) for one in seen.findings}


def _reworded(last: Seen, now: Seen) -> list[str]:
    """Of pages that speak of texts; figures alone change every day."""
    told = []
    for url, words in now.words.items():
        old = last.words.get(url)
        if old is None or old == words or not says("texting", f"{old}\n{words}"):
            continue
        gone, new = _lines(old, words)
        told += [f"Gone from {url}: '{line.rstrip('. ')}'." for line in gone[:1]]
        told += [f"New on {url}: '{line.rstrip('. ')}'." for line in new[:1]]
    return told


def _lines(old: str, new: str) -> tuple[list[str], list[str]]:
    before, after = (
        [DIGITS.sub("0", line) for line in text.splitlines()[:MOST_LINES]]
        for text in (old, new)
    )
    gone, come = [], []
    different = list(difflib.unified_diff(before, after, n=0, lineterm=""))
    for line in different[2:]:  # the first two name the files
        if line.startswith("-"):
            gone.append(line[1 : QUOTED + 1])
        elif line.startswith("+"):
            come.append(line[1 : QUOTED + 1])
    return gone, come
