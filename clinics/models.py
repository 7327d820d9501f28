"""Who there is: clinics, their vendor account, staff, patients and tasks."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kernel.models import words


class Role(StrEnum):
    operator = "operator"
    clinic_admin = "clinic_admin"
    front_desk = "front_desk"
    auditor = "auditor"


class Language(StrEnum):
    en = "en"
    es = "es"


class TaskKind(StrEnum):
    unsure_reply = "unsure_reply"
    reassigned = "reassigned"
    emergency = "emergency"
    visit_word = "visit_word"  # CANCEL stopped the texts; what about the visit?
    visit_change = "visit_change"  # X or R: she can't come, or wants another time
    call_patient = "call_patient"
    wording = "wording"  # nothing may be said until a person has written it
    carrier_word = "carrier_word"  # a campaign event that needs a person
    reconfirm = "reconfirm"  # a typed carrier status is 30 days old
    inbound_gap = "inbound_gap"
    vendor_account = "vendor_account"
    opt_in_burst = "opt_in_burst"  # more web opt-ins than a clinic has in a day
    erase_request = "erase_request"  # asked for on the patient's own page
    vendor_stop = "vendor_stop"  # a vendor's STOP is older than our consent
    vendor_mismatch = "vendor_mismatch"  # the vendor knew of a STOP, and we did not
    website_changed = "website_changed"  # what a campaign is registered with differs
    intake_question = "intake_question"  # the clinic has not answered in time
    ready_unsent = "ready_unsent"  # everything is there and nobody submits it
    rejection = "rejection"  # turned down: find out why, mend it, hand it in again
    brand_changed = "brand_changed"  # look again at its campaigns in flight
    pending_long = "pending_long"  # longer than ten business days
    number_move = "number_move"  # a step of bringing the office number over
    campaign_signals = "campaign_signals"  # too many say stop, or complain
    daily_cap = "daily_cap"  # more is planned than a carrier takes in a day
    restored = "restored"  # a backup was put back: look at what was lost
    list_missing = "list_missing"  # the list of visits came regularly and does not


class Clinic(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    legal_name: str
    display_name: str  # what patients know it by, and the first words of each text
    time_zone: str  # IANA name
    phone: str  # the voice number patients call, E.164
    created_at: datetime


class OpeningHours(SQLModel, table=True):
    """When somebody reads what patients text; without a row nobody has said."""

    clinic_id: int = Field(primary_key=True, foreign_key="clinic.id")
    week: list[str | None] = Field(sa_type=sa.JSON)  # Monday first: "08:00-17:00"
    holidays_closed: bool  # also on federal holidays
    set_by: str
    set_at: datetime


class VendorAccount(SQLModel, table=True):
    """A clinic's own Twilio sub-account; tokens are sealed with the column key."""

    clinic_id: int = Field(primary_key=True, foreign_key="clinic.id")
    account_sid: str = Field(unique=True)
    token_sealed: str
    next_token_sealed: str | None = None  # during a rotation both are accepted
    halted_since: datetime | None = None  # the vendor refused our credentials
    halted_why: str | None = None


class Staff(SQLModel, table=True):
    """`clinic_id` is None for operators only (a CHECK)."""

    __table_args__ = (
        sa.CheckConstraint(
            "(role = 'operator') = (clinic_id IS NULL)", name="operator_has_no_clinic"
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int | None = Field(default=None, foreign_key="clinic.id", index=True)
    email: str = Field(unique=True)
    role: Role = Field(sa_type=words(Role))
    created_at: datetime
    password_hash: str | None = None  # argon2; None until the invitation is used
    closed_at: datetime | None = None  # may not sign in any more


class StaffSession(SQLModel, table=True):
    """One sign-in.  The cookie holds the token, we hold its hash."""

    id: int | None = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    token_hash: str = Field(unique=True)
    created_at: datetime
    expires_at: datetime  # at the latest; idle ones end earlier
    address: str
    browser: str
    revoked_at: datetime | None = None


class LinkKind(StrEnum):
    invite = "invite"
    reset = "reset"


class StaffLink(SQLModel, table=True):
    """A link by which somebody sets a password, once."""

    id: int | None = Field(default=None, primary_key=True)
    staff_id: int = Field(foreign_key="staff.id", index=True)
    kind: LinkKind = Field(sa_type=words(LinkKind))
    token_hash: str = Field(unique=True)
    created_by: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class StaffAction(SQLModel, table=True):
    """Who did what, append-only."""

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int | None = Field(default=None, foreign_key="clinic.id", index=True)
    staff_email: str = Field(index=True)
    action: str
    subject: str
    at: datetime = Field(index=True)


class Patient(SQLModel, table=True):
    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "external_id"),
        sa.Index("ix_patient_clinic_id_phone", "clinic_id", "phone"),
        sa.Index("ix_patient_by_name", "clinic_id", "family_name", "given_name", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    external_id: str  # the clinic's own number for her
    given_name: str
    family_name: str
    phone: str  # E.164
    language: Language = Field(default=Language.en, sa_type=words(Language))
    time_zone: str | None = None  # hers, where the clinic knows it
    source_version: str | None = None  # of the feed that she came with
    updated_at: datetime


class Task(SQLModel, table=True):
    """What a person must do.  One open task per (clinic, dedupe_key)."""

    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "dedupe_key"),
        sa.Index(
            "ix_task_open",
            "clinic_id",
            "due_at",
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        ),
        sa.Index("ix_task_clinic_id_done_at", "clinic_id", "done_at", "id"),
        sa.Index("ix_task_clinic_id_phone", "clinic_id", "phone"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    kind: TaskKind = Field(sa_type=words(TaskKind))
    dedupe_key: str
    phone: str | None = None
    sentence: str  # what happened and what to do
    urgent: bool = False
    due_at: datetime
    created_at: datetime
    done_at: datetime | None = None
    done_by: str | None = None
    done_how: str | None = None  # what was decided, or a note
