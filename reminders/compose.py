"""The words of a reminder, where the patient may be, and when it leaves.

Pure.  Every step of the ladder says the same.  A text about several visits of a phone
names each with its time, in order.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlmodel import col

from clinics.models import Clinic, Language, Patient
from gateway import whereabouts
from gateway.quiet_hours import Window, day_is_over, known_zone
from registration.health_words import health_words
from reminders.models import Appointment
from reminders.plan import Planned, Policy, Skipped, Visit, due_reminders
from reminders.rendering import Rendered, Said, Unrenderable, Values, render


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A visit to plan, with what is known of the patient."""

    id: int
    patient_id: int
    version: int
    starts_at: datetime
    time_zone: str  # of the place
    wall_time: str
    location: str
    provider: str
    given_name: str
    family_name: str
    phone: str
    language: Language
    her_zone: str | None  # where the clinic knows it
    unclear: str | None = None  # why nothing is said about it for now


BOOKED: tuple[Any, ...] = (  # the fields of a `Booked`
    col(Appointment.id),
    col(Appointment.patient_id),
    col(Appointment.version),
    col(Appointment.starts_at),
    col(Appointment.time_zone),
    col(Appointment.wall_time),
    col(Appointment.location),
    col(Appointment.provider),
    col(Patient.given_name),
    col(Patient.family_name),
    col(Patient.phone),
    col(Patient.language),
    col(Patient.time_zone).label("her_zone"),
    col(Appointment.unclear),
)


@dataclass(frozen=True, slots=True)
class Wording:
    template: str
    language: Language  # of the template: English where hers has none
    frank: bool = False  # the clinic lets words about health stand in it


def zones_of(visit: Booked, clinic_zone: str) -> tuple[str, ...]:
    """Hers where the clinic knows it, else every zone that she may well be in."""
    places = (clinic_zone, visit.time_zone)
    return whereabouts.zones_of(visit.phone, visit.her_zone, places)


def steps_of(
    visit: Booked,
    clinic: "Place",
    policy: Policy,
    told: Collection[int],
    now: datetime,
    free_from: datetime | None = None,
) -> list[Planned | Skipped]:
    """What the planner makes of a visit; `told` are the steps, in minutes before it,
    that have left or wait already, and `free_from` as in `plan.Visit`."""
    planned = Visit(
        starts_at=visit.starts_at,
        time_zone=visit.time_zone,
        zones=zones_of(visit, clinic.time_zone),
        told=frozenset(told),
        free_from=free_from,
    )
    window = hours_of(visit, clinic, policy.window)
    return due_reminders(planned, replace(policy, window=window), now)


def free_from(visit: Booked, clinic: "Place", left: datetime | None) -> datetime | None:
    """When the phone's day is over, if it had a reminder at `left`."""
    return day_is_over(left, zones_of(visit, clinic.time_zone)) if left else None


def hours_of(visit: Booked, clinic: "Place", window: Window) -> Window:
    """The clinic's hours within those of her number's state and of the clinic's."""
    return whereabouts.lawful(window, visit.phone, clinic.phone)


class Place(Protocol):
    """What is asked of a clinic, whether it is a row or who is signed in there."""

    @property
    def time_zone(self) -> str: ...

    @property
    def phone(self) -> str: ...


def compose(
    visit: Booked,
    clinic: Clinic,
    wording: Wording,
    more: Mapping[str, str] = MappingProxyType({}),
) -> Rendered | Unrenderable:
    """`more` are words that no visit has, such as a link, or that stand for its own."""
    if known_zone(visit.time_zone) is None:
        return Unrenderable((f"The time zone '{visit.time_zone}' is not known.",))
    values = _values(visit, clinic, wording)
    return render(wording.template, values, wording.language, more)


def compose_together(
    visits: Sequence[Booked], clinic: Clinic, wording: Wording
) -> Rendered | Unrenderable:
    """One text about all of them, in this order.  Where they are too many for one, the
    first are named and the others counted."""
    same = len({(visit.given_name, visit.family_name) for visit in visits}) == 1
    said = tuple(
        Said(
            name="" if same else visit.given_name,
            named=not same,
            starts_at=visit.starts_at,
            time_zone=visit.time_zone,
            show_zone=_elsewhere(visit),
        )
        for visit in visits
    )
    values = _values(visits[0], clinic, wording)
    found: Rendered | Unrenderable = Unrenderable(())
    for count in range(len(said), 0, -1):
        some = replace(values, visits=said[:count], more=len(said) - count)
        found = render(wording.template, some, wording.language)
        if isinstance(found, Rendered):
            return found
    return found


def _values(visit: Booked, clinic: Clinic, wording: Wording) -> Values:
    return Values(
        clinic=clinic.display_name,
        clinic_phone=clinic.phone,
        first_name=visit.given_name,
        starts_at=visit.starts_at,
        time_zone=visit.time_zone,
        show_zone=_elsewhere(visit),
        location=said_of(visit.location, clinic, wording),
        provider=said_of(visit.provider, clinic, wording),
    )


def said_of(value: str, clinic: Clinic, wording: Wording) -> str:
    """A place or a person of the visit; nothing where its name tells what ails the
    patient ("Infusion Center") and the clinic has not said that it may."""
    names = (clinic.display_name, clinic.legal_name)
    return "" if not wording.frank and health_words(value, names) else value


def _elsewhere(visit: Booked) -> bool:
    """Her clock shows another time than the clinic's at the hour of the visit."""
    hers = known_zone(visit.her_zone or visit.time_zone)
    here = visit.starts_at.astimezone(ZoneInfo(visit.time_zone))
    return hers is None or here.astimezone(hers).utcoffset() != here.utcoffset()
