"""Which texts a visit gets, and when each may leave.

Pure.  A step of the ladder lies whole days before the visit by the wall clock of the
place (24 hours before 9:00 is 9:00 the day before, also when the clocks change), and
what is left over by elapsed time.  A step in quiet hours, or on a holiday, moves
earlier, never later.

One phone gets one reminder a local day, whatever number of visits it is for: what falls
on the same day becomes one text (`reminders.together`).  Only a step of the day of the
visit, such as two hours before, may leave on top of it, where the policy says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from gateway.quiet_hours import (
    Never,
    Window,
    is_open,
    known_zone,
    last_open_before,
    next_open,
    one_day,
    unknown_zone,
)

DAY_MINUTES = 24 * 60
LAST_CALL = timedelta(minutes=30)  # later she is on her way, or it is too late
CATCH_UP = timedelta(hours=2)  # a late booking is worth a text until then
APART = timedelta(hours=12)  # messaging.md section 7: never two within 12 hours
LEAD = timedelta(minutes=59)  # before the last open minute: an hour in which to leave

PASSED = "Its time had passed when the visit was planned."
TOO_LATE = "The visit was too near, or over, when it was planned."
TOO_CLOSE = "Another reminder of this visit leaves less than 12 hours before or after."
ONE_A_DAY = "This phone gets another reminder that day, and one a day is the most."


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    starts_at: datetime
    time_zone: str  # of the place
    zones: tuple[str, ...]  # where she may be: quiet hours count in each
    told: frozenset[int]  # steps that have left or wait already, in minutes
    free_from: datetime | None = (
        None  # the phone had its reminder of the day until then
    )


@dataclass(frozen=True, slots=True)
class Policy:
    offsets: tuple[int, ...]  # minutes before the visit, in any order
    window: Window
    same_day: bool = (
        False  # a step of the day itself leaves whatever else left that day
    )

    def besides(self, offset: int) -> bool:
        """It may be the second reminder of a phone's day."""
        return self.same_day and offset < DAY_MINUTES


@dataclass(frozen=True, slots=True)
class Planned:
    offset_minutes: int
    send_from: datetime
    send_until: datetime


@dataclass(frozen=True, slots=True)
class Skipped:
    offset_minutes: int
    why: str


@dataclass(frozen=True, slots=True)
class _Step:
    offset: int
    at: datetime

    def too_close_to(self, earlier: "_Step") -> bool:
        """Within 12 hours, unless the policy itself puts them closer."""
        own = timedelta(minutes=abs(earlier.offset - self.offset))
        return self.at - earlier.at < min(APART, own)


def due_reminders(
    visit: Visit, policy: Policy, now: datetime
) -> list[Planned | Skipped]:
    """One entry for every step that was not told yet, the earliest first.

    Of the steps that have passed, the newest alone is made up for: at the next open
    moment, while that is two hours before the visit and 12 before the next step.
    """
    offsets = sorted(set(policy.offsets), reverse=True)
    place = known_zone(visit.time_zone)
    if place is None:
        return _all_skipped(offsets, visit, unknown_zone(visit.time_zone))
    if now >= visit.starts_at - LAST_CALL:
        return _all_skipped(offsets, visit, TOO_LATE)
    skipped: list[Skipped] = []
    ahead: list[_Step] = []
    passed: list[int] = []
    for offset in offsets:
        at = _moved_earlier(
            _wanted(visit.starts_at, place, offset), visit.zones, policy.window
        )
        if isinstance(at, Never):
            skipped.append(Skipped(offset, at.why))
        elif at <= _free(visit, policy, offset, now):
            passed.append(offset)
        elif ahead and _Step(offset, at).too_close_to(ahead[-1]):
            skipped.append(Skipped(offset, TOO_CLOSE))
        elif _second_of_a_day(at, ahead, visit, policy, offset):
            skipped.append(Skipped(offset, ONE_A_DAY))
        else:
            ahead.append(_Step(offset, at))
    late = _catch_up(passed, ahead, visit, policy, now)
    steps = [late, *ahead] if isinstance(late, _Step) else ahead
    skipped += [Skipped(offset, PASSED) for offset in passed[:-1]]
    if isinstance(late, Skipped):
        skipped.append(late)
    entries = [*skipped, *_with_ends(steps, visit.starts_at)]
    return sorted(
        (entry for entry in entries if entry.offset_minutes not in visit.told),
        key=lambda entry: -entry.offset_minutes,
    )


def wanted_at(starts_at: datetime, time_zone: str, offset: int) -> datetime | None:
    """When a step would leave if every hour were open; None where nobody knows."""
    place = known_zone(time_zone)
    return None if place is None else _wanted(starts_at, place, offset)


def _free(visit: Visit, policy: Policy, offset: int, now: datetime) -> datetime:
    """From when on this step may leave."""
    if visit.free_from is None or policy.besides(offset):
        return now
    return max(now, visit.free_from)


def _second_of_a_day(
    at: datetime, ahead: Sequence[_Step], visit: Visit, policy: Policy, offset: int
) -> bool:
    return (
        bool(ahead)
        and not policy.besides(offset)
        and one_day(at, ahead[-1].at, visit.zones)
    )


def _wanted(starts_at: datetime, place: ZoneInfo, offset: int) -> datetime:
    days, minutes = divmod(offset, DAY_MINUTES)
    there = starts_at.astimezone(place)
    same_hour = (there - timedelta(days=days)).astimezone(UTC)
    return same_hour - timedelta(minutes=minutes)


def _moved_earlier(
    wanted: datetime, zones: Sequence[str], window: Window
) -> datetime | Never:
    if is_open(wanted, zones, window):
        return wanted
    last = last_open_before(wanted, zones, window)
    return last if isinstance(last, Never) else next_open(last - LEAD, zones, window)


def _catch_up(
    passed: Sequence[int],
    ahead: Sequence[_Step],
    visit: Visit,
    policy: Policy,
    now: datetime,
) -> _Step | Skipped | None:
    """The text that makes up for the newest step that passed, if it is of use."""
    if not passed or passed[-1] in visit.told:
        return None
    newest = passed[-1]
    free = _free(visit, policy, newest, now)
    at = next_open(free, visit.zones, policy.window)
    if isinstance(at, Never):
        return Skipped(newest, at.why)
    late = _Step(newest, at)
    why = PASSED if free == now else ONE_A_DAY
    if at > visit.starts_at - CATCH_UP:
        return Skipped(newest, why)
    if ahead and ahead[0].too_close_to(late):
        return Skipped(newest, why)
    if ahead and _second_of_a_day(ahead[0].at, [late], visit, policy, ahead[0].offset):
        return Skipped(newest, why)
    return late


def _with_ends(steps: Sequence[_Step], starts_at: datetime) -> list[Planned | Skipped]:
    """Each is of use until 12 hours before the next, or half the way to it where the
    next is nearer; the last until half an hour before the visit."""
    ends = [
        following.at - min(APART, (following.at - step.at) / 2)
        for step, following in pairwise(steps)
    ]
    ends += [starts_at - LAST_CALL]
    return [
        Planned(step.offset, step.at.astimezone(UTC), end.astimezone(UTC))
        if step.at < end
        else Skipped(step.offset, TOO_LATE)
        for step, end in zip(steps, ends, strict=False)
    ]


def _all_skipped(
    offsets: Sequence[int], visit: Visit, why: str
) -> list[Planned | Skipped]:
    return [Skipped(offset, why) for offset in offsets if offset not in visit.told]
