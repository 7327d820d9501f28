"""May the clinic ask a patient by text to reply YES?  One text, and hardly ever two.

Pure: no database, no clock.  To text somebody for consent without consent is the trap;
so somebody must have allowed this one text, and the gate still decides when it leaves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from consent.models import Grade
from consent.standing import Word
from kernel.clock import local_day, local_time

APART = timedelta(days=30)
ASK_WITHIN = timedelta(days=1)  # it waits for the morning, and no longer
PER_DAY = 100  # of one clinic: a desk asks people, it does not send a campaign


class Ground(StrEnum):
    """What allows the one text; the words are kept as evidence."""

    asserted = "the clinic's list says that they agreed, and an admin has signed for it"
    told = "the patient said that we may text them once to ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that decides, read under the line's lock; about appointments and care."""

    now: datetime
    clinic_zone: str  # for the days in sentences
    word: Word
    grade: Grade | None
    held: bool
    told: bool  # staff wrote down that the patient allows one text
    asked_at: datetime | None  # when the last request left, or was written and may
    answered: bool  # the phone has texted since then


@dataclass(frozen=True, slots=True)
class May:
    ground: Ground


@dataclass(frozen=True, slots=True)
class MayNot:
    why: tuple[str, ...]  # every reason, as sentences


def decide(facts: Facts) -> May | MayNot:
    why = tuple(_reasons(facts))
    if why:
        return MayNot(why)
    # The asserted list is signed for, and covers a text about appointments (contract
    # section 9); everybody else must have said that we may ask.
    return May(Ground.asserted if facts.word is Word.opted_in else Ground.told)


STOPPED = (
    "The patient said stop, so nobody asks them by text. Only they can come back, with "
    "START or a new form."
)
HELD = "A reply from this phone waits for a person. Decide it under Tasks first."
AGREED = "The patient has agreed already, so there is nothing to ask."
NOT_ALLOWED = (
    "Nothing says yet that we may text them. Ask the patient whether we may text once, "
    "and tick it."
)
UNANSWERED = (
    "This phone was asked by text on {day} and has not answered. Nobody is asked twice "
    "without an answer: ask at the next visit."
)
TOO_SOON = (
    "This phone was asked by text on {day}. It may be asked by text again from {again} "
    "on; until then ask at the visit."
)
MANY = (
    f"This clinic has asked {PER_DAY} patients by text today, which is the most. Go on "
    "tomorrow, or ask at the visit."
)


def _reasons(facts: Facts) -> Iterator[str]:
    if facts.word is Word.opted_out:
        yield STOPPED
    if facts.held:
        yield HELD
    asserted = facts.word is Word.opted_in and facts.grade is Grade.asserted
    if facts.word is Word.opted_in and not asserted:
        yield AGREED
    if facts.word in (Word.none, Word.pending) and not facts.told:
        yield NOT_ALLOWED
    asked = facts.asked_at
    if asked is not None and not facts.answered:
        yield UNANSWERED.format(day=local_day(asked, facts.clinic_zone))
    elif asked is not None and facts.now - asked < APART:
        again = local_time(asked + APART, facts.clinic_zone)
        day = local_day(asked, facts.clinic_zone)
        yield TOO_SOON.format(day=day, again=again)
