"""Which visits does an answer mean?  A phone may have several: two children, two days.

Pure.  An answer that could mean either of two visits changes neither: it is asked about
once, and then a person has it.  Digits count only as the answer to that one question.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.intent import Intent
from reminders.choice_words import (
    denies,
    first_of,
    in_a_sentence,
    named_in,
    of_list,
    parts_them,
    place_of,
    plain_choice,
    says_all,
    words_of,
)
from reminders.models import VisitReply
from reminders.visible import folded

MOST_OFFERED = 4  # of a longer list nobody picks a number in a text
REPLIES = {
    Intent.confirm: VisitReply.confirmed,
    Intent.cancel_visit: VisitReply.cannot_come,
    Intent.reschedule: VisitReply.reschedule,
}
CONFIRMED = VisitReply.confirmed
LETTERS = {
    VisitReply.confirmed: "c",
    VisitReply.cannot_come: "x",
    VisitReply.reschedule: "r",
}
AROUND = {reply: of_list("around") | {letter} for reply, letter in LETTERS.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A visit ahead that a text to this phone asked about."""

    id: int
    first_name: str
    starts_at: datetime
    outdated: bool  # changed since, and not asked about again
    text_id: int  # the newest text that asked
    asked_at: datetime | None  # None: it may be out, nobody knows since when
    reply: VisitReply | None
    replied_at: datetime | None

    @property
    def unanswered(self) -> bool:
        """Nothing was said of it since the text that asked."""
        if self.reply is None or self.replied_at is None:
            return True
        return self.asked_at is not None and self.replied_at < self.asked_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What we asked her: which of these, to which she had given this answer?"""

    visit_ids: tuple[int, ...]
    reply: VisitReply
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Means:
    """These visits; `rule` says why, as part of what the inbox shows."""

    reply: VisitReply
    visit_ids: tuple[int, ...]
    rule: str


@dataclass(frozen=True, slots=True)
class AskWhich:
    reply: VisitReply
    visit_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unclear:
    """A person must ask."""

    reply: VisitReply
    visit_ids: tuple[int, ...]


GUESSED = ("together", "last", "again")  # she named none
NOTHING = None  # no answer to anything that we asked
Decision = Means | AskWhich | Unclear | None


def decide(
    body: str,
    intent: Intent,
    asked: Sequence[Asked],
    question: Question | None,
    asked_before: bool,
) -> Decision:
    """`question` is open; `asked_before`: one was sent since the newest text that asked,
    so that there is none to be asked now."""
    reply = REPLIES.get(intent)
    visits = sorted(asked, key=lambda visit: (visit.starts_at, visit.id))
    if not visits:
        return NOTHING
    if question is not None:
        over = any(one.asked_at and one.asked_at > question.asked_at for one in visits)
        chosen = _chosen(body, reply, visits, question, over)
        if chosen is not None:
            return chosen
        question = None if over else question
    if reply is None:
        return NOTHING
    found = _meant(body, reply, visits)
    if isinstance(found, AskWhich):
        once_more = asked_before or question is not None
        if once_more or len(found.visit_ids) > MOST_OFFERED:
            return Unclear(reply, found.visit_ids)
    elif isinstance(found, Means) and question and found.rule in GUESSED:
        return Unclear(reply, found.visit_ids)  # C, where we had offered X
    return found


def _meant(body: str, reply: VisitReply, visits: Sequence[Asked]) -> Decision:
    if len(visits) == 1:
        return Means(reply, _ids(visits), "only")
    spoken = words_of(body)
    confirms = reply is VisitReply.confirmed
    everything = says_all(spoken, loosely=confirms)
    named = named_in(visits, in_a_sentence(spoken))
    people = {folded(visit.first_name) for visit in named}
    if (named or everything) and parts_them(spoken):
        return Unclear(reply, _ids(visits))
    if len({first_of(visit) for visit in named}) < len(people):
        return AskWhich(reply, _ids(named))  # two of them are called Ana
    if named and denies(spoken) and (len(people) > 1 or confirms):
        return Unclear(reply, _ids(visits))  # "Ana yes, Leo no"; "only Ana comes"
    if everything:
        return Means(reply, _ids(named or visits), "all")
    if len(people) > 1 or len(named) == 1:
        return Means(reply, _ids(named), "name")
    return _by_order(reply, named or visits)


def _by_order(reply: VisitReply, visits: Sequence[Asked]) -> Decision:
    """No word tells them apart: what was asked last, and is still open, is meant."""
    last = max(visit.text_id for visit in visits)
    together = [visit for visit in visits if visit.text_id == last]
    before = [visit for visit in visits if visit.text_id != last]
    if any(visit.unanswered for visit in together):
        if any(visit.unanswered for visit in before):
            return AskWhich(reply, _ids([v for v in visits if v.unanswered]))
        if len(together) == 1:
            return Means(reply, _ids(together), "last")
        if reply is VisitReply.confirmed:
            return Means(reply, _ids(together), "together")
        return AskWhich(reply, _ids(together))
    if all(visit.reply is reply for visit in visits):
        return Means(reply, _ids(visits), "again")
    return AskWhich(reply, _ids(visits))


def _chosen(
    body: str,
    reply: VisitReply | None,
    visits: Sequence[Asked],
    question: Question,
    over: bool,
) -> Means | None:
    """Her text as an answer to the question: nothing but numbers, names, "both" and
    the letter that was offered.  A word more, and it is no choice.  `over`: a newer text
    has asked since, and a letter alone answers that one."""
    if reply not in (None, question.reply):
        return None  # "no" is no choice, nor is another letter
    offered = [_of(visits, visit_id) for visit_id in question.visit_ids]
    spoken = plain_choice(words_of(body))
    picked: set[int] = set()
    for word in spoken:
        place = _place(word, offered)
        if picked and word in of_list("agrees") and question.reply is not CONFIRMED:
            return None  # "Leo is ok" is not who cannot come
        if place is not None:
            picked.add(place)
        elif not (says_all([word]) or word in AROUND[question.reply]):
            return None
    letter = LETTERS[question.reply] in spoken
    if says_all(spoken) or (letter and not picked and not over):
        picked = set(range(len(offered)))
    found = [one for place, one in enumerate(offered) if place in picked and one]
    # Of one that is over or gone nothing is said: a person looks.
    if not found or len(found) < len(picked):
        return None
    return Means(question.reply, _ids(found), "choice")


def _place(word: str, offered: Sequence[Asked | None]) -> int | None:
    """By its number, or by a name that only one of them has."""
    names = named_in([one for one in offered if one], [word])
    if len(names) == 1:
        return offered.index(names[0])
    return place_of(word, len(offered))


def _of(visits: Sequence[Asked], visit_id: int) -> Asked | None:
    return next((visit for visit in visits if visit.id == visit_id), None)


def _ids(visits: Sequence[Asked]) -> tuple[int, ...]:
    return tuple(visit.id for visit in visits)


def names_of(visits: Sequence[Asked]) -> Iterator[str]:
    """Each first name once, in the order of the visits."""
    return iter(dict.fromkeys(visit.first_name or "?" for visit in visits))
