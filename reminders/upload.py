"""A list of appointments that somebody looks over before it counts.

What an import would do is worked out when the list arrives or its mapping changes, so
that looking at it costs nothing.  Visits are stored by the same steps as `flask
reminders import`; then the content is dropped, and a day later the rest.
"""

import hashlib
import io
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic
from kernel.clock import local_time
from kernel.db import Database
from kernel.errors import Conflict, NotFound
from reminders.intake.assertions import record_in_parts
from reminders.intake.bring_in import rehearse
from reminders.intake.compare import Outcome
from reminders.intake.feeds import columns_of, read_any
from reminders.intake.known import known_ids
from reminders.intake.rows import AppointmentRow
from reminders.intake.store import Imported, Origin, check_map, store
from reminders.models import ColumnMap, UploadDraft
from reminders.visible import plain

MOST_BYTES = 5 * 1024 * 1024
KEPT = timedelta(hours=24)
SHOWN_PROBLEMS, SHOWN_ROWS, LONGEST_NAME = 200, 20, 80

GONE = (
    "This list is not here any more: it was discarded, or is older than a day. "
    "Upload it again."
)
NOTHING = (
    "Nothing of this list can be imported yet. Mend what is named there, or choose "
    "which column is which."
)
REMAPPED = "Somebody changed the columns of this list meanwhile. Look it over again."

Headings = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A list without its content; `preview` is what the page shows of it."""

    id: int
    file_name: str
    uploaded_by: str
    uploaded_at: datetime
    headings: Headings | None
    preview: dict[str, Any]
    imported_at: datetime | None


def new_draft(
    database: Database,
    clinic_id: int,
    *,
    by: str,
    name: str,
    content: bytes,
    headings: Headings | None,
    now: datetime,
) -> UploadDraft:
    """The draft to store, with what its import would do."""
    with database.reading() as session:
        seen = _preview(session, clinic_id, content, headings, now)
    return UploadDraft(
        clinic_id=clinic_id,
        uploaded_by=by,
        uploaded_at=now,
        file_name=tidy_name(name),
        content=content,
        headings=headings,
        preview=seen,
    )


def keep(session: Session, draft: UploadDraft) -> int:
    """Its id.  Lists of this clinic that are older than a day go at once."""
    session.connection().execute(
        sa.delete(UploadDraft).where(
            col(UploadDraft.clinic_id) == draft.clinic_id,
            col(UploadDraft.uploaded_at) < draft.uploaded_at - KEPT,
        )
    )
    session.add(draft)
    session.flush()
    return draft.id or 0


def tidy_name(name: str) -> str:
    """The last part of a path, as a word only."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return plain(last)[:LONGEST_NAME] or "list.csv"


def drafts(session: Session, clinic_id: int, now: datetime) -> tuple[Draft, ...]:
    """Those of the last day, the newest first."""
    rows = session.connection().execute(
        _asked(clinic_id, now).order_by(col(UploadDraft.id).desc()).limit(10)
    )
    return tuple(Draft(**row) for row in rows.mappings())


def draft_of(session: Session, clinic_id: int, draft_id: int, now: datetime) -> Draft:
    """Raises NotFound."""
    asked = _asked(clinic_id, now).where(col(UploadDraft.id) == draft_id)
    row = session.connection().execute(asked).mappings().one_or_none()
    if row is None:
        raise NotFound(GONE)
    return Draft(**row)


def saved_maps(session: Session, clinic_id: int) -> tuple[str, ...]:
    names = (
        sa.select(col(ColumnMap.name))
        .where(col(ColumnMap.clinic_id) == clinic_id)
        .order_by(col(ColumnMap.name))
        .limit(100)
    )
    return tuple(session.connection().scalars(names))


def previewed(
    database: Database,
    clinic_id: int,
    draft_id: int,
    headings: Headings,
    now: datetime,
) -> dict[str, Any]:
    """What an import with this mapping would do.  Raises NotFound or Invalid."""
    check_map(headings)
    with database.reading() as session:
        content = _content(session, clinic_id, draft_id, now)
        return _preview(session, clinic_id, content, headings, now)


def remap(
    session: Session,
    clinic_id: int,
    draft_id: int,
    headings: Headings,
    preview: dict[str, Any],
) -> None:
    """Nothing changes on a list that was imported meanwhile."""
    session.connection().execute(
        sa.update(UploadDraft)
        .where(
            col(UploadDraft.clinic_id) == clinic_id,
            col(UploadDraft.id) == draft_id,
            col(UploadDraft.imported_at).is_(None),
        )
        .values(headings=headings, preview=preview)
    )


