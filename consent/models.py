"""The ledger of consent: what was said, when, and what follows from it.

`ConsentEvent` is append-only (triggers of the first migration refuse UPDATE and
DELETE); the clear facts lie in `ConsentDetail` and may be erased, the proofs stay.
"""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kernel.models import words


class Topic(StrEnum):
    care = "care"
    reviews = "reviews"
    marketing = "marketing"


class Grade(StrEnum):
    proven = "proven"  # keyword, web with reply, START after STOP
    recorded = "recorded"  # paper with scan, verbal with script, staff named
    asserted = "asserted"  # import: the clinic says so


class EventKind(StrEnum):
    opt_in = "opt_in"
    opt_in_requested = "opt_in_requested"  # pending until the phone replies
    opt_out = "opt_out"
    vendor_block = "vendor_block"  # 21610: the vendor holds an opt-out we did not see
    held = "held"
    hold_released = "hold_released"
    asserted_by_import = "asserted_by_import"


class LedgerHead(SQLModel, table=True):
    """The next number of a clinic's ledger; locked last, just before the append."""

    clinic_id: int = Field(primary_key=True, foreign_key="clinic.id")
    name: str  # the slug of the day it was opened: part of every leaf
    next_seq: int = 1


class ConsentEvent(SQLModel, table=True):
    clinic_id: int = Field(primary_key=True, foreign_key="clinic.id")
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime
    kind: EventKind = Field(sa_type=words(EventKind))
    phone_commitment: str  # hex sha256, salted
    detail_commitment: str
    leaf_hash: str


class ConsentDetail(SQLModel, table=True):
    """The clear facts of one event, as canonical JSON text; erasable."""

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["clinic_id", "seq"], ["consentevent.clinic_id", "consentevent.seq"]
        ),
        sa.Index("ix_consentdetail_clinic_id_phone", "clinic_id", "phone"),
    )

    clinic_id: int = Field(primary_key=True)
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    salt: str  # 64 hex digits
    phone: str
    detail: str  # canonical JSON


class Line(SQLModel, table=True):
    """One row per clinic and phone: the row that a STOP and a send both lock."""

    clinic_id: int = Field(primary_key=True, foreign_key="clinic.id")
    phone: str = Field(primary_key=True)
    stopped_seq: int = 0  # ledger number of the last STOP, 0 = never
    held_since: datetime | None = None
    held_why: str | None = None  # rule id


class Standing(SQLModel, table=True):
    """Per topic.  Allowed = granted_seq > Line.stopped_seq and the line not held."""

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["clinic_id", "phone"], ["line.clinic_id", "line.phone"]
        ),
        sa.Index("ix_standing_clinic_id_disclosure", "clinic_id", "disclosure_sha256"),
    )

    clinic_id: int = Field(primary_key=True)
    phone: str = Field(primary_key=True)
    topic: Topic = Field(primary_key=True, sa_type=words(Topic))
    pending_seq: int = 0
    granted_seq: int = 0
    grade: Grade | None = Field(default=None, sa_type=words(Grade))
    disclosure_sha256: str | None = None  # the words that `granted_seq` names


class Disclosure(SQLModel, table=True):
    """The exact words under which someone agreed; never changed, only superseded."""

    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "kind", "language", "version"),
        sa.UniqueConstraint("clinic_id", "sha256"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    kind: str  # keyword, web, paper, verbal, import
    language: str
    version: int
    text: str
    sha256: str
    published_at: datetime
    broader: bool | None = None  # than the version before; None: nobody has said


class ImportAttestation(SQLModel, table=True):
    """A clinic admin signed what imported patients were told; without one, an
    import asserts nothing (contract section 9)."""

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    signed_by: str
    told: str
    signed_at: datetime


class Attachment(SQLModel, table=True):
    """A scan or a screenshot that proves something, kept by its hash."""

    clinic_id: int = Field(primary_key=True, foreign_key="clinic.id")
    sha256: str = Field(primary_key=True)
    name: str
    media_type: str
    content: bytes
    added_by: str
    added_at: datetime


class ExportState(StrEnum):
    running = "running"
    ready = "ready"
    failed = "failed"


class ExportJob(SQLModel, table=True):
    """One evidence pack in the making: asked for by whom, and how far it is."""

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    asked_by: str
    asked_at: datetime
    phone: str | None = None  # of one patient; None = all
    since: datetime | None = None
    until: datetime | None = None
    state: ExportState = Field(default=ExportState.running, sa_type=words(ExportState))
    done: int = 0
    total: int = 0
    beat_at: datetime  # last sign of life of who makes it
    finished_at: datetime | None = None
    file: str | None = None  # its name under DATA_DIR/exports
    sha256: str | None = None
    problem: str | None = None
