"""What a clinic itself allows of its reminders: a pause, a trial with staff phones.

The gate reads these rows; answers to patients are never touched by them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from gateway.models import Message, SendingRule, State
from kernel.db import insert_or_ignore
from kernel.errors import Invalid
from kernel.phone import NotAPhone, read

MOST_TRIAL_PHONES = 10


def rule_of(session: Session, clinic_id: int) -> SendingRule:
    """Nothing is restrained where there is no row."""
    found = session.get(SendingRule, clinic_id)
    return found or SendingRule(clinic_id=clinic_id)


def pause(
    session: Session, clinic_id: int, until: datetime, by: str, now: datetime
) -> None:
    """No reminder leaves before `until`.  Raises Invalid for a time that is past."""
    if until <= now:
        raise Invalid("A pause ends in the future. Choose a later time.")
    _set(session, clinic_id, paused_until=until, paused_by=by)


def go_on(session: Session, clinic_id: int, now: datetime) -> None:
    """Ends a pause; what waits is looked at again at once."""
    _set(session, clinic_id, paused_until=None, paused_by=None)
    look_again(session, clinic_id, now)


def start_trial(
    session: Session, clinic_id: int, phones: Sequence[str], by: str
) -> list[str]:
    """From now on reminders go to these phones only, E.164; they are returned.

    Raises Invalid for what is no number, for none and for too many.
    """
    given = [text for text in phones if text.strip()]
    if not given:
        raise Invalid("A trial needs a phone. Write the numbers of staff, one a line.")
    if len(given) > MOST_TRIAL_PHONES:
        raise Invalid(f"A trial has at most {MOST_TRIAL_PHONES} phones.")
    listed = []
    for text in given:
        found = read(text)
        if isinstance(found, NotAPhone):
            raise Invalid(f"'{text.strip()[:40]}': {found.why}")
        listed.append(found.e164)
    unique = sorted(set(listed))
    _set(session, clinic_id, trial_phones=unique, trial_by=by)
    return unique


def end_trial(session: Session, clinic_id: int, now: datetime) -> None:
    _set(session, clinic_id, trial_phones=None, trial_by=None)
    look_again(session, clinic_id, now)


def look_again(session: Session, clinic_id: int, now: datetime) -> None:
    """What is held and due by now is decided anew in the next pass."""
    session.connection().execute(
        sa.update(Message)
        .where(
            col(Message.clinic_id) == clinic_id,
            col(Message.state) == State.due,
            col(Message.held_since).is_not(None),
            col(Message.send_from) <= now,
        )
        .values(look_again_at=now)
    )


AGREED = "The patient has just agreed. The text is looked at again within a minute."
CHANGED = (
    "What was agreed or decided for this number has changed. "
    "The text is looked at again within a minute."
)
LOOKED_AT_SOON = frozenset({AGREED, CHANGED})  # instead of reasons that hold no more


def look_at_phone(
    session: Session, clinic_id: int, phone: str, now: datetime, why: str = CHANGED
) -> None:
    """The same for one phone, whose old reason holds no more.  In a transaction of its
    own, after the line's: a send locks texts before lines (architecture section 6)."""
    session.connection().execute(
        sa.update(Message)
        .where(
            col(Message.clinic_id) == clinic_id,
            col(Message.phone) == phone,
            col(Message.state) == State.due,
            col(Message.held_since).is_not(None),
        )
        .values(look_again_at=now, held_why=[why])
    )


def _set(session: Session, clinic_id: int, **values: Any) -> None:
    connection = session.connection()
    connection.execute(insert_or_ignore(session, SendingRule), {"clinic_id": clinic_id})
    connection.execute(
        sa.update(SendingRule)
        .where(col(SendingRule.clinic_id) == clinic_id)
        .values(**values)
    )
