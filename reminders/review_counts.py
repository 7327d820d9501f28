"""Requests for a review of the last weeks, counted: how far they came, and who was not
asked.  Reads rows; nothing here names a patient."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from consent.models import Line, Standing, Topic
from consent.standing import OF_ONE_PHONE
from gateway.models import Message
from gateway.progress import progress
from reminders.models import ReviewRequest

SINCE = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewCounts:
    agreed: int  # phones that may be asked at all
    words: dict[str, int]  # by how far they came; `none` = planned and not queued


def counts_of(session: Session, clinic_id: int, now: datetime) -> ReviewCounts:
    """Two queries."""
    agreed = session.connection().scalar(
        sa.select(sa.func.count())
        .select_from(Standing)
        .join(Line, OF_ONE_PHONE)
        .where(
            col(Standing.clinic_id) == clinic_id,
            col(Standing.topic) == Topic.reviews,
            col(Standing.granted_seq) > col(Line.stopped_seq),
        )
    )
    held = col(Message.held_since).is_not(None).label("held")
    state, delivery = col(Message.state), col(Message.delivery)
    rows: Any = session.connection().execute(
        sa.select(state, delivery, held, sa.func.count().label("texts"))
        .select_from(ReviewRequest)
        .outerjoin(Message, col(Message.id) == col(ReviewRequest.message_id))
        .where(
            col(ReviewRequest.clinic_id) == clinic_id,
            col(ReviewRequest.planned_at) > now - SINCE,
        )
        .group_by(state, delivery, held)
    )
    words: dict[str, int] = {}
    for row in rows:
        word = "none"
        if row.state is not None:
            word = progress(row.state, row.delivery, row.held)
        words[word] = words.get(word, 0) + row.texts
    return ReviewCounts(agreed=agreed or 0, words=words)
