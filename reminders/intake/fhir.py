"""FHIR as JSON: one resource, a Bundle, or a resource a line (NDJSON); R4 and R5.

Visits and patients are read, places and practitioners where a visit names them, and
nothing else.  DSTU2, which looks alike and means other things, is refused.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_core import from_json

from reminders.intake.entry import Entry, Found, Passed, instant, short_id
from reminders.intake.fhir_bundle import Resource, entries, other_pages
from reminders.intake.fhir_patient import patient_row, read_patient
from reminders.intake.fhir_slice import Appointment, Named, Patient, wrong
from reminders.intake.fhir_visit import Others, Visits, short_reference
from reminders.intake.field_map import Fields
from reminders.intake.problem import Problem, UnusableFile
from reminders.intake.rows import RefusedRow
from reminders.intake.versions import by_time, version
from reminders.models import VisitStatus
from reminders.visible import plain

NOT_JSON = "This is no JSON that can be read: {}."
TOO_DEEP = "It is nested far deeper than FHIR is, so it was not read."
NO_TYPE = "This is JSON, but not FHIR: it has no resourceType."
DSTU2 = "This is FHIR DSTU2, an old version whose fields mean other things. Export R4 or R5."
OTHER = "This is a FHIR {}. Only Appointment and Patient are imported."
NONE_HERE = "There is no Appointment and no Patient in it{}."
NESTED = "A Bundle inside a file of resources is not read. Import it by itself."
GONE = (
    "'{}' was deleted, but visits are told apart by an identifier here, so which one it "
    "was is not known. Cancel it by hand."
)
TOO_MANY = "There are more than {} entries. Split the file."
PLACES = frozenset({"Location", "Practitioner", "PractitionerRole"})


@dataclass(frozen=True, slots=True)
class Reader:
    fields: Fields
    place: ZoneInfo
    now: datetime
    most: int

    def read(self, text: str) -> Found | UnusableFile:
        resources = _lines(text) if _is_ndjson(text) else self._document(text)
        if isinstance(resources, UnusableFile):
            return resources
        unit = "Line" if _is_ndjson(text) else "Entry"
        return self._found(resources, unit)

    def _document(self, text: str) -> Iterator[Resource] | UnusableFile:
        content = _json(text)
        if isinstance(content, str):
            return _unusable(content)
        if not isinstance(content, dict) or not isinstance(
            content.get("resourceType"), str
        ):
            return _unusable(NO_TYPE)
        if content["resourceType"] == "Bundle":
            return chain(entries(content), other_pages(content))
        why = _refusal(content)
        if why:
            return _unusable(why)
        return iter([Resource(1, content)])

    def _found(self, resources: Iterator[Resource], unit: str) -> Found | UnusableFile:
        """One resource at a time; of each only what matters is kept."""
        others, found = Others(), Found(unit=unit)
        visits: list[tuple[int, Appointment]] = []
        skipped: Counter[str] = Counter()
        for number, one in enumerate(resources, start=1):
            if number > self.most:
                return _unusable(TOO_MANY.format(self.most))
            self._sort(one, others, visits, skipped, found)
        if not (visits or others.people or found.items):
            kinds = ", ".join(
                f"{count} {kind}" for kind, count in skipped.most_common(5)
            )
            return _unusable(NONE_HERE.format(f", only {kinds}" if kinds else ""))
        reader = Visits(self.fields, self.place, self.now, others)
        found.items += [reader.entry(line, visit) for line, visit in visits]
        _patients(found, others)
        found.items.sort(key=lambda one: one.line)
        return found

    def _sort(
        self,
        one: Resource,
        others: Others,
        visits: list[tuple[int, Appointment]],
        skipped: Counter[str],
        found: Found,
    ) -> None:
        why = one.broken or ("" if one.deleted else _refusal(one.content, inside=True))
        kind = one.content.get("resourceType") if isinstance(one.content, dict) else ""
        if why:
            found.items.append(_refused(one.line, None, why))
        elif one.deleted:
            self._deleted(one, found)
        elif kind == "Appointment":
            self._visit(one, visits, found)
        elif kind == "Patient":
            self._patient(one, others, found)
        else:
            skipped[plain(str(kind))[:40]] += 1
            _keep(one, others)

    def _visit(
        self, one: Resource, visits: list[tuple[int, Appointment]], found: Found
    ) -> None:
        try:
            visits.append((one.line, Appointment.model_validate(one.content)))
        except ValidationError as error:
            found.items.append(_wrong(one.line, "Appointment", error))

    def _patient(self, one: Resource, others: Others, found: Found) -> None:
        try:
            patient = Patient.model_validate(one.content)
        except ValidationError as error:
            found.items.append(_wrong(one.line, "Patient", error))
            return
        entry = read_patient(one.line, patient, self.fields, self.now)
        names = [*filter(None, (patient.id and f"Patient/{patient.id}", one.url))]
        if not others.keep(entry, names):
            found.items.append(Passed(one.line, None))

    def _deleted(self, one: Resource, found: Found) -> None:
        kind, _, number = short_reference(one.deleted).partition("/")
        if kind != "Appointment":
            return
        if self.fields.places["visit"][0] != "id":
            said = GONE.format(plain(one.deleted)[:90])
            found.items.append(_refused(one.line, "request", said))
            return
        entry = Entry(line=one.line, visit_id=short_id(number))
        entry.status = VisitStatus.cancelled
        entry.version = version("fhir", by_time(instant(one.deleted_at)))
        found.items.append(entry)


def _patients(found: Found, others: Others) -> None:
    """Those whom no visit names, and those who are not to be texted."""
    for entry in others.people:
        if entry.gone:
            found.people.gone[entry.patient_id] = entry.gone
        if entry.patient_id in others.visited:
            continue
        if entry.gone:
            found.items.append(Passed(entry.line, entry.gone))
            continue
        row = patient_row(entry)
        if isinstance(row, RefusedRow):
            found.items.append(row)
        else:
            found.people.rows.append(row)


def _keep(one: Resource, others: Others) -> None:
    kind = one.content["resourceType"]
    if kind not in PLACES:
        return
    try:
        thing = Named.model_validate(one.content)
    except ValidationError:
        return  # the visit's own words name it
    for name in filter(None, (thing.id and f"{kind}/{thing.id}", one.url)):
        others.named[short_reference(name)] = thing
        others.kinds[name] = kind


def _lines(text: str) -> Iterator[Resource]:
    start, line = 0, 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line += 1
        one = text[start:end].strip()
        start = end + 1
        if not one:
            continue
        content = _json(one)
        if isinstance(content, str):
            yield Resource(line, None, broken=content)
        else:
            yield Resource(line, content)


FIRST_LINE = re.compile(r"\s*(\{[^\n]*\})[ \t\r]*\n\s*\{")


def _is_ndjson(text: str) -> bool:
    """The first line is an object, and another begins after it."""
    return FIRST_LINE.match(text) is not None


def _json(text: str) -> Any:
    """What it says, or the sentence why it cannot be read.  The parser bounds depth and
    the length of numbers itself."""
    try:
        raw = text.encode("utf-8", "surrogateescape")  # wrong bytes are named by it
        content = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        why = plain(str(error))[:120]
        return TOO_DEEP if "recursion limit" in why else NOT_JSON.format(why)
    return content if isinstance(content, dict | list) else NO_TYPE


def _refusal(content: Any, *, inside: bool = False) -> str:
    """Why this is no resource of ours; "" where it is one.  `inside` a Bundle, others
    are only passed over."""
    if not isinstance(content, dict) or not isinstance(
        content.get("resourceType"), str
    ):
        return NO_TYPE
    kind = content["resourceType"]
    if _is_dstu2(kind, content):
        return DSTU2
    if kind == "Bundle":
        return NESTED
    if kind in ("Appointment", "Patient") or inside:
        return ""
    return OTHER.format(plain(kind)[:40] or "resource")


def _is_dstu2(kind: str, content: dict[str, Any]) -> bool:
    """By what only DSTU2 has: a single reason or type of a visit, a list of family
    names, a free-busy type of a slot."""
    if kind == "Appointment":
        return any(isinstance(content.get(name), dict) for name in ("reason", "type"))
    if kind == "Slot":
        return "freeBusyType" in content
    if kind == "Practitioner":
        return isinstance(content.get("name"), dict)
    names = content.get("name")
    return kind == "Patient" and (
        "careProvider" in content
        or any(
            isinstance(one, dict) and isinstance(one.get("family"), list)
            for one in (names if isinstance(names, list) else ())
        )
    )


def _wrong(line: int, kind: str, error: ValidationError) -> RefusedRow:
    problems = (Problem(line, f"{kind}.{path}", why) for path, why in wrong(error))
    return RefusedRow(line, tuple(problems))


def _refused(line: int, column: str | None, message: str) -> RefusedRow:
    return RefusedRow(line, (Problem(line, column, message),))


def _unusable(message: str) -> UnusableFile:
    return UnusableFile((Problem(1, None, message),))
