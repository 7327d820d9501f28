"""What a phone's consent was at any moment, from the records of the ledger alone.

Pure.  The rows `Line` and `Standing` are not read: they must agree, and tests hold
them to it.  A record that is damaged allows nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from consent.history import Entry
from consent.models import EventKind, Grade, Topic
from consent.standing import Word, word

STOPS = frozenset({EventKind.opt_out, EventKind.vendor_block})
GRANTS = frozenset({EventKind.opt_in, EventKind.asserted_by_import})


@dataclass(slots=True)
class About:
    """One topic.  Ledger numbers, 0 = never."""

    pending_seq: int = 0
    granted_seq: int = 0
    grade: Grade | None = None


@dataclass(slots=True)
class Replayed:
    """How a phone stood after its last record that was counted."""

    stopped_seq: int = 0
    held_seq: int = 0  # the doubt that still holds it, 0 = none
    damaged: tuple[int, ...] = ()
    topics: dict[Topic, About] = field(
        default_factory=lambda: {t: About() for t in Topic}
    )

    def word(self, topic: Topic) -> Word:
        about = self.topics[topic]
        return word(self.stopped_seq, about.pending_seq, about.granted_seq)

    def allowed(self, topic: Topic) -> bool:
        """Consent alone; a carrier, a pause or quiet hours may still have said no."""
        free = not self.held_seq and not self.damaged
        return free and self.word(topic) is Word.opted_in

    def decides(self, topic: Topic) -> int | None:
        """The record that the answer rests on; None when nothing was ever said."""
        if self.damaged:
            return self.damaged[0]
        about = self.topics[topic]
        rests_on = {
            Word.opted_in: about.granted_seq,
            Word.opted_out: self.stopped_seq,
            Word.pending: about.pending_seq,
        }
        return self.held_seq or rests_on.get(self.word(topic))


def replay(entries: Iterable[Entry], until: datetime | None = None) -> Replayed:
    """`entries` are all of one phone, oldest first; those at `until` count."""
    now = Replayed()
    for entry in entries:
        if until is None or entry.at <= until:
            _fold(now, entry)
    return now


def _fold(now: Replayed, entry: Entry) -> None:
    if entry.facts is None:
        now.damaged = (*now.damaged, entry.seq)
    elif entry.kind in STOPS:
        now.stopped_seq, now.held_seq = entry.seq, 0
    elif entry.kind == EventKind.held:
        now.held_seq = entry.seq
    elif entry.kind == EventKind.hold_released:
        now.held_seq = 0
    else:
        _about(now, entry, now.topics[Topic(str(entry.facts.get("topic")))])


def _about(now: Replayed, entry: Entry, about: About) -> None:
    if entry.kind in GRANTS:
        about.granted_seq = entry.seq
        about.grade = Grade(str((entry.facts or {}).get("grade")))
        if entry.kind == EventKind.opt_in:  # her own word settles a doubt
            now.held_seq = 0
    elif not about.pending_seq:  # counts only where nothing else was ever said
        about.pending_seq = entry.seq
