"""The ledger of consent: what was said, when, and what follows from it.

`ConsentEvent` is append-only (triggers of the first migration refuse UPDATE and
DELETE); the clear facts lie in `ConsentDetail` and may be erased, the proofs stay.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

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


# Ends what was agreed.
STOPPED = "kind IN ('opt_out', 'vendor_block')"


class ConsentEvent(SQLModel, table=True):
    __table_args__ = (
        sa.Index(
            "ix_consentevent_stopped",
            "clinic_id",
            "at",
            sqlite_where=sa.text(STOPPED),
            postgresql_where=sa.text(STOPPED),
        ),
    )

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

    __table_args__ = (
        sa.Index(
            "ix_line_held",
            "clinic_id",
            "phone",
            sqlite_where=sa.text("held_since IS NOT NULL"),
            postgresql_where=sa.text("held_since IS NOT NULL"),
        ),
    )

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


class PageLink(SQLModel, table=True):
    """A link to the page of one phone at one clinic; we keep its token's hash."""

    __table_args__ = (sa.Index("ix_pagelink_clinic_id_phone", "clinic_id", "phone"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    phone: str
    token_hash: str = Field(unique=True)
    language: str
    made_by: str | None = None  # staff e-mail; None: it stands in a text
    created_at: datetime
    expires_at: datetime


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


class ListKind(StrEnum):
    opt_outs = "opt_outs"  # whom a vendor holds as opted out
    deactivations = "deactivations"  # numbers that were given back


class VendorList(SQLModel, table=True):
    """A list of numbers that the operator brought, and what it did at this clinic.

    The same bytes are the same list: its first day counts, however often it comes.
    """

    __table_args__ = (sa.UniqueConstraint("clinic_id", "kind", "sha256"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    kind: ListKind = Field(sa_type=words(ListKind))
    sha256: str  # of the file
    name: str
    made_on: date | None = None  # by the operator's word, for rows without a date
    uploaded_by: str
    uploaded_at: datetime
    rows: int = 0  # numbers that could be read
    already: int = 0  # stopped before
    stopped: int = 0  # by this list
    asked: int = 0  # held, and a person decides
    unused: int = 0  # rows that say something else, or numbers that change nothing
    refused: int = 0
    problems: list[list[Any]] = Field(sa_type=sa.JSON)  # line, column, why: the first
    done_at: datetime | None = None


class Comparison(SQLModel, table=True):
    """One look at whether the vendor knows of a STOP that we do not, kept also when
    nothing was found."""

    __table_args__ = (sa.Index("ix_comparison_clinic_id_at", "clinic_id", "at"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    at: datetime
    listed: int = 0  # inbound texts of the vendor's list
    missing: int = 0  # of them we had not
    blocked: int = 0  # texts that the vendor refused because of an opt-out
    list_rows: int = 0  # numbers of the newest list of opt-outs
    list_sha256: str | None = None
    mismatches: int = 0
    failed: str | None = None  # why the vendor's list could not be had


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
