"""How patients opt in, as the reviewer reads it: where, by what act, under which words.

A text is read as the words that a person agrees to, as a report of what people do, or
both: each owes something else.
"""

import re
from collections.abc import Iterator, Sequence

from registration.checks.finding import Finding, found
from registration.checks.words import (
    PHONE,
    URL,
    Span,
    find,
    first,
    has,
    left_open,
    names_sender,
    opts_in_by_word,
    sentences,
    without_names,
)

FIELD = "campaign.message_flow"
SHORTEST, LONGEST = 40, 2048  # characters; Twilio


def flow_findings(
    text: str, names: Sequence[str] = (), field: str = FIELD
) -> Iterator[Finding]:
    if not text.strip():
        yield found("flow.missing", field)
        return
    if len(text) < SHORTEST:
        yield found("flow.short", field, length=str(len(text)))
    elif len(text) > LONGEST:
        yield found("flow.long", field, length=str(len(text)))
    yield from _defects(without_names(text, names), field)
    if hole := left_open(text):
        yield found("flow.placeholder", field, hole, words=text[slice(*hole)])
    if _is_wording(text):
        yield from _of_wording(text, names, field)
    if _is_report(text):
        yield from _of_report(text, names, field)


def _is_wording(text: str) -> bool:
    """Words that a person reads or hears and agrees to."""
    told_how_to_stop = has("stop_word", text) and not has("narrators", text)
    return has("first_person", text) or "[ ]" in text or told_how_to_stop


def _is_report(text: str) -> bool:
    return has("narrators", text) or not _is_wording(text)


def _of_wording(text: str, names: Sequence[str], field: str) -> Iterator[Finding]:
    if not names_sender(text, names):
        yield found("flow.brand", field, (0, len(text)))
    for element, rule in ELEMENTS.items():
        if not has(element, text):
            yield found(rule, field)


ELEMENTS = {
    "stop": "flow.stop",
    "help": "flow.help",
    "rates": "flow.rates",
    "frequency": "flow.frequency",
}


def _of_report(text: str, names: Sequence[str], field: str) -> Iterator[Finding]:
    """R74: an act, a place that a reviewer can find, and what confirms it."""
    place = _place(text)
    lacks = [
        words
        for words, there in (
            ("what the person does", has("acts", text)),
            ("where, with the address or the name of the form", place),
        )
        if not there
    ]
    if lacks:
        span = first("vague_places", text) or (0, len(text))
        yield found("flow.vague", field, span, missing=" and ".join(lacks))
    elif not names_sender(text, names):
        yield found("flow.unnamed", field)
    if not has("confirmations", text):
        yield found("flow.confirmation", field)
    by_word = opts_in_by_word(text)
    if by_word and not (has("advertised", text) or place):
        yield found("flow.keyword_unseen", field, by_word)
    spoken = first("verbal_way", text)
    if spoken and not has("quoted_script", text):
        yield found("flow.no_script", field, spoken)


def _place(text: str) -> bool:
    by_word = opts_in_by_word(text) and PHONE.search(text)
    return bool(URL.search(text) or has("places", text) or by_word)


def _defects(text: str, field: str) -> Iterator[Finding]:
    """What is wrong wherever it stands, sentence by sentence."""
    for start, sentence in sentences(text):
        for rule, span in _in_sentence(sentence):
            yield found(rule, field, (start + span[0], start + span[1]))
    if has("behind_login", text) and not URL.search(text):
        yield found("flow.behind_login", field, first("behind_login", text))


def _in_sentence(sentence: str) -> Iterator[tuple[str, Span]]:
    for words, rule in (
        ("preselected", "flow.preselected"),
        ("required", "flow.required"),
        ("third_party", "flow.third_party"),
    ):
        for span in find(words, sentence):
            if not _denied(sentence, span):
                yield rule, span
                break
    demo = first("demo_number", sentence)
    if demo:
        yield "flow.demo_number", demo
    yield from _bundled(sentence)


def _bundled(sentence: str) -> Iterator[tuple[str, Span]]:
    """One yes to several things: terms and texts, or e-mail, calls and texts."""
    sentence = _without_links(sentence)
    agreed = next(iter(_yes(sentence)), None)
    texts = list(find("texting", sentence))
    if agreed is None or not texts or _denied(sentence, agreed):
        return
    after = agreed[1]
    terms = [span for span in find("terms_words", sentence) if span[0] >= after]
    if terms and (texts[-1][0] > terms[0][0] or _both(sentence, terms[0])):
        yield "flow.bundled", (agreed[0], max(terms[0][1], texts[-1][1]))
    others = [span for span in find("other_channels", sentence) if span[0] >= after]
    if any(_listed(sentence, other, texts) for other in others):
        yield "flow.channels", (agreed[0], max(others[0][1], texts[-1][1]))


def _denied(sentence: str, span: Span) -> bool:
    """`It is never pre-checked`: a denial stands close before, in the same clause."""
    before = sentence[max(0, span[0] - NEAR) : span[0]]
    return has("negated", CLAUSE.split(before)[-1])


NEAR = 60  # characters
CLAUSE = re.compile(r"[,;:]|\bbut\b|\band\b|\bso\b", re.IGNORECASE)
LINK_TEXTS = re.compile(r"\(?(?:see |view )?our [^().]{0,40}(?:terms|policy)\)?", re.I)


def _without_links(sentence: str) -> str:
    """`(see our Privacy Policy and SMS Terms)` is a link, and agrees to nothing."""
    return LINK_TEXTS.sub(
        lambda link: link[0] if "agree" in link[0].lower() else " " * len(link[0]),
        sentence,
    )


def _yes(sentence: str) -> Iterator[Span]:
    for words in ("first_person", "agreeing"):
        yield from find(words, sentence)


def _both(sentence: str, terms: Span) -> bool:
    """`I agree to receive texts and to the Terms`: the terms are agreed to as well."""
    before = sentence[max(0, terms[0] - 14) : terms[0]].lower()
    return "and to the " in before or "and the " in before or "and agree" in before


def _listed(sentence: str, other: Span, texts: Sequence[Span]) -> bool:
    """`by email, phone and text`: in one list, so nothing but a comma between."""
    for text in texts:
        between = sentence[min(other[1], text[1]) : max(other[0], text[0])]
        if len(between) < 24 and set(between.lower().split()) <= JOINED:
            return True
    return False


JOINED = frozenset({",", "and", "or", "&", "and/or", "/", "phone", "email,", "calls,"})
