"""The texts of the visits of some days: what became of each, and what will.

Reads rows and decides nothing: the planner's own rules say what is planned
(`reminders.plan_ahead`), the gate's own decision what leaves (`gateway.looks_ahead`).  A
fixed number of queries, up to some hundreds of phones.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from clinics.models import Clinic
from gateway.gate import Finding, Obstacle
from gateway.looks_ahead import Ahead, Course, Fate
from gateway.number_ahead import Number
from gateway.progress import progress
from reminders.foretell import before
from reminders.phone_day import last_left
from reminders.plan import wanted_at
from reminders.plan_ahead import PlanAhead
from reminders.policy import wordings_of
from reminders.rules import Rules
from reminders.step_ahead import Step, Words
from reminders.together_words import together_wordings
from reminders.visit_rows import Days, Of, texts_of, visits_of

OF_TIME = {Obstacle.quiet_hours, Obstacle.too_early, Obstacle.too_late}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """One step of one visit.  `word` is one of `gateway.progress` for what has left or
    ended, else leaves, held, expires, waits or none; `at` is when.  A text about several
    visits is one of each; `counts` for the first of them only."""

    of: Of
    offset_minutes: int
    word: str
    at: datetime | None
    why: tuple[str, ...] = ()
    obstacles: tuple[Obstacle, ...] = ()
    send_from: datetime | None = None
    body: str = ""
    segments: int = 0
    message_id: int | None = None
    visits: int = 1  # that this text is about
    counts: bool = True
    ahead: Ahead | None = None

    @property
    def before(self) -> str:
        return before(self.offset_minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospects:
    texts: tuple[Prospect, ...]
    visits: tuple[Of, ...]


def prospects(
    session: Session,
    clinic: Clinic,
    rules: Rules,
    number: Number | None,
    days: Days,
    now: datetime,
    until: datetime,
    patients: Collection[int] | None = None,
) -> Prospects:
    """Of the visits that begin between two instants, as things stand at `now`, and will
    stand `until` then if nobody says or decides anything.  `patients` None: of all."""
    clinic_id = clinic.id or 0
    visits = tuple(visits_of(session, clinic_id, days, patients))
    rows = texts_of(session, clinic_id, days, patients)
    if number is None or rules.number_id is None:
        return Prospects(texts=tuple(_unserved(visits, rules)), visits=visits)
    phones = {of.booked.phone for of in visits}
    words = Words(
        single=wordings_of(session, clinic_id, rules.number_id),
        together=together_wordings(session, clinic_id, rules.number_id),
    )
    course = Course(number, now, last_left(session, clinic_id, phones, now))
    plan = PlanAhead(clinic, rules, words, course)
    plan.settle(visits, rows)
    plan.run(until)
    return Prospects(texts=tuple(_prospects(plan)), visits=visits)


def _prospects(plan: PlanAhead) -> Iterator[Prospect]:
    counted: set[int] = set()
    for step in plan.steps.values():
        if step.text is None and step.row is None and not step.why:
            continue  # taken back, and nothing took its place
        key = step.text
        if key is None and step.row is not None:
            key = -int(step.row.message_id)
        yield _prospect(plan, step, counts=key not in counted)
        if key is not None:
            counted.add(key)


def _prospect(plan: PlanAhead, step: Step, *, counts: bool) -> Prospect:
    found = plan.seen(step)
    if found is None:
        return _left(step, counts) if step.row is not None else _none(plan, step)
    queued, seen = found
    waits = seen.fate is Fate.waits and bool(queued.waiting.held_why)
    findings = () if seen.fate is Fate.leaves else _by_day(seen)
    why = tuple(one.sentence for one in findings)
    return Prospect(
        of=step.of,
        offset_minutes=step.offset,
        word="held" if waits else seen.fate.value,
        at=seen.at or queued.waiting.send_from,
        # By what the gate said last, where it is not asked again until then.
        why=tuple(queued.waiting.held_why or ()) if waits else why,
        obstacles=tuple(one.obstacle for one in findings),
        send_from=queued.waiting.send_from,
        body=queued.body,
        segments=queued.segments,
        message_id=queued.waiting.message_id,
        visits=len(queued.text.parts),
        counts=counts,
        ahead=seen,
    )


def _by_day(seen: Ahead) -> Sequence[Finding]:
    """The newest reasons but the hour: at night it is that as well, or that alone, which
    is not why it was held by day."""
    for look in reversed(seen.looks):
        found = [one for one in look.verdict.findings if one.obstacle not in OF_TIME]
        if found:
            return found
    return seen.looks[-1].verdict.findings if seen.looks else ()


def _left(step: Step, counts: bool) -> Prospect:
    row: Any = step.row
    return Prospect(
        of=step.of,
        offset_minutes=step.offset,
        word=progress(row.state, row.delivery),
        at=row.submitted_at or row.finished_at,
        why=(row.outcome,) if row.outcome else (),
        send_from=row.send_from,
        body=row.body,
        segments=row.segments,
        message_id=row.message_id,
        counts=counts,
    )


def _none(plan: PlanAhead, step: Step) -> Prospect:
    visit = step.of.booked
    return Prospect(
        of=step.of,
        offset_minutes=step.offset,
        word="none",
        at=wanted_at(visit.starts_at, visit.time_zone, step.offset),
        why=(step.why,),
    )


def _unserved(visits: Collection[Of], rules: Rules) -> Iterator[Prospect]:
    """The clinic has no number at all."""
    for of in visits:
        for offset in rules.policy.offsets:
            yield Prospect(
                of=of,
                offset_minutes=offset,
                word="none",
                at=wanted_at(of.booked.starts_at, of.booked.time_zone, offset),
                why=(rules.no_number,),
            )
