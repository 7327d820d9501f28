"""The words of one visit's reminder, and where the patient may be.

Pure.  One visit, one text: every step of the ladder says the same.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from clinics.models import Clinic, Language
from gateway import whereabouts
from gateway.quiet_hours import known_zone
from reminders.rendering import Rendered, Unrenderable, Values, render


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A visit to plan, with what is known of the patient."""

    id: int
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


def zones_of(visit: Booked, clinic_zone: str) -> tuple[str, ...]:
    """Hers where the clinic knows it, else every zone that she may well be in."""
    places = (clinic_zone, visit.time_zone)
    return whereabouts.zones_of(visit.phone, visit.her_zone, places)


def compose(visit: Booked, clinic: Clinic, wording: Wording) -> Rendered | Unrenderable:
    if known_zone(visit.time_zone) is None:
        return Unrenderable((f"The time zone '{visit.time_zone}' is not known.",))
    values = Values(
        clinic=clinic.display_name,
        clinic_phone=clinic.phone,
        first_name=visit.given_name,
        starts_at=visit.starts_at,
        time_zone=visit.time_zone,
        show_zone=_elsewhere(visit),
        location=visit.location,
        provider=visit.provider,
    )
    return render(wording.template, values, wording.language)


def _elsewhere(visit: Booked) -> bool:
    """Her clock shows another time than the clinic's at the hour of the visit."""
    hers = known_zone(visit.her_zone or visit.time_zone)
    here = visit.starts_at.astimezone(ZoneInfo(visit.time_zone))
    return hers is None or here.astimezone(hers).utcoffset() != here.utcoffset()