def discard(session: Session, clinic_id: int, draft_id: int) -> str | None:
    """The name of the list; None when it was gone already."""
    return session.connection().scalar(
        sa.delete(UploadDraft)
        .where(
            col(UploadDraft.clinic_id) == clinic_id,
            col(UploadDraft.id) == draft_id,
            col(UploadDraft.imported_at).is_(None),
        )
        .returning(col(UploadDraft.file_name))
    )


def import_draft(
    database: Database, clinic_id: int, draft_id: int, by: str, now: datetime
) -> tuple[dict[str, Any], bool]:
    """What it did, and False when that was done already: a double click counts once.

    Raises NotFound or Conflict.
    """
    with database.reading() as session:
        draft = draft_of(session, clinic_id, draft_id, now)
        if draft.imported_at is not None:
            return draft.preview, False
        content = _content(session, clinic_id, draft_id, now)
        clinic = _clinic(session, clinic_id)
        # Read before the transaction: inbound texts wait for a writer.
        stream = io.BytesIO(content)
        reading = read_any(session, clinic, stream, now, draft.headings)
    if not (reading.rows or reading.people):
        raise Conflict(NOTHING)
    digest = hashlib.sha256(content).hexdigest()
    origin = Origin(by=by, file=draft.file_name, sha256=digest)

    def work(session: Session) -> tuple[dict[str, Any], bool]:
        mine = _locked(session, clinic_id, draft_id)
        if mine.imported_at is not None:
            return mine.preview or {}, False
        if mine.headings != draft.headings:
            raise Conflict(REMAPPED)
        clinic = _clinic(session, clinic_id)
        done = store(session, clinic, reading, now, origin=origin)
        mine.content, mine.imported_at = b"", now
        mine.preview = {**_said(done, reading.rows, now), "rows": [], "columns": {}}
        session.add(mine)
        return mine.preview, True

    result = database.retrying(work)
    if result[1]:
        source = origin.as_evidence()
        record_in_parts(database, clinic_id, reading.rows, source, now)
    return result


def _preview(
    session: Session,
    clinic_id: int,
    content: bytes,
    headings: Headings | None,
    now: datetime,
) -> dict[str, Any]:
    clinic = _clinic(session, clinic_id)
    reading = read_any(session, clinic, io.BytesIO(content), now, headings)
    done = store(session, clinic, reading, now, origin=None)
    first = rehearse(session, clinic_id, reading.rows[:SHOWN_ROWS])
    known = known_ids(session, clinic_id, [row for row, _ in first])
    return {
        **_said(done, reading.rows, now),
        "rows": [_row(row, word, clinic.time_zone, known) for row, word in first],
        "of_rows": len(reading.rows) + len(reading.people),
        "people": len(reading.people),
        "columns": columns_of(content, headings),
    }


def _said(
    done: Imported, rows: Sequence[AppointmentRow], now: datetime
) -> dict[str, Any]:
    """`day` is the first one ahead, by the clinic's wall clock."""
    ahead = [row for row in rows if row.starts_at > now] or rows
    first = min(ahead, key=lambda row: row.starts_at, default=None)
    fields = done.as_json()
    problems = [asdict(problem) for problem in done.problems[:SHOWN_PROBLEMS]]
    return {
        **fields,
        "unusable": done.unusable,
        "unit": done.unit,
        "problems": problems,
        "more_problems": len(done.problems) - len(problems),
        "day": first.wall_time[:10] if first else None,
    }


def _row(
    row: AppointmentRow, word: Outcome, zone: str, known: Collection[str]
) -> dict[str, Any]:
    return {
        "line": row.line,
        "when": local_time(row.starts_at, zone),
        "name": f"{row.given_name or ''} {row.family_name or ''}".strip(),
        "known": row.patient_id in known,
        "phone": row.phone,
        "language": row.language.value if row.language else "",
        "provider": row.provider or "",
        "place": row.location or "",
        "status": row.status.value,
        "asserted": row.asserted,
        "outcome": "changed" if word is Outcome.reworded else word.value,
    }


def _asked(clinic_id: int, now: datetime) -> Any:
    shown = [getattr(UploadDraft, name) for name in Draft.__dataclass_fields__]
    return sa.select(*shown).where(
        col(UploadDraft.clinic_id) == clinic_id,
        col(UploadDraft.uploaded_at) >= now - KEPT,
    )


def _content(session: Session, clinic_id: int, draft_id: int, now: datetime) -> bytes:
    draft_of(session, clinic_id, draft_id, now)
    found = session.get(UploadDraft, draft_id)
    return found.content if found else b""


def _clinic(session: Session, clinic_id: int) -> Clinic:
    return session.get_one(Clinic, clinic_id)


def _locked(session: Session, clinic_id: int, draft_id: int) -> UploadDraft:
    """Raises NotFound."""
    found = session.get(UploadDraft, draft_id, with_for_update=True)
    if found is None or found.clinic_id != clinic_id:
        raise NotFound(GONE)
    return found
