"""Could this phone be texted at a moment of the past?  One sentence and the record
that it rests on, for a complaint or an audit.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from consent.fact_words import TOPICS
from consent.history import Entry, history
from consent.models import Topic
from consent.replay import Replayed, replay
from consent.standing import Word
from kernel.clock import local_time

BECAUSE = {
    Word.opted_in: "consent had been given (record {seq}, {grade})",
    Word.opted_out: "texts had been stopped (record {seq})",
    Word.pending: "texts had been asked for, and the phone had not replied yet "
    "(record {seq})",
    Word.none: "nobody had agreed to texts",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """About one topic.  `seq` is the record that it rests on."""

    topic: Topic
    allowed: bool
    sentence: str
    seq: int | None

    @property
    def about(self) -> str:
        return TOPICS[self.topic.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class AtTime:
    at: datetime
    answers: tuple[Answer, ...]
    until: tuple[Entry, ...]  # all that was recorded until then, oldest first
    later: int  # records since, which do not count

    def fields(self) -> list[dict[str, object]]:
        return [
            {
                "topic": answer.topic.value,
                "allowed": answer.allowed,
                "record": answer.seq,
                "sentence": answer.sentence,
            }
            for answer in self.answers
        ]


def at_time(
    session: Session, clinic_id: int, phone: str, at: datetime, time_zone: str
) -> AtTime:
    """Every topic.  What was erased since cannot be found by its phone any more."""
    entries = history(session, clinic_id, phone)
    then = replay(entries, at)
    until = tuple(entry for entry in entries if entry.at <= at)
    when = local_time(at, time_zone)
    return AtTime(
        at=at,
        answers=tuple(_answer(topic, then, when) for topic in Topic),
        until=until,
        later=len(entries) - len(until),
    )


def _answer(topic: Topic, then: Replayed, when: str) -> Answer:
    seq, allowed = then.decides(topic), then.allowed(topic)
    could = "could" if allowed else "could not"
    return Answer(
        topic=topic,
        allowed=allowed,
        sentence=f"On {when} this phone {could} be texted about "
        f"{TOPICS[topic.value]}: {_because(topic, then, seq)}.",
        seq=seq,
    )


def _because(topic: Topic, then: Replayed, seq: int | None) -> str:
    if then.damaged:
        return f"record {seq} is damaged, so nothing is certain"
    if then.held_seq:
        return f"the number was held until a person decides (record {seq})"
    grade = then.topics[topic].grade
    return BECAUSE[then.word(topic)].format(seq=seq, grade=grade)
