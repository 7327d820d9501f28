"""Appointments, what the clinic wants said when, and what was planned of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kernel.models import words
from reminders.review_models import ReviewRequest, ReviewRule
from reminders.update_models import DayUpdate, UpdatedVisit
from reminders.upload_models import ColumnMap, ListBrought, UploadJob, UploadPart

__all__ = [
    "ColumnMap",
    "DayUpdate",
    "ListBrought",
    "ReviewRequest",
    "ReviewRule",
    "UpdatedVisit",
    "UploadJob",
    "UploadPart",
]
# rows that stand in files of their own


class VisitStatus(StrEnum):
    booked = "booked"
    moved = "moved"
    cancelled = "cancelled"
    noshow = "noshow"
    kept = "kept"  # she is here, or was: no text about it any more


class VisitReply(StrEnum):
    confirmed = "confirmed"
    cannot_come = "cannot_come"
    reschedule = "reschedule"


class Appointment(SQLModel, table=True):
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "external_id"),
        sa.Index("ix_appointment_clinic_id_starts_at", "clinic_id", "starts_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    patient_id: int = Field(foreign_key="patient.id", index=True)
    external_id: str
    version: int = 1  # one more with each change of time, phone or person
    starts_at: datetime  # the instant
    time_zone: str  # of the place
    wall_time: str  # "2026-12-01T15:00", as the clinic wrote it
    location: str = ""
    provider: str = ""
    status: VisitStatus = Field(sa_type=words(VisitStatus))
    reply: VisitReply | None = Field(default=None, sa_type=words(VisitReply))
    replied_at: datetime | None = None  # when she wrote it, or said it
    reply_noted_by: str | None = None  # e-mail of staff; None: by text
    planned_version: int = 0  # reminders exist for this version
    source_version: str | None = None  # of the feed (`intake.versions`)
    updated_at: datetime
    booked_at: datetime | None = None  # when we first heard of it; None: long ago
    booked_from: str | None = None  # who brought it: staff, and the file's name
    unclear: str | None = None  # what a list says of it and nobody could read
    unread: dict[str, Any] | None = Field(
        default=None, sa_type=sa.JSON(none_as_null=True)
    )  # {why, version} of that; it stays when a person settles it


class VisitChange(SQLModel, table=True):
    """What a visit was before somebody changed it, append-only."""

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    appointment_id: int = Field(foreign_key="appointment.id", index=True)
    at: datetime
    source: str  # staff, and the file's name
    was_starts_at: datetime
    was_status: VisitStatus = Field(sa_type=words(VisitStatus, "was_status"))
    starts_at: datetime
    status: VisitStatus = Field(sa_type=words(VisitStatus))


class AnswerEvent(SQLModel, table=True):
    """Each answer about a visit, append-only: from her text, or as staff noted it.
    The visit itself has the newest."""

    __table_args__ = (
        sa.Index("ix_answerevent_appointment_id", "appointment_id", "id"),
        sa.Index("ix_answerevent_inbound_id", "inbound_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    appointment_id: int = Field(foreign_key="appointment.id")
    reply: VisitReply | None = Field(default=None, sa_type=words(VisitReply))
    inbound_id: int | None = Field(default=None, foreign_key="inboundmessage.id")
    by: str | None = None  # the e-mail of the staff member
    at: datetime


class VisitQuestion(SQLModel, table=True):
    """Which visit?  Asked once; digits mean these visits, in this order, until it is
    answered or what it was about is over."""

    __table_args__ = (
        sa.Index("ix_visitquestion_clinic_id_phone", "clinic_id", "phone", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    phone: str
    reply: VisitReply = Field(sa_type=words(VisitReply))  # what she had said
    appointment_ids: list[int] = Field(sa_type=sa.JSON)
    inbound_id: int = Field(foreign_key="inboundmessage.id")
    asked_at: datetime
    closed_at: datetime | None = None


class ReminderPolicy(SQLModel, table=True):
    clinic_id: int = Field(primary_key=True, foreign_key="clinic.id")
    enabled: bool = False
    enabled_by: str | None = None
    enabled_at: datetime | None = None
    number_id: int = Field(foreign_key="sendernumber.id")
    offsets: list[int] = Field(sa_type=sa.JSON)  # minutes before the visit
    window_opens: str = "09:00"  # local, the patient's zone
    window_closes: str = "20:00"
    sunday: str | None = None  # "13:00-18:00" or "closed"; None: as the law allows
    on_holidays: bool | None = None  # None: as no, none leaves on a federal holiday
    same_day: bool | None = None  # a step of the day itself may be a second text of it


class Reminder(SQLModel, table=True):
    """One planned text of one visit: the key that makes planning idempotent."""

    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "appointment_id", "version", "offset_minutes"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    appointment_id: int = Field(foreign_key="appointment.id", index=True)
    version: int
    offset_minutes: int
    # One text may remind of several visits of a phone: then it is that of all of them.
    message_id: int | None = Field(default=None, foreign_key="message.id", index=True)
    useful_until: datetime | None = None  # for this visit; the text ends with the first
    skipped_why: str | None = None  # planned but never queued: the reason


class PhoneReminder(SQLModel, table=True):
    """Staff phoned this patient about a visit at this time.  A visit that moved, or is
    somebody else's now, was not told by it."""

    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "appointment_id", "patient_id", "starts_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    appointment_id: int = Field(foreign_key="appointment.id")
    patient_id: int = Field(foreign_key="patient.id", index=True)
    starts_at: datetime
    by: str  # the e-mail of the staff member
    at: datetime


class FieldMap(SQLModel, table=True):
    """Where a clinic's feeds say what, where it differs from `intake.field_map`."""

    clinic_id: int = Field(primary_key=True, foreign_key="clinic.id")
    feed: str = Field(primary_key=True)  # hl7, fhir or ical
    fields: dict[str, str] = Field(sa_type=sa.JSON)
