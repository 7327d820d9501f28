"""Does a registered use case fit what the clinic really texts, and does the opt-in text
name it.  Pure; it changes no campaign, because nobody can.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from registration.questionnaire import AGENTS, Answers, Declared, Question
from registration.usecases import use_cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A registered use case beside the answers."""

    declared: Declared
    known: bool
    covered: tuple[Question, ...]
    uncovered: tuple[Question, ...]
    idle: tuple[str, ...]  # declared, and none of the texts needs it

    @property
    def fits(self) -> bool:
        return self.known and bool(self.covered) and not self.uncovered


def fit(declared: Declared, answers: Answers) -> Fit:
    case = use_cases().get(declared.use_case)
    names = {declared.use_case}
    if case is not None and case.covers_by_subs:
        listed = (use_cases().get(code) for code in declared.sub_use_cases)
        names = {sub.code for sub in listed if sub is not None and sub.listed_as_sub}
    taken = [one for one in answers.texts if _accepted(one, names, answers)]
    needed = {code for one in taken for code in one.accepted}
    subs = declared.sub_use_cases if case is not None and case.covers_by_subs else ()
    return Fit(
        declared=declared,
        known=case is not None,
        covered=tuple(taken),
        uncovered=tuple(one for one in answers.texts if one not in taken),
        idle=tuple(code for code in subs if code not in needed),
    )


def unnamed(opt_in_text: str, texts: Iterable[Question]) -> tuple[Question, ...]:
    """Those of `texts` that the opt-in text does not speak of (R135)."""
    plain = _plain(opt_in_text)
    return tuple(
        one
        for one in texts
        if one.named_by
        and not any(re.search(rf"\b{re.escape(stem)}", plain) for stem in one.named_by)
    )


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFD", text.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def _accepted(text: Question, names: Collection[str], answers: Answers) -> bool:
    by_agents = AGENTS in answers.facts and "AGENTS_FRANCHISES" in names
    return bool(text.accepted & set(names)) or (
        by_agents and not use_cases()[text.use_case].special
    )
