"""One sample message: who texts, how to stop, and what carriers filter."""

from collections.abc import Iterator, Sequence

from registration.checks.finding import Finding, found
from registration.checks.words import (
    BLANKS,
    PLACEHOLDER,
    URL,
    find,
    first,
    folded,
    has,
    names_sender,
)
from registration.usecases import use_cases

SHORTEST, LONGEST = 20, 1024  # characters; Twilio and TCR
PROMOTIONAL = frozenset({"MARKETING"})
REVIEWS = frozenset({"MARKETING", "POLLING_VOTING"})


def sample_findings(
    text: str,
    names: Sequence[str] = (),
    use_case: str | None = None,
    subs: Sequence[str] = (),
    field: str = "campaign.samples[0]",
) -> Iterator[Finding]:
    if not text.strip():
        yield found("sample.empty", field)
        return
    if len(text) < SHORTEST:
        yield found("sample.short", field, length=str(len(text)))
    elif len(text) > LONGEST:
        yield found("sample.long", field, length=str(len(text)))
    if not names_sender(text, names):
        yield found("sample.brand", field)
    if not has("stop", text) and not is_promotional(text):
        yield found("sample.stop", field)
    yield from _not_a_message(text, field)
    yield from _filtered(text, field)
    yield from _promotional(text, use_case, subs, field)
    yield from _other_purpose(text, use_case, subs, field)


def _not_a_message(text: str, field: str) -> Iterator[Finding]:
    if span := first("generic", text):
        yield found("sample.generic", field, span)
    for words, rule in (("subscribed", "opt_in"), ("unsubscribed", "opt_out")):
        span = first(words, text)
        if span and not has("purposes", text):
            yield found(f"sample.only_{rule}", field, span)


FILTERED = (
    ("banned", "sample.banned"),
    ("banned_finance", "sample.banned_finance"),
    ("alcohol", "sample.alcohol"),
    ("shorteners", "sample.shortener"),
    ("loan", "sample.loan"),
    ("debt", "sample.debt"),
    ("financial_offer", "sample.financial_offer"),
    ("phi", "sample.phi"),
)


def _filtered(text: str, field: str) -> Iterator[Finding]:
    for words, rule in FILTERED:
        if span := first(words, text):
            yield found(rule, field, span, words=text[slice(*span)])
    pressing = list(find("urgency", text))
    if pressing:
        told = text[slice(*pressing[0])]
        unclear = len(pressing) > 1 or URL.search(text) or not has("stop", text)
        rule = "sample.deceptive" if unclear else "sample.urgent"
        yield found(rule, field, pressing[0], words=told)


def is_promotional(text: str) -> bool:
    return has("promotional", text)


def _promotional(
    text: str, use_case: str | None, subs: Sequence[str], field: str
) -> Iterator[Finding]:
    """R95: STOP, HELP and rates; R133: only where the campaign covers it."""
    span = first("promotional", text)
    if span is None:
        return
    for element in ("stop", "help", "rates"):
        if not has(element, text):
            yield found(f"sample.promotional_{element}", field, span)
    if use_case and not _declares(PROMOTIONAL, use_case, subs):
        yield found(
            "sample.promotional_use_case", field, span, words=text[slice(*span)]
        )


def _other_purpose(
    text: str, use_case: str | None, subs: Sequence[str], field: str
) -> Iterator[Finding]:
    """R76: what one purpose cannot do without, or must not have."""
    if use_case == "2FA" and not has("codes", text):
        yield found("sample.use_case", field, use_case=use_case, needs="a code")
    if use_case == "DELIVERY_NOTIFICATION" and not has("delivery", text):
        yield found("sample.use_case", field, use_case=use_case, needs="a delivery")
    span = first("review_request", text)
    if span and use_case and not _declares(REVIEWS, use_case, subs):
        yield found("sample.review", field, span, use_case=use_case)


def _declares(wanted: frozenset[str], use_case: str, subs: Sequence[str]) -> bool:
    declared = use_cases().get(use_case)
    if declared is None:
        return True  # an unknown use case has a finding of its own
    by_subs = declared.covers_by_subs and not wanted.isdisjoint(subs)
    return use_case in wanted or by_subs


def same_text(one: str, other: str) -> bool:
    """Two samples that differ in blanks and marks only."""
    return plain(one) == plain(other)


def plain(text: str) -> str:
    return BLANKS.sub(" ", PLACEHOLDER.sub(" ", folded(text))).strip()
