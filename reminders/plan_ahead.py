"""The planner's passes of the next days, in memory: the same rules on the same visits,
without a lock and without a row.

What a pass would queue runs through the gate's own course (`gateway.looks_ahead`); what
falls on one day of a phone is joined (`reminders.together`); what a text that ended too
early leaves over is planned once more.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from clinics.models import Clinic
from gateway.looks_ahead import Ahead, Course, Fate
from gateway.models import State
from gateway.outbox import NOT_LEFT
from gateway.quiet_hours import Window, day_is_over
from gateway.text_ahead import TextAhead
from kernel.clock import day_of
from reminders.compose import (
    Wording,
    compose,
    compose_together,
    hours_of,
    steps_of,
    zones_of,
)
from reminders.foretell import OFF, silent_because
from reminders.phone_day import ZONES_APART
from reminders.plan import DAY_MINUTES, Planned
from reminders.policy import Unusable
from reminders.rendering import Rendered, Unrenderable
from reminders.rules import Rules
from reminders.step_ahead import Key, Step, Words, may_be_made_up
from reminders.together import Part, Text, joined
from reminders.visit_rows import Of

NO_CAMPAIGN = "The clinic's texting number serves no campaign yet. The operator attaches it to one."


@dataclass(slots=True)
class _Queued:
    text: Text
    waiting: TextAhead
    body: str
    segments: int


@dataclass(slots=True)
class PlanAhead:
    clinic: Clinic
    rules: Rules
    words: Words
    course: Course
    steps: dict[Key, Step] = field(default_factory=dict)
    of_visit: dict[int, list[Step]] = field(default_factory=dict)
    queued: dict[int, _Queued] = field(default_factory=dict)

    def settle(self, visits: Sequence[Of], rows: Mapping[int, Sequence[Any]]) -> None:
        """What stands as rows, then the next pass."""
        waiting: dict[int, list[tuple[Step, Any]]] = {}
        for of in visits:
            for row in rows.get(of.booked.id, ()):
                step = Step(of, row.offset_minutes)
                if row.state in NOT_LEFT and not self.rules.anew:
                    silent = silent_because(of.booked, of.reply)
                    if silent:
                        step.why = silent  # the next pass takes it back
                    else:
                        waiting.setdefault(row.message_id, []).append((step, row))
                elif row.state not in (None, State.withdrawn, *NOT_LEFT):
                    step.row, step.open = row, may_be_made_up(row, self.course.now)
                else:
                    step.why = row.skipped_why or ""
                self._note(step)
        for parts in waiting.values():
            self._take_over(parts)
        again = [of for of in visits if of.unplanned or self.rules.anew]
        self.plan(again, self.course.now)

    def run(self, until: datetime) -> None:
        """Day after day: at midnight, what was held over is joined with what is new."""
        while (midnight := self._midnight()) < until:
            self.course.run(midnight, self._expired)
            self.plan((), midnight)
        self.course.run(until, self._expired)

    def plan(self, visits: Iterable[Of], now: datetime) -> None:
        """One pass of the planner over these visits."""
        new: dict[str, list[Text]] = {}
        for of in visits:
            new.setdefault(of.booked.phone, []).extend(self._texts(of, now))
        there = self._waiting()
        for phone in (*new, *sorted(self._crowded(there, now) - set(new))):
            for text in joined(there.get(phone, []), new.get(phone, []), now):
                if text.changed:
                    self._put(text, now)

    def seen(self, step: Step) -> tuple[_Queued, Ahead] | None:
        if step.text is None:
            return None
        return self.queued[step.text], self.course.seen(step.text)

    def _note(self, step: Step) -> Step:
        visit_id = step.of.booked.id
        self.steps[visit_id, step.offset] = step
        self.of_visit.setdefault(visit_id, []).append(step)
        return step

    def _texts(self, of: Of, now: datetime) -> list[Text]:
        visit = of.booked
        left = self.course.reminded.get(visit.phone)
        zones = zones_of(visit, self.clinic.time_zone)
        free = day_is_over(left, zones) if left else None
        told = [
            step.offset for step in self.of_visit.get(visit.id, ()) if not step.open
        ]
        entries = steps_of(visit, self.clinic, self.rules.policy, told, now, free)
        why = self._why_none(of)
        texts = []
        for entry in entries:
            step = self.steps.get((visit.id, entry.offset_minutes))
            if step is None:
                step = self._note(Step(of, entry.offset_minutes))
            if why or not isinstance(entry, Planned):
                step.why = why or entry.why  # type: ignore[union-attr]
                continue
            part = Part(
                visit=visit,
                offset_minutes=entry.offset_minutes,
                send_until=entry.send_until,
                reminder_id=None,
                message_id=None,
            )
            texts.append(self._text(part, entry, zones))
        return texts

    def _text(self, part: Part, entry: Planned, zones: tuple[str, ...]) -> Text:
        offset, policy = entry.offset_minutes, self.rules.policy
        return Text(
            parts=(part,),
            send_from=entry.send_from,
            zones=zones,
            window=hours_of(part.visit, self.clinic, policy.window),
            besides=offset if policy.besides(offset) else None,
            changed=True,
        )

    def _why_none(self, of: Of) -> str:
        if not self.rules.on:
            return OFF
        silent = silent_because(of.booked, of.reply)
        if silent:
            return silent
        wording = self.words.single.get(of.booked.language)
        if wording is None:
            return self.rules.no_number or NO_CAMPAIGN
        if isinstance(wording, Unusable):
            return wording.sentence(of.booked.language)
        text = compose(of.booked, self.clinic, wording)
        return " ".join(text.problems) if isinstance(text, Unrenderable) else ""

    def _put(self, text: Text, now: datetime) -> None:
        """As `queueing.put`; `replaces` are numbers of the course."""
        body = self._write(text)
        steps = [self.steps[part.visit.id, part.offset_minutes] for part in text.parts]
        if isinstance(body, Unrenderable):
            for step in steps:
                if step.text not in text.replaces:
                    step.why = " ".join(body.problems)
            return
        for index in text.replaces:
            self.course.take_back(index)
            del self.queued[index]
        first = steps[0].of
        waiting = TextAhead(
            message_id=None,
            segments=body.segments,
            phone=first.booked.phone,
            line=first.line,
            looked_up=first.looked_up,
            once_a_day=text.besides is None,
            send_from=text.send_from,
            send_until=text.send_until,
            zones=",".join(text.zones),
            window=str(text.window),
            look_again_at=max(text.send_from, now),
        )
        self._add(text, waiting, body.body, body.segments, steps)

    def _write(self, text: Text) -> Rendered | Unrenderable:
        visits = [part.visit for part in text.parts]
        language = visits[0].language
        if len(visits) > 1:
            return compose_together(visits, self.clinic, self.words.together[language])
        wording = self.words.single[language]
        assert isinstance(wording, Wording)
        return compose(visits[0], self.clinic, wording)

    def _take_over(self, parts: Sequence[tuple[Step, Any]]) -> None:
        """A text that waits as a row, with all its visits."""
        parts = sorted(
            parts, key=lambda one: (one[0].of.booked.starts_at, one[0].of.booked.id)
        )
        (first, row), steps = parts[0], [step for step, _ in parts]
        besides = row.offset_minutes if row.offset_minutes < DAY_MINUTES else None
        text = Text(
            parts=tuple(
                Part(
                    visit=step.of.booked,
                    offset_minutes=step.offset,
                    send_until=of_step.useful_until or row.send_until,
                    reminder_id=None,
                    message_id=row.message_id,
                )
                for step, of_step in parts
            ),
            send_from=row.send_from,
            zones=tuple(filter(None, row.zones.split(","))),
            window=Window.read(row.window),
            besides=None if row.once_a_day else besides,
        )
        waiting = TextAhead(
            message_id=row.message_id,
            segments=row.segments,
            phone=first.of.booked.phone,
            line=first.of.line,
            looked_up=first.of.looked_up,
            once_a_day=bool(row.once_a_day),
            send_from=row.send_from,
            send_until=row.send_until,
            zones=row.zones,
            window=row.window,
            look_again_at=row.look_again_at,
            held_since=row.held_since,
            held_why=row.held_why,
        )
        self._add(text, waiting, row.body, row.segments, steps)

    def _add(
        self,
        text: Text,
        waiting: TextAhead,
        body: str,
        segments: int,
        steps: Iterable[Step],
    ) -> None:
        index = self.course.add(waiting)
        self.queued[index] = _Queued(
            replace(text, replaces=(index,), changed=False), waiting, body, segments
        )
        for step in steps:
            step.text, step.row, step.why, step.open = index, None, "", False

    def _waiting(self) -> dict[str, list[Text]]:
        found: dict[str, list[Text]] = {}
        for index, one in self.queued.items():
            if self.course.seen(index).fate in (Fate.held, Fate.waits):
                found.setdefault(one.waiting.phone, []).append(one.text)
        return found

    def _crowded(
        self, there: Mapping[str, Collection[Text]], now: datetime
    ) -> set[str]:
        """As `phone_day.crowded`."""
        end = day_of(now, self.clinic.time_zone)[1] + ZONES_APART
        found = set()
        for phone, texts in there.items():
            mine = [
                text.send_from
                for text in texts
                if text.besides is None and text.send_from < end
            ]
            if len(mine) > 1 and min(mine) <= now:
                found.add(phone)
        return found

    def _expired(self, index: int, at: datetime) -> None:
        """A text of several visits ends with the first; the others are planned anew."""
        again = []
        for part in self.queued[index].text.parts:
            if part.send_until > at:
                step = self.steps[part.visit.id, part.offset_minutes]
                step.open = True
                again.append(step.of)
        if again:
            self.plan(again, at)

    def _midnight(self) -> datetime:
        return day_of(self.course.now, self.clinic.time_zone)[1]
