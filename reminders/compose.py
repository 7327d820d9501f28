"""The words of one visit's reminder, and where the patient may be.

Pure.  One visit, one text: every step of the ladder says the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from clinics.models import Clinic, Language
from gateway.quiet_hours import known_zone
from registration.health_words import health_words
from reminders.rendering import Rendered, Unrenderable, Values, render


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


@dataclass(frozen=True, slots=True)
class Wording:
    template: str
    language: Language  # of the template: English where hers has none
    frank: bool = False  # the clinic lets words about health stand in it


def zones_of(visit: Booked, clinic_zone: str) -> tuple[str, ...]:
    """Hers where the clinic knows it, else every zone that she may well be in."""
    if visit.her_zone:
        return (visit.her_zone,)
    return tuple(sorted({clinic_zone, visit.time_zone}))


def compose(
    visit: Booked,
    clinic: Clinic,
    wording: Wording,
    more: Mapping[str, str] = MappingProxyType({}),
) -> Rendered | Unrenderable:
    """`more` are words that no visit has, such as a link, or that stand for its own."""
    if known_zone(visit.time_zone) is None:
        return Unrenderable((f"The time zone '{visit.time_zone}' is not known.",))
    values = Values(
        clinic=clinic.display_name,
        clinic_phone=clinic.phone,
        first_name=visit.given_name,
        starts_at=visit.starts_at,
        time_zone=visit.time_zone,
        show_zone=_elsewhere(visit),
        location=said_of(visit.location, clinic, wording),
        provider=said_of(visit.provider, clinic, wording),
    )
    return render(wording.template, values, wording.language, more)


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
