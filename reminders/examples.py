"""Example visits, and when their texts would leave: for people who choose the times.

Pure.  It asks the planner itself, so that nothing is shown which would not happen; other
visits of a phone, which could be joined, are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinics.models import Language
from gateway.quiet_hours import Window
from gateway.whereabouts import area_of, lawful
from kernel.business_days import holiday_name
from reminders.compose import Booked, Place, steps_of
from reminders.foretell import before
from reminders.plan import Planned, Policy, wanted_at

MORNING, AFTERNOON = time(9, 30), time(15)
MONDAY, THURSDAY = 0, 3
A_DAY = timedelta(days=1)
HOLIDAYS_WITHIN = 60  # days: one farther off says nothing to anybody yet


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleText:
    """One step.  `at` is None where none leaves; `why` says so, or that it moved."""

    before: str
    at: datetime | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    visit_at: datetime
    booked_at: datetime | None  # None: long before
    about: str
    texts: tuple[ExampleText, ...]


def examples(
    clinic: Place, policy: Policy, now: datetime, own: datetime | None = None
) -> list[Example]:
    """What these rules would do with a few visits; `own` is one that somebody chose."""
    zone = ZoneInfo(clinic.time_zone)
    today = now.astimezone(zone).date()
    monday = _next(today + 15 * A_DAY, MONDAY)
    chosen = [_example("The visit that you chose", own, clinic, policy)] if own else []
    return [
        *chosen,
        _example("On a Monday", _at(monday, MORNING, zone), clinic, policy),
        _example(
            "On a Thursday", _at(monday + 3 * A_DAY, AFTERNOON, zone), clinic, policy
        ),
        *_after_a_holiday(clinic, policy, today, zone),
        _example(
            "Booked just now for tomorrow",
            _at(today + A_DAY, AFTERNOON, zone),
            clinic,
            policy,
            now,
        ),
    ]


def narrowed(clinic: Place, window: Window) -> tuple[str, Window] | None:
    """The clinic's state and what is left of the window there, where it takes any."""
    left = lawful(window, clinic.phone)
    state = area_of(clinic.phone).state
    return (state, left) if state and left != window.within(window) else None


def _after_a_holiday(
    clinic: Place, policy: Policy, today: date, zone: ZoneInfo
) -> Iterator[Example]:
    for ahead in range(8, HOLIDAYS_WITHIN):
        day = today + ahead * A_DAY
        name, after = holiday_name(day), day + A_DAY
        if name and after.weekday() < 5 and holiday_name(after) is None:
            at = _at(after, AFTERNOON, zone)
            yield _example(f"On the day after {name}", at, clinic, policy)
            return


def _example(
    about: str,
    visit_at: datetime,
    clinic: Place,
    policy: Policy,
    booked_at: datetime | None = None,
) -> Example:
    booked = Booked(
        id=0,
        patient_id=0,
        version=1,
        starts_at=visit_at,
        time_zone=clinic.time_zone,
        wall_time="",
        location="",
        provider="",
        given_name="",
        family_name="",
        phone=clinic.phone,  # of its state and zone, as most of its patients'
        language=Language.en,
        her_zone=None,
    )
    now = booked_at or visit_at - 30 * A_DAY
    entries = steps_of(booked, clinic, policy, (), now)
    texts = []
    for entry in entries:
        if isinstance(entry, Planned):
            wanted = wanted_at(visit_at, clinic.time_zone, entry.offset_minutes)
            why = _moved(entry.send_from, wanted)
            at: datetime | None = entry.send_from
        else:
            at, why = None, entry.why
        texts.append(ExampleText(before=before(entry.offset_minutes), at=at, why=why))
    return Example(
        visit_at=visit_at, booked_at=booked_at, about=about, texts=tuple(texts)
    )


def _moved(at: datetime, wanted: datetime | None) -> str:
    if wanted is None or at == wanted:
        return ""
    if at < wanted:
        return "Earlier, because no text leaves at that hour or on that day."
    return "Late, because the visit was booked late."


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, zone)


def _next(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)
