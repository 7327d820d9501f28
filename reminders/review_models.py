"""Requests for a review: what the clinic wants of them, and what was planned."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class ReviewRule(SQLModel, table=True):
    """Off until somebody switches it on; who did, and since when visits count."""

    clinic_id: int = Field(primary_key=True, foreign_key="clinic.id")
    enabled: bool = False
    changed_by: str | None = None  # who switched it on or off last
    changed_at: datetime | None = None
    since: datetime | None = None  # visits before it are not asked about
    link: str = ""  # the clinic's own page for reviews, https
    delay_minutes: int = 120  # after the beginning of the visit
    every_days: int = 180  # a patient is asked at most so often


class ReviewRequest(SQLModel, table=True):
    """One request after one visit: the key that makes planning idempotent."""

    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "appointment_id", "version"),
        sa.Index("ix_reviewrequest_clinic_id_phone", "clinic_id", "phone"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    appointment_id: int = Field(foreign_key="appointment.id", index=True)
    version: int  # of the visit
    phone: str  # that it was for, E.164
    planned_at: datetime
    message_id: int | None = Field(default=None, foreign_key="message.id", unique=True)
    skipped_why: str | None = None  # planned but never queued: the reason
