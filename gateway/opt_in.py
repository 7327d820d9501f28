"""Signing up on the web: what the form may ask for, and whether a text may ask for YES.

Pure: no database, no clock.  A form proves nothing about whose phone it names, so it
never opts anybody in, and it never undoes a STOP.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from clinics.models import Language
from consent.models import Grade, Topic
from consent.standing import Word
from kernel import phone as phones

# A request that waits for a carrier is of no use later: she has left the page.
ASK_WITHIN = timedelta(minutes=15)

# Caps against texts to numbers that somebody else types in (threat T20).
PER_IP = 5  # an hour
PER_PHONE = 1  # a day of the clinic
PER_CLINIC = 200  # a day of the clinic
BURST = 50  # an hour of one clinic

LONGEST_NAME = 80
LONGEST_PHONE = 40


class Problem(StrEnum):
    """What is wrong with one field; the words are in `opt_in_words`."""

    no_topic = "no_topic"
    name_too_long = "name_too_long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The form as it came."""

    phone: str
    name: str
    ticked: frozenset[Topic]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A form that can be used: a phone that texts reach, and at least one topic."""

    phone: str  # E.164
    typed: str  # the same as it was typed
    name: str
    topics: tuple[Topic, ...]


Problems = Mapping[str, str]  # field -> a Problem or a sentence of kernel.phone


def read(typed: Typed, offered: tuple[Topic, ...]) -> Wish | Problems:
    """A topic that the form did not offer was not ticked by a person: it is left out."""
    problems: dict[str, str] = {}
    number = phones.read(typed.phone[: LONGEST_PHONE + 1])
    if isinstance(number, phones.NotAPhone):
        problems["phone"] = number.why
    if len(typed.name.strip()) > LONGEST_NAME:
        problems["name"] = Problem.name_too_long
    topics = tuple(topic for topic in offered if topic in typed.ticked)
    if not topics:
        problems["topics"] = Problem.no_topic
    if problems or isinstance(number, phones.NotAPhone):
        return problems
    return Wish(
        phone=number.e164,
        typed=typed.phone.strip(),
        name=typed.name.strip(),
        topics=topics,
    )


def language_for(wanted: Language, published: frozenset[Language]) -> Language | None:
    """The one she wants, else any that has words; None: no words are published, so
    nobody can agree to them."""
    choices = (wanted, *sorted(published))
    return next((one for one in choices if one in published), None)


class Act(StrEnum):
    """What becomes of a form: the values are kept as evidence of why."""

    ask = "asked by text to reply YES"
    agreed_already = "nothing to ask: these topics are agreed to and proven"
    stopped = "not asked: this phone stopped texts, and only its own START undoes that"
    held = "not asked: a reply from this phone waits for a person"
    asked_before = "not asked again: this phone was asked and has not answered"
    burst = "not asked: too many sign-ups at this clinic within one hour"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What stands between the phone and one topic."""

    word: Word
    grade: Grade | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that decides, read under the line's lock."""

    topics: Mapping[Topic, Known]  # of the form
    stopped: bool  # a STOP that no opt-in has undone
    held: bool
    asked_unanswered: bool  # one text asked, and she has not texted since
    this_hour: int  # sign-ups at the clinic, this one included


@dataclass(frozen=True, slots=True)
class Decision:
    act: Act
    pending: tuple[Topic, ...]  # to be noted as asked for


def decide(facts: Facts) -> Decision:
    """The first that holds decides; whatever it is, her page says the same."""
    open_topics = tuple(
        topic for topic, known in facts.topics.items() if not _proven(known)
    )
    checks = (
        (not open_topics, Act.agreed_already),
        (facts.stopped, Act.stopped),
        (facts.held, Act.held),
        (facts.asked_unanswered, Act.asked_before),
        (facts.this_hour > BURST, Act.burst),
    )
    act = next((act for holds, act in checks if holds), Act.ask)
    return Decision(act, open_topics)


def _proven(known: Known) -> bool:
    """What an import only asserts is worth asking for."""
    return known.word is Word.opted_in and known.grade is not Grade.asserted
