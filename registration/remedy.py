"""What to write instead: replacement texts from the clinic's own data, finding by
finding (R146).

Proposes and applies; submits nothing, and knows nothing that only the clinic can know
(its tax number, its legal name): that goes into the letter to the clinic.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consent.models import Topic
from registration.checks.campaign import LINK_HOLE, PHONE_HOLE
from registration.checks.finding import Finding, Severity
from registration.checks.sample import is_promotional, plain
from registration.checks.words import PHONE, URL
from registration.remedy_texts import Facts, text, texts
from registration.submission import Submission, as_json

SERIES = {  # of rejection codes, as the guide names them (R139-R143)
    "2000": "consent and use case",
    "7000": "website and brand",
    "7100": "terms for texts",
    "8000": "samples and answers",
    "9000": "privacy policy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One field of a submission, as it is and as it is proposed."""

    field: str
    before: Any
    after: Any
    rules: tuple[str, ...]  # findings that it answers


def remedies(
    submission: Submission, findings: Iterable[Finding], facts: Facts
) -> tuple[Change, ...]:
    """Each field once, however many findings it has; only what would change."""
    found = tuple(findings)
    wanted: dict[str, list[str]] = {}
    for finding in found:
        for field in _fields_of(finding):
            wanted.setdefault(field, []).append(finding.rule.id)
    proposed = _with_flags(wanted)
    faulty = _faulty(found)
    changes = []
    after = submission
    for field, rules in proposed.items():
        before = value_at(after, field)
        new = WRITERS[field](after, facts)
        if field == SAMPLES:
            new = _mended_samples(before, new, faulty)
        if new != before:
            change = Change(field=field, before=before, after=new, rules=tuple(rules))
            after = apply(after, (change,))
            changes.append(change)
    return tuple(changes)


SAMPLES = "campaign.samples"
FEWEST, MOST = 2, 5


def _faulty(findings: Iterable[Finding]) -> frozenset[int]:
    """The samples that a finding points at."""
    numbers = (NUMBERED.fullmatch(finding.field) for finding in findings)
    return frozenset(int(found[1]) for found in numbers if found)


NUMBERED = re.compile(r"campaign\.samples\[(\d+)\]")


def _mended_samples(
    before: Sequence[str], proposed: Sequence[str], faulty: frozenset[int]
) -> list[str]:
    """Good ones stay; as many as there were come in the place of the others."""
    kept = [
        text
        for number, text in enumerate(before)
        if number not in faulty and text.strip()
    ][:MOST]
    wanted = min(MOST, max(FEWEST, len([one for one in before if one.strip()])))
    known = {plain(text) for text in kept}
    fresh = [text for text in proposed if plain(text) not in known]
    return [
        *kept,
        *fresh[: max(wanted - len(kept), 0 if faulty or kept != list(before) else 1)],
    ]


def with_true_flags(submission: Submission, taken: Iterable[Change]) -> Submission:
    """The flags say what the samples show, whichever of the proposals were taken."""
    fields = {change.field for change in taken}
    if not fields & {SAMPLES, *FLAGS}:
        return submission
    flags = tuple(
        Change(field=flag, before=None, after=WRITERS[flag](submission, None), rules=())
        for flag in FLAGS
    )
    return apply(submission, flags)


FLAGS = ("campaign.embedded_link", "campaign.embedded_phone")


def of_code(
    submission: Submission, findings: Iterable[Finding], series: str, facts: Facts
) -> tuple[Change, ...]:
    """For a rejection of this series: what the findings of the series ask for, and
    where there are none, every text that such a rejection is about."""
    own = of_series(findings, series)
    changes = remedies(submission, own, facts)
    if changes:
        return changes
    return tuple(
        Change(field=field, before=before, after=after, rules=())
        for field in ABOUT.get(series, ())
        if (after := WRITERS[field](submission, facts))
        != (before := value_at(submission, field))
    )


ABOUT: Mapping[str, Sequence[str]] = {
    "2000": (
        "campaign.description",
        "campaign.message_flow",
        "campaign.opt_in_message",
        "opt_in_proof",
    ),
    "7100": ("campaign.terms_url",),
    "8000": (
        "campaign.samples",
        "campaign.opt_out_message",
        "campaign.help_message",
    ),
    "9000": ("campaign.privacy_policy_url",),
}


def apply(submission: Submission, changes: Iterable[Change]) -> Submission:
    fields = as_json(submission)
    for change in changes:
        *parents, last = change.field.split(".")
        place = fields
        for name in parents:
            place = place[name]
        place[last] = change.after
    return Submission.model_validate(fields, strict=False)


def value_at(submission: Submission, field: str) -> Any:
    value: Any = as_json(submission)
    for name in field.split("."):
        value = value[name]
    return value


def of_series(findings: Iterable[Finding], series: str) -> tuple[Finding, ...]:
    return tuple(one for one in findings if one.rule.series == series)


def letter(findings: Iterable[Finding], facts: Facts) -> str:
    """What only the clinic itself can change, in plain words, as a text to send."""
    texts = dict.fromkeys(
        f"- {finding.message} {finding.fix}"
        for finding in findings
        if finding.rule.severity is not Severity.advice and _is_the_clinics(finding)
    )
    parts = (text("letter_open", facts), "\n".join(texts), text("letter_close", facts))
    return "\n\n".join(parts) if texts else ""


