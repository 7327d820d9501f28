"""A list that somebody uploads, as a job with its progress; and every list that came."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kernel.models import words


class UploadStep(StrEnum):
    arriving = "arriving"  # its bytes are being stored
    reading = "reading"  # what its import would do is being worked out
    read = "read"  # somebody looks it over
    importing = "importing"
    imported = "imported"
    failed = "failed"  # it can be tried again


class ColumnMap(SQLModel, table=True):
    """A saved mapping of a clinic's own headings to ours (`--map NAME`)."""

    clinic_id: int = Field(primary_key=True, foreign_key="clinic.id")
    name: str = Field(primary_key=True)
    headings: dict[str, str] = Field(sa_type=sa.JSON)


class UploadJob(SQLModel, table=True):
    """A file of appointments that somebody looks over before it counts."""

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    uploaded_by: str
    uploaded_at: datetime
    file_name: str
    size: int = Field(default=0)  # bytes
    headings: dict[str, str] | None = Field(
        default=None, sa_type=sa.JSON(none_as_null=True)
    )  # their heading -> our field, as chosen on the page or recognised
    map_name: str | None = None  # the saved mapping by which it is read
    preview: dict[str, Any] | None = Field(
        default=None, sa_type=sa.JSON(none_as_null=True)
    )  # what its import would do, and after it what it did
    step: UploadStep = Field(sa_type=words(UploadStep))
    done: int = Field(default=0)
    total: int = Field(default=0)
    asked_by: str | None = None  # who had it imported
    kept: dict[str, Any] | None = Field(
        default=None, sa_type=sa.JSON(none_as_null=True)
    )  # how far its import is, written with each part of it
    worker: str | None = None  # who is at it; random, of one try
    beat_at: datetime | None = None  # that one's last sign of life
    problem: str | None = None  # why it failed, as a sentence
    imported_at: datetime | None = None  # the content is gone then


class UploadPart(SQLModel, table=True):
    """A piece of a list's bytes.  In the database, because the clock that works
    through the list may run on another machine."""

    job_id: int = Field(primary_key=True, foreign_key="uploadjob.id")
    number: int = Field(primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    content: bytes


class ListBrought(SQLModel, table=True):
    """An import with good rows, by page or command, in any format: from these we know
    how often a clinic brings its list, and notice when it stops."""

    __table_args__ = (sa.Index("ix_listbrought_clinic_id_at", "clinic_id", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    at: datetime
    by: str
    file_name: str
    format: str  # csv, fhir, hl7, icalendar
    rows: int  # good ones
    refused: int
    reaches: datetime | None = None  # the last visit that stood booked then
