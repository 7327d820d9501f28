"""One event of a calendar: its times, its version, and whose visit it is.

A calendar knows no patients: the phone and the name stand where the clinic's field map
says.  The title is not read unless the clinic says so, for it may name a treatment.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from reminders.intake.entry import Entry, clean, language_of, read_phone, short_id
from reminders.intake.field_map import Fields
from reminders.intake.ical_lines import Block, Property
from reminders.intake.ical_zones import zone_named
from reminders.intake.moments import Moment, read_instant
from reminders.intake.problem import Problem
from reminders.intake.rows import LONGEST_NAME, LONGEST_PLACE, split_name
from reminders.intake.versions import by_time, version
from reminders.visible import plain

WHEN = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)", re.ASCII)
DAY = re.compile(r"\d{8}", re.ASCII)
LONGEST_UID = 46  # what is left of an id beside the moment of one visit of a series

ALL_DAY = "This is an all-day event, so there is no time to tell a patient."
NO_TIME = "'{}' is no time. iCalendar writes 20261201T150000."
NO_ZONE = "The time zone '{}' is not known. Use a name such as America/New_York in the calendar."
NO_PHONE = "No phone is named. Looked at were {places}; the clinic's field map says where it is."
TWO = "Two people with phones are invited. Who is the patient is not sure."
DECLINED = "The patient has declined this visit, so nobody is reminded of it."


@dataclass(frozen=True, slots=True)
class Zones:
    """The clinic's, and those that the file spells out."""

    place: ZoneInfo
    written: dict[str, Block] = field(default_factory=dict)

    def of(self, one: Property) -> ZoneInfo | str:
        """Floating times are the clinic's."""
        tzid = one.parameters.get("TZID", "")
        if one.value.strip().endswith("Z") or not tzid:
            return self.place
        found = zone_named(tzid, self.written, self.place)
        return found or NO_ZONE.format(plain(tzid[:60]))

    def when(self, one: Property, value: str = "") -> Moment | str:
        """The instant, and the wall time where the clinic is; or the sentence.  `value`
        is one of several that the property has."""
        text = (value or one.value).strip()
        found = WHEN.fullmatch(text)
        if found is None:
            return ALL_DAY if DAY.fullmatch(text) else NO_TIME.format(plain(text[:40]))
        zone = self.of(one)
        if isinstance(zone, str):
            return zone
        year, month, day, hour, minute, second, utc = found.groups()
        written = f"{year}-{month}-{day}T{hour}:{minute}:{second}{utc}"
        read = read_instant(written, zone)
        return self.here(read) if isinstance(read, Moment) else read.message

    def here(self, moment: Moment) -> Moment:
        there = moment.starts_at.astimezone(self.place)
        return Moment(moment.starts_at, f"{there:%Y-%m-%dT%H:%M}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What is kept of a block: its dates as they stand, for zones may follow later."""

    number: int
    uid: str
    sequence: int
    stamp: Property | None
    status: str
    start: Property | None
    recurrence: Property | None
    rule: str
    more: tuple[Property, ...]
    less: tuple[Property, ...]
    person: Entry
    broken: str

    def newness(self, zones: Zones) -> str:
        at = zones.when(self.stamp) if self.stamp else ""
        if self.stamp is None or not isinstance(at, Moment):
            return ""
        seconds = int(self.stamp.value.strip()[13:15])  # a moment has minutes only
        return by_time(at.starts_at + timedelta(seconds=seconds))


def event_of(block: Block, fields: Fields) -> Event:
    sequence = block.value("SEQUENCE")
    uid = block.value("UID")
    rules = block.properties.get("RRULE", [])
    broken = block.broken
    if block.first("EXRULE") or len(rules) > 1:
        broken = broken or "A visit that repeats by two rules is not read."
    if "RANGE" in (one.parameters if (one := block.first("RECURRENCE-ID")) else ()):
        broken = broken or (
            "It changes a visit and all later ones at once, which is not read."
        )
    person = Entry(line=block.number)
    _person(person, block, fields)
    return Event(
        number=block.number,
        uid=short_uid(uid) if uid else "",
        sequence=int(sequence)
        if sequence.isascii() and sequence.isdecimal() and len(sequence) < 9
        else 0,
        stamp=block.first("LAST-MODIFIED") or block.first("DTSTAMP"),
        status=block.value("STATUS"),
        start=block.first("DTSTART"),
        recurrence=block.first("RECURRENCE-ID"),
        rule=rules[0].value if rules else "",
        more=tuple(block.properties.get("RDATE", ())),
        less=tuple(block.properties.get("EXDATE", ())),
        person=person,
        broken=broken,
    )


def short_uid(uid: str) -> str:
    said = plain(uid)
    if len(uid) <= LONGEST_UID and said == uid and "/" not in uid:
        return uid
    return sha256(uid.encode(errors="surrogatepass")).hexdigest()[:LONGEST_UID]


def versions_of(sequence: int, newness: str) -> tuple[str | None, str | None]:
    """Of the visit and of the patient."""
    order = f"{sequence:09d}{newness}" if sequence or newness else ""
    return version("ical", order), version("ical-person", newness)


def instance_id(uid: str, starts_at: datetime) -> str:
    return f"{uid}/{starts_at:%Y%m%dT%H%MZ}"


def _person(entry: Entry, block: Block, fields: Fields) -> None:
    invited = list(_invited(block))
    if len({one.value for one in invited}) > 1 and "ATTENDEE" in fields.places["phone"]:
        entry.refuse("ATTENDEE", TWO)
    _phone(entry, block, fields, invited)
    name = _first(block, fields, "name", invited)
    given, family = split_name(clean(name[1], entry, name[0], 2 * LONGEST_NAME))
    entry.given_name, entry.family_name = given, family
    entry.patient_id = short_id(_first(block, fields, "patient", invited)[1])
    place, tag = _first(block, fields, "language", invited)
    entry.language = language_of(tag, entry, place)
    for field_name in ("provider", "location"):
        place, text = _first(block, fields, field_name, invited)
        setattr(entry, field_name, clean(text, entry, place, LONGEST_PLACE) or None)
    if any(one.parameters.get("PARTSTAT", "").upper() == "DECLINED" for one in invited):
        entry.gone = Problem(entry.line, "ATTENDEE", DECLINED)


def _phone(entry: Entry, block: Block, fields: Fields, invited: list[Property]) -> None:
    for place in fields.places["phone"]:
        text = _at(place, block, invited, number=True)
        if not text:
            continue
        found = read_phone(text)
        if isinstance(found, str):
            entry.phone, entry.no_phone = found, None
            return
        entry.no_phone = entry.no_phone or Problem(entry.line, place, found.message)
    if entry.no_phone is None:
        said = NO_PHONE.format(places=", ".join(fields.places["phone"]))
        entry.no_phone = Problem(entry.line, None, said)


def _invited(block: Block) -> Iterator[Property]:
    """Those who are invited by a phone number: staff have addresses."""
    for one in block.properties.get("ATTENDEE", []):
        if one.value.strip().lower().startswith(("tel:", "sms:")):
            yield one


def _first(
    block: Block, fields: Fields, name: str, invited: list[Property]
) -> tuple[str, str]:
    for place in fields.places[name]:
        text = _at(place, block, invited)
        if text:
            return place, text
    return "", ""


def _at(
    place: str, block: Block, invited: list[Property], *, number: bool = False
) -> str:
    if place == "ATTENDEE":
        if not invited:
            return ""
        name: Mapping[str, str] = invited[0].parameters
        return invited[0].value.strip()[4:] if number else name.get("CN", "").strip('"')
    name_, _, label = place.partition(":")
    found = block.first(name_)
    if found is None:
        return ""
    text = found.text()
    if not label:
        text = text.strip()
        return text[4:] if text[:4].lower() in ("tel:", "sms:") else text
    for line in text.split("\n")[:100]:
        said, colon, value = line.partition(":")
        if colon and said.strip().casefold() == label.casefold():
            return value.strip()
    return ""
