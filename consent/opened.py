"""One record in full: its facts in words, its wording, its proof, who stands behind it.

Reads rows, changes nothing.  Who may see it has said so first: the view writes that
down, and `is_open` looks for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Role, Staff, StaffAction
from consent import fact_words
from consent.disclosures import of_hash
from consent.extract import Wanted, clear_facts, events_query
from consent.fact_words import Fact
from consent.models import Attachment, ConsentEvent, LedgerHead
from consent.proof import Check, Proof, of_words, proof
from consent.records import Asked, Row, row_of, rows
from kernel.errors import NotFound

NEIGHBOURS = 20
OPEN_FOR = timedelta(hours=1)
OPENED = "opened record"

NO_RECORD = "There is no record {} in this clinic's ledger."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words under which she agreed; all but the hash is None when they are gone."""

    sha256: str
    text: str | None = None
    kind: str = ""
    language: str = ""
    version: int = 0
    published_at: datetime | None = None
    check: Check | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    email: str
    role: Role | None  # None: not on the staff list
    closed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    sha256: str
    name: str | None  # None: no such file is kept
    added_by: str
    added_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    row: Row
    phone: str | None  # in full
    facts: tuple[Fact, ...]
    stored_instead: str | None  # of a damaged record: what is found in its place
    wording: Wording | None
    proof: Proof
    staff: tuple[Person, ...]
    scans: tuple[Scan, ...]
    others: tuple[Row, ...]
    more_others: bool


def is_open(
    session: Session, clinic_id: int, email: str, seq: int, now: datetime
) -> bool:
    """Did this person say within the last hour that she looks at this record?"""
    found = select(StaffAction.id).where(
        col(StaffAction.clinic_id) == clinic_id,
        col(StaffAction.at) > now - OPEN_FOR,
        col(StaffAction.staff_email) == email,
        col(StaffAction.action) == OPENED,
        col(StaffAction.subject) == subject(seq),
    )
    return session.exec(found.limit(1)).first() is not None


def subject(seq: int) -> str:
    return f"ledger no. {seq}"


def must_exist(session: Session, clinic_id: int, seq: int) -> None:
    _event(session, clinic_id, seq)


def record(session: Session, clinic_id: int, seq: int) -> Record:
    """Raises NotFound.  Six queries, however long the ledger is."""
    event = _event(session, clinic_id, seq)
    head = session.get(LedgerHead, clinic_id)
    clear = clear_facts(event)
    known: Mapping[str, Any] = clear if isinstance(clear, dict) else {}
    others: tuple[Row, ...] = ()
    if event.phone is not None:
        most = NEIGHBOURS + 2  # this record is one of them
        same = rows(session, clinic_id, Asked(), event.phone, None, most)
        others = tuple(row for row in same if row.seq != seq)
    return Record(
        row=row_of(event),
        phone=event.phone,
        facts=fact_words.in_words(known),
        stored_instead=clear if isinstance(clear, str) else None,
        wording=_wording(session, clinic_id, known.get("disclosure_sha256")),
        proof=proof(event, head.name if head is not None else ""),
        staff=_staff(session, clinic_id, fact_words.staff_of(known)),
        scans=_scans(session, clinic_id, fact_words.scans_of(known)),
        others=others[:NEIGHBOURS],
        more_others=len(others) > NEIGHBOURS,
    )


def scan(session: Session, clinic_id: int, seq: int, sha256: str) -> Attachment:
    """A file that this record names.  Raises NotFound."""
    clear = clear_facts(_event(session, clinic_id, seq))
    named = fact_words.scans_of(clear) if isinstance(clear, dict) else ()
    found = session.get(Attachment, (clinic_id, sha256)) if sha256 in named else None
    if found is None:
        raise NotFound(f"Record {seq} has no such file.")
    return found


def _event(session: Session, clinic_id: int, seq: int) -> Any:
    query: Any = events_query(session, clinic_id, Wanted())
    one = query.where(col(ConsentEvent.seq) == seq)
    found = session.connection().execute(one).one_or_none()
    if found is None:
        raise NotFound(NO_RECORD.format(seq))
    return found


def _wording(session: Session, clinic_id: int, sha256: object) -> Wording | None:
    if not isinstance(sha256, str):
        return None
    kept = of_hash(session, clinic_id, sha256)
    if kept is None:
        return Wording(sha256=sha256)
    return Wording(
        sha256=sha256,
        text=kept.text,
        kind=kept.kind,
        language=kept.language,
        version=kept.version,
        published_at=kept.published_at,
        check=of_words(kept.text, sha256),
    )


def _staff(
    session: Session, clinic_id: int, emails: tuple[str, ...]
) -> tuple[Person, ...]:
    """Operators too: they act for every clinic."""
    if not emails:
        return ()
    known = {
        staff.email: staff
        for staff in session.exec(
            select(Staff).where(
                col(Staff.email).in_(emails),
                sa.or_(
                    col(Staff.clinic_id) == clinic_id, col(Staff.clinic_id).is_(None)
                ),
            )
        )
    }
    return tuple(
        Person(
            email=email,
            role=known[email].role if email in known else None,
            closed_at=known[email].closed_at if email in known else None,
        )
        for email in emails
    )


def _scans(
    session: Session, clinic_id: int, hashes: tuple[str, ...]
) -> tuple[Scan, ...]:
    """Without their content: it may be large, and is handed out by itself."""
    if not hashes:
        return ()
    columns = [Attachment.sha256, Attachment.name]
    asked = sa.select(
        *map(col, columns), col(Attachment.added_by), col(Attachment.added_at)
    ).where(col(Attachment.clinic_id) == clinic_id, col(Attachment.sha256).in_(hashes))
    kept = {row.sha256: row for row in session.connection().execute(asked)}
    return tuple(
        Scan(
            sha256=sha256,
            name=kept[sha256].name if sha256 in kept else None,
            added_by=kept[sha256].added_by if sha256 in kept else "",
            added_at=kept[sha256].added_at if sha256 in kept else None,
        )
        for sha256 in hashes
    )
