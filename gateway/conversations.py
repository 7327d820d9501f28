"""The row that the inbox has for each phone: does a text of hers wait for a person, who
has taken it, who said that it is done.

Kept up to date inside the transaction that takes a text; it says nothing of consent.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col

from gateway.answers import Heard, meaning
from gateway.intent import Intent
from gateway.models import Conversation
from kernel.errors import NotFound

SETTLED = frozenset({Intent.stop, Intent.start, Intent.help})


@dataclass(frozen=True, slots=True)
class TooLate:
    """Somebody else, or the patient, was faster; `why` is the sentence to show."""

    why: str


def needs_a_person(heard: Heard, *, visit_heard: bool, task_opened: bool) -> bool:
    """Whatever was not carried out whole by itself: a person must read it."""
    if task_opened or heard.reading.urgent:
        return True
    said = meaning(heard)
    if said is Intent.help and heard.replayed:
        return True  # the help text may have come too late to be sent
    reaction = heard.reading.rule == "reaction"
    return not (visit_heard or reaction or said in SETTLED)


def note_text(
    session: Session,
    clinic_id: int,
    phone: str,
    inbound_id: int,
    waits_since: datetime | None,
    now: datetime,
) -> None:
    """A text came.  What waits already goes on waiting since its own time."""
    session.connection().execute(
        _noting(session.get_bind().dialect.name),
        {
            "clinic_id": clinic_id,
            "phone": phone,
            "last_inbound_id": inbound_id,
            "last_at": now,
            "waiting_since": waits_since,
        },
    )


@cache
def _noting(dialect: str) -> Any:
    sqlite = dialect == "sqlite"
    insert: Any = (sqlite_insert if sqlite else postgresql_insert)(Conversation)
    newest = sa.func.max if sqlite else sa.func.greatest
    ours, given = Conversation, insert.excluded
    return insert.on_conflict_do_update(
        index_elements=["clinic_id", "phone"],
        set_={
            "last_inbound_id": newest(col(ours.last_inbound_id), given.last_inbound_id),
            "last_at": newest(col(ours.last_at), given.last_at),
            "waiting_since": sa.func.coalesce(
                col(ours.waiting_since), given.waiting_since
            ),
        },
    )


def take(
    session: Session,
    clinic_id: int,
    phone: str,
    by: str,
    seen_with: str | None,
    now: datetime,
) -> TooLate | None:
    """It is mine now, and waits for me.  `seen_with` had it when I looked."""
    taken = _change(
        session,
        clinic_id,
        phone,
        col(Conversation.assigned_to).is_not_distinct_from(seen_with),
        assigned_to=by,
        waiting_since=sa.func.coalesce(col(Conversation.waiting_since), now),
    )
    if taken:
        return None
    has_it = at(session, clinic_id, phone).assigned_to
    if has_it == by:
        return None
    whose = f"{has_it} took it" if has_it else "It was given back"
    return TooLate(f"{whose} a moment ago. Look again before you take it.")


def give_back(session: Session, clinic_id: int, phone: str, by: str) -> TooLate | None:
    """Anybody may take it again.  Only who has it gives it back."""
    mine = col(Conversation.assigned_to) == by
    if _change(session, clinic_id, phone, mine, assigned_to=None):
        return None
    has_it = at(session, clinic_id, phone).assigned_to
    return TooLate(
        f"{has_it or 'Nobody'} has it now, so there is nothing to give back."
    )


def finish(
    session: Session,
    clinic_id: int,
    phone: str,
    by: str,
    seen_id: int,
    now: datetime,
) -> TooLate | None:
    """Read and dealt with, up to the text `seen_id`; a newer one stays waiting."""
    done = _change(
        session,
        clinic_id,
        phone,
        sa.and_(
            col(Conversation.last_inbound_id) <= seen_id,
            col(Conversation.waiting_since).is_not(None),
        ),
        waiting_since=None,
        assigned_to=None,
        done_at=now,
        done_by=by,
    )
    if done:
        return None
    found = at(session, clinic_id, phone)
    if found.waiting_since is None:
        return TooLate(f"{found.done_by or 'Somebody'} said Done before you.")
    return TooLate("Another text came in the meantime. Read it, then say Done again.")


def reopen(session: Session, clinic_id: int, phone: str, now: datetime) -> None:
    """Back to waiting.  Twice is once."""
    at(session, clinic_id, phone)
    idle = col(Conversation.waiting_since).is_(None)
    _change(session, clinic_id, phone, idle, waiting_since=now)


def read_with_its_task(
    session: Session,
    clinic_id: int,
    phone: str,
    inbound: tuple[int, datetime],
    by: str,
    now: datetime,
) -> None:
    """A task about this text, `(id, when she wrote it)`, is settled, so it was read;
    texts before and after it are not touched."""
    inbound_id, written_at = inbound
    only_this = sa.and_(
        col(Conversation.last_inbound_id) == inbound_id,
        col(Conversation.waiting_since) >= written_at,
    )
    cleared: dict[str, Any] = {"waiting_since": None, "assigned_to": None}
    _change(session, clinic_id, phone, only_this, **cleared, done_at=now, done_by=by)


def waits_still(session: Session, clinic_id: int, phone: str) -> bool:
    """Is there a text from this phone that nobody has said Done to?"""
    found = session.get(Conversation, (clinic_id, phone), populate_existing=True)
    return found is not None and found.waiting_since is not None


def at(session: Session, clinic_id: int, phone: str) -> Conversation:
    """Raises NotFound with the sentence to show."""
    found = session.get(Conversation, (clinic_id, phone), populate_existing=True)
    if found is None:
        raise NotFound("No text from this number has come to this clinic.")
    return found


def _change(
    session: Session, clinic_id: int, phone: str, only_if: Any, **values: Any
) -> bool:
    changed = session.connection().execute(
        sa.update(Conversation)
        .where(
            col(Conversation.clinic_id) == clinic_id,
            col(Conversation.phone) == phone,
            only_if,
        )
        .values(**values)
    )
    return bool(changed.rowcount)
