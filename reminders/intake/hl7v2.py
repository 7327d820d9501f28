"""HL7 v2 scheduling messages (SIU S12 to S26) as entries of visits.

Other messages are refused by their names.  Which field holds what is the clinic's field
map; reasons, diagnoses and services are not read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.quiet_hours import clock
from reminders.intake.compare import ENDED
from reminders.intake.entry import (
    NO_ID,
    Entry,
    Passed,
    clean,
    language_of,
    read_phone,
    short_id,
    status_of,
)
from reminders.intake.field_map import Fields
from reminders.intake.hl7_message import (
    NULL,
    Message,
    Place,
    Raw,
    parsed,
    place_of,
    raw_messages,
)
from reminders.intake.moments import Moment, read_instant
from reminders.intake.problem import Problem
from reminders.intake.rows import LONGEST_NAME, LONGEST_PLACE, RefusedRow
from reminders.intake.versions import by_time, version
from reminders.models import VisitStatus
from reminders.visible import plain

TIME = re.compile(
    r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)(\.\d{1,6})?)?([+-]\d{4})?", re.ASCII
)
ANYTHING, ANY_DIGIT = re.compile(r"\S"), re.compile(r"[0-9]")
DAY = re.compile(r"\d{8}(?:\d\d)?(?:[+-]\d{4})?", re.ASCII)
PERSON = frozenset({"AIP-3", "PV1-7", "PV1-8", "PV1-9", "PV1-17"})  # id^family^given
STARTS = ("TQ1-7", "SCH-11.4", "AIS-4")  # that must not contradict each other
OTHER = (
    "This is {what}, not an appointment. Only SIU messages (S12 to S26) are imported."
)
DEAD = "The patient is marked as deceased ({place}), so no visit is imported."
TWO = (
    "The message is about more than one patient. Who would be told what is not sure, so "
    "it was left out."
)
NO_PHONE = "No mobile phone is named, and the patient is not known here."
EMPTY = "No time of the visit is named. Looked at were {places}."
CONTRADICTS = (
    "{one} is {first} and {two} is {second}. {one} was read; the clinic's field map "
    "says which field counts."
)


@dataclass(frozen=True, slots=True)
class Reader:
    fields: Fields
    place: ZoneInfo

    def entries(self, raw: bytes) -> Iterator[Entry | RefusedRow | Passed]:
        wanted = {"SCH", "TQ1", "PID", "AIS"} | {
            place.partition("-")[0]
            for places in self.fields.places.values()
            for place in places
            if "-" in place
        }
        for one in raw_messages(raw):
            yield self._entry(one, wanted)

    def _entry(self, raw: Raw, wanted: set[str]) -> Entry | RefusedRow | Passed:
        message = parsed(raw, wanted)
        if isinstance(message, str):
            return _refused(raw.number, "MSH", message)
        kind = event_of(message)
        if kind is None:
            said = OTHER.format(what=name_of(message))
            return _refused(raw.number, "MSH-9", said)
        if "SCH" not in message.segments:
            return _refused(raw.number, "SCH", "The message has no SCH segment.")
        return self._visit(Entry(line=raw.number), message, kind)

    def _visit(self, entry: Entry, message: Message, kind: str) -> Entry | Passed:
        status = self._status(entry, message, kind)
        if isinstance(status, Passed):
            return status
        entry.status = status or VisitStatus.booked
        entry.version = entry.patient_version = self._version(message)
        _, number = self._first("visit", message)
        entry.visit_id = short_id(number)
        if not entry.visit_id and entry.status not in ENDED:
            entry.refuse(self.fields.places["visit"][0], NO_ID)
        self._patient(entry, message)
        entry.moment = self._moment(entry, message)
        entry.provider = self._words("provider", entry, message)
        entry.location = self._words("location", entry, message)
        return entry

    def _status(
        self, entry: Entry, message: Message, kind: str
    ) -> VisitStatus | Passed | None:
        """The event, and the filler's word (SCH-25) where it says more: a change may be
        the news that a visit was cancelled."""
        pending = self.fields.pending
        event = status_of("hl7", "event", kind, entry, "MSH-9", pending=pending)
        word = plain(message.text(place_of("SCH-25")))
        if not isinstance(event, VisitStatus) or event in ENDED or not word:
            return event
        word = "".join(char for char in word if char.isalpha())
        said = status_of("hl7", "status", word, entry, "SCH-25", pending=pending)
        return event if said is VisitStatus.booked else said

    def _version(self, message: Message) -> str | None:
        said = message.text(place_of("MSH-7"))
        sent = read_time(said, self.place)
        at = sent.starts_at + _seconds(said) if isinstance(sent, Moment) else None
        order = by_time(at)
        control = message.text(place_of("MSH-10"))
        return version("hl7", order, control + self.fields.mark if control else "")

    def _patient(self, entry: Entry, message: Message) -> None:
        _, number = self._first("patient", message)
        entry.patient_id = short_id(number)
        self._phone(entry, message)
        if "PID" in message.again:
            entry.refuse("PID", TWO)
        for parts in message.repetitions(place_of("PID-5")):
            given, family = message.part(parts, 2), message.part(parts, 1)
            if given and given != NULL:
                entry.given_name = clean(given, entry, "PID-5", LONGEST_NAME) or None
                entry.family_name = clean(family, entry, "PID-5", LONGEST_NAME) or None
                break
        entry.language = language_of(message.text(place_of("PID-15")), entry, "PID-15")
        if message.text(place_of("PID-30")).upper() == "Y":
            entry.gone = Problem(entry.line, "PID-30", DEAD.format(place="PID-30"))
        elif message.text(place_of("PID-29")).strip('"'):
            entry.gone = Problem(entry.line, "PID-29", DEAD.format(place="PID-29"))

    def _phone(self, entry: Entry, message: Message) -> None:
        """The first that can be texted; else the first that is there says why not."""
        for name in self.fields.places["phone"]:
            place = place_of(name)
            for parts in message.repetitions(place):
                text = _digits(message, parts, place)
                if not text:
                    continue
                if text == NULL:
                    entry.phone_taken = True
                    said = "The sender took the phone away ('\"\"')."
                    entry.no_phone = Problem(entry.line, name, said)
                    continue
                found = read_phone(text)
                if isinstance(found, str):
                    entry.phone, entry.no_phone = found, None
                    return
                entry.no_phone = entry.no_phone or Problem(
                    entry.line, name, found.message
                )
        if entry.no_phone is None:
            field = self.fields.places["phone"][0].partition("[")[0]
            entry.no_phone = Problem(entry.line, field, NO_PHONE)

    def _moment(self, entry: Entry, message: Message) -> Moment | None:
        # SCH-10 is a unit by the book, and the time with some.
        name, text = self._first("start", message, ANY_DIGIT)
        if not text:
            places = ", ".join(self.fields.places["start"])
            entry.refuse(self.fields.places["start"][0], EMPTY.format(places=places))
            return None
        found = read_time(text, self.place)
        if isinstance(found, str):
            entry.refuse(name, found)
            return None
        if found.warning:
            entry.warn(name, found.warning)
        for other in STARTS:
            said = read_time(message.text(place_of(other)), self.place)
            if isinstance(said, Moment) and said.starts_at != found.starts_at:
                first, second = shown_wall(found), shown_wall(said)
                entry.warn(
                    other,
                    CONTRADICTS.format(one=name, first=first, two=other, second=second),
                )
                break
        return found

    def _words(self, name: str, entry: Entry, message: Message) -> str | None:
        for place in self.fields.places[name]:
            text = message.text(place_of(place))
            if place in PERSON:
                text = _person(message, place_of(place))
            if text and text != NULL:
                return clean(text, entry, place, LONGEST_PLACE) or None
        return None

    def _first(
        self, name: str, message: Message, like: re.Pattern[str] = ANYTHING
    ) -> tuple[str, str]:
        """The first place that is filled, and what stands there."""
        for place in self.fields.places[name]:
            text = message.text(place_of(place))
            if text != NULL and like.search(text):
                return place, text
        return "", ""


def shown_wall(moment: Moment) -> str:
    wall = datetime.fromisoformat(moment.wall_time)
    return f"{clock(wall.time())} on {wall:%Y-%m-%d}"


def event_of(message: Message) -> str | None:
    """`S12`; None for a message that is no SIU."""
    kind = [message.text(place_of(f"MSH-9.{part}")).upper() for part in (1, 2, 3)]
    if kind[0] != "SIU":
        return None
    return kind[1] or kind[2].rpartition("_")[2]


def name_of(message: Message) -> str:
    """`an ADT^A08 message`."""
    parts = [plain(message.text(place_of(f"MSH-9.{part}"))[:20]) for part in (1, 2)]
    name = "^".join(part for part in parts if part)
    return f"a message of the kind {name}" if name else "a message of no named kind"


def read_time(text: str, place: ZoneInfo) -> Moment | str:
    """`202612011500` with or without an offset; without one by the clinic's wall clock.
    The sentence where it is no time."""
    said = text.strip()
    parts = TIME.fullmatch(said)
    if parts is None:
        shown = plain(said[:40])
        if DAY.fullmatch(said):
            return f"'{shown}' has no time of day."
        return f"'{shown}' is no time. HL7 writes 202612011500."
    year, month, day, hour, minute, second, _, offset = parts.groups()
    written = f"{year}-{month}-{day}T{hour}:{minute}:{second or '00'}{offset or ''}"
    found = read_instant(written, place)
    return found if isinstance(found, Moment) else found.message


def _seconds(text: str) -> timedelta:
    """Of a time that was read: a visit begins with a minute, messages come faster."""
    parts = TIME.fullmatch(text.strip())
    return timedelta(seconds=float(f"{parts[6] or 0}{parts[7] or ''}") if parts else 0)


def _digits(message: Message, parts: tuple[str, ...], place: Place) -> str:
    """A phone as people write it, or in pieces: area code and number, or unformatted."""
    whole = message.part(parts, place.component, place.part)
    if whole or place.component != 1:
        return whole
    pieces = message.part(parts, 6), message.part(parts, 7)
    return "".join(pieces) if all(pieces) else message.part(parts, 12)


def _person(message: Message, place: Place) -> str:
    """`Dr. Robert Kim` out of id^family^given^middle^suffix^prefix."""
    for parts in message.repetitions(place):
        names = [message.part(parts, number) for number in (6, 3, 2)]
        if any(names[1:]):
            return " ".join(name for name in names if name)
        if len(parts) == 1:
            return message.part(parts, 1)
    return ""


def _refused(number: int, column: str, message: str) -> RefusedRow:
    return RefusedRow(number, (Problem(number, column, message),))
