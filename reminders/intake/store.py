"""Imports the visits of one file, in one transaction of the caller.

The consent that a file asserts is recorded afterwards, in small transactions
(`assertions`).  A file that cannot be read as a whole changes nothing.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, BinaryIO

from sqlmodel import Session

from clinics.access import key_of, note_action
from clinics.models import Clinic
from kernel.errors import Invalid, NotFound
from reminders.intake.assertions import is_signed, record, unrecorded
from reminders.intake.bring_in import bring_in
from reminders.intake.bring_in_people import bring_in_people
from reminders.intake.compare import Outcome
from reminders.intake.csv_file import Reading
from reminders.intake.feeds import read_any
from reminders.intake.headings import IGNORED, Column
from reminders.intake.known import another_that_day, as_known
from reminders.intake.problem import Problem
from reminders.models import ColumnMap

NOT_SIGNED = (
    "{count} rows say that the patient agreed ('asserted'). That was not recorded: no "
    "clinic admin has signed what imported patients were told. Sign it under Patients > "
    "Imports, or with 'flask consent attest', then import again. The visits themselves "
    "are kept."
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
    unit: str = "Line"  # what the problems count: lines, messages, entries, events

    @property
    def complete(self) -> bool:
        return not self.refused and not self.unusable

    def as_json(self) -> dict[str, Any]:
        fields = asdict(self)
        del fields["unusable"], fields["unit"]
        return {**fields, "problems": [asdict(problem) for problem in self.problems]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a file came from: the evidence of what it asserts."""

    by: str  # staff e-mail
    file: str  # its name, as a word only
    sha256: str

    def as_evidence(self) -> dict[str, str]:
        return {
            "method": "import",
            "file": self.file,
            "file_sha256": self.sha256,
            "by": self.by,
        }


def import_file(
    session: Session,
    clinic: Clinic,
    stream: BinaryIO,
    now: datetime,
    *,
    saved: dict[str, str] | None = None,
    origin: Origin | None,
) -> Imported:
    """All of it in one transaction, for a small file.  A large one would keep texts
    waiting: `read_file` before any transaction, `store`, then `record_in_parts`."""
    reading = read_any(session, clinic, stream, now, saved)
    done = store(session, clinic, reading, now, origin=origin)
    if origin:
        clinic_id = key_of(clinic)
        rows = unrecorded(session, clinic_id, reading.rows)
        record(session, clinic_id, rows, origin.as_evidence(), now)
    return done


def store(
    session: Session,
    clinic: Clinic,
    reading: Reading,
    now: datetime,
    *,
    origin: Origin | None,
) -> Imported:
    """The visits alone.  Without an `origin` it is a rehearsal: the same answer, and
    nothing written.

    Raises nothing for what stands in the file: that is in `problems`.
    """
    if reading.unusable:
        problems = reading.problems
        return Imported(refused=reading.refused, problems=problems, unusable=True)
    clinic_id = key_of(clinic)
    by = origin.by if origin else None
    rows = as_known(session, clinic_id, reading.rows)
    warnings = another_that_day(session, clinic_id, rows)
    file = origin.file if origin else ""
    counts = bring_in(session, clinic, rows, now, by=by, file=file)
    counts += bring_in_people(session, clinic_id, reading.people, now, by=by)
    asserted = [row for row in reading.rows if row.asserted]
    if asserted and not is_signed(session, clinic_id):
        why = NOT_SIGNED.format(count=len(asserted))
        warnings.append(Problem(asserted[0].line, "consent", why))
    problems = (*reading.problems, *warnings)
    done = Imported(
        added=counts[Outcome.added],
        changed=counts[Outcome.changed] + counts[Outcome.reworded],
        cancelled=counts[Outcome.cancelled],
        unchanged=counts[Outcome.unchanged] + reading.passed,
        refused=reading.refused,
        problems=tuple(sorted(problems, key=lambda problem: problem.line)),
        unit=reading.unit,
    )
    if origin:
        _note(session, clinic_id, done, origin, now)
    return done


def saved_map(session: Session, clinic_id: int, name: str) -> dict[str, str]:
    """Raises NotFound."""
    found = session.get(ColumnMap, (clinic_id, name))
    if found is None:
        raise NotFound(
            f"The clinic has no column map '{name}'. Save it when you upload a list, or "
            "with 'flask reminders map'."
        )
    return dict(found.headings)


def save_map(
    session: Session, clinic_id: int, name: str, headings: dict[str, str]
) -> None:
    """{their heading: our column or `ignore`}.  Raises Invalid for an unknown column."""
    check_map(headings)
    session.merge(ColumnMap(clinic_id=clinic_id, name=name, headings=headings))
    session.flush()


def check_map(headings: dict[str, str]) -> None:
    """Raises Invalid."""
    known = {*Column.__members__, IGNORED}
    for heading, column in headings.items():
        if column not in known:
            raise Invalid(
                f"'{heading}' cannot become '{column}'. "
                f"Use one of {', '.join(sorted(known))}."
            )


def _note(
    session: Session, clinic_id: int, done: Imported, origin: Origin, now: datetime
) -> None:
    counts = (
        f"{done.added} added, {done.changed} changed, {done.cancelled} cancelled, "
        f"{done.unchanged} unchanged, {done.refused} refused"
    )
    subject = f"{origin.file} ({counts}; sha256 {origin.sha256})"
    note_action(session, clinic_id, origin.by, "appointments imported", subject, now)
