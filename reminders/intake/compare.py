"""What a row of a file means for what is known already.

Pure: looks at rows and never stores.  Cells that a file leaves out change nothing.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from clinics.models import Language
from reminders.intake.rows import AppointmentRow
from reminders.intake.versions import older, order_of, outdated
from reminders.models import VisitStatus

ENDED = frozenset({VisitStatus.cancelled, VisitStatus.noshow, VisitStatus.kept})


class Outcome(StrEnum):
    added = "added"
    changed = "changed"  # time, phone or person: she is told again
    reworded = "reworded"  # place or provider: only what has not left is replaced
    cancelled = "cancelled"
    unchanged = "unchanged"


class StoredPatient(NamedTuple):
    """What is stored of a patient and a file may say otherwise."""

    id: int
    external_id: str
    phone: str
    given_name: str
    family_name: str
    language: Language
    time_zone: str | None
    source_version: str | None


class StoredVisit(NamedTuple):
    id: int
    external_id: str
    patient_id: int
    starts_at: datetime
    status: VisitStatus
    location: str
    provider: str
    source_version: str | None
    unclear: str | None = None
    unread: dict[str, Any] | None = None


class Person(NamedTuple):
    """All that a file says of one patient, over all of her rows."""

    external_id: str
    phone: str
    given_name: str | None
    family_name: str | None
    language: Language | None
    time_zone: str | None
    version: str | None = None


SAID = Person._fields[1:-1]


def people(rows: Iterable[AppointmentRow]) -> dict[str, Person]:
    """By patient id.  The first row that says a thing counts, so that importing a
    file twice changes nothing the second time; in a feed it is the newest."""
    found: dict[str, Person] = {}
    rows = list(rows)
    if any(row.patient_version for row in rows):
        rows.sort(key=lambda row: order_of(row.patient_version), reverse=True)
    for row in rows:
        known = found.get(row.patient_id)
        if known is None:
            found[row.patient_id] = _person(row)
            continue
        found[row.patient_id] = known._replace(
            given_name=known.given_name or row.given_name,
            family_name=known.family_name or row.family_name,
            language=known.language or row.language,
            time_zone=known.time_zone or row.time_zone,
        )
    return found


def _person(row: AppointmentRow) -> Person:
    return Person(
        external_id=row.patient_id,
        phone=row.phone,
        given_name=row.given_name,
        family_name=row.family_name,
        language=row.language,
        time_zone=row.time_zone,
        version=row.patient_version,
    )


def differences(person: Person, patient: StoredPatient) -> dict[str, object]:
    """The fields of `patient` that the file says otherwise, with its values; none where
    a newer word of the same feed is known."""
    if person[1:] == patient[2:] or outdated(person.version, patient.source_version):
        return {}
    return {
        name: value
        for name, value in zip(SAID, person[1:-1], strict=True)
        if value is not None and value != getattr(patient, name)
    }


def outcome(
    row: AppointmentRow, visit: StoredVisit | None, *, same_person: bool
) -> Outcome:
    """`same_person`: the same patient as before, with the same phone."""
    if visit is not None and (
        outdated(row.version, visit.source_version)
        or (visit.unread and older(row.version, visit.unread["version"]))
    ):
        return Outcome.unchanged
    if row.status in ENDED:
        if visit is not None and visit.status is row.status:
            return Outcome.unchanged
        if row.status is VisitStatus.kept:
            return Outcome.changed if visit else Outcome.added
        called_off = row.status is VisitStatus.cancelled
        return Outcome.cancelled if called_off or not visit else Outcome.changed
    if visit is None:
        return Outcome.added
    stands = visit.status not in ENDED
    if not (same_person and stands and visit.starts_at == row.starts_at):
        return Outcome.changed
    reworded = visit.unclear or place_changes(row, visit)
    return Outcome.reworded if reworded else Outcome.unchanged


def place_changes(row: AppointmentRow, visit: StoredVisit) -> Mapping[str, str]:
    changes = {}
    if row.location is not None and row.location != visit.location:
        changes["location"] = row.location
    if row.provider is not None and row.provider != visit.provider:
        changes["provider"] = row.provider
    return changes
