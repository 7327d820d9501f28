"""What a clinic is asked about its real programme, and what it answered.

The questions are rows of `data/questions.csv`; choosing a use case by them is the
selector's work.
"""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from kernel.errors import Invalid

PARTS = {
    "care": "Texts about care",
    "outreach": "Texts that reach out",
    "alarm": "Warnings",
    "special": "Texts that need a campaign of their own",
    "who": "Who texts",
    "content": "What is in the texts or on the website",
}
PRACTICES = {"single": "One practitioner", "group": "A group, or several offices"}
AGENTS = "agents"  # the one fact that renames every campaign
MOST = 1_000_000  # texts a day
LARGEST = 100_000  # bytes of a file
KEYS = ("texts", "facts", "texts_a_day", "practice", "campaign")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One tick: a kind of text that leaves, or a fact about who sends or what."""

    key: str
    is_text: bool
    part: str
    words: str
    hint: str
    promotional: bool
    use_case: str
    accepted: frozenset[str]  # use cases that reviewers take it under
    named_by: tuple[str, ...]  # parts of words, one of which an opt-in text must have
    source: str

    @property
    def inside(self) -> str:
        """The words as they stand inside a sentence."""
        return self.words[0].lower() + self.words[1:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """The use case of a campaign that is there already."""

    use_case: str
    sub_use_cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """`texts_a_day` None: nobody knows, so a small volume is not assumed."""

    texts: tuple[Question, ...]
    facts: frozenset[str]
    texts_a_day: int | None
    practice: str


@cache
def questions() -> Mapping[str, Question]:
    path = files("registration").joinpath("data/questions.csv")
    rows = csv.DictReader(path.read_text("utf-8").splitlines())
    return {row["key"]: _question(row) for row in rows}


def answers_of(
    texts: Iterable[str],
    facts: Iterable[str],
    texts_a_day: int | None,
    practice: str,
) -> Answers:
    """In the order of the questions.  Raises Invalid for what was never asked."""
    ticked, true = set(texts), set(facts)
    asked = questions()
    known = {one.key for one in asked.values() if one.is_text}
    _refuse(ticked - known, "texts", known)
    _refuse(true - (set(asked) - known), "facts", set(asked) - known)
    _refuse({practice} - set(PRACTICES), "practice", set(PRACTICES))
    if texts_a_day is not None and not 0 <= texts_a_day <= MOST:
        raise Invalid(f"'texts_a_day' is a whole number from 0 to {MOST:,}.")
    return Answers(
        texts=tuple(one for key, one in asked.items() if key in ticked),
        facts=frozenset(true),
        texts_a_day=texts_a_day,
        practice=practice,
    )


def read_answers(content: bytes) -> tuple[Answers, Declared | None]:
    """A file such as `{"texts": ["reminders"], "facts": [], "texts_a_day": 40,
    "practice": "single", "campaign": {"use_case": "…", "sub_use_cases": []}}`; only
    `texts` is needed.  Raises Invalid with what is wrong."""
    if len(content) > LARGEST:
        raise Invalid(f"The answers are larger than {LARGEST:,} bytes.")
    try:
        given = json.loads(content)
    except (ValueError, RecursionError):
        raise Invalid("The answers cannot be read: this is not JSON.") from None
    if not isinstance(given, dict):
        raise Invalid("The answers cannot be read: an object belongs here.")
    _refuse(set(given) - set(KEYS), "answers", set(KEYS))
    number = given.get("texts_a_day")
    if number is not None and type(number) is not int:
        raise Invalid(f"'texts_a_day' is a whole number from 0 to {MOST:,}.")
    practice = given.get("practice", "group")
    answers = answers_of(
        _strings(given, "texts"), _strings(given, "facts"), number, str(practice)
    )
    return answers, _declared(given.get("campaign"))


def _declared(given: Any) -> Declared | None:
    if given is None:
        return None
    if not isinstance(given, dict) or not isinstance(given.get("use_case"), str):
        raise Invalid("'campaign' is an object with 'use_case' and 'sub_use_cases'.")
    _refuse(set(given) - {"use_case", "sub_use_cases"}, "campaign", {"use_case"})
    subs = _strings(given, "sub_use_cases")
    return Declared(use_case=given["use_case"], sub_use_cases=subs)


def _strings(given: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found = given.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise Invalid(f"'{key}' is a list of texts.")
    return tuple(found)


def _refuse(unknown: set[str], where: str, choices: Iterable[str]) -> None:
    if unknown:
        word = min(unknown)[:60]
        offered = ", ".join(sorted(choices))
        raise Invalid(f"'{where}' has no '{word}'. Choose of: {offered}.")


def _question(row: Mapping[str, str]) -> Question:
    return Question(
        key=row["key"],
        is_text=row["kind"] == "text",
        part=row["part"],
        words=row["words"],
        hint=row["hint"],
        promotional=row["promotional"] == "yes",
        use_case=row["use_case"],
        accepted=frozenset(filter(None, row["accepted"].split("|"))),
        named_by=tuple(filter(None, row["named_by"].split("|"))),
        source=row["source"],
    )
