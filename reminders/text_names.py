"""How a text is named in a timeline, so that no two of one visit read alike, and by which
version of the words it was written.

Reads rows and decides nothing.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Patient
from gateway.models import Message, MessageKind
from registration.models import SenderNumber, WordingKind, WordingVersion
from reminders.foretell import before
from reminders.models import Appointment, Reminder

STEP = re.compile(r"reminder:[0-9]+:[0-9]+:([0-9]+)")  # of a text that was taken back
LANGUAGES = {"en": "English", "es": "Spanish"}


def _of(column: Any) -> Any:
    """Of the visits that a text is about."""
    return (
        sa.select(column)
        .select_from(Reminder)
        .join(Appointment, col(Appointment.id) == col(Reminder.appointment_id))
        .join(Patient, col(Patient.id) == col(Appointment.patient_id))
        .where(col(Reminder.message_id) == col(Message.id))
        .correlate(Message)
        .scalar_subquery()
    )


NAMED: tuple[Any, ...] = (  # what `name_of` asks of a row
    col(Message.id),
    col(Message.kind),
    col(Message.dedupe_key),
    _of(sa.func.max(col(Reminder.offset_minutes))).label("step"),
    _of(sa.func.count()).label("visits"),
)
# The language in which it was written.
LANGUAGE = _of(sa.func.min(col(Patient.language))).label("language")


def name_of(text: Any) -> str:
    """`Text no. 5 (reminder 3 days before)`, `Text no. 9 (stop confirmation)`."""
    what = text.kind.value.replace("_", " ")
    if text.kind is MessageKind.reminder:
        step = text.step
        if step is None and (found := STEP.match(text.dedupe_key)):
            step = int(found[1])
        what += f" {before(step)}" if step is not None else ""
        what += f" of {text.visits} visits" if text.visits > 1 else ""
    return f"Text no. {text.id} ({what})"


def wordings(session: Session, clinic_id: int) -> Sequence[Any]:
    """Every version of a reminder's words, the newest first."""
    return (
        session.connection()
        .execute(
            sa.select(
                col(WordingVersion.language),
                col(WordingVersion.version),
                col(WordingVersion.created_at),
                col(SenderNumber.id).label("number_id"),
            )
            .join(
                SenderNumber,
                col(SenderNumber.campaign_id) == col(WordingVersion.campaign_id),
            )
            .where(
                col(WordingVersion.clinic_id) == clinic_id,
                col(WordingVersion.kind) == WordingKind.reminder,
            )
            .order_by(col(WordingVersion.version).desc())
        )
        .all()
    )


def wording_of(
    versions: Sequence[Any], number_id: int, language: str | None, at: datetime
) -> str:
    """`English, version 2`: what was in use when the text was written; else nothing."""
    for wanted in dict.fromkeys((language or "en", "en")):
        for one in versions:
            mine = one.number_id == number_id and one.language == wanted
            if mine and one.created_at <= at:
                return f"{LANGUAGES.get(wanted, wanted)}, version {one.version}"
    return ""
