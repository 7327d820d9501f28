"""What follows when patients or visits change: unsent texts are taken back, changed
visits told again, and what was agreed for a number that nobody has any more ends.

The desk's pages and the import use the same three steps; the caller commits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Patient
from consent.models import Line, Standing
from consent.record import opt_out
from consent.standing import OF_ONE_PHONE, lock_line
from reminders.models import Appointment
from reminders.unsent import STANDS, in_parts, plan_again, withdraw_visits
from reminders.unsent_others import withdraw_others, withdraw_requests

CHANGED = "The visit was changed."
ENDED = "The visit does not take place, or the patient has come already."
REWORDED = "What it says of the patient or of the place is out of date."
NUMBER_CHANGED = {
    "method": "number changed",
    "how": "The patient has another number now; what was agreed for this one ended.",
}


@dataclass(slots=True)
class Touched:
    """Visits, by our id, whose unsent reminders no longer hold."""

    changed: set[int] = field(default_factory=set)  # a new version: told again
    ended: set[int] = field(default_factory=set)
    reworded: set[int] = field(default_factory=set)  # what has left is not said again
    left: set[str] = field(default_factory=set)  # numbers that a patient had before

    @property
    def any(self) -> bool:
        return bool(self.changed or self.ended or self.reworded or self.left)


def rewrite_patients(
    session: Session,
    clinic_id: int,
    changes: Iterable[tuple[Patient, Mapping[str, object]]],
    now: datetime,
) -> Touched:
    """Sets these fields of these patients.  All their visits ahead are touched: a new
    number has been told nothing yet."""
    moved: list[int] = []
    reworded: list[int] = []
    touched = Touched()
    for patient, new in changes:
        if not new:
            continue
        if "phone" in new:
            touched.left.add(patient.phone)
        for name, value in new.items():
            setattr(patient, name, value)
        patient.updated_at = now
        (moved if "phone" in new else reworded).append(patient.id or 0)
    session.flush()
    touched.changed |= _visits_ahead(session, clinic_id, moved, now)
    touched.reworded |= _visits_ahead(session, clinic_id, reworded, now)
    return touched


def take_back(
    session: Session, clinic_id: int, touched: Touched, by: str, now: datetime
) -> None:
    """Locks messages before lines, as a send does (architecture section 6)."""
    changed = sorted(touched.changed - touched.ended)
    for part in in_parts(changed):
        session.connection().execute(
            sa.update(Appointment)
            .where(
                col(Appointment.clinic_id) == clinic_id, col(Appointment.id).in_(part)
            )
            .values(version=col(Appointment.version) + 1, updated_at=now)
        )
    withdraw_visits(session, clinic_id, changed, CHANGED, now)
    withdraw_visits(session, clinic_id, sorted(touched.ended), ENDED, now)
    withdraw_others(session, clinic_id, [*changed, *sorted(touched.ended)], now)
    withdraw_requests(
        session, clinic_id, _unused(session, clinic_id, touched.left), now
    )
    reworded = sorted(touched.reworded - touched.changed - touched.ended)
    withdraw_visits(session, clinic_id, reworded, REWORDED, now)
    plan_again(session, clinic_id, now, reworded)
    _end_numbers(session, clinic_id, touched.left, by, now)


def _end_numbers(
    session: Session, clinic_id: int, left: Iterable[str], by: str, now: datetime
) -> None:
    """Whoever gets the number next did not agree to anything."""
    for phone in _agreed(session, clinic_id, _unused(session, clinic_id, left)):
        opt_out(session, clinic_id, phone, {**NUMBER_CHANGED, "recorded_by": by}, now)


def _unused(session: Session, clinic_id: int, phones: Iterable[str]) -> list[str]:
    phones = sorted(phones)
    kept: set[str] = set()
    for part in in_parts(phones):
        kept |= set(
            session.exec(
                select(Patient.phone).where(
                    col(Patient.clinic_id) == clinic_id, col(Patient.phone).in_(part)
                )
            )
        )
    return [phone for phone in phones if phone not in kept]


def _agreed(session: Session, clinic_id: int, phones: Sequence[str]) -> list[str]:
    """Those that have something to end, their lines locked: all of them before the
    first event, because the ledger's head comes last."""
    for phone in phones:
        lock_line(session, clinic_id, phone)
    found: set[str] = set()
    for part in in_parts(phones):
        found |= set(
            session.connection().scalars(
                sa.select(col(Standing.phone))
                .join(Line, OF_ONE_PHONE)
                .where(
                    col(Standing.clinic_id) == clinic_id,
                    col(Standing.phone).in_(part),
                    sa.or_(
                        col(Standing.granted_seq) > col(Line.stopped_seq),
                        col(Standing.pending_seq) > col(Line.stopped_seq),
                    ),
                )
            )
        )
    return [phone for phone in phones if phone in found]


def _visits_ahead(
    session: Session, clinic_id: int, patient_ids: Sequence[int], now: datetime
) -> set[int]:
    found: set[int] = set()
    for part in in_parts(patient_ids):
        found |= set(
            session.connection().scalars(
                sa.select(col(Appointment.id)).where(
                    col(Appointment.clinic_id) == clinic_id,
                    col(Appointment.patient_id).in_(part),
                    col(Appointment.starts_at) > now,
                    col(Appointment.status).in_(STANDS),
                )
            )
        )
    return found
