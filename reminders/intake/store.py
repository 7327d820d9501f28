"""Imports an opened file, part by part: each part in a transaction of its own, which a STOP can
wait for.

What an interrupted import left out, importing the same file again brings.  The consent
that a file asserts is recorded before each part, a few patients at a time: a part that is
stored is done with.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import BinaryIO

from sqlmodel import Session

from clinics.access import key_of, note_action
from clinics.models import Clinic
from kernel.db import Database
from reminders.brought import note_list
from reminders.intake.assertions import is_signed, record, record_in_parts, unrecorded
from reminders.intake.bring_in import take_turn, write
from reminders.intake.bring_in_people import bring_in_people
from reminders.intake.compare import Outcome
from reminders.intake.compared import Compared, compared
from reminders.intake.doubts import doubtful, put_in_doubt, said_of
from reminders.intake.ends import with_ends
from reminders.intake.feeds import open_any
from reminders.intake.imported import Imported, Tally, of_unusable
from reminders.intake.known import another_that_day
from reminders.intake.opened import Opened, Told, untold
from reminders.intake.parts import Pace, Part, parts_of
from reminders.intake.problem import Problem, UnusableFile
from reminders.intake.stored import Foreseen
from reminders.unsent import in_parts

NOT_SIGNED = (
    "{count} rows say that the patient agreed ('asserted'). That was not recorded: no "
    "clinic admin has signed what imported patients were told. Sign it under Patients > "
    "Imports, or with 'flask consent attest', then import again. The visits themselves "
    "are kept."
)

# What else belongs into the transaction of a part: a job's own progress.
Beside = Callable[[Session, Tally, bool], None]


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


def import_feed(
    database: Database,
    clinic: Clinic,
    opened: Opened,
    now: datetime,
    *,
    origin: Origin,
    told: Told = untold,
    begun: Tally | None = None,
    beside: Beside | None = None,
) -> Tally:
    """Each part in a transaction of its own.  `begun` is how far an import of these
    very bytes came before; where the rows depend on what is stored, it begins again.
    `told` hears of rows."""
    begun = begun if opened.steady else None
    tally, clinic_id = _begin(opened, begun), key_of(clinic)
    for some in in_parts(opened.people) if begun is None else ():
        people = partial(
            bring_in_people, clinic_id=clinic_id, rows=some, now=now, by=origin.by
        )
        tally = tally.and_also(database.retrying(people))
    source, pace, began = origin.as_evidence(), Pace(), 0.0
    for part in parts_of(opened.read(), tally.read, pace):

        def work(session: Session, part: Part = part, before: Tally = tally) -> Tally:
            nonlocal began
            began = time.monotonic()
            after = _bring(session, clinic, opened, part, before, origin, now)
            if beside is not None:
                beside(session, after, part.last)
            return after

        record_in_parts(database, clinic_id, part.rows, source, now)
        tally = database.retrying(work)
        pace.took(part, time.monotonic() - began)
        told(tally.read, opened.rows or tally.read)
    return tally


def rehearse_feed(
    database: Database,
    clinic: Clinic,
    opened: Opened,
    now: datetime,
    *,
    told: Told = untold,
    seen: Callable[[Compared], None] = lambda found: None,
) -> Tally:
    """What an import would do: the same answer, and nothing written.  `seen` gets what
    became of each row."""
    foreseen = Foreseen()
    with database.reading() as session:
        tally = _with_people(session, clinic, opened, now, by=None)
    for part in parts_of(opened.read()):
        with database.reading() as session:
            found, tally = _rehearse(
                session, clinic, opened, part, tally, foreseen, now
            )
        seen(found)
        told(tally.read, opened.rows or tally.read)
    return tally


def import_file(
    session: Session,
    clinic: Clinic,
    stream: BinaryIO,
    now: datetime,
    *,
    saved: Mapping[str, str] | None = None,
    origin: Origin | None,
) -> Imported:
    """A small file in one transaction, which is the caller's.  Without an `origin` it
    is a rehearsal: the same answer, and nothing written.

    Raises nothing for what stands in the file: that is in `problems`.
    """
    opened = open_any(session, clinic, stream, now, saved)
    if isinstance(opened, UnusableFile):
        return of_unusable(opened)
    by = origin.by if origin else None
    tally = _with_people(session, clinic, opened, now, by=by)
    clinic_id, foreseen = key_of(clinic), Foreseen()
    for part in parts_of(opened.read()):
        if origin is None:
            _, tally = _rehearse(session, clinic, opened, part, tally, foreseen, now)
            continue
        tally = _bring(session, clinic, opened, part, tally, origin, now)
        asserted = unrecorded(session, clinic_id, part.rows)
        record(session, clinic_id, asserted, origin.as_evidence(), now)
    return tally.imported()


def _begin(opened: Opened, begun: Tally | None = None) -> Tally:
    tally = begun or Tally().and_also({Outcome.unchanged: opened.passed})
    return replace(tally, unit=opened.unit).told(opened.problems)


def _with_people(
    session: Session, clinic: Clinic, opened: Opened, now: datetime, *, by: str | None
) -> Tally:
    tally, clinic_id = _begin(opened), key_of(clinic)
    for some in in_parts(opened.people):
        tally = tally.and_also(bring_in_people(session, clinic_id, some, now, by=by))
    return tally


def _bring(
    session: Session,
    clinic: Clinic,
    opened: Opened,
    part: Part,
    before: Tally,
    origin: Origin,
    now: datetime,
) -> Tally:
    """One part; with the last one it is noted who imported what."""
    clinic_id = key_of(clinic)
    take_turn(session, clinic_id)
    part = with_ends(session, clinic_id, part)
    found = compared(session, clinic_id, part.rows, lock=True)
    warnings = another_that_day(session, clinic_id, found.new_of_known(), opened.names)
    doubted = doubtful(session, clinic_id, part, now)
    write(session, clinic, found, now, by=origin.by, file=origin.file)
    put_in_doubt(session, clinic_id, doubted, opened.unit, origin.file, now)
    warnings += said_of(doubted)
    tally = _counted(before, part, found, warnings, now).with_unclear(len(doubted))
    if part.last:
        tally = _signed(session, clinic_id, tally)
        done = tally.imported()
        subject = f"{origin.file} ({done.counted}; sha256 {origin.sha256})"
        note_action(session, clinic_id, origin.by, IMPORTED, subject, now)
        note_list(session, clinic_id, opened.format, origin.by, origin.file, done, now)
    return tally


def _rehearse(
    session: Session,
    clinic: Clinic,
    opened: Opened,
    part: Part,
    before: Tally,
    foreseen: Foreseen,
    now: datetime,
) -> tuple[Compared, Tally]:
    """`foreseen` is what earlier parts would have stored; this one's is added."""
    clinic_id = key_of(clinic)
    part = with_ends(session, clinic_id, part)
    found = compared(session, clinic_id, part.rows, lock=False, foreseen=foreseen)
    found.foresee(foreseen, repeats=opened.repeats)
    warnings = another_that_day(session, clinic_id, found.new_of_known(), opened.names)
    doubted = doubtful(session, clinic_id, part, now)
    warnings += said_of(doubted)
    tally = _counted(before, part, found, warnings, now).with_unclear(len(doubted))
    return found, _signed(session, clinic_id, tally) if part.last else tally


def _counted(
    before: Tally,
    part: Part,
    found: Compared,
    warnings: Sequence[Problem],
    now: datetime,
) -> Tally:
    words = Counter(word for _, word in found.outcomes)
    return before.plus(part, words, warnings).ahead(part.rows, now)


def _signed(session: Session, clinic_id: int, tally: Tally) -> Tally:
    """With a warning when consent is asserted that nobody has signed for."""
    if not tally.asserted.count or is_signed(session, clinic_id):
        return tally
    why = NOT_SIGNED.format(count=tally.asserted.count)
    return tally.first_of_all(Problem(tally.asserted.line, "consent", why))


IMPORTED = "appointments imported"
