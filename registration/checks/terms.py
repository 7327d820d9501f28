"""What the terms of texting say (R99, R100): on their words alone.

A whole page must say everything; an excerpt is only blamed for what it does say.
"""

from registration.checks.finding import Finding, found
from registration.checks.phrases import says, where
from registration.checks.policy import PLACE, WHOLE, speaks_of_texts

# What must be said, and the rule that is broken when it is not.
ELEMENTS = (
    ("purpose", "terms.no_kinds"),
    ("frequency", "terms.no_frequency"),
    ("rates", "terms.no_rates"),
    ("opt_out", "terms.no_opt_out"),
    ("privacy", "terms.no_privacy_link"),
)
ALSO = (("support", "terms.no_support"), ("liability", "terms.no_liability"))
PROGRAM = 3  # of the five elements: whoever names so many writes a program's terms


def terms_findings(
    text: str, at: str = PLACE, *, whole: bool | None = None
) -> list[Finding]:
    findings = _unfilled(text, at)
    named = sum(says(name, text) for name, _ in ELEMENTS)
    if whole is None:
        whole = len(text) >= WHOLE or named >= PROGRAM
    if not whole:
        return findings
    # General conditions name a privacy policy and appointments too.
    if not speaks_of_texts(text) and not says("frequency", text):
        return [*findings, found("terms.no_section", at)]
    findings += [found(rule, at) for name, rule in ELEMENTS if not says(name, text)]
    if not says("help", text):
        findings.append(found("terms.no_help", at))
    return findings + [found(rule, at) for name, rule in ALSO if not says(name, text)]


def _unfilled(text: str, at: str) -> list[Finding]:
    span = where("unfilled", text)
    if span is None:
        return []
    return [found("terms.unfilled", at, span, quote=text[slice(*span)])]
