"""One sample message: who texts, how to stop, and what carriers filter."""

from collections.abc import Iterator, Sequence

from consent.models import Topic
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
    without_names,
)
from registration.promotions import Promotion, promotions
from registration.usecases import covers, use_cases

SHORTEST, LONGEST = 20, 1024  # characters; Twilio and TCR


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
    said = without_names(text, names)
    yield from _not_a_message(said, field)
    yield from _filtered(said, field)
    yield from _promotional(said, use_case, subs, field)
    yield from _other_purpose(said, use_case, subs, field)


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
    return bool(_sells(text))


def _sells(text: str) -> list[Promotion]:
    return [one for one in promotions(text) if one.family is Topic.marketing]


def _promotional(
    text: str, use_case: str | None, subs: Sequence[str], field: str
) -> Iterator[Finding]:
    """R95: STOP, HELP and rates; R133: only where the campaign covers it."""
    sells = _sells(text)
    if not sells:
        return
    for element in ("stop", "help", "rates"):
        if not has(element, text):
            yield found(f"sample.promotional_{element}", field, sells[0].span)
    if _outside(use_case, subs, Topic.marketing):
        first_of = sells[0]
        yield found(
            "sample.promotional_use_case", field, first_of.span, words=first_of.words
        )


def _other_purpose(
    text: str, use_case: str | None, subs: Sequence[str], field: str
) -> Iterator[Finding]:
    """R76: what one purpose cannot do without, or must not have."""
    if use_case == "2FA" and not has("codes", text):
        yield found("sample.use_case", field, use_case=use_case, needs="a code")
    if use_case == "DELIVERY_NOTIFICATION" and not has("delivery", text):
        yield found("sample.use_case", field, use_case=use_case, needs="a delivery")
    asks = [one for one in promotions(text) if one.family is Topic.reviews]
    if asks and use_case and _outside(use_case, subs, Topic.reviews):
        yield found("sample.review", field, asks[0].span, use_case=use_case)


def _outside(use_case: str | None, subs: Sequence[str], topic: Topic) -> bool:
    """An unknown use case has a finding of its own; MIXED alone says nothing yet."""
    declared = use_cases().get(use_case or "")
    if declared is None or (declared.covers_by_subs and not subs):
        return False
    return not covers(declared.code, subs, topic)


def plain(text: str) -> str:
    return BLANKS.sub(" ", PLACEHOLDER.sub(" ", folded(text))).strip()