def _flow(_: Submission, facts: Facts) -> str:
    ways = [text(f"flow_{way}", facts) for way in facts.ways]
    several = [text("separate", facts)] if len(facts.topics) > 1 else []
    return "\n".join([*ways, *several])


def _samples(_: Submission, facts: Facts) -> list[str]:
    """What really leaves comes first (R94)."""
    kinds = [
        f"sample_{topic.value}_{number}"
        for topic in facts.topics
        for number in (1, 2)
        if f"sample_{topic.value}_{number}" in texts()
    ]
    made = [text(kind, facts) for kind in kinds]
    return [*facts.sent[:2], *(made[1:] if facts.sent else made)][:5]


def _use_case(submission: Submission, facts: Facts) -> str:
    """What the samples say the clinic sends, not what was declared of it."""
    sells = [is_promotional(text) for text in submission.campaign.samples]
    topics = {Topic.marketing} if any(sells) else set()
    topics |= {Topic.care} if not all(sells) or not sells else set()
    topics |= set(facts.topics) - {Topic.marketing, Topic.care}
    if topics == {Topic.care}:
        return "ACCOUNT_NOTIFICATION"
    return "MIXED" if Topic.care in topics else "MARKETING"


def _subs(submission: Submission, facts: Facts) -> list[str]:
    mixed = _use_case(submission, facts) == "MIXED"
    return ["ACCOUNT_NOTIFICATION", "MARKETING"] if mixed else []


def _found_in_samples(*patterns: Any) -> Callable[[Submission, Any], bool]:
    return lambda submission, _: any(
        pattern.search(sample)
        for sample in submission.campaign.samples
        for pattern in patterns
    )


def _https_website(submission: Submission, _: Facts) -> str:
    """The same address, sealed; whether it answers, the look at it says."""
    website = submission.brand.website.strip()
    plain_http = website.lower().startswith("http://")
    return f"https://{website[7:]}" if plain_http else submission.brand.website


def _proof(submission: Submission, facts: Facts) -> list[dict[str, str]]:
    """The form's own address; papers and scripts only a person can attach."""
    kept = [one.model_dump() for one in submission.opt_in_proof if one.url or one.file]
    kinds = {one["kind"] for one in kept}
    web = {"kind": "web", "url": facts.form_url, "file": ""}
    return kept if "web" in kinds else [*kept, web]


def _plain(key: str) -> Callable[[Submission, Facts], str]:
    return lambda _, facts: text(key, facts)


# In this order: what is written last may read what was written before.
WRITERS: Mapping[str, Callable[[Submission, Any], Any]] = {
    "brand.website": _https_website,
    "campaign.use_case": _use_case,
    "campaign.sub_use_cases": _subs,
    "campaign.description": _plain("description"),
    "campaign.message_flow": _flow,
    "campaign.samples": _samples,
    "campaign.opt_in_message": _plain("opt_in_message"),
    "campaign.opt_out_message": _plain("opt_out_message"),
    "campaign.help_message": _plain("help_message"),
    "campaign.opt_in_keywords": lambda *_: ["START", "YES"],
    "campaign.opt_out_keywords": lambda *_: ["STOP", "UNSUBSCRIBE", "END", "QUIT"],
    "campaign.help_keywords": lambda *_: ["HELP", "INFO"],
    "campaign.embedded_link": _found_in_samples(URL, LINK_HOLE),
    "campaign.embedded_phone": _found_in_samples(PHONE, PHONE_HOLE),
    "campaign.privacy_policy_url": lambda _, facts: (
        facts.hosted_privacy or facts.privacy_url
    ),
    "campaign.terms_url": lambda _, facts: facts.hosted_terms or facts.terms_url,
    "opt_in_proof": _proof,
}
BY_RULE: Mapping[str, Sequence[str]] = {
    "use_case.mixed_consent": ("campaign.message_flow",),
    "use_case.marketing_consent": ("campaign.message_flow",),
    "use_case.mixed": ("campaign.use_case", "campaign.sub_use_cases"),
    "use_case.subs": ("campaign.use_case", "campaign.sub_use_cases"),
    "proof.way": ("opt_in_proof",),
    "sample.use_case": ("campaign.use_case", "campaign.sub_use_cases"),
    "flags.embedded_link_no": ("campaign.embedded_link",),
    "flags.embedded_phone_no": ("campaign.embedded_phone",),
}


def can_write(finding: Finding) -> bool:
    """Is there a proposal for it?  Else only the clinic, or a person, can change it."""
    return bool(_fields_of(finding))


def _fields_of(finding: Finding) -> tuple[str, ...]:
    """The fields that a proposal for this finding rewrites; none: nobody but the
    clinic can."""
    if finding.rule.id in BY_RULE:
        return tuple(BY_RULE[finding.rule.id])
    field = finding.field.partition("[")[0]
    return (field,) if field in WRITERS else ()


def _with_flags(wanted: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """In the order of `WRITERS`; new samples bring their flags with them."""
    fields = dict(wanted)
    if "campaign.samples" in fields:
        for flag in FLAGS:
            fields.setdefault(flag, list(fields["campaign.samples"]))
    return {field: fields[field] for field in WRITERS if field in fields}


def _is_the_clinics(finding: Finding) -> bool:
    return finding.rule.area in ("brand", "website", "policy", "terms", "proof")
