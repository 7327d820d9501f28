"""Sees ahead that more is planned for a day than a carrier takes, and opens a task for
the operator: today and tomorrow, each once.

Holds no text and lets none go; whose turn it is, `gateway.throughput` says.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from clinics.models import TaskKind
from clinics.tasks import open_task
from gateway.pace import marks_of
from gateway.throughput import PACIFIC, Cap, Marks, Span, caps_of, pacific_day
from gateway.waiting import groups_of, senders_of
from kernel.carriers import LABELS
from kernel.clock import day_words
from kernel.db import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Overfull:
    """A day on which one cap is too small for what is planned."""

    cap: Cap
    begins: datetime
    planned: int  # segments, with what has left already
    clinic_ids: tuple[int, ...]  # that share it

    @property
    def over(self) -> int:
        return self.planned - self.cap.open_to_reminders


def watch_days(database: Database, now: datetime) -> int:
    """How many tasks were opened.  Counting takes a while, so it holds no lock."""
    with database.reading() as session:
        begins, ends = pacific_day(now)
        days = [*overfull(session, now, begins), *overfull(session, now, ends)]
    if not days:
        return 0
    return database.retrying(lambda session: _tell(session, days, now))


def overfull(session: Session, now: datetime, begins: datetime) -> list[Overfull]:
    """On the Pacific day that begins then."""
    _, ends = pacific_day(begins)
    groups = groups_of(session, now, ends, since=None if begins <= now else begins)
    senders = senders_of(session, {row.number_id for row in groups})
    planned: dict[str, int] = defaultdict(int)
    caps: dict[str, Cap] = {}
    clinics: dict[str, set[int]] = defaultdict(set)
    for row in groups:
        sender = senders.get(row.number_id)
        for cap in caps_of(sender, row.carrier) if sender else ():
            if cap.span is Span.day:
                before = caps.get(cap.key, cap)
                caps[cap.key] = cap if cap.limit < before.limit else before
                planned[cap.key] += row.segments if cap.segments else row.texts
                clinics[cap.key].add(row.clinic_id)
    marks = marks_of(session, caps)
    found = [
        Overfull(
            cap=cap,
            begins=begins,
            planned=planned[key] + marks.get(key, Marks()).used(Span.day, begins)
            if begins <= now
            else planned[key],
            clinic_ids=tuple(sorted(clinics[key])),
        )
        for key, cap in sorted(caps.items())
    ]
    return [one for one in found if one.over > 0]


def _tell(session: Session, days: Sequence[Overfull], now: datetime) -> int:
    return sum(
        open_task(
            session,
            clinic_id,
            TaskKind.daily_cap,
            f"daily_cap:{one.cap.carrier}:{one.begins:%Y-%m-%d}",
            _sentence(one),
            now,
            urgent=True,
            due_in=max(one.begins - now, timedelta(0)),
        )
        for one in days
        for clinic_id in one.clinic_ids
    )


def _sentence(one: Overfull) -> str:
    day = day_words(one.begins.astimezone(PACIFIC).date())
    shared = ", by all clinics of its tax number" if len(one.clinic_ids) > 1 else ""
    return (
        f"{LABELS[one.cap.carrier]} takes {one.cap.limit:,} segments a day from this "
        f"clinic's brand, {one.cap.open_to_reminders:,} of them for reminders. For {day} "
        f"(Pacific time), {one.planned:,} are planned{shared}. The nearest visits go "
        f"first; the rest of {one.over:,} waits until after midnight or comes "
        "too late. Have the brand vetted for a higher score, shorten the wording, or "
        "ask the clinic to call."
    )
