"""The form of a clinic: its fields, and the time zones with those of the US first."""

from collections.abc import Mapping
from functools import cache
from zoneinfo import available_timezones

US_ZONES = {
    "America/New_York": "Eastern: New York",
    "America/Chicago": "Central: Chicago",
    "America/Denver": "Mountain: Denver",
    "America/Phoenix": "Mountain without summer time: Phoenix",
    "America/Los_Angeles": "Pacific: Los Angeles",
    "America/Anchorage": "Alaska: Anchorage",
    "Pacific/Honolulu": "Hawaii: Honolulu",
    "America/Puerto_Rico": "Atlantic: Puerto Rico, Virgin Islands",
    "Pacific/Guam": "Chamorro: Guam, Northern Marianas",
    "Pacific/Pago_Pago": "Samoa: Pago Pago",
}
FIELDS = ("slug", "legal_name", "display_name", "time_zone", "phone")


@cache
def other_zones() -> tuple[str, ...]:
    """Of the regions where a number that we may text can be at home."""
    near = (zone for zone in available_timezones() if zone.startswith(NEAR))
    return tuple(sorted(set(near) - set(US_ZONES)))


NEAR = ("America/", "Pacific/")


def typed(form: Mapping[str, str]) -> dict[str, str]:
    """What stands in the fields, without the spaces around it."""
    return {name: form.get(name, "").strip() for name in FIELDS}
