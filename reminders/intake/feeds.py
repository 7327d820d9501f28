"""A file of whatever kind as rows: a table, or a feed that a system of the clinic wrote.

Each kind has its reader, and all end in the same rows, so that a preview, an import and
its problems are one for all.  Nothing that stands in a file raises.
"""

import codecs
from datetime import datetime
from itertools import islice
from typing import BinaryIO
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clinics.access import key_of
from clinics.models import Clinic
from kernel.decode import MOST_BYTES
from reminders.intake import fhir, ical
from reminders.intake.complete import completed, ended_for, left_out, look_up
from reminders.intake.csv_file import Reading, read_file, titles_of
from reminders.intake.entry import Entry, Found, Passed
from reminders.intake.field_map import Feed, Fields, fields_of, saved_fields
from reminders.intake.headings import guessed
from reminders.intake.hl7v2 import Reader as Hl7Reader
from reminders.intake.problem import Problem, UnusableFile
from reminders.intake.rows import AppointmentRow, RefusedRow
from reminders.intake.sniff import LOOKED_AT, Table, kind_of
from reminders.intake.versions import order_of

MOST_ENTRIES = 10_000  # as many as rows of a table
MANY = f"There are more than {MOST_ENTRIES} messages in the file. Split it."
LARGE = f"The file is larger than {MOST_BYTES // 1024 // 1024} MB. Split it."
NO_VISITS = "There is no message in this file."
HEADERS = ("MSH", "MSH-9")
SHOWN = 5

Items = list[Entry | RefusedRow | Passed]


def read_any(
    session: Session,
    clinic: Clinic,
    stream: BinaryIO,
    now: datetime,
    saved: dict[str, str] | None = None,
) -> Reading:
    """Every kind of file.  `saved` is a map of a table's headings; a feed has the
    clinic's field map.  The database is only read."""
    place = ZoneInfo(clinic.time_zone)
    head = stream.read(LOOKED_AT)
    stream.seek(0)
    kind = kind_of(head)
    if kind is Table.csv:
        return read_file(stream, place, saved)
    if isinstance(kind, UnusableFile):
        return _unusable(kind)
    raw = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        return _unusable(UnusableFile((Problem(1, None, LARGE),)))
    fields = fields_of(kind, saved_fields(session, key_of(clinic), kind))
    found = read_feed(kind, raw, fields, place, now)
    if isinstance(found, UnusableFile):
        return _unusable(found)
    return _reading(session, key_of(clinic), found, now)


def columns_of(content: bytes, saved: dict[str, str] | None) -> dict[str, str]:
    """What each heading of a table seems to be; a feed has nothing to choose."""
    if kind_of(content[:LOOKED_AT]) is not Table.csv:
        return {}
    return guessed(titles_of(content), saved)


def read_feed(
    kind: Feed, raw: bytes, fields: Fields, place: ZoneInfo, now: datetime
) -> Found | UnusableFile:
    """Without a database: what the feed itself says."""
    if kind is Feed.hl7:
        return _hl7(raw, fields, place)
    text = _text(raw)
    if kind is Feed.fhir:
        return fhir.Reader(fields, place, now, MOST_ENTRIES).read(text)
    return ical.Reader(fields, place, now, MOST_ENTRIES).read(text)


def _hl7(raw: bytes, fields: Fields, place: ZoneInfo) -> Found | UnusableFile:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raw = _text(raw).encode("utf-8", "replace")
    entries = Hl7Reader(fields, place).entries(raw.removeprefix(codecs.BOM_UTF8))
    items = list(islice(entries, MOST_ENTRIES + 1))
    if len(items) > MOST_ENTRIES:
        return UnusableFile((Problem(1, None, MANY),), len(items))
    if not items:
        return UnusableFile((Problem(1, None, NO_VISITS),))
    foreign = [one for one in items if isinstance(one, RefusedRow)]
    problems = [problem for one in foreign for problem in one.problems]
    if len(foreign) == len(items) and all(one.column in HEADERS for one in problems):
        return UnusableFile(tuple(problems[:SHOWN]), len(items))
    found = Found(unit="Message", items=items)
    for one in items:
        if isinstance(one, Entry) and one.gone and one.patient_id:
            found.people.gone[one.patient_id] = one.gone
    return found


def _reading(session: Session, clinic_id: int, found: Found, now: datetime) -> Reading:
    items = _newest(found)
    entries = [one for one in items if isinstance(one, Entry)]
    known = look_up(session, clinic_id, entries)
    named = {one.visit_id for one in entries}
    ready: list[AppointmentRow | RefusedRow | Passed] = [
        completed(one, known) if isinstance(one, Entry) else one for one in items
    ]
    ready += ended_for(session, clinic_id, found.people, named, now)
    named |= {one.appointment_id for one in ready if isinstance(one, AppointmentRow)}
    ready += left_out(session, clinic_id, found.series, named, now)
    return _all(ready, found)


def _newest(found: Found) -> Items:
    """Of each visit its newest word; older ones of the same file are passed over.  What
    says nothing of its age counts as it comes."""
    best: dict[str, int] = {}
    for place, one in enumerate(found.items):
        if not isinstance(one, Entry) or not one.visit_id:
            continue
        held = best.get(one.visit_id)
        if held is not None:
            other = found.items[held]
            assert isinstance(other, Entry)
            if order_of(one.version) < order_of(other.version):
                continue
        best[one.visit_id] = place
    return [
        one
        if not isinstance(one, Entry) or best.get(one.visit_id, place) == place
        else Passed(one.line, None)
        for place, one in enumerate(found.items)
    ]


def _all(rows: list[AppointmentRow | RefusedRow | Passed], found: Found) -> Reading:
    kept: list[AppointmentRow] = []
    problems: list[Problem] = []
    refused = passed = 0
    for one in rows:
        if isinstance(one, AppointmentRow):
            kept.append(one)
            problems += one.warnings
        elif isinstance(one, RefusedRow):
            refused += 1
            problems += one.problems
        else:
            passed += 1
            problems += [one.problem] if one.problem else []
    for person in found.people.rows:
        problems += person.warnings
    # A problem of a patient stands at each visit that names her; its line is theirs.
    return Reading(
        rows=tuple(kept),
        refused=refused,
        problems=tuple(sorted(set(problems), key=lambda one: one.line)),
        people=tuple(found.people.rows),
        passed=passed,
        unit=found.unit,
    )


def _unusable(why: UnusableFile) -> Reading:
    return Reading(refused=why.rows, problems=why.problems, unusable=True)


def _text(raw: bytes) -> str:
    """Bytes that are not UTF-8 become lone surrogates, and their field is refused."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
