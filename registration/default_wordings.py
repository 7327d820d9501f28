"""Wordings to begin with, in three families: reminders, important updates, and what else
must be said (R43).  A table; nothing of it is in use before somebody adds it.  The request
for a review belongs to no family: it needs a campaign and a consent of its own.
"""

import csv
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from sqlmodel import Session

from clinics.models import Language
from kernel.errors import Invalid
from registration.models import WordingKind
from registration.wordings import Approval, add, in_use

FAMILIES = {
    "reminders": "Appointment reminders",
    "updates": "Important updates",
    "essential": "What else must be said",
}
REVIEWS = "reviews"
TITLES = {**FAMILIES, REVIEWS: "Asking for a review"}


@dataclass(frozen=True, slots=True)
class Default:
    family: str
    kind: WordingKind
    language: Language
    text: str


@dataclass(frozen=True, slots=True)
class Added:
    """How many were added, and why others were not."""

    count: int
    refused: tuple[str, ...]


def defaults() -> tuple[Default, ...]:
    """Of the three families."""
    return tuple(one for one in every_default() if one.family in FAMILIES)


@cache
def every_default() -> tuple[Default, ...]:
    path = files("registration").joinpath("data/default_wordings.csv")
    return tuple(
        Default(
            row["family"],
            WordingKind(row["kind"]),
            Language(row["language"]),
            row["text"],
        )
        for row in csv.DictReader(path.read_text("utf-8").splitlines())
    )


def default_of(kind: WordingKind, language: Language) -> Default:
    same = (kind, language)
    return next(one for one in every_default() if (one.kind, one.language) == same)


def add_missing(
    session: Session,
    clinic_id: int,
    campaign_id: int,
    now: datetime,
    by: str | None = None,
) -> Added:
    """A default for each kind and language that has no wording yet."""
    there = {
        (one.kind, one.language) for one in in_use(session, clinic_id, campaign_id)
    }
    count, refused = 0, []
    for one in defaults():
        if (one.kind, one.language.value) in there:
            continue
        try:
            add(
                session,
                clinic_id,
                campaign_id,
                one.kind,
                one.language,
                one.text,
                now,
                Approval(by),
            )
        except Invalid as why:
            refused.append(str(why))
        else:
            count += 1
    return Added(count, tuple(refused))
