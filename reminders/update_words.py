"""The words of an update to a day's patients: what one may begin with, and every reason why
staff may not send what they wrote.

Nothing is in use before somebody confirms it; each is looked at once more when it leaves.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sqlmodel import Session

from clinics.models import Clinic, Language
from consent.models import Topic
from kernel.errors import Invalid
from registration.models import SenderNumber, WordingKind
from registration.numbers import NoSender
from registration.wordings import problems
from reminders.approve import LONGEST, health_note
from reminders.rendering import check
from reminders.senders import sender_about

KIND = WordingKind.update


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What staff typed.  Without Spanish everybody gets the English text."""

    en: str
    es: str = ""
    health_note: str = ""


def starters() -> Mapping[str, tuple[str, Words]]:
    """What one may begin with: a title and the words, in both languages."""
    return _starters()


@cache
def _starters() -> dict[str, tuple[str, Words]]:
    text = files("reminders").joinpath("data/update_starters.csv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    by_key: dict[str, dict[str, str]] = {}
    for row in rows:
        by_key.setdefault(row["key"], {})[row["language"]] = row["text"]
    titles = {row["key"]: row["title"] for row in rows}
    return {
        key: (titles[key], Words(en=of["en"], es=of["es"]))
        for key, of in by_key.items()
    }


def wrong_with(session: Session, clinic: Clinic, words: Words) -> list[str]:
    """Every reason why these words may not go to a day's patients: what they can be
    filled with, the campaign, words about health without a reason."""
    sender = sender_about(session, clinic.id or 0, Topic.care)
    if isinstance(sender, NoSender):
        return [sender.why]
    found: list[str] = []
    for language, text in ((Language.en, words.en), (Language.es, words.es)):
        if language is Language.en or text:
            found += _wrong(session, clinic, sender, language, text, words.health_note)
    return list(dict.fromkeys(found))


def _wrong(
    session: Session,
    clinic: Clinic,
    sender: SenderNumber,
    language: Language,
    text: str,
    note: str,
) -> list[str]:
    if len(text) > LONGEST or "\0" in text:
        return [f"The text has at most {LONGEST:,} characters."]
    found = check(text, language, KIND)
    if text.strip():
        where = (clinic.id or 0, sender.campaign_id or 0, KIND, language)
        found += problems(session, *where, text)
    try:
        health_note(text, (clinic.display_name, clinic.legal_name), note)
    except Invalid as mistake:
        found.append(str(mistake))
    return found
