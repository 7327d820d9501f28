"""What a patient's text asks for: exact words, plain language, and doubt.

Pure, total and linear; rules are rows of tables, no model.  A wrong "none" loses a
STOP and a wrong "stop" loses a patient, so whatever holds a stop word and is not
clearly one or the other is `unsure`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway import keywords
from gateway.keywords import Found, Span
from gateway.phrases import Phrase, group, phrases
from gateway.words import Said, said, squeezed


class Intent(StrEnum):
    stop = "stop"
    start = "start"
    help = "help"
    confirm = "confirm"
    cancel_visit = "cancel_visit"
    reschedule = "reschedule"
    unsure = "unsure"  # hold this number and ask a person
    none = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the words are an answer to."""

    standing: str  # opted_in, opted_out, pending or none
    open_prompt: str | None  # visit, opt_in or None: what we last asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`span` is the part of the original text that decided, as a half-open range.

    Rules: `word.X` the whole text is the word X (`word.cancel`: a visit may be meant);
    `slip.X` it misses X by one letter; `phrase.X` a row of the table of phrases;
    `contains.X` a stop word among others; `aside.X` one that means something else;
    `reassigned`, `emergency`, `reaction`, `none`.
    """

    intent: Intent
    rule: str
    span: Span
    urgent: bool = False  # words of an emergency, whatever the intent


Judged = tuple[Intent, str, Span]

# Rules whose word answers what we asked, and is no keyword by itself.
SAYS_YES = frozenset({"word.yes", "phrase.again"})
DECLINED = "phrase.decline"  # no, to the question whether texts are wanted
# Rules by which a stop may mean the visit as well: the desk is asked.
MAY_MEAN_VISIT = frozenset({"word.cancel", "slip.cancel", "phrase.cancel"})
VISIT = frozenset({Intent.confirm, Intent.cancel_visit, Intent.reschedule})
NOTHING: Judged = (Intent.none, "none", (0, 0))

# A phone without RCS or iMessage tells a reaction as a text that quotes ours.
REACTION = re.compile(
    r"[\s\u200b]{0,20}(?:liked|loved|disliked|laughed\ at|emphasi[sz]ed|questioned"
    r"|reacted\ [^\s\"“]{1,12}\ to|removed\ an?\ [^\"“]{1,24}\ from"
    r"|(?:no\ )?le\ (?:gust|encant)(?:ó|o\u0301?)|se\ r(?:io|ió|ío)\ de|le\ dio\ risa"
    r"|(?:enfatiz|cuestion|destac)(?:ó|o\u0301?)"
    r"|[^\w\s\"“]{1,12}[\s\u200b]{0,4}(?:to|a))"
    r"[\s\u200b]{0,20}(?:“[^“”]*”|\"[^\"]*\"|«[^«»]*»)[\s\u200b]{0,20}",
    re.IGNORECASE | re.VERBOSE,
)


def read(text: str, context: Context) -> Reading:
    """The intent of any string; never raises.  The vendor's `OptOutType` is not read."""
    if REACTION.fullmatch(text):
        return Reading(intent=Intent.none, rule="reaction", span=(0, len(text)))
    heard = said(text)
    emergency = keywords.found(keywords.table().emergency, heard)
    intent, rule, span = _judged(heard, context)
    if emergency and intent is Intent.none and rule.partition(".")[0] != "word":
        rule, span = "emergency", emergency[1]
    return Reading(intent=intent, rule=rule, span=span, urgent=emergency is not None)


def _judged(heard: Said, context: Context) -> Judged:
    """In this order, so that no reading hides a stop word."""
    whole = keywords.whole(heard)
    if whole and whole[0].kind == Intent.stop:
        return Intent.stop, "word." + whole[0].rule, whole[1]
    asides = list(phrases("aside", heard.sentences))
    stop = _outside(asides, phrases("stop", heard.sentences))
    if stop:
        return Intent.stop, "phrase." + stop.rule, stop.span
    slip = None if whole else _slip(heard)
    if slip:
        return slip
    hidden = _hidden_stop(heard, asides)
    if hidden:
        return Intent.unsure, "contains." + hidden[0].rule, hidden[1]
    declined = _declined(heard, context)
    if declined:
        return declined
    if whole and whole[0].kind != "reassigned":
        return _in_context(whole[0].kind, context), "word." + whole[0].rule, whole[1]
    return _doubted(heard, whole, asides) or _plain(heard, context, asides)


