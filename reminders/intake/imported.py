"""What an import did: the counts of all rows, and the first of its problems.

Pure.  The list of problems ends somewhere, the counts never do.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from reminders.intake.compare import Outcome
from reminders.intake.parts import Part
from reminders.intake.problem import Problem, UnusableFile
from reminders.intake.rows import AppointmentRow

MOST_PROBLEMS = 1000  # kept of one file: who mends these finds the rest at the next try
COUNTS = ("added", "changed", "cancelled", "unchanged", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The counts of rows, and the problems of refused rows and the warnings by line;
    `more_problems` are those that the list has no place for."""

    added: int = 0
    changed: int = 0
    cancelled: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: tuple[Problem, ...] = ()
    more_problems: int = 0
    unclear: int = 0  # visits that the refused rows put in doubt
    unusable: bool = False  # the file as a whole: nothing of it was read
    unit: str = "Line"  # what the problems count: lines, messages, entries, events

    @property
    def complete(self) -> bool:
        return not self.refused and not self.unusable

    @property
    def brought(self) -> int:
        """Good rows, whatever they changed."""
        return self.added + self.changed + self.cancelled + self.unchanged

    @property
    def counted(self) -> str:
        words = (*COUNTS, "unclear") if self.unclear else COUNTS
        return ", ".join(f"{getattr(self, word)} {word}" for word in words)

    def as_json(self) -> dict[str, Any]:
        fields = asdict(self)
        del fields["unusable"], fields["unit"]
        for name in ("more_problems", "unclear"):
            if not fields[name]:
                del fields[name]
        return {**fields, "problems": [asdict(problem) for problem in self.problems]}


def of_unusable(found: UnusableFile) -> Imported:
    return Imported(refused=found.rows, problems=found.problems, unusable=True)


@dataclass(frozen=True, slots=True)
class Asserted:
    """How many rows say that the patient agreed, and the line of the first."""

    count: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How far an import is.  All but the problems can be kept as JSON."""

    read: int = 0  # rows of the feed that are done with
    counts: Mapping[str, int] = field(default_factory=Counter)
    asserted: Asserted = Asserted()
    soonest: tuple[str, str] | None = None  # the first visit ahead: instant, wall time
    problems: tuple[Problem, ...] = ()
    more_problems: int = 0
    unclear: int = 0
    unit: str = "Line"

    def and_also(self, words: Mapping[Outcome, int]) -> "Tally":
        """What was counted beside the rows."""
        counts = Counter(self.counts)
        for word, count in words.items():
            counts[AS_COUNTED[word]] += count
        return replace(self, counts=counts)

    def plus(
        self, part: Part, words: Mapping[Outcome, int], warnings: Sequence[Problem]
    ) -> "Tally":
        counts = Counter(self.and_also(words).counts)
        counts["refused"] += part.refused
        said = [row.line for row in part.rows if row.asserted]
        tally = replace(
            self,
            read=part.read,
            counts=counts,
            asserted=Asserted(
                self.asserted.count + len(said),
                self.asserted.line or (said[0] if said else 0),
            ),
        )
        return tally.told((*part.problems, *warnings))

    def with_unclear(self, count: int) -> "Tally":
        return replace(self, unclear=self.unclear + count)

    def told(self, problems: Iterable[Problem]) -> "Tally":
        """With these problems as well, as far as there is place for them."""
        more = sorted(problems, key=lambda problem: problem.line)
        room = max(0, MOST_PROBLEMS - len(self.problems))
        return replace(
            self,
            problems=(*self.problems, *more[:room]),
            more_problems=self.more_problems + len(more[room:]),
        )

    def first_of_all(self, problem: Problem) -> "Tally":
        """A problem that has its place, whatever else there is."""
        left_out = max(0, len(self.problems) + 1 - MOST_PROBLEMS)
        return replace(
            self,
            problems=(problem, *self.problems)[:MOST_PROBLEMS],
            more_problems=self.more_problems + left_out,
        )

    def ahead(self, rows: Sequence[AppointmentRow], now: datetime) -> "Tally":
        """Remembers the first visit that lies ahead."""
        coming = [row for row in rows if row.starts_at > now]
        if not coming:
            return self
        first = min(coming, key=lambda row: row.starts_at)
        seen = (first.starts_at.isoformat(), first.wall_time)
        return replace(self, soonest=min(self.soonest or seen, seen))

    def imported(self) -> Imported:
        return Imported(
            added=self.counts.get("added", 0),
            changed=self.counts.get("changed", 0),
            cancelled=self.counts.get("cancelled", 0),
            unchanged=self.counts.get("unchanged", 0),
            refused=self.counts.get("refused", 0),
            problems=tuple(sorted(self.problems, key=lambda problem: problem.line)),
            more_problems=self.more_problems,
            unclear=self.unclear,
            unit=self.unit,
        )

    def as_kept(self) -> dict[str, Any]:
        return {
            "read": self.read,
            "counts": dict(self.counts),
            "asserted": [self.asserted.count, self.asserted.line],
            "soonest": list(self.soonest) if self.soonest else None,
            "unclear": self.unclear,
        }


def of_kept(kept: Mapping[str, Any]) -> Tally:
    soonest = kept["soonest"]
    return Tally(
        read=kept["read"],
        counts=Counter(kept["counts"]),
        asserted=Asserted(*kept["asserted"]),
        soonest=(soonest[0], soonest[1]) if soonest else None,
        unclear=kept.get("unclear", 0),
    )


AS_COUNTED = {
    Outcome.added: "added",
    Outcome.changed: "changed",
    Outcome.reworded: "changed",
    Outcome.cancelled: "cancelled",
    Outcome.unchanged: "unchanged",
}
