"""Texts beside reminders that have not left, taken back with what they speak of: a request
for a review of a visit that did not take place, an update for a visit that was moved away.

Used by everything that changes a visit or a patient, in its transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from gateway import outbox
from gateway.models import Message, MessageKind
from reminders.models import (
    Appointment,
    ReviewRequest,
    UpdatedVisit,
    VisitStatus,
)
from reminders.unsent import STANDS, in_parts

NOT_THEN = "The visit did not take place, or not then."
NO_VISIT = (
    "The visits that this update speaks of were moved or cancelled, or took place."
)
OLD_NUMBER = "The patient has another number now."


def withdraw_others(
    session: Session, clinic_id: int, appointment_ids: Sequence[int], now: datetime
) -> int:
    """Of visits that changed or ended; how many texts."""
    taken = 0
    for part in in_parts(appointment_ids):
        requests: Any = session.connection().scalars(
            sa.select(col(ReviewRequest.message_id))
            .join(Appointment, col(Appointment.id) == col(ReviewRequest.appointment_id))
            .where(
                col(ReviewRequest.clinic_id) == clinic_id,
                col(ReviewRequest.appointment_id).in_(part),
                col(ReviewRequest.message_id).is_not(None),
                sa.or_(
                    col(Appointment.status) != VisitStatus.kept,  # it took place
                    col(Appointment.version) != col(ReviewRequest.version),
                ),
            )
        )
        taken += outbox.withdraw(session, sorted(requests), NOT_THEN, now)
        updates = _of_nobody_else(session, clinic_id, part, frozenset(appointment_ids))
        taken += outbox.withdraw(session, updates, NO_VISIT, now)
    return taken


def withdraw_declined_request(
    session: Session, clinic_id: int, visit_id: int, now: datetime
) -> int:
    """A person has noted that the patient could not come, or not then."""
    found: Any = session.connection().scalars(
        sa.select(col(ReviewRequest.message_id)).where(
            col(ReviewRequest.clinic_id) == clinic_id,
            col(ReviewRequest.appointment_id) == visit_id,
            col(ReviewRequest.message_id).is_not(None),
        )
    )
    return outbox.withdraw(session, sorted(found), NOT_THEN, now)


def withdraw_requests(
    session: Session, clinic_id: int, phones: Iterable[str], now: datetime
) -> int:
    """To numbers that no patient has any more.  Texts about visits ahead go with those."""
    taken = 0
    for part in in_parts(sorted(phones)):
        found: Any = session.connection().scalars(
            sa.select(col(Message.id)).where(
                col(Message.clinic_id) == clinic_id,
                col(Message.phone).in_(part),
                col(Message.kind) == MessageKind.review_request,
                col(Message.state).in_(outbox.NOT_LEFT),
            )
        )
        taken += outbox.withdraw(session, sorted(found), OLD_NUMBER, now)
    return taken


def _of_nobody_else(
    session: Session, clinic_id: int, part: Sequence[int], changed: frozenset[int]
) -> list[int]:
    """Updates that speak of these visits and of none beside them that still stands."""
    mine = sa.select(col(UpdatedVisit.message_id)).where(
        col(UpdatedVisit.clinic_id) == clinic_id,
        col(UpdatedVisit.appointment_id).in_(part),
        col(UpdatedVisit.message_id).is_not(None),
    )
    rows: Any = session.connection().execute(
        sa.select(
            col(UpdatedVisit.message_id),
            col(UpdatedVisit.appointment_id),
            col(Appointment.status),
        )
        .join(Appointment, col(Appointment.id) == col(UpdatedVisit.appointment_id))
        .where(
            col(UpdatedVisit.clinic_id) == clinic_id,
            col(UpdatedVisit.message_id).in_(mine),
        )
    )
    found, needed = set(), set()
    for row in rows:
        found.add(row.message_id)
        if row.appointment_id not in changed and row.status in STANDS:
            needed.add(row.message_id)
    return sorted(found - needed)
