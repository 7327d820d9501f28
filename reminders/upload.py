"""A list of appointments that somebody looks over before it counts.

Rows alone: what is worked out and brought in is `upload_work`.  The content goes when
the list was imported, and the rest a day after it came; an import that was asked for is
carried to its end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import IO, Any

import sqlalchemy as sa
from sqlmodel import Session, col

from kernel.db import Database
from kernel.errors import Conflict, NotFound
from reminders import upload_content
from reminders.intake.column_maps import check_map
from reminders.models import UploadJob
from reminders.upload_models import UploadStep
from reminders.visible import plain

MOST_BYTES = 200 * 1024 * 1024  # a list of a million visits has about 100
SMALL = 1024 * 1024  # bytes: worked through while the reader waits
KEPT = timedelta(hours=24)
LONGEST_NAME = 80

GONE = (
    "This list is not here any more: it was discarded, or is older than a day. "
    "Upload it again."
)
NOTHING = (
    "Nothing of this list can be imported yet. Mend what is named there, or choose "
    "which column is which."
)
NOT_NOW = "This list is being worked through just now. Wait until that is done."
WORKING = (UploadStep.reading, UploadStep.importing)
AT_REST = (UploadStep.read, UploadStep.failed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A list without its content; `preview` is what the page shows of it."""

    id: int
    file_name: str
    uploaded_by: str
    uploaded_at: datetime
    size: int
    headings: dict[str, str] | None
    map_name: str | None
    preview: dict[str, Any] | None
    step: UploadStep
    done: int
    total: int
    problem: str | None
    imported_at: datetime | None

    @property
    def working(self) -> bool:
        return self.step in WORKING

    @property
    def small(self) -> bool:
        return self.size <= SMALL


def arrive(
    database: Database,
    clinic_id: int,
    *,
    by: str,
    name: str,
    stream: IO[bytes],
    map_name: str | None,
    headings: Mapping[str, str] | None,
    now: datetime,
) -> int:
    """Stores a list and asks for it to be read; its id.  Lists of this clinic that are
    older than a day go."""
    clear_old(database, now, clinic_id)
    draft = UploadJob(
        clinic_id=clinic_id,
        uploaded_by=by,
        uploaded_at=now,
        file_name=tidy_name(name),
        headings=dict(headings) if headings is not None else None,
        map_name=map_name,
        step=UploadStep.arriving,
    )

    def begin(session: Session) -> int:
        session.add(draft)
        session.flush()
        return draft.id or 0

    with database.writing() as writing:
        draft_id = begin(writing)
    size = upload_content.put(database, clinic_id, draft_id, stream)

    def end(session: Session) -> bool:
        return _change(session, draft_id, step=UploadStep.reading, size=size)

    database.retrying(end)
    return draft_id


def clear_old(database: Database, now: datetime, clinic_id: int | None = None) -> None:
    """An import that was begun is not: half a list would stay, and nobody know."""
    asked = sa.select(col(UploadJob.id)).where(
        col(UploadJob.uploaded_at) < now - KEPT,
        col(UploadJob.step) != UploadStep.importing,
    )
    if clinic_id is not None:
        asked = asked.where(col(UploadJob.clinic_id) == clinic_id)
    with database.reading() as session:
        old = [*session.connection().scalars(asked)]
    for draft_id in old:
        upload_content.drop(database, draft_id)
        database.retrying(partial(_delete, draft_id=draft_id))


def tidy_name(name: str) -> str:
    """The last part of a path, as a word only."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return plain(last)[:LONGEST_NAME] or "list.csv"


def drafts(session: Session, clinic_id: int, now: datetime) -> tuple[Draft, ...]:
    """Those of the last day, the newest first."""
    rows = session.connection().execute(
        _asked(clinic_id, now).order_by(col(UploadJob.id).desc()).limit(10)
    )
    return tuple(Draft(**row) for row in rows.mappings())


def draft_of(session: Session, clinic_id: int, draft_id: int, now: datetime) -> Draft:
    """Raises NotFound."""
    asked = _asked(clinic_id, now).where(col(UploadJob.id) == draft_id)
    row = session.connection().execute(asked).mappings().one_or_none()
    if row is None:
        raise NotFound(GONE)
    return Draft(**row)


def ask_to_read(
    session: Session,
    draft: Draft,
    headings: Mapping[str, str],
    map_name: str | None,
) -> None:
    """Anew, by this mapping.  Raises Conflict or Invalid."""
    check_map(headings)
    if not _change(
        session,
        draft.id,
        AT_REST,
        step=UploadStep.reading,
        headings=dict(headings),
        map_name=map_name,
        done=0,
        problem=None,
        **UNHELD,
    ):
        raise Conflict(NOT_NOW)


def ask_to_import(session: Session, draft: Draft, by: str) -> bool:
    """False when it is asked for already, or done: a double click counts once.  Raises
    Conflict where nothing can be imported."""
    if draft.step in (UploadStep.importing, UploadStep.imported):
        return False
    if draft.step not in AT_REST:
        raise Conflict(NOT_NOW)
    seen = draft.preview or {}
    if not (seen.get("of_rows") or seen.get("unclear")):
        raise Conflict(NOTHING)
    return _change(
        session,
        draft.id,
        AT_REST,
        step=UploadStep.importing,
        asked_by=by,
        done=0,
        problem=None,
        **UNHELD,
    )


def discard(session: Session, clinic_id: int, draft_id: int) -> tuple[str, bool] | None:
    """The name of the list, and whether an import that broke off has stored some of it;
    None when it was gone already.  Its content goes next.  What is being imported, or
    was, stays."""
    found = session.connection().execute(
        sa.update(UploadJob)
        .where(
            col(UploadJob.clinic_id) == clinic_id,
            col(UploadJob.id) == draft_id,
            col(UploadJob.step).in_((*AT_REST, UploadStep.reading)),
        )
        .values(step=UploadStep.arriving, size=0)
        .returning(col(UploadJob.file_name), col(UploadJob.kept))
    )
    row = found.one_or_none()
    return (row.file_name, row.kept is not None) if row else None


def remove(database: Database, draft_id: int) -> None:
    """What was discarded."""
    upload_content.drop(database, draft_id)
    database.retrying(partial(_delete, draft_id=draft_id))


UNHELD = {"worker": None, "beat_at": None, "kept": None}


def _change(
    session: Session,
    draft_id: int,
    only: tuple[UploadStep, ...] = (UploadStep.arriving,),
    **values: Any,
) -> bool:
    """False when it is at another step by now."""
    changed = session.connection().execute(
        sa.update(UploadJob)
        .where(col(UploadJob.id) == draft_id, col(UploadJob.step).in_(only))
        .values(**values)
    )
    return bool(changed.rowcount)


def _delete(session: Session, draft_id: int) -> None:
    session.connection().execute(
        sa.delete(UploadJob).where(col(UploadJob.id) == draft_id)
    )


def _asked(clinic_id: int, now: datetime) -> Any:
    shown = [getattr(UploadJob, name) for name in Draft.__dataclass_fields__]
    return sa.select(*shown).where(
        col(UploadJob.clinic_id) == clinic_id,
        sa.or_(
            col(UploadJob.uploaded_at) >= now - KEPT,
            col(UploadJob.step) == UploadStep.importing,
        ),
        col(UploadJob.step) != UploadStep.arriving,
    )
