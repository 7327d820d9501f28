"""A list that the operator brings: kept, then applied a hundred numbers at a time.

A list only ever stops or holds; it allows nothing.  It may be taken again: what it did
is not done twice, and what a crash left undone is done then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.access import note_action
from consent import attachments
from consent.models import ListKind, VendorList
from consent.standing import lock_lines
from gateway.lists.reading import Listed, Row
from gateway.lists.standing import Stand, Verdict, stands
from kernel.db import insert_or_ignore
from kernel.hashing import sha256_hex
from registration.models import SenderNumber

AT_ONCE = 100  # numbers a transaction: longer would keep a STOP waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A file, and who brought it.  `made_on` is for rows without a date."""

    kind: ListKind
    content: bytes
    name: str
    made_on: date | None
    by: str

    @property
    def sha256(self) -> str:
        return sha256_hex(self.content)


@dataclass(frozen=True, slots=True)
class Place:
    """A clinic, as lists need it."""

    clinic_id: int
    zone: ZoneInfo


@dataclass(slots=True)
class Did:
    """What a list did at one clinic: how many numbers of each verdict."""

    counts: dict[Verdict, int] = field(
        default_factory=lambda: dict.fromkeys(Verdict, 0)
    )
    stopped: list[tuple[str, int]] = field(default_factory=list)  # phone, record
    asked: int = 0  # of those to ask, how many were held by this run

    def add(self, row: Row, verdict: Verdict, seq: int | None) -> None:
        """`seq` is the record that was written, if one was."""
        self.counts[verdict] += 1
        if seq is not None and verdict is Verdict.stop:
            self.stopped.append((row.phone, seq))
        elif seq is not None:
            self.asked += 1


def our_numbers(session: Session, clinic_id: int) -> frozenset[str]:
    return frozenset(
        session.connection().scalars(
            sa.select(col(SenderNumber.phone)).where(
                col(SenderNumber.clinic_id) == clinic_id
            )
        )
    )


def keep(
    session: Session,
    clinic_id: int,
    brought: Brought,
    listed: Listed,
    now: datetime,
    *,
    with_file: bool,
) -> VendorList:
    """The list's row; of the same bytes the row of the first time, whose day counts."""
    if with_file:
        attachments.keep_list(
            session, clinic_id, brought.content, brought.name, brought.by, now
        )
    problems = [[one.line, one.column, one.why] for one in listed.problems]
    session.connection().execute(
        insert_or_ignore(session, VendorList),
        {
            "clinic_id": clinic_id,
            "kind": brought.kind,
            "sha256": brought.sha256,
            "name": attachments.plain_name(brought.name),
            "made_on": brought.made_on,
            "uploaded_by": brought.by,
            "uploaded_at": now,
            "rows": len(listed.rows),
            "already": 0,
            "stopped": 0,
            "asked": 0,
            "unused": 0,
            "refused": listed.refused,
            "problems": problems,
        },
    )
    what = "opt-out list" if brought.kind is ListKind.opt_outs else "deactivation list"
    subject = f"{brought.name[:80]}, SHA-256 {brought.sha256[:16]}"
    note_action(session, clinic_id, brought.by, f"{what} brought", subject, now)
    return session.exec(
        select(VendorList).where(
            col(VendorList.clinic_id) == clinic_id,
            col(VendorList.kind) == brought.kind,
            col(VendorList.sha256) == brought.sha256,
        )
    ).one()


def finish(
    session: Session, kept: VendorList, did: Did, unused: int, now: datetime
) -> None:
    """The first run's numbers stay: they say what the list did when it came."""
    session.connection().execute(
        sa.update(VendorList)
        .where(
            col(VendorList.clinic_id) == kept.clinic_id,
            col(VendorList.id) == kept.id,
            col(VendorList.done_at).is_(None),
        )
        .values(
            already=did.counts[Verdict.already],
            stopped=did.counts[Verdict.stop],
            asked=did.counts[Verdict.ask],
            unused=unused + did.counts[Verdict.leave],
            done_at=now,
        )
    )


def parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), AT_ONCE):
        yield rows[start : start + AT_ONCE]


def locked_stands(
    session: Session, place: Place, phones: Sequence[str]
) -> dict[str, Stand]:
    lock_lines(session, place.clinic_id, phones)
    return stands(session, place.clinic_id, phones, place.zone)


def written(kept: VendorList, row: Row) -> str | None:
    """The date of a row in the list's own words, else the day of the whole list."""
    return row.date or (kept.made_on.isoformat() if kept.made_on else None)


def evidence(kept: VendorList, row: Row) -> dict[str, Any]:
    """Not named as a scan: a pack of one patient must not hold a list of others."""
    return {
        "list": kept.name,
        "list_hash": kept.sha256,
        "line": row.line,
        "listed_at": written(kept, row),
        "recorded_by": kept.uploaded_by,
    }
