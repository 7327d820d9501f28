"""A whole submission, or one text of it, against every rule that needs no network."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from registration.checks.brand import brand_findings
from registration.checks.campaign import campaign_findings
from registration.checks.description import description_findings
from registration.checks.finding import Finding, Severity
from registration.checks.flow import flow_findings
from registration.checks.policy import policy_findings
from registration.checks.replies import KINDS as REPLIES
from registration.checks.replies import reply_findings
from registration.checks.sample import sample_findings
from registration.checks.terms import terms_findings
from registration.submission import Submission

WORST_FIRST = {severity: rank for rank, severity in enumerate(Severity)}


def check(submission: Submission) -> tuple[Finding, ...]:
    """The worst first, then in the order of the submission."""
    return in_order(_all(submission))


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda one: WORST_FIRST[one.rule.severity]))


def _all(submission: Submission) -> Iterator[Finding]:
    campaign, names = submission.campaign, submission.names
    yield from brand_findings(submission.brand)
    yield from description_findings(campaign.description, names)
    yield from flow_findings(campaign.message_flow, names)
    for number, sample in enumerate(campaign.samples):
        yield from sample_findings(
            sample,
            names,
            campaign.use_case,
            campaign.sub_use_cases,
            f"campaign.samples[{number}]",
        )
    for kind, text in (
        ("opt_in_reply", campaign.opt_in_message),
        ("help_reply", campaign.help_message),
        ("stop_reply", campaign.opt_out_message),
    ):
        yield from reply_findings(kind, text, names)
    yield from campaign_findings(submission)


def check_text(
    kind: str, text: str, use_case: str | None = None, names: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """One text for itself.  Raises KeyError for a kind that is not in `TEXTS`."""
    return in_order(TEXTS[kind](text, names, use_case))


Judge = Callable[[str, Sequence[str], str | None], Iterable[Finding]]


def _reply(kind: str) -> Judge:
    return lambda text, names, _: reply_findings(kind, text, names, "text")


TEXTS: Mapping[str, Judge] = {
    "description": lambda text, names, _: description_findings(text, names, "text"),
    "message_flow": lambda text, names, _: flow_findings(text, names, "text"),
    "sample": lambda text, names, use_case: sample_findings(
        text, names, use_case, (), "text"
    ),
    **{kind: _reply(kind) for kind in REPLIES},
    "privacy_policy": lambda text, *_: policy_findings(text),
    "terms": lambda text, *_: terms_findings(text),
}
