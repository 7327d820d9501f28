"""What a patient's text asks for: exact words now, plain language not yet.

Pure, total and linear.  A wrong "none" loses a STOP and a wrong "stop" loses a patient,
so whatever holds a stop word and is not clearly one or the other is `unsure`.
"""

import csv
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby
from unicodedata import category, normalize


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
    `contains.X` it is among others; `reassigned`, `emergency`, `reaction`, `none`.
    """

    intent: Intent
    rule: str
    span: tuple[int, int]
    urgent: bool = False  # words of an emergency, whatever the intent


@dataclass(frozen=True, slots=True)
class Keyword:
    kind: str  # an intent, or yes, emergency, reassigned
    match: str  # exact: as the whole text; token: inside too; edge: first, last; phrase
    rule: str


@dataclass(frozen=True, slots=True)
class Word:
    accented: str
    plain: str  # without accents
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Said:
    text: str
    words: Sequence[Word]
    joined: str  # the words without accents and doubled letters, a space around each
    starts: Sequence[int]  # of each word in `joined`


@dataclass(frozen=True, slots=True)
class Phrases:
    """Keywords to find among other words, in the form of `Said.joined`."""

    wanted: re.Pattern[str]
    keywords: dict[str, Keyword]


@dataclass(frozen=True, slots=True)
class Table:
    whole: dict[str, Keyword]  # by its letters, nothing between them
    stop: Phrases
    emergency: Phrases
    reassigned: Phrases
    signs: dict[str, Keyword]  # stop signs, found anywhere


Span = tuple[int, int]
Found = tuple[Keyword, Span] | None

VISIT = frozenset({Intent.confirm, Intent.cancel_visit, Intent.reschedule})

# Apostrophes ("don't" is "dont"), and what is blank but a letter or sign to Unicode.
UNHEARD = frozenset("'’‘ʼ´`＇\u115f\u1160\u3164\uffa0\u2800")
SIGNS = frozenset({"So", "Sm", "Sc", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"})

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
SIGNATURE = re.compile(
    r" (?:sent (?:from|via|with)|enviado desde|get outlook for)(?: \S+){0,3}? "
    r"(?:iphone|ipad|ios|android|samsung|galaxy|pixel|outlook|mail|phone|mobile|tablet"
    r"|blackberry|telefono|celular)(?: \S+){0,4} $"
)
TWICE = re.compile(r"([^\W\d_])\1+")


def read(text: str, context: Context) -> Reading:
    """The intent of any string; never raises.  The vendor's `OptOutType` is not read."""
    if REACTION.fullmatch(text):
        return Reading(intent=Intent.none, rule="reaction", span=(0, len(text)))
    said = _said(text)
    emergency = _found(table().emergency, said)
    intent, rule, span = _judged(said, context)
    if emergency and rule == "none":
        rule, span = "emergency", emergency[1]
    return Reading(intent=intent, rule=rule, span=span, urgent=emergency is not None)


def _judged(said: Said, context: Context) -> tuple[Intent, str, Span]:
    """In this order, so that no reading hides a stop word."""
    whole = _whole(said)
    if whole and whole[0].kind == Intent.stop:
        return Intent.stop, "word." + whole[0].rule, whole[1]
    hidden = _hidden_stop(said)
    if hidden:
        return Intent.unsure, "contains." + hidden[0].rule, hidden[1]
    as_whole = whole and whole[0].kind == "reassigned"
    stranger = whole if as_whole else _found(table().reassigned, said)
    if stranger:
        return Intent.unsure, "reassigned", stranger[1]
    if whole:
        return _in_context(whole[0].kind, context), "word." + whole[0].rule, whole[1]
    return Intent.none, "none", (0, 0)


def _in_context(kind: str, context: Context) -> Intent:
    visit = context.open_prompt == "visit"
    if kind == "yes":
        if context.standing in ("opted_out", "pending"):
            return Intent.start
        answers = context.standing == "opted_in" and visit
        return Intent.confirm if answers else Intent.none
    intent = Intent(kind)
    return Intent.none if intent in VISIT and not visit else intent


def _whole(said: Said) -> Found:
    """The keyword that the text is, its signature apart."""
    if not said.words:
        return _sign(said.text)
    for words in (said.words, _unsigned(said.words)):
        for forms in ([w.accented for w in words], [w.plain for w in words]):
            spaced = "".join(form + " " for form in forms)
            once = spaced[: (spaced + spaced).find(spaced, 1)]  # "STOP STOP" says STOP
            keyword = table().whole.get(once.replace(" ", ""))
            if keyword:
                return keyword, (words[0].start, words[-1].end)
    return None


