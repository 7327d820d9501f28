"""What judging a submission costs, over one pass of one regular expression on the same
text; and whether the time of each rule grows with the length and no faster."""

import re
import statistics
import time
from collections.abc import Callable

from registration.checks.check import TEXTS, check, check_text
from registration.submission import Submission
from tests.registration.checks.sound import submission

ROUNDS = 15
ONE = re.compile(r"(?<!\w)(?:stop|help|unsubscribe)(?!\w)", re.IGNORECASE)
SHORT, LONG = 2_500, 10_000  # characters
HOSTILE = (  # one after the other until the text is long enough
    "a",
    "A",
    " ",
    "a ",
    "Ab ",
    ". ",
    "[ ]",
    "[a",
    "{a} ",
    "<",
    "1",
    "(1",
    "555-",
    "a.",
    "a.b.",
    "http://",
    "https://a.b/",
    "@",
    "a@b.",
    "I agree to texts and terms and ",
    "i agree, text, email, ",
    "by default not never ",
    "10% ",
    "free a free ",
    "opt in ",
    "message and data ",
    "“ ",
    "\n",
    "İ",
    "é",
)


def figures() -> dict[str, float]:
    """Medians, microseconds; `growth` is the dearest of all rules and texts: time at
    10,000 characters over time at 2,500, where 4 is linear."""
    made = submission()
    sample = made.campaign.samples[0]
    whole = "\n".join(_texts(made))
    check(made)
    ours_whole = _median(lambda: check(made))
    ours_sample = _median(lambda: check_text("sample", sample))
    growth, worst = _growth()
    return {
        "submission_us": ours_whole,
        "submission_ratio": ours_whole / _median(lambda: ONE.search(whole + "x")),
        "submission_characters": len(whole),
        "sample_us": ours_sample,
        "sample_ratio": ours_sample / _median(lambda: ONE.search(sample[:90])),
        "growth": growth,
        "longest_ms": worst / 1e3,
    }


def _texts(made: Submission) -> list[str]:
    campaign = made.campaign
    return [
        campaign.description,
        campaign.message_flow,
        *campaign.samples,
        campaign.opt_in_message,
        campaign.opt_out_message,
        campaign.help_message,
    ]


def _growth() -> tuple[float, float]:
    """The worst ratio among what is worth timing, and the dearest 10,000 characters."""
    worst = dearest = 0.0
    for kind in TEXTS:
        for piece in HOSTILE:
            times = {
                length: _median(
                    lambda kind=kind, text=(piece * length)[:length]: check_text(  # type: ignore[misc]
                        kind, text
                    ),
                    rounds=5,
                )
                for length in (SHORT, LONG)
            }
            dearest = max(dearest, times[LONG])
            if times[LONG] > 2_000:  # below, the clock decides
                worst = max(worst, times[LONG] / times[SHORT])
    return worst, dearest


def _median(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        took.append((time.perf_counter() - began) * 1e6)
    return statistics.median(took)
