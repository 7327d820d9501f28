"""A wording as patients will read it, and everything that is to be said of it before it is
used: what it costs, what makes it dear, what gives a patient away.

Pure.  Whether the campaign covers it, `registration.wordings.problems` says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

from clinics.models import Language
from clinics.signin import ClinicHere
from gateway.prices import dearest, in_words, where_from
from kernel.plain_spelling import Dear, dear
from kernel.segments import Segments, measure
from registration.health_words import health_words, sentences
from registration.models import WordingKind
from reminders.rendering import (
    LONGEST_LINKS,
    OF_ANSWERS,
    PLACEHOLDER,
    Said,
    Unrenderable,
    Values,
    check,
    fill,
    holes_of,
)

NAMES = MappingProxyType({Language.en: "Ana", Language.es: "Ana"})
# As long as such names are, and no longer than a text lets them be.
LONG = (
    "Guadalupe-Esperanza",
    "Northwest Medical Arts Building, Suite 4",
    "Dr. Alexandra Montgomery-Richardson, DMD",
)
SECOND, HALF_AN_HOUR = "Ben", timedelta(minutes=30)  # who comes along
USUAL = ("12 Oak Street", "Dr. Lee")
USUAL_LINKS = MappingProxyType(
    {**LONGEST_LINKS, "link": "https://www.our-clinic.example/reviews"}
)
# What answers say besides, as most patients read it and at its longest.
ANSWERED = MappingProxyType(
    {
        Language.en: (
            {
                "visits": "Ana Tue 9:30 AM",
                "answer": "you can't come",
                "choices": "1 for Ana Tue 9:30 AM, 2 for Ben Tue 10:00 AM, or C for both",
                "opens": "tomorrow 8:00 AM",
            },
            {
                "visits": "Guadalupe-Esperanza Wed 10:30 AM, Ben Wed 11:00 AM",
                "answer": "you want another time",
                "choices": "1 for Guadalupe-Esperanza Wed 10:30 AM, 2 for Ben Wed "
                "11:00 AM, or C for both",
                "opens": "Wed Sep 30 10:30 AM",
            },
        ),
        Language.es: (
            {
                "visits": "Ana martes 9:30 AM",
                "answer": "no puede venir",
                "choices": "1 para Ana martes 9:30 AM, 2 para Ben martes 10:00 AM, o C "
                "para ambas",
                "opens": "mañana 8:00 AM",
            },
            {
                "visits": "Guadalupe-Esperanza miércoles 10:30 AM, Ben miércoles 11:00 AM",
                "answer": "quiere otra hora",
                "choices": "1 para Guadalupe-Esperanza miércoles 10:30 AM, 2 para Ben "
                "miércoles 11:00 AM, o C para ambas",
                "opens": "miércoles 30 sep 10:30 AM",
            },
        ),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One text on a phone.  `usd` is the price of one to the dearest carrier."""

    body: str
    cost: Segments
    usd: Decimal

    @property
    def price(self) -> str:
        return in_words(self.usd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """`problems` say why it cannot be used; where it cannot even be filled in, the rest is
    empty."""

    problems: tuple[str, ...]
    usual: Written | None = None
    longest: Written | None = None
    dear: Dear | None = None  # of the longest
    plain: str = ""  # the wording itself, spelled plainly
    health: tuple[str, ...] = ()
    price_from: str = ""


def preview(
    kind: WordingKind,
    language: Language,
    text: str,
    clinic: ClinicHere,
    now: datetime,
    *,
    own_price: Decimal | None = None,
    links: Mapping[str, str] = MappingProxyType({}),
) -> Preview:
    """`links` are the ones that the clinic really has; else a long one stands there."""
    wrong = tuple(check(text, language, kind))
    health = tuple(sentences(health_words(text, (clinic.name,))))
    answered = ANSWERED[language] if kind in OF_ANSWERS else ({}, {})
    usual, longest = (
        _written(text, values, language, {**holes, **more, **links}, own_price)
        for values, holes, more in (
            (usual_values(clinic, language, now), USUAL_LINKS, answered[0]),
            (long_values(clinic, now), LONGEST_LINKS, answered[1]),
        )
    )
    if (
        usual is None
        or longest is None
        or not set(PLACEHOLDER.findall(text)) <= holes_of(kind)
    ):
        return Preview(problems=wrong, health=health)
    costly = dear(longest.body)
    return Preview(
        problems=wrong,
        usual=usual,
        longest=longest,
        dear=costly,
        plain=_plainly(text) if costly else "",
        health=health,
        price_from=where_from(dearest(own_price)),
    )


def usual_values(clinic: ClinicHere, language: Language, now: datetime) -> Values:
    """An invented patient, tomorrow at half past nine."""
    return _values(clinic, NAMES[language], *USUAL, starts_at=_tomorrow(clinic, now, 9))


def long_values(clinic: ClinicHere, now: datetime) -> Values:
    """A Wednesday at half past ten, in a zone that has to be named."""
    day = _tomorrow(clinic, now, 10)
    day += timedelta(days=(2 - day.weekday()) % 7)
    return _values(clinic, *LONG, starts_at=day, show_zone=True)


def _tomorrow(clinic: ClinicHere, now: datetime, hour: int) -> datetime:
    zone = ZoneInfo(clinic.time_zone)
    day = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(day, time(hour, 30), zone)


def _values(
    clinic: ClinicHere,
    first_name: str,
    location: str,
    provider: str,
    *,
    starts_at: datetime,
    show_zone: bool = False,
) -> Values:
    return Values(
        clinic=clinic.name,
        clinic_phone=clinic.phone,
        first_name=first_name,
        starts_at=starts_at,
        time_zone=clinic.time_zone,
        show_zone=show_zone,
        location=location,
        provider=provider,
        visits=tuple(
            Said(
                name=name,
                named=True,
                starts_at=starts_at + later,
                time_zone=clinic.time_zone,
                show_zone=show_zone,
            )
            for name, later in ((first_name, timedelta()), (SECOND, HALF_AN_HOUR))
        ),
    )


def _written(
    text: str,
    values: Values,
    language: Language,
    links: Mapping[str, str],
    own_price: Decimal | None,
) -> Written | None:
    """None where it cannot be filled in; one that is too dear is shown all the same."""
    body = fill(text, values, language, links)
    if isinstance(body, Unrenderable):
        return None
    cost = measure(body)
    return Written(body=body, cost=cost, usd=cost.segments * dearest(own_price).usd)


def _plainly(text: str) -> str:
    found = dear(text)
    return found.plain if found else text
