"""An invented month of three clinics: who their patients are, what is booked, moved and
cancelled, and when.  It is the truth that the program is judged by, so it knows the law
by itself and asks no code of ours."""

import csv
import io
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LOS_ANGELES, NEW_YORK = "America/Los_Angeles", "America/New_York"
CHICAGO, DENVER, HONOLULU = "America/Chicago", "America/Denver", "Pacific/Honolulu"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NAMES = [
    "Ana",
    "Ben",
    "Cal",
    "Dora",
    "Eli",
    "Flor",
    "Gus",
    "Hana",
    "Ivo",
    "Jun",
    "Kai",
    "Lena",
    "Max",
    "Nora",
    "Otto",
    "Pia",
]
CARRIERS = ("att", "tmobile", "verizon", "tmobile", "verizon")
HOLIDAYS = {date(2027, 2, 15)}  # Presidents' Day
AREAS = {  # every zone of an area code, by the map
    "206": (LOS_ANGELES,),
    "208": (DENVER, LOS_ANGELES),
    "212": (NEW_YORK,),
    "808": (HONOLULU,),
    "850": (CHICAGO, NEW_YORK),
    "312": (CHICAGO,),
    "205": (CHICAGO,),
    "270": (CHICAGO, NEW_YORK),
}
CLINICS = {  # slug: its zone, and the area codes of its patients
    "maple-dental": (LOS_ANGELES, ("206", "206", "208")),
    "birch-eye": (NEW_YORK, ("212", "212", "850", "808")),
    "cedar-skin": (CHICAGO, ("312", "270", "205")),
}
HEADINGS = (
    *("appointment_id", "patient_id", "given_name", "family_name", "phone"),
    *("language", "starts_at", "status"),
)


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    clinic: str
    name: str
    phone: str
    language: str

    @property
    def zones(self) -> tuple[str, ...]:
        return tuple({CLINICS[self.clinic][0], *AREAS[self.phone[2:5]]})


@dataclass(slots=True)
class Visit:
    """`story`: from when on it is at which time; None: it is cancelled."""

    id: str
    person: Person
    story: list[tuple[datetime, datetime | None]] = field(default_factory=list)

    def at(self, instant: datetime) -> datetime | None:
        """When it was to be, as things stood then."""
        found = None
        for since, starts in self.story:
            found = starts if since <= instant else found
        return found


@dataclass(frozen=True, slots=True)
class Month:
    first: datetime
    days: int
    people: list[Person]
    visits: dict[str, Visit]

    def ticks(self) -> Iterator[datetime]:
        """Every hour in which somewhere a text may leave, and once at night."""
        for hour in range(self.days * 24 + 2):
            instant = self.first + hour * HOUR + timedelta(minutes=1)
            if not 7 <= instant.hour <= 12 or instant.hour == 10:
                yield instant

    def files(self, after: datetime, until: datetime) -> dict[str, bytes]:
        """By clinic: the list of what changed meanwhile, as a practice exports it."""
        rows: dict[str, list[list[str]]] = {}
        for visit in self.visits.values():
            fresh = [starts for since, starts in visit.story if after < since <= until]
            if fresh:
                row = _row(visit, fresh[-1], visit.at(after) or visit.story[0][1])
                rows.setdefault(visit.person.clinic, []).append(row)
        return {clinic: _csv(found) for clinic, found in rows.items()}

    def touched(self, after: datetime, until: datetime) -> set[str]:
        """Phones of visits that changed meanwhile."""
        return {
            visit.person.phone
            for visit in self.visits.values()
            if any(after < since <= until for since, _ in visit.story)
        }


def invent(first: date, days: int, count: int, seed: int = 7) -> Month:
    chance = random.Random(seed)
    begins = datetime.combine(first, time(6), UTC)
    people = list(_people(chance, count // 3))
    visits = {}
    for number in range(count):
        person = chance.choice(people)
        visit = Visit(f"V{number}", person)
        starts = _time(chance, person.clinic, first, days)
        booked = begins
        if chance.random() < 0.35:  # at any time before, some on the day itself
            lead = timedelta(hours=chance.expovariate(1 / 60) + 0.5)
            booked = max(begins, _hour(starts - lead))
        visit.story.append((booked, starts))
        if chance.random() < 0.2:
            changed = booked + (starts - booked) * chance.random()
            moved = chance.random() < 0.6
            left = max(1, (first + days * DAY - changed.date()).days)
            to = _time(chance, person.clinic, changed.date(), left) if moved else None
            if changed > booked and (to is None or to > changed):
                visit.story.append((_hour(changed), to))
        visits[visit.id] = visit
    return Month(begins, days, people, visits)


def _people(chance: random.Random, count: int) -> Iterator[Person]:
    """A fifth of them share their phone with the one before."""
    phone = ""
    for number in range(count):
        clinic = list(CLINICS)[number * len(CLINICS) // count]
        fresh = number * len(CLINICS) % count < len(CLINICS)
        if fresh or chance.random() > 0.2:
            area = chance.choice(CLINICS[clinic][1])
            phone = f"+1{area}{2_220_000 + number}"
        language = chance.choice(("en", "en", "en", "es"))
        yield Person(f"P{number}", clinic, chance.choice(NAMES), phone, language)


def _time(chance: random.Random, clinic: str, first: date, days: int) -> datetime:
    """By the clinic's wall clock, Monday to Saturday, from 8:00 to 17:45."""
    day = first + chance.randrange(days) * DAY
    while day.weekday() == 6:
        day += DAY
    at = time(chance.randrange(8, 18), chance.choice((0, 15, 30, 45)))
    return datetime.combine(day, at, ZoneInfo(CLINICS[clinic][0])).astimezone(UTC)


def _hour(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _row(visit: Visit, starts: datetime | None, before: datetime | None) -> list[str]:
    person, status = visit.person, "booked"
    if starts != visit.story[0][1]:
        status = "cancelled" if starts is None else "moved"
    shown = starts or before
    assert shown is not None
    wall = shown.astimezone(ZoneInfo(CLINICS[person.clinic][0]))
    return [
        *(visit.id, person.id, person.name, f"of {person.id}", person.phone),
        *(person.language, f"{wall:%Y-%m-%dT%H:%M%z}", status),
    ]


def _csv(rows: list[list[str]]) -> bytes:
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(HEADINGS)
    table.writerows(rows)
    return written.getvalue().encode()


def lawful(at: datetime, person: Person) -> bool:
    """By every clock that may be hers, and by the laws of the states involved."""
    return all(_open(at.astimezone(ZoneInfo(zone)), person) for zone in person.zones)


def _open(local: datetime, person: Person) -> bool:
    opens, closes, sunday = time(9), time(20), local.weekday() == 6
    if sunday:
        opens = time(12)
    if person.clinic == "cedar-skin":  # in Kentucky; its own rule: never on Sundays
        opens = max(opens, time(10))
        if sunday:
            return False
    if person.phone[2:5] == "205" and sunday:  # Alabama
        return False
    return local.date() not in HOLIDAYS and opens <= local.time() < closes
