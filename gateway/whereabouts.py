"""Where a phone may be, by its number: the state and the time zones of its area code.

Pure, over two tables.  People move and take their numbers along, so what a number says
only ever narrows the hours in which a text may arrive.  A number of no area (toll-free,
personal) says nothing.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import phonenumbers
from phonenumbers import timezone

from gateway.quiet_hours import CLOSED, Window

DATA = Path(__file__).parent / "data"
NOWHERE = timezone.UNKNOWN_TIMEZONE
MOST_OF_AN_AREA = 8  # more zones than that are all of the +1 countries: no area


@dataclass(frozen=True, slots=True)
class Area:
    state: str | None  # two letters; None outside the United States
    zones: tuple[str, ...]  # every one of the area


def area_of(phone: str) -> Area:
    """`phone` is E.164.  An area code that is newer than our table still has the zones
    that libphonenumber knows."""
    return _areas().get(phone[2:5]) or Area(None, _as_the_library_says(phone))


def zones_of(phone: str, known: str | None, places: Iterable[str]) -> tuple[str, ...]:
    """Where the clinic knows the zone, that; else those of the `places` that the person
    goes to and of the number, in each of which the hour must be right."""
    if known:
        return (known,)
    return tuple(sorted({*places, *area_of(phone).zones}))


def lawful(window: Window, *phones: str) -> Window:
    """The window within the hours of the states of these phones.  Those rules are for
    solicitations; a reminder that keeps them too annoys nobody."""
    for phone in phones:
        hours = state_hours().get(area_of(phone).state or "")
        window = window.within(hours) if hours else window
    return window


@cache
def state_hours() -> dict[str, Window]:
    """By state, where its law names hours."""
    found = {}
    with (DATA / "state_hours.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            usual = Window.read(row["weekdays"])
            days = {
                day: Window.read(row[day])
                for day in ("saturday", "sunday")
                if row[day] != row["weekdays"]
            }
            closed = row["holidays"] == str(CLOSED)
            found[row["state"]] = Window(
                usual.opens, usual.closes, **days, holidays=not closed
            )
    return found


@cache
def _areas() -> dict[str, Area]:
    with (DATA / "area_codes.csv").open(newline="", encoding="utf-8") as file:
        return {
            row["area_code"]: Area(row["state"], tuple(row["zones"].split()))
            for row in csv.DictReader(file)
        }


@lru_cache(maxsize=4096)
def _as_the_library_says(phone: str) -> tuple[str, ...]:
    number = phonenumbers.parse(phone)
    found = timezone.time_zones_for_geographical_number(number)
    of_an_area = len(found) <= MOST_OF_AN_AREA
    return tuple(zone for zone in found if zone != NOWHERE) if of_an_area else ()
