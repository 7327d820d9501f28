"""Imports one file of appointments, in one transaction of the caller.

A file asserts consent only where a clinic admin has signed for it.  A file that cannot
be read as a whole changes nothing.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from clinics.access import key_of, note_action
from clinics.models import Clinic
from consent.models import ImportAttestation, Standing, Topic
from consent.record import record_asserted
from kernel.errors import Invalid, NotFound
from reminders.intake.bring_in import bring_in
from reminders.intake.compare import Outcome
from reminders.intake.csv_file import Reading, read_file
from reminders.intake.headings import IGNORED, Column
from reminders.intake.problem import Problem
from reminders.intake.rows import AppointmentRow
from reminders.models import ColumnMap
from reminders.unsent import in_parts

NOT_SIGNED = (
    "{count} rows say that the patient agreed ('asserted'). That was not recorded: no "
    "clinic admin has signed what imported patients were told. Sign it with 'flask "
    "consent attest', then import again. The visits themselves are kept."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The counts of rows, and every problem: of refused rows, and warnings."""

    added: int = 0
    changed: int = 0
    cancelled: int = 0
    unchanged: int = 0
    refused: int = 0
    problems: tuple[Problem, ...] = ()
    unusable: bool = False  # the file as a whole: nothing of it was read

    @property
    def complete(self) -> bool:
        return not self.refused and not self.unusable

    def as_json(self) -> dict[str, Any]:
        fields = asdict(self)
        del fields["unusable"]
        return {**fields, "problems": [asdict(problem) for problem in self.problems]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a file came from: the evidence of what it asserts."""

    by: str  # staff e-mail
    file: str  # its name, as a word only
    sha256: str


def import_file(
    session: Session,
    clinic: Clinic,
    stream: BinaryIO,
    now: datetime,
    *,
    saved: dict[str, str] | None = None,
    origin: Origin | None,
) -> Imported:
    """Reads and stores in one go.  A large file is better read before the transaction
    begins: `read_file`, then `store`."""
    reading = read_file(stream, ZoneInfo(clinic.time_zone), saved)
    return store(session, clinic, reading, now, origin=origin)


def store(
    session: Session,
    clinic: Clinic,
    reading: Reading,
    now: datetime,
    *,
    origin: Origin | None,
) -> Imported:
    """Without an `origin` it is a rehearsal: the same answer, and nothing written.

    Raises nothing for what stands in the file: that is in `problems`.
    """
    if reading.unusable:
        problems = reading.problems
        return Imported(refused=reading.refused, problems=problems, unusable=True)
    clinic_id = key_of(clinic)
    counts = bring_in(session, clinic, reading.rows, now, write=origin is not None)
    warnings: list[Problem] = []
    asserted = [row for row in reading.rows if row.asserted]
    if asserted and not _is_signed(session, clinic_id):
        why = NOT_SIGNED.format(count=len(asserted))
        warnings.append(Problem(asserted[0].line, "consent", why))
    elif origin:
        _record_asserted(session, clinic_id, asserted, origin, now)
    problems = (*reading.problems, *warnings)
    done = Imported(
        added=counts[Outcome.added],
        changed=counts[Outcome.changed],
        cancelled=counts[Outcome.cancelled],
        unchanged=counts[Outcome.unchanged],
        refused=reading.refused,
        problems=tuple(sorted(problems, key=lambda problem: problem.line)),
    )
    if origin:
        _note(session, clinic_id, done, origin, now)
    return done


def saved_map(session: Session, clinic_id: int, name: str) -> dict[str, str]:
    """Raises NotFound."""
    found = session.get(ColumnMap, (clinic_id, name))
    if found is None:
        raise NotFound(
            f"The clinic has no column map '{name}'. Save it with 'flask reminders map'."
        )
    return dict(found.headings)


def save_map(
    session: Session, clinic_id: int, name: str, headings: dict[str, str]
) -> None:
    """{their heading: our column or `ignore`}.  Raises Invalid for an unknown column."""
    known = {*Column.__members__, IGNORED}
    for heading, column in headings.items():
        if column not in known:
            raise Invalid(
                f"'{heading}' cannot become '{column}'. "
                f"Use one of {', '.join(sorted(known))}."
            )
    session.merge(ColumnMap(clinic_id=clinic_id, name=name, headings=headings))
    session.flush()


def _record_asserted(
    session: Session,
    clinic_id: int,
    rows: Sequence[AppointmentRow],
    origin: Origin,
    now: datetime,
) -> None:
    """Once for each phone that has no standing yet, in one order: each locks its line."""
    first = {row.phone: row for row in reversed(rows)}
    for part in in_parts(sorted(first)):
        known = set(
            session.exec(
                select(Standing.phone).where(
                    col(Standing.clinic_id) == clinic_id,
                    col(Standing.topic) == Topic.care,
                    col(Standing.phone).in_(part),
                )
            )
        )
        for phone in part:
            if phone not in known:
                facts = {
                    "method": "import",
                    "file": origin.file,
                    "file_sha256": origin.sha256,
                    "line": first[phone].line,
                    "patient": first[phone].patient_id,
                    "by": origin.by,
                }
                record_asserted(session, clinic_id, phone, Topic.care, facts, now)


def _is_signed(session: Session, clinic_id: int) -> bool:
    signed = select(ImportAttestation.id).where(
        col(ImportAttestation.clinic_id) == clinic_id
    )
    return session.exec(signed.limit(1)).first() is not None


def _note(
    session: Session, clinic_id: int, done: Imported, origin: Origin, now: datetime
) -> None:
    counts = (
        f"{done.added} added, {done.changed} changed, {done.cancelled} cancelled, "
        f"{done.unchanged} unchanged, {done.refused} refused"
    )
    subject = f"{origin.file} ({counts}; sha256 {origin.sha256})"
    note_action(session, clinic_id, origin.by, "appointments imported", subject, now)
