"""What a row of a file means for what is known already.

Pure: looks at rows and never stores.  Cells that a file leaves out change nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from clinics.models import Language, Patient
from reminders.intake.rows import AppointmentRow
from reminders.intake.versions import order_of, outdated
from reminders.models import Appointment, VisitStatus

ENDED = frozenset({VisitStatus.cancelled, VisitStatus.noshow, VisitStatus.kept})


class Outcome(StrEnum):
    added = "added"
    changed = "changed"  # time, phone or person: she is told again
    reworded = "reworded"  # place or provider: only what has not left is replaced
    cancelled = "cancelled"
    unchanged = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """All that a file says of one patient, over all of her rows."""

    external_id: str
    phone: str
    given_name: str | None
    family_name: str | None
    language: Language | None
    time_zone: str | None
    version: str | None = None


def people(rows: Iterable[AppointmentRow]) -> dict[str, Person]:
    """By patient id.  The first row that says a thing counts, so that importing a
    file twice changes nothing the second time; in a feed it is the newest."""
    found: dict[str, Person] = {}
    newest = sorted(rows, key=lambda row: order_of(row.patient_version), reverse=True)
    for row in newest:
        known = found.get(row.patient_id)
        found[row.patient_id] = Person(
            external_id=row.patient_id,
            phone=known.phone if known else row.phone,
            given_name=(known and known.given_name) or row.given_name,
            family_name=(known and known.family_name) or row.family_name,
            language=(known and known.language) or row.language,
            time_zone=(known and known.time_zone) or row.time_zone,
            version=known.version if known else row.patient_version,
        )
    return found


def differences(person: Person, patient: Patient) -> dict[str, object]:
    """The fields of `patient` that the file says otherwise, with its values; none where
    a newer word of the same feed is known."""
    if outdated(person.version, patient.source_version):
        return {}
    said = {
        "phone": person.phone,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "language": person.language,
        "time_zone": person.time_zone,
    }
    return {
        name: value
        for name, value in said.items()
        if value is not None and value != getattr(patient, name)
    }


def outcome(
    row: AppointmentRow, visit: Appointment | None, *, same_person: bool
) -> Outcome:
    """`same_person`: the same patient as before, with the same phone."""
    if visit is not None and outdated(row.version, visit.source_version):
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
    return Outcome.reworded if place_changes(row, visit) else Outcome.unchanged


def place_changes(row: AppointmentRow, visit: Appointment) -> Mapping[str, str]:
    said = {"location": row.location, "provider": row.provider}
    return {
        name: value
        for name, value in said.items()
        if value is not None and value != getattr(visit, name)
    }
