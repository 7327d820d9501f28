"""A FHIR Appointment as an entry: whose visit, when, and what became of it.

An instant with an offset stays an instant; the wall clock is that of the place.  What
the visit is about is never read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from gateway.quiet_hours import known_zone
from reminders.intake.compare import ENDED
from reminders.intake.entry import NO_ID, Entry, Passed, clean, short_id, status_of
from reminders.intake.fhir_patient import (
    number_of,
    read_patient,
    version_of,
    with_patient,
)
from reminders.intake.fhir_slice import (
    Appointment,
    HumanName,
    Named,
    Patient,
    Reference,
)
from reminders.intake.field_map import Fields
from reminders.intake.moments import Moment, read_instant
from reminders.intake.problem import Problem
from reminders.intake.rows import LONGEST_PLACE
from reminders.intake.versions import order_of
from reminders.models import VisitStatus
from reminders.visible import plain

INSTANT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?P<offset>Z|[+-]\d\d:\d\d)?",
    re.ASCII,
)
ZONE = "/StructureDefinition/timezone"
NO_START = "The visit has no start."
NOT_AN_INSTANT = "'{}' is no instant. FHIR writes 2026-12-01T15:00:00-05:00."
NO_OFFSET = "The start has no offset; it was read as the clinic's own time."
NO_STATUS = "The visit has no status."
NO_PATIENT = "The visit names no patient."
TWO = "The visit names more than one patient. Who would be told is not sure."
ABSENT = (
    "{who} is not in this file and not known here. Put the Patient into the same file."
)
NO_REFERENCE = "The patient of the visit is named by no reference, so she is not known."
DECLINED = "The patient has declined this visit, so nobody is reminded of it."


@dataclass(slots=True)
class Others:
    """What the file holds beside visits, by reference: `Patient/7` or a full URL."""

    people: list[Entry] = field(default_factory=list)
    patients: dict[str, Entry] = field(default_factory=dict)
    named: dict[str, Named] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)  # full URL -> resource type
    visited: set[str] = field(default_factory=set)  # patient ids that a visit names

    def keep(self, patient: Entry, names: Sequence[str]) -> bool:
        """Under these references.  False where a newer word on her is there already."""
        for name in names:
            held = self.patients.get(short_reference(name))
            if held is None:
                continue
            old, new = order_of(held.patient_version), order_of(patient.patient_version)
            if old > new:
                return False
            if old < new and held in self.people:
                self.people.remove(held)
        self.people.append(patient)
        for name in names:
            self.patients[short_reference(name)] = patient
            self.kinds[name] = "Patient"
        return True


@dataclass(frozen=True, slots=True)
class Visits:
    fields: Fields
    place: ZoneInfo
    now: datetime
    others: Others

    def entry(self, line: int, visit: Appointment) -> Entry | Passed:
        entry = Entry(line=line)
        status = self._status(entry, visit)
        if isinstance(status, Passed):
            return status
        entry.status = status or VisitStatus.booked
        entry.visit_id = number_of(visit, self.fields.places["visit"])
        entry.version = version_of(visit.meta, self.fields)
        if not entry.visit_id:
            entry.refuse(self.fields.places["visit"][0], NO_ID)
        contained = dict(_contained(visit.contained))
        zone = self._people_and_places(entry, visit, contained)
        entry.moment = self._moment(entry, visit.start, zone)
        return entry

    def _status(self, entry: Entry, visit: Appointment) -> VisitStatus | Passed | None:
        if not visit.status:
            entry.refuse("status", NO_STATUS)
            return None
        pending = self.fields.pending
        return status_of(
            "fhir", "status", visit.status, entry, "status", pending=pending
        )

    def _people_and_places(
        self, entry: Entry, visit: Appointment, contained: Mapping[str, dict[str, Any]]
    ) -> ZoneInfo:
        patients: dict[str, Reference] = {}
        zone = self.place
        for one in visit.participant:
            actor = one.actor
            if actor is None:
                continue
            kind = self._kind(actor, contained)
            if kind == "Patient":
                patients.setdefault(actor.reference or "", actor)
                if one.status == "declined":
                    entry.gone = Problem(entry.line, "participant", DECLINED)
            elif kind == "Location" and entry.location is None:
                thing = self._thing(actor, contained)
                entry.location = self._called(entry, actor, thing)
                zone = _zone_of(thing) or zone
            elif kind.startswith("Practitioner") and entry.provider is None:
                thing = self._thing(actor, contained)
                entry.provider = self._called(entry, actor, thing)
        subject = visit.subject
        if subject and not patients and self._kind(subject, contained) == "Patient":
            patients[subject.reference or ""] = subject
        self._patient(entry, patients, contained)
        if zone.key != self.place.key:
            entry.place_zone = zone.key
        return zone

    def _patient(
        self,
        entry: Entry,
        patients: Mapping[str, Reference],
        contained: Mapping[str, dict[str, Any]],
    ) -> None:
        if len(patients) != 1:
            entry.refuse("participant", TWO if patients else NO_PATIENT)
            return
        ((reference, _),) = patients.items()
        found = self.others.patients.get(short_reference(reference))
        if reference.startswith("#"):
            found = self._own(entry.line, contained.get(reference[1:]))
        if found is not None:
            with_patient(entry, found)
            self.others.visited.add(found.patient_id)
            return
        if not reference:
            entry.refuse("participant", NO_REFERENCE)
            return
        who = plain(short_reference(reference))[:90]
        if self.fields.places["patient"][0] == "id" and "/" in who:
            entry.patient_id = short_id(who.partition("/")[2])
            self.others.visited.add(entry.patient_id)
        entry.no_phone = Problem(entry.line, "participant", ABSENT.format(who=who))

    def _own(self, line: int, resource: Any) -> Entry | None:
        """A patient inside the visit.  Its id counts inside of it only."""
        try:
            patient = Patient.model_validate(resource)
        except ValidationError:
            return None
        entry = read_patient(line, patient, self.fields, self.now)
        if self.fields.places["patient"][0] == "id":
            entry.patient_id = ""
            entry.refused = [one for one in entry.refused if one.column != "Patient.id"]
        return entry

    def _kind(self, actor: Reference, contained: Mapping[str, dict[str, Any]]) -> str:
        """`Patient`, `Location`, `Practitioner`, …; "" where nobody knows."""
        reference = actor.reference or ""
        if reference.startswith("#"):
            return str(contained.get(reference[1:], {}).get("resourceType", ""))
        if reference in self.others.kinds:
            return self.others.kinds[reference]
        return actor.type or short_reference(reference).partition("/")[0]

    def _thing(
        self, actor: Reference, contained: Mapping[str, dict[str, Any]]
    ) -> Named | None:
        reference = actor.reference or ""
        if not reference.startswith("#"):
            return self.others.named.get(short_reference(reference))
        try:
            return Named.model_validate(contained.get(reference[1:]))
        except ValidationError:
            return None

    def _called(
        self, entry: Entry, actor: Reference, thing: Named | None
    ) -> str | None:
        said = name_of(thing) if thing else ""
        text = actor.display or said
        return clean(text, entry, "participant", LONGEST_PLACE) or None

    def _moment(self, entry: Entry, start: str | None, zone: ZoneInfo) -> Moment | None:
        if not start:
            if entry.status not in ENDED:
                entry.refuse("start", NO_START)
            return None
        written = INSTANT.fullmatch(start.strip())
        if written is None:
            entry.refuse("start", NOT_AN_INSTANT.format(plain(start[:40])))
            return None
        found = read_instant(start.strip(), zone)
        if not isinstance(found, Moment):
            entry.refuse("start", found.message)
            return None
        if not written["offset"]:
            entry.warn("start", NO_OFFSET)
        elif found.warning and _of_another_season(start.strip(), zone):
            entry.warn("start", found.warning)
        return found


def short_reference(reference: str) -> str:
    """`Patient/7` of a relative or full one, without its version; urn:uuid as it is."""
    path = reference.strip().partition("/_history/")[0]
    if path.startswith(("urn:", "#")):
        return path
    return "/".join(path.split("/")[-2:])


def name_of(thing: Named) -> str:
    if isinstance(thing.name, str):
        return thing.name
    names = thing.name or []
    given = next((one.given[0] for one in names if one.given), "")
    family = next((one.family for one in names if one.family), "")
    return f"{given} {family}".strip() or _text(names)


def _text(names: list[HumanName]) -> str:
    return next((one.text for one in names if one.text), "")


def _contained(resources: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in resources:
        if isinstance(one.get("id"), str):
            yield one["id"], one


def _zone_of(thing: Named | None) -> ZoneInfo | None:
    for one in thing.extension if thing else ():
        if (one.url or "").endswith(ZONE) and one.valueCode:
            return known_zone(one.valueCode)
    return None


def _of_another_season(start: str, zone: ZoneInfo) -> bool:
    """The offset is the zone's own, but of the other half of the year: whoever wrote
    it did not change the clock.  Any other offset is a server's, and right."""
    said = datetime.fromisoformat(start)
    noons = (datetime(said.year, month, 1, 12, tzinfo=UTC) for month in (1, 7))
    return said.utcoffset() in {noon.astimezone(zone).utcoffset() for noon in noons}