def _sign(text: str) -> Found:
    """A text of one sign, perhaps repeated: 🛑🛑 or ??"""
    places = [at for at, char in enumerate(text) if category(char) in SIGNS]
    keywords = {table().whole.get(text[at]) for at in places}
    keyword = keywords.pop() if len(keywords) == 1 else None
    return (keyword, (places[0], places[-1] + 1)) if keyword else None


def _hidden_stop(said: Said) -> Found:
    for sign, keyword in table().signs.items():
        at = said.text.find(sign)
        if at >= 0:
            return keyword, (at, at + len(sign))
    return _found(table().stop, said)


def _found(phrases: Phrases, said: Said) -> Found:
    """The first of the phrases, in whole words or in letters spelled one by one."""
    found = phrases.wanted.search(said.joined)
    if not found:
        return _spelled(phrases, said.words)
    first = said.words[bisect_right(said.starts, found.start(1)) - 1]
    last = said.words[bisect_right(said.starts, found.end(1)) - 1]
    return phrases.keywords[found[1]], (first.start, last.end)


def _spelled(phrases: Phrases, words: Sequence[Word]) -> Found:
    for single, group in groupby(words, key=lambda word: len(word.plain) == 1):
        run = list(group)
        if not single or len(run) < 3:
            continue
        letters = "".join(word.plain for word in run)
        for form, keyword in phrases.keywords.items():
            at = letters.find(form)
            if at >= 0:
                return keyword, (run[at].start, run[at + len(form) - 1].end)
    return None


def _unsigned(words: Sequence[Word]) -> Sequence[Word]:
    """Without "Sent from my iPhone" at the end."""
    tail = words[-12:]  # longer is no signature
    found = SIGNATURE.search(" " + " ".join(word.plain for word in tail) + " ")
    kept = found.string[: found.start()].count(" ") if found else len(tail)
    return words[: len(words) - len(tail) + kept]


def _said(text: str) -> Said:
    words = _words(text)
    pieces = TWICE.sub(r"\1", " ".join(["", *(word.plain for word in words), ""]))
    starts = [at + 1 for at, char in enumerate(pieces[:-1]) if char == " "]
    return Said(text, words, pieces, starts)


def _words(text: str) -> list[Word]:
    words: list[Word] = []
    letters: list[str] = []
    start = end = 0
    for at, char in enumerate(text + " "):
        for part in _fold(char):
            if part != " ":
                start = start if letters else at
                letters.append(part)
                end = at + 1
            elif letters:
                words.append(_word(letters, start, end))
                letters = []
    return [word for word in words if word.plain]


def _word(letters: Sequence[str], start: int, end: int) -> Word:
    accented = normalize("NFD", "".join(letters))
    plain = "".join(part for part in accented if category(part)[0] != "M")
    return Word(accented, plain, start, end)


@lru_cache(maxsize=8192)
def _fold(char: str) -> str:
    """Letters, digits and accents as they compare; a space for what parts words."""
    if char in UNHEARD:
        return ""
    folded = ""
    for part in normalize("NFKD", normalize("NFKD", char).casefold()):
        kind = category(part)
        if part.isalnum() or kind in ("Mn", "Mc"):
            folded += part
        elif kind not in ("Cf", "Cs", "Me"):
            folded += " "
    return folded


@cache
def table() -> Table:
    text = files("gateway").joinpath("data/keywords.csv").read_text("utf-8")
    rows = [
        (row["keyword"], Keyword(row["class"], row["match"], row["rule"]))
        for row in csv.DictReader(text.splitlines())
    ]
    whole: dict[str, Keyword] = {}
    plain: dict[str, Keyword] = {}
    for said, keyword in rows:
        words = _words(said)
        if keyword.match != "phrase":
            whole["".join(word.accented for word in words) or said] = keyword
            plain.setdefault("".join(word.plain for word in words) or said, keyword)
    return Table(
        whole={**plain, **whole},
        stop=_phrases(rows, Intent.stop),
        emergency=_phrases(rows, "emergency"),
        reassigned=_phrases(rows, "reassigned"),
        signs={s: k for s, k in rows if k.match == "token" and not _words(s)},
    )


def _phrases(rows: Sequence[tuple[str, Keyword]], kind: str) -> Phrases:
    keywords: dict[str, Keyword] = {}
    for said, keyword in rows:
        if keyword.kind == kind and keyword.match != "exact" and _words(said):
            keywords.setdefault(_said(said).joined.strip(), keyword)
    # An "edge" word counts as the first or last of all, where (?<=^ ) or $ is.
    longest_first = sorted(keywords, key=len, reverse=True)
    wanted = "|".join(
        rf"(?<=^ ){form}(?= )|{form}(?= $)"
        if keywords[form].match == "edge"
        else rf"{form}(?= )"
        for form in longest_first
    )
    return Phrases(re.compile(f" ({wanted})"), keywords)
