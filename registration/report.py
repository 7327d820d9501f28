"""The report on a submission: what was found, who will look, how long it may take.

The shape of contract section 6.  Pure.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from registration import forecast
from registration.carrier_review import expected_reviews, levels
from registration.checks.finding import Finding, outcome
from registration.checks.score import baseline_missed, foretold, score
from registration.submission import Submission, content_hash


def report(
    submission: Submission,
    findings: Sequence[Finding],
    handed_in: date,
    *,
    site_seen: bool,
) -> dict[str, Any]:
    """`handed_in` is the day from which the forecast counts; `site_seen` is false when
    nobody opened the website."""
    points = score(findings, site_seen=site_seen)
    return {
        "outcome": outcome(findings).value,
        "findings": [finding.fields() for finding in findings],
        "mno_review": levels(reviews_of(submission)),
        "forecast": forecast.fields(
            forecast.forecast(
                case_of(submission, findings, handed_in, site_seen=site_seen)
            )
        ),
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


def case_of(
    submission: Submission,
    findings: Sequence[Finding],
    handed_in: date,
    *,
    site_seen: bool,
) -> forecast.Case:
    """What its forecast depends on."""
    return forecast.Case(
        use_case=submission.campaign.use_case,
        flags=flags_of(submission),
        handed_in=handed_in,
        missed=baseline_missed(findings, site_seen=site_seen),
    )


def reviews_of(submission: Submission) -> Any:
    """What each carrier is expected to do itself, by carrier."""
    return expected_reviews(submission.campaign.use_case, flags_of(submission))


def flags_of(submission: Submission) -> frozenset[str]:
    """As `carrier_review` names them."""
    campaign = submission.campaign
    flags = [name for name, on in campaign.flags.model_dump().items() if on]
    flags += ["age_gated"] if campaign.age_gated else []
    flags += ["direct_lending"] if campaign.direct_lending else []
    return frozenset(flags)
