"""What the registration desk keeps: intake, fees, submissions, their layers, rejections.

A submission is a version of a campaign's texts that was handed in: exact bytes, by
hash.  What a carrier says of it stands in `CarrierCell`, as before.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kernel.carriers import Carrier
from kernel.models import words
from registration.status import Source


class Item(StrEnum):
    """What a clinic must give before anything is submitted (R9-R15)."""

    legal_name = "legal_name"
    ein = "ein"
    address = "address"
    contact = "contact"
    samples = "samples"
    opt_in_proof = "opt_in_proof"
    policy = "policy"


class Layer(StrEnum):
    """Who looks at a submission, in this order, before the carriers (R64)."""

    tcr = "tcr"
    dca = "dca"
    dca2 = "dca2"  # only where there is a second one: none is said to be needed


class LayerState(StrEnum):
    waiting = "waiting"
    review = "review"  # picked for examination by hand: not a rejection (R55)
    cleared = "cleared"
    rejected = "rejected"


class Cause(StrEnum):
    """Why it was turned down (R58)."""

    content = "content"
    brand = "brand"
    use_case = "use_case"


class FeeKind(StrEnum):
    setup = "setup"
    brand = "brand"
    vetting = "vetting"
    submission = "submission"
    resubmission = "resubmission"
    monthly = "monthly"


class IntakeMark(SQLModel, table=True):
    """An item was given, or confirmed, with exactly this value; append-only."""

    __table_args__ = (
        sa.UniqueConstraint("draft_id", "item", "value_sha256", "confirmed"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    draft_id: int = Field(foreign_key="submissiondraft.id")
    item: Item = Field(sa_type=words(Item))
    value_sha256: str
    confirmed: bool  # looked at and found right; else given
    shown: str = ""  # what it was compared with: the name as on the tax document …
    by: str  # staff e-mail, or the name that the clinic typed
    at: datetime


class Clarification(SQLModel, table=True):
    """A question to the clinic, with the day by which it must be answered (R42)."""

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    draft_id: int = Field(foreign_key="submissiondraft.id", index=True)
    item: Item | None = Field(default=None, sa_type=words(Item))
    question: str
    asked_at: datetime
    asked_by: str
    due_on: date
    answer: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None


class FeeEntry(SQLModel, table=True):
    """Money that was paid or fell due; append-only.  There is no waiver (R30)."""

    __table_args__ = (sa.UniqueConstraint("clinic_id", "receipt"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id")
    kind: FeeKind = Field(sa_type=words(FeeKind))
    cents: int
    purpose: list[str] = Field(sa_type=sa.JSON)  # what it is for, in lines
    receipt: str | None = None  # None: due, not paid
    paid_on: date | None = None
    cause: str | None = None  # of a resubmission
    days_lost: int | None = None  # business days since the submission before
    recorded_at: datetime
    recorded_by: str


class SubmissionVersion(SQLModel, table=True):
    """What was handed in, as version n of a campaign; its bytes never change."""

    __table_args__ = (sa.UniqueConstraint("campaign_id", "version"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    draft_id: int = Field(foreign_key="submissiondraft.id", index=True)
    version: int
    content: dict[str, Any] = Field(sa_type=sa.JSON)
    content_sha256: str
    check_run_id: int = Field(foreign_key="checkrun.id")  # of the same bytes (R117)
    proof_sha256: str  # of the pack or artefact that shows the opt-in (R14)
    fee_entry_id: int = Field(foreign_key="feeentry.id")
    needed_by: date | None = None
    avoided: int = 0  # findings that were mended before (R119)
    prepared_at: datetime
    prepared_by: str
    handed_in_at: datetime | None = None  # None: the vendor does not have it yet
    handed_in_how: str | None = None  # the vendor's id, or where it was typed in
    trouble: str | None = None  # why it could not be handed in


class LayerEvent(SQLModel, table=True):
    """Every word about a layer of a submission, applied or refused; append-only."""

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    submission_id: int = Field(foreign_key="submissionversion.id", index=True)
    layer: Layer = Field(sa_type=words(Layer))
    state: LayerState = Field(sa_type=words(LayerState))
    applied: bool
    why: str
    element: str | None = None  # what is looked at (R55), as a field of contract 5
    source: Source = Field(sa_type=words(Source))
    raw: str
    evidence: str
    by: str | None = None
    at: datetime


class Rejection(SQLModel, table=True):
    """Code and reason as they came, verbatim (R109)."""

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    submission_id: int | None = Field(default=None, foreign_key="submissionversion.id")
    layer: Layer | None = Field(default=None, sa_type=words(Layer))
    carrier: Carrier | None = Field(default=None, sa_type=words(Carrier))
    issuer: str  # whose code it is: twilio, bandwidth_dca1, … (registration.codes)
    code: str
    text: str
    cause: Cause = Field(sa_type=words(Cause))
    evidence: str
    at: datetime
    by: str
    relayed_at: datetime | None = None  # the clinic was told, in plain words (R108)


class RejectionFix(SQLModel, table=True):
    """One flagged element; all must be mended before a resubmission (R110)."""

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    rejection_id: int = Field(foreign_key="rejection.id", index=True)
    field: str  # of contract section 5, or `website`
    what: str
    before_sha256: str  # of the field's value as it was handed in
    evidence: str | None = None
    done_at: datetime | None = None
    done_by: str | None = None
