"""The report on a submission: what was found, who will look, how long it may take.

The shape of contract section 6.  Pure.
"""

from collections.abc import Sequence
from typing import Any

from registration.carrier_review import STANDARD, expected_reviews, levels
from registration.checks.finding import Finding, outcome
from registration.checks.score import foretold, score
from registration.submission import Submission, content_hash


def report(
    submission: Submission, findings: Sequence[Finding], *, site_seen: bool
) -> dict[str, Any]:
    """`site_seen` is false when nobody opened the website."""
    points = score(findings, site_seen=site_seen)
    return {
        "outcome": outcome(findings).value,
        "findings": [finding.fields() for finding in findings],
        "mno_review": levels(reviews_of(submission)),
        "forecast": {
            "unit": "business_days",
            "standard": [STANDARD.least, STANDARD.most],
        },
        "score": points.total,
        "to_do": [
            {"area": area.area, "points": round(area.lost, 1)} for area in points.to_do
        ],
        "layers": [
            {"layer": one.layer.value, "foretold": one.word, "sentence": one.sentence}
            for one in foretold(findings, site_seen=site_seen)
        ],
        "site_seen": site_seen,
        "content_sha256": content_hash(submission),
    }


def reviews_of(submission: Submission) -> Any:
    """What each carrier is expected to do itself, by carrier."""
    campaign = submission.campaign
    flags = [name for name, on in campaign.flags.model_dump().items() if on]
    flags += ["age_gated"] if campaign.age_gated else []
    flags += ["direct_lending"] if campaign.direct_lending else []
    return expected_reviews(campaign.use_case, flags)
