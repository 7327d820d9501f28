"""What a privacy policy says about texts (R17-R19, R22, R23): on its words alone.

A whole page must say everything; an excerpt is only blamed for what it does say.
"""

from registration.checks.finding import Finding, found
from registration.checks.phrases import says, sentences, where, without
from registration.checks.plain import HARDEST, grade

WHOLE = 1_500  # characters; shorter is taken for an excerpt
PLACE = "text"
QUOTED = 160


def policy_findings(
    text: str, at: str = PLACE, *, whole: bool | None = None
) -> list[Finding]:
    whole = len(text) >= WHOLE if whole is None else whole
    shared = _shared(text, at)
    findings = [*shared, *_silent(text, at, whole), *_unfilled(text, at)]
    if not whole:
        return findings
    if not shared and not _promises(text, mobile=True):
        general = _promises(text, mobile=False)
        rule = "policy.general_clause" if general else "policy.no_clause"
        findings.append(found(rule, at))
    return [*findings, *_missing(text, at), *_hard(text, at)]


def speaks_of_texts(text: str) -> bool:
    """More than a link to the SMS terms does."""
    return says("texting", without("texting_link", text))


def _silent(text: str, at: str, whole: bool) -> list[Finding]:
    """Texts are not named: anywhere on a page, or in a clause about data and its use."""
    generic = says("collects", text) and says("uses", text)
    hidden = whole or (generic and not says("mobile", text))
    silent = hidden and not speaks_of_texts(text)
    return [found("policy.no_texting", at)] if silent else []


def _shared(text: str, at: str) -> list[Finding]:
    """Sentences by which numbers go to others, unless a clause takes texts out."""
    excepted = _promises(text, mobile=True)
    findings = []
    for sentence, span in sentences(text):
        if not _gives_away(sentence):
            continue
        own = says("texting", sentence) or says("loophole", sentence)
        if own or not excepted:
            quote = " ".join(sentence.split())[:QUOTED]
            findings.append(found("policy.shares", at, span, quote=quote))
    return findings[:5]


def _gives_away(sentence: str) -> bool:
    sells = says("sell", sentence)
    if not (sells or says("share", sentence)) or not says("others", sentence):
        return False
    if says("negation", sentence):
        return says("loophole", sentence)
    needed = says("service", sentence) and not says("marketing", sentence)
    return sells or not needed


def _promises(text: str, *, mobile: bool) -> bool:
    """A sentence says that data (about texts: `mobile`) goes to nobody else."""
    return any(
        says("negation", sentence)
        and not says("loophole", sentence)
        and (says("share", sentence) or says("sell", sentence) or _excludes(sentence))
        and (says("mobile", sentence) or not mobile)
        for sentence, _ in sentences(text)
    )


def _excludes(sentence: str) -> bool:
    """`All of the above exclude text messaging opt-in data and consent.`"""
    return "exclu" in sentence.casefold() and says("mobile", sentence)


def _missing(text: str, at: str) -> list[Finding]:
    findings = []
    if not (says("collects", text) and says("items", text)):
        findings.append(found("policy.no_collection", at))
    opt_out, removal = says("opt_out", text), says("removal", text)
    if not opt_out and not removal:
        findings.append(found("policy.no_way_out", at))
    elif not opt_out:
        findings.append(found("policy.no_opt_out", at))
    elif not removal:
        findings.append(found("policy.no_removal", at))
    return findings


def _unfilled(text: str, at: str) -> list[Finding]:
    span = where("unfilled", text)
    if span is None:
        return []
    return [found("policy.unfilled", at, span, quote=text[slice(*span)])]


def _hard(text: str, at: str) -> list[Finding]:
    level = grade(text)
    if level is None or level <= HARDEST:
        return []
    return [found("policy.hard", at, grade=str(level), hardest=str(HARDEST))]
