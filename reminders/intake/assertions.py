"""Records the consent that a file asserts, a few patients in each transaction.

It changes no standing that a patient has already.  A STOP waits for one small
transaction at most; what an interrupted import left out, the same file records later.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from sqlmodel import Session, col, select

from consent.models import ImportAttestation, Standing, Topic
from consent.record import record_asserted
from consent.standing import lock_line
from kernel.db import Database
from reminders.intake.known import as_known
from reminders.intake.rows import AppointmentRow
from reminders.unsent import in_parts

AT_ONCE = 50  # patients in one transaction
ASIDE = 0.005  # seconds: SQLite's next writer looks every two milliseconds


def record_in_parts(
    database: Database,
    clinic_id: int,
    rows: Sequence[AppointmentRow],
    source: Mapping[str, str],
    now: datetime,
) -> None:
    """Each part in a transaction of its own.  `source` is the evidence: which file."""
    with database.reading() as session:
        waiting = unrecorded(session, clinic_id, rows)
    for start in range(0, len(waiting), AT_ONCE):
        part = waiting[start : start + AT_ONCE]
        database.retrying(
            partial(record, clinic_id=clinic_id, rows=part, source=source, now=now)
        )
        time.sleep(ASIDE)


def unrecorded(
    session: Session, clinic_id: int, rows: Sequence[AppointmentRow]
) -> list[AppointmentRow]:
    """One row for each phone that is asserted and has no standing yet, by phone; none
    while no clinic admin has signed."""
    first = {row.phone: row for row in reversed(rows) if row.asserted}
    if not first or not is_signed(session, clinic_id):
        return []
    known: set[str] = set()
    for part in in_parts(sorted(first)):
        known |= set(
            session.exec(
                select(Standing.phone).where(
                    col(Standing.clinic_id) == clinic_id,
                    col(Standing.topic) == Topic.care,
                    col(Standing.phone).in_(part),
                )
            )
        )
    missing = [first[phone] for phone in sorted(first) if phone not in known]
    return as_known(session, clinic_id, missing)


def record(
    session: Session,
    clinic_id: int,
    rows: Sequence[AppointmentRow],
    source: Mapping[str, str],
    now: datetime,
) -> None:
    """`rows` by phone, as `unrecorded` gives them.  All lines are locked before the
    first event: the ledger's head comes last, or a STOP would wait for us while we
    wait for her line."""
    for row in rows:
        lock_line(session, clinic_id, row.phone)
    for row in rows:
        facts = {**source, "line": row.line, "patient": row.patient_id}
        record_asserted(session, clinic_id, row.phone, Topic.care, facts, now)


def is_signed(session: Session, clinic_id: int) -> bool:
    signed = select(ImportAttestation.id).where(
        col(ImportAttestation.clinic_id) == clinic_id
    )
    return session.exec(signed.limit(1)).first() is not None
