"""The rules against texts that vendors call good or bad.  They were written looking at
half A only; half B is the honest figure."""

import hashlib
import json
from collections import Counter
from pathlib import Path

import pytest

from registration.checks.check import check_text
from registration.checks.finding import Outcome, outcome

CORPUS = Path(__file__).parents[4] / "shared/corpora/a_campaign_submissions.jsonl"
KINDS = {"optin_reply": "opt_in_reply"}  # as the corpus calls it

pytestmark = pytest.mark.skipif(
    not CORPUS.exists(), reason="../shared/corpora is not beside the project"
)


def rows(half):
    with CORPUS.open(encoding="utf-8") as lines:
        every = [json.loads(line) for line in lines]
    return [
        row
        for row in every
        if row["label_source"].startswith("stated") and half_of(row["text"]) == half
    ]


def half_of(text):
    first = hashlib.sha256(text.encode()).hexdigest()[0]
    return "A" if int(first, 16) % 2 == 0 else "B"


def judged(half):
    """(stated, ours) counts, and the rows where they differ."""
    counts, misses = Counter(), []
    for row in rows(half):
        kind = KINDS.get(row["kind"], row["kind"])
        found = check_text(kind, row["text"], row["use_case"])
        ours = "fail" if outcome(found) is Outcome.fail else "pass"
        counts[row["verdict"], ours] += 1
        if ours != row["verdict"]:
            misses.append((row["kind"], row["verdict"], row["reason"]))
    return counts, misses


def balanced_accuracy(counts):
    right = [
        counts[verdict, verdict]
        / sum(count for (stated, _), count in counts.items() if stated == verdict)
        for verdict in ("pass", "fail")
    ]
    return sum(right) / 2


def test_half_a_is_judged_as_its_pages_say():
    counts, misses = judged("A")

    assert balanced_accuracy(counts) >= 0.90, misses


def test_half_b_is_reported_and_does_not_fall_behind():
    """The figure of the day the rules were written; misses stay visible with -s."""
    counts, misses = judged("B")
    print(f"half B: {balanced_accuracy(counts):.3f} {dict(counts)}")
    for kind, verdict, reason in misses:
        print(f"  {kind} should {verdict}: {reason}")

    assert balanced_accuracy(counts) >= FLOOR


FLOOR = 0.79  # 0.795 when the rules were written
