"""A file of whatever kind as rows: a table, or a feed that a system of the clinic wrote.

Each kind has its reader, and all end in the same rows, so that a preview, an import and
its problems are one for all.  Nothing that stands in a file raises.
"""

import codecs
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import BinaryIO
from zoneinfo import ZoneInfo

from sqlmodel import Session

from clinics.access import key_of
from clinics.models import Clinic
from kernel.decode import MOST_BYTES
from reminders.intake import fhir, ical
from reminders.intake.compare import ENDED, people
from reminders.intake.complete import (
    called_off,
    completed,
    ended_for,
    left_out,
    look_up,
)
from reminders.intake.csv_file import open_csv
from reminders.intake.csv_file import titles_of as csv_titles
from reminders.intake.entry import Entry, Found, Passed
from reminders.intake.field_map import Feed, Fields, fields_of, saved_fields
from reminders.intake.hl7v2 import Reader as Hl7Reader
from reminders.intake.opened import Opened, Told, untold
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


def open_any(
    session: Session,
    clinic: Clinic,
    stream: BinaryIO,
    now: datetime,
    saved: Mapping[str, str] | None = None,
    told: Told = untold,
) -> Opened | UnusableFile:
    """Every kind of file; the stream stays open, and the caller's, while rows are read.
    `saved` is a map of a table's headings; a feed has the clinic's field map.  The
    database is only read."""
    place = ZoneInfo(clinic.time_zone)
    kind = _kind(stream)
    if kind is Table.csv:
        return open_csv(stream, place, saved, told)
    if isinstance(kind, UnusableFile):
        return kind
    raw = stream.read(MOST_BYTES + 1)
    if len(raw) > MOST_BYTES:
        return UnusableFile((Problem(1, None, LARGE),))
    fields = fields_of(kind, saved_fields(session, key_of(clinic), kind))
    found = read_feed(kind, raw, fields, place, now)
    if isinstance(found, UnusableFile):
        return found
    return _opened(session, key_of(clinic), kind, raw, found, now)


def titles_of(stream: BinaryIO) -> tuple[str, ...]:
    """The headings of a table; a feed has none to choose."""
    return csv_titles(stream) if _kind(stream) is Table.csv else ()


def _kind(stream: BinaryIO) -> Feed | Table | UnusableFile:
    stream.seek(0)
    head = stream.read(LOOKED_AT)
    stream.seek(0)
    return kind_of(head)


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
    newest: dict[str, Entry] = {}
    for one in items:
        if isinstance(one, Entry) and one.patient_id:
            held = newest.setdefault(one.patient_id, one)
            if order_of(held.version) <= order_of(one.version):
                newest[one.patient_id] = one
    found.people.gone = {key: one.gone for key, one in newest.items() if one.gone}
    return found


def _opened(
    session: Session,
    clinic_id: int,
    kind: Feed,
    raw: bytes,
    found: Found,
    now: datetime,
) -> Opened:
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
    rows = _agreed([one for one in ready if not isinstance(one, Passed)])
    return Opened(
        format=kind.value,
        read=lambda: iter(rows),
        rows=len(rows),
        sha256=hashlib.sha256(raw).hexdigest(),
        problems=_problems(ready, found, called_off(entries, known, now)),
        names={
            row.appointment_id for row in rows if isinstance(row, AppointmentRow)
        }.__contains__,
        steady=False,
        repeats=False,
        people=tuple(found.people.rows),
        passed=len(ready) - len(rows),
        unit=found.unit,
    )


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
            order = order_of(one.version)
            if order and order < order_of(other.version):
                continue
        best[one.visit_id] = place
    return [
        one
        if not isinstance(one, Entry) or best.get(one.visit_id, place) == place
        else Passed(one.line, None)
        for place, one in enumerate(found.items)
    ]


def _agreed(
    rows: Sequence[AppointmentRow | RefusedRow],
) -> list[AppointmentRow | RefusedRow]:
    """All rows of a patient say of her what the newest says.  Their problems are told
    with the file."""
    good = [row for row in rows if isinstance(row, AppointmentRow)]
    # A visit that ends has the phone that is stored, and nothing newer of her.
    good.sort(key=lambda row: row.status in ENDED)
    persons = people(good)
    found: list[AppointmentRow | RefusedRow] = []
    for row in rows:
        if isinstance(row, RefusedRow):
            found.append(replace(row, problems=()))
            continue
        one = persons[row.patient_id]
        found.append(
            replace(
                row,
                phone=one.phone,
                given_name=one.given_name,
                family_name=one.family_name,
                language=one.language,
                time_zone=one.time_zone,
                patient_version=one.version,
                warnings=(),
            )
        )
    return found


def _problems(
    ready: Sequence[AppointmentRow | RefusedRow | Passed],
    found: Found,
    besides: Iterable[Problem],
) -> tuple[Problem, ...]:
    """A problem of a patient stands at each visit that names her; its line is theirs."""
    problems: list[Problem] = [*besides]
    for one in ready:
        if isinstance(one, AppointmentRow):
            problems += one.warnings
        elif isinstance(one, RefusedRow):
            problems += one.problems
        else:
            problems += [one.problem] if one.problem else []
    for person in found.people.rows:
        problems += person.warnings
    return tuple(sorted(set(problems), key=lambda one: one.line))


def _text(raw: bytes) -> str:
    """Bytes that are not UTF-8 become lone surrogates, and their field is refused."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
