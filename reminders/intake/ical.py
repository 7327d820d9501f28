"""A calendar (iCalendar) as entries: single visits, and recurring ones half a year ahead.

The newest word on an event counts.  A series is named as a whole: what it does not hold
any more is cancelled.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from reminders.intake.entry import Entry, Found, Passed, Series, status_of
from reminders.intake.field_map import Fields
from reminders.intake.ical_event import (
    DAY,
    Event,
    Zones,
    event_of,
    instance_id,
    versions_of,
)
from reminders.intake.ical_lines import Property, blocks
from reminders.intake.ical_rules import Budget, Rule, days_of, read_rule
from reminders.intake.moments import Moment, read_instant
from reminders.intake.problem import Problem, UnusableFile
from reminders.intake.rows import RefusedRow
from reminders.models import VisitStatus

HORIZON = timedelta(days=183)  # of recurring visits
BEHIND = timedelta(days=1)
MOST_ZONES = 100
CANCELLED = ("cancelled", "canceled")
LATEST = "2098"  # a year after it means "for ever"

NO_EVENTS = "There is no event in this calendar."
AN_ANSWER = "This is an answer to an invitation ({}), not a calendar of visits."
NO_UID = "The event has no UID, so it could not be found again."
IN_DOUBT = (
    "Another event of this file changes this series in a way that is not read, so none "
    "of it was imported. Look over those of its visits that stand here already."
)
NO_START = "The event has no start."
TOO_MANY = "There are more than {} visits in this calendar. Split it."
SPENT = "The rules of this calendar take too long to work out."
BAD_UNTIL = "The day until which the visit repeats cannot be read."


@dataclass(slots=True)
class Reader:
    fields: Fields
    place: ZoneInfo
    now: datetime
    most: int
    budget: Budget = field(default_factory=Budget)

    def read(self, text: str) -> Found | UnusableFile:
        zones = Zones(self.place)
        events: list[Event] = []
        method = ""
        for block in blocks(text):
            if block.name == "METHOD":
                method = block.value("METHOD").upper()[:20]
                if method in ("REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH"):
                    return _unusable(AN_ANSWER.format(method))
            elif block.name == "VTIMEZONE":
                if len(zones.written) < MOST_ZONES:
                    zones.written[block.value("TZID").strip('"')] = block
            elif len(events) >= self.most:
                return _unusable(TOO_MANY.format(self.most))
            else:
                event = event_of(block, self.fields)
                if method == "CANCEL":
                    event = replace(event, status=CANCELLED[0])
                events.append(event)
        if not events:
            return _unusable(NO_EVENTS)
        return self._found(events, zones)

    def _found(self, events: list[Event], zones: Zones) -> Found | UnusableFile:
        found = Found(unit="Event")
        series: dict[str, list[Event]] = {}
        in_doubt = {event.uid for event in events if event.broken and event.recurrence}
        for event in events:
            why = event.broken or ("" if event.uid else NO_UID)
            if event.uid in in_doubt:
                why = why or IN_DOUBT
            if why:
                problem = Problem(event.number, None, why)
                found.items.append(RefusedRow(event.number, (problem,)))
            else:
                series.setdefault(event.uid, []).append(event)
        for one in series.values():
            found.items += self._series(one, zones, found)
            if len(found.items) > self.most:
                return _unusable(TOO_MANY.format(self.most))
        found.items.sort(key=lambda one: one.line)
        return found

    def _series(
        self, events: list[Event], zones: Zones, found: Found
    ) -> Iterator[Entry | RefusedRow | Passed]:
        """Of one UID: the visit or the rule, and visits of the series that differ."""
        most = max(event.sequence for event in events)
        newest: dict[str, Event] = {}
        for event in sorted(
            events, key=lambda one: (one.sequence, one.newness(zones), one.number)
        ):
            name = self._name(event, zones)
            if name in newest:
                yield Passed(newest[name].number, None)
            newest[name] = event
        whole = newest.pop("", None)
        if whole:
            version, _ = versions_of(most, whole.newness(zones))
            until = self.now + HORIZON
            found.series[whole.uid] = Series(whole.number, version, until)
        if whole and (whole.rule or whole.more) and self._ended(whole):
            yield Passed(whole.number, None)  # what is known of it is left out
            return
        for name, event in newest.items():
            yield self._entry(event, most, name, self._start(event, zones), zones)
        if whole and (whole.rule or whole.more):
            for one in self._repeated(whole, most, set(newest), zones):
                if isinstance(one, RefusedRow):
                    found.series.pop(whole.uid, None)  # not all of it is known
                yield one
        elif whole:
            start = self._start(whole, zones)
            yield self._entry(whole, most, whole.uid, start, zones)

    def _name(self, event: Event, zones: Zones) -> str:
        """The id of the one visit of a series that the event is about; "" for all."""
        if event.recurrence is None:
            return ""
        original = zones.when(event.recurrence)
        if isinstance(original, Moment):
            return instance_id(event.uid, original.starts_at)
        return f"{event.uid}/?"  # of nobody knows when: its entry says so

    def _repeated(
        self, whole: Event, most: int, named: set[str], zones: Zones
    ) -> Iterator[Entry | RefusedRow | Passed]:
        seen: set[str] = set(named)
        first, unread = self.now - BEHIND, False
        for start in self._starts(whole, zones):
            if isinstance(start, Moment):
                if not first <= start.starts_at <= self.now + HORIZON:
                    continue
                name = instance_id(whole.uid, start.starts_at)
                if name in seen:
                    continue
                seen.add(name)
                yield self._entry(whole, most, name, start, zones)
            else:
                unread = True
                yield RefusedRow(
                    whole.number, (Problem(whole.number, "DTSTART", start),)
                )
            if len(seen) > self.most:
                return
        if seen == named and not unread:
            yield Passed(whole.number, None)  # it is over

    def _starts(self, whole: Event, zones: Zones) -> Iterator[Moment | str]:
        left_out = _Excluded.of(whole, zones)
        for start in (*self._by_rule(whole, zones), *_listed(whole.more, zones)):
            if isinstance(start, str) or start not in left_out:
                yield start

    def _by_rule(self, whole: Event, zones: Zones) -> Iterator[Moment | str]:
        if whole.start is None:
            yield NO_START
            return
        start = zones.when(whole.start)
        zone = zones.of(whole.start)
        if isinstance(start, str) or isinstance(zone, str):
            yield start if isinstance(start, str) else str(zone)
            return
        if not whole.rule:
            yield start
            return
        rule = read_rule(whole.rule)
        if isinstance(rule, str):
            yield rule
            return
        ends = _end_of(rule, whole.start, zones)
        if isinstance(ends, str):
            yield ends
            return
        utc = whole.start.value.strip().endswith("Z")
        local = start.starts_at if utc else start.starts_at.astimezone(zone)
        last = min(filter(None, (ends, self.now + HORIZON)))
        for day in days_of(
            rule, local.date(), _day(last, timedelta(days=1)), self.budget
        ):
            if day < _day(self.now, -2 * BEHIND):
                continue  # years of them, and nobody is reminded of one
            at = f"{day:%Y-%m-%d}T{local:%H:%M}{'Z' if utc else ''}"
            read = read_instant(at, zone)
            if not isinstance(read, Moment):
                if _near(day, self.now):
                    yield read.message
            elif ends is None or read.starts_at <= ends:
                yield zones.here(read)
        if self.budget.days < 0:
            yield SPENT

    def _start(self, event: Event, zones: Zones) -> Moment | str:
        if event.start is None:
            return NO_START
        start = zones.when(event.start)
        if isinstance(start, Moment) and event.recurrence:
            original = zones.when(event.recurrence)
            return original if isinstance(original, str) else start
        return start

    def _ended(self, event: Event) -> bool:
        return event.status.casefold() in CANCELLED

    def _entry(
        self, event: Event, most: int, name: str, start: Moment | str, zones: Zones
    ) -> Entry | Passed:
        person = event.person
        entry = replace(
            person, refused=[*person.refused], warned=[*person.warned], visit_id=name
        )
        newness = event.newness(zones)
        entry.version, entry.patient_version = versions_of(most, newness)
        status: VisitStatus | Passed | None = VisitStatus.booked
        if event.status:
            pending = self.fields.pending
            status = status_of(
                "ical", "status", event.status, entry, "STATUS", pending=pending
            )
        if isinstance(status, Passed):
            return status
        entry.status = status or VisitStatus.booked
        if isinstance(start, Moment):
            entry.moment = start
        else:
            entry.refuse("DTSTART", start)
        return entry


@dataclass(frozen=True, slots=True)
class _Excluded:
    """EXDATE: single moments, or whole days by the clinic's wall clock."""

    moments: frozenset[datetime]
    days: frozenset[str]

    @classmethod
    def of(cls, whole: Event, zones: Zones) -> "_Excluded":
        moments, days = set(), set()
        for one in whole.less:
            for value in one.value.split(",")[:400]:
                found = zones.when(one, value)
                if isinstance(found, Moment):
                    moments.add(found.starts_at)
                elif DAY.fullmatch(value.strip()):
                    text = value.strip()
                    days.add(f"{text[:4]}-{text[4:6]}-{text[6:]}")
        return cls(frozenset(moments), frozenset(days))

    def __contains__(self, start: Moment) -> bool:
        return start.starts_at in self.moments or start.wall_time[:10] in self.days


def _listed(dates: tuple[Property, ...], zones: Zones) -> Iterator[Moment | str]:
    """RDATE: more moments, or periods that begin at them."""
    for one in dates:
        for value in one.value.split(",")[:400]:
            if value.strip():
                yield zones.when(one, value.partition("/")[0])


def _end_of(rule: Rule, start: Property, zones: Zones) -> datetime | str | None:
    """The last moment of a rule; a bare day counts to its end where the clinic is."""
    if not rule.until or (rule.until[:4].isdecimal() and rule.until[:4] > LATEST):
        return None
    if DAY.fullmatch(rule.until):
        found = zones.when(replace(start, value=f"{rule.until}T235900"))
    else:
        found = zones.when(replace(start, value=rule.until))
    return found.starts_at if isinstance(found, Moment) else BAD_UNTIL


def _day(moment: datetime, more: timedelta) -> date:
    return (moment + more).date()


def _near(day: date, now: datetime) -> bool:
    """A time that the clock leaves out matters when its day lies ahead."""
    return _day(now, -BEHIND) <= day <= _day(now, HORIZON)


def _unusable(message: str) -> UnusableFile:
    return UnusableFile((Problem(1, None, message),))