def _outside(asides: Sequence[Phrase], found: Iterable[Phrase]) -> Phrase | None:
    """The first that does not begin inside of a harmless use of its words."""
    for phrase in found:
        if not any(_explains(aside, phrase) for aside in asides):
            return phrase
    return None


def _explains(aside: Phrase, phrase: Phrase) -> bool:
    """It began before, or says more of the same words: "stop by" of "stop"."""
    (start, end), begins = aside.place, phrase.place[0]
    return start < begins < end or (start == begins and end > phrase.place[1])


def _hidden_stop(heard: Said, asides: Sequence[Phrase]) -> Found:
    """A stop word that no rule has explained."""
    stop = keywords.table().stop
    found = keywords.stop_sign(heard) or keywords.spelled(stop, heard.words)
    if found:
        return found
    for keyword, span in keywords.every(stop, heard.joined):
        if not any(aside.span[0] <= span[0] < aside.span[1] for aside in asides):
            return keyword, span
    return None


def _slip(heard: Said) -> Judged | None:
    """Of a text of one word, courtesies apart: a stop word mistyped is a stop, unless
    it is another word."""
    words = {
        squeezed(word.plain): word
        for word in heard.words
        if squeezed(word.plain) not in group("soft")
    }
    if len(words) != 1:
        return None
    ((form, word),) = words.items()
    found = keywords.slip(form)
    if found is None:
        return None
    intent = Intent.unsure if found[1] else Intent.stop
    return intent, "slip." + found[0].rule, (word.start, word.end)


def _declined(heard: Said, context: Context) -> Judged | None:
    """No, to the question whether she wants texts."""
    if context.standing == "pending":
        for phrase in phrases("decline", heard.sentences):
            return Intent.stop, DECLINED, phrase.span
    return None


def _doubted(heard: Said, whole: Found, asides: Sequence[Phrase]) -> Judged | None:
    stranger = whole or keywords.found(keywords.table().reassigned, heard)
    if stranger:
        return Intent.unsure, "reassigned", stranger[1]
    for phrase in phrases("stranger", heard.sentences):
        return Intent.unsure, "reassigned." + phrase.rule, phrase.span
    for kind in ("doubt",) if asides else ("doubt", "net"):
        for phrase in phrases(kind, heard.sentences):
            return Intent.unsure, "phrase." + phrase.rule, phrase.span
    return None


def _plain(heard: Said, context: Context, asides: Sequence[Phrase]) -> Judged:
    """What she wants of us, where it is no stop and no stranger."""
    for kind in _kinds(context):
        for phrase in phrases(kind, heard.sentences):
            return Intent(kind), "phrase." + phrase.rule, phrase.span
    if asides:
        return Intent.none, "aside." + asides[0].rule, asides[0].span
    return NOTHING


def _kinds(context: Context) -> tuple[Intent, ...]:
    if context.standing in ("opted_out", "pending"):
        return Intent.help, Intent.start
    if context.standing == "opted_in" and context.open_prompt == "visit":
        return Intent.reschedule, Intent.cancel_visit, Intent.help, Intent.confirm
    return (Intent.help,)


def _in_context(kind: str, context: Context) -> Intent:
    visit = context.open_prompt == "visit"
    if kind == "yes":
        if context.standing in ("opted_out", "pending"):
            return Intent.start
        answers = context.standing == "opted_in" and visit
        return Intent.confirm if answers else Intent.none
    intent = Intent(kind)
    return Intent.none if intent in VISIT and not visit else intent
