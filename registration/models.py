"""May this clinic text at all: brand, campaign, carrier cells, numbers, wording."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kernel.carriers import Carrier
from kernel.models import words
from registration.checks.finding import Outcome
from registration.desk_models import (
    Clarification,
    FeeEntry,
    IntakeMark,
    LayerEvent,
    Rejection,
    RejectionFix,
    SubmissionVersion,
)
from registration.number_models import MoveEvent, MoveTick, NumberMove
from registration.signal_models import SlowDown
from registration.signals import SuspensionCause
from registration.status import Source, Status
from registration.website_models import PageCopy, PageLook, WebsiteLook

__all__ = [
    "Clarification",
    "FeeEntry",
    "IntakeMark",
    "LayerEvent",
    "MoveEvent",
    "MoveTick",
    "NumberMove",
    "PageCopy",
    "PageLook",
    "Rejection",
    "RejectionFix",
    "SlowDown",
    "SubmissionVersion",
    "WebsiteLook",
]  # rows that stand in files of their own


class WhoReplies(StrEnum):
    """Who answers STOP, START and HELP on a number (contract section 9)."""

    vendor_default = "vendor_default"
    vendor_advanced = "vendor_advanced"
    gateway = "gateway"


class Identity(StrEnum):
    """What The Campaign Registry made of a brand's tax data, in its own words."""

    SELF_DECLARED = "SELF_DECLARED"
    UNVERIFIED = "UNVERIFIED"
    VERIFIED = "VERIFIED"
    VETTED_VERIFIED = "VETTED_VERIFIED"


class WordingKind(StrEnum):
    reminder = "reminder"
    opt_in_confirmation = "opt_in_confirmation"
    opt_in_request = "opt_in_request"
    stop_confirmation = "stop_confirmation"
    help = "help"
    not_monitored = "not_monitored"
    visit_confirmed = "visit_confirmed"
    visit_to_desk = "visit_to_desk"
    emergency = "emergency"
    reminder_together = "reminder_together"  # of several visits of one phone
    update = "update"  # news for the patients of a day: closed for snow
    review_request = "review_request"  # after a visit, to who agreed to be asked
    visit_cannot_come = "visit_cannot_come"
    visit_reschedule = "visit_reschedule"
    answer_changed = "answer_changed"  # she says otherwise than before
    which_visit = "which_visit"  # her answer fits several visits
    closed = "closed"  # nobody reads it before the clinic opens


class Brand(SQLModel, table=True):
    """The clinic as a legal person; one of a clinic and a tax number."""

    __table_args__ = (
        sa.Index("ix_brand_clinic_id_ein", "clinic_id", "ein_digits", unique=True),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    legal_name: str
    ein: str
    ein_digits: str | None = None  # of older rows none
    entity_type: str
    vertical: str = "HEALTHCARE"
    website: str
    tcr_brand_id: str | None = None
    identity: Identity | None = Field(default=None, sa_type=words(Identity))
    identity_since: datetime | None = None
    vetting_score: int | None = None  # 0 to 100; None while it was not vetted
    vetting_class: str | None = None
    vendor_sid: str | None = None  # Twilio brand registration, BN…
    vendor_status: str | None = None  # Twilio's own word for it, raw
    customer_profile_sid: str | None = None  # BU…
    trust_product_sid: str | None = None  # BU…, of the A2P profile
    handed_sha256: str | None = None  # of the details that Twilio was given last
    created_at: datetime


class BrandEvent(SQLModel, table=True):
    """Every word about a brand: what was said, by whom, shown how; append-only."""

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    brand_id: int = Field(foreign_key="brand.id", index=True)
    before: Identity | None = Field(default=None, sa_type=words(Identity, "before"))
    after: Identity | None = Field(default=None, sa_type=words(Identity, "after"))
    source: Source = Field(sa_type=words(Source))
    raw: str
    evidence: str
    by: str | None = None
    at: datetime


class Campaign(SQLModel, table=True):
    __table_args__ = (sa.UniqueConstraint("clinic_id", "ref"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    brand_id: int = Field(foreign_key="brand.id")
    ref: str
    tcr_id: str | None = Field(default=None, unique=True)
    service_sid: str | None = None  # Twilio Messaging Service, MG…
    usa2p_sid: str | None = None  # Twilio campaign, QE…
    status: Status = Field(default=Status.PENDING, sa_type=words(Status))
    status_since: datetime
    use_case: str
    sub_use_cases: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    description: str
    message_flow: str
    samples: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    keywords: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    att_class: str | None = None  # message class, as the registry told Twilio
    tmobile_tier: str | None = None  # brand tier, likewise
    expired_at: datetime | None = None
    created_at: datetime


class CarrierCell(SQLModel, table=True):
    """What one carrier said of one campaign, by the strongest source we have."""

    campaign_id: int = Field(primary_key=True, foreign_key="campaign.id")
    carrier: Carrier = Field(primary_key=True, sa_type=words(Carrier))
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    status: Status = Field(sa_type=words(Status))
    since: datetime
    source: Source = Field(sa_type=words(Source))
    evidence: str  # file, URL, note or hash of the raw answer
    observed_at: datetime  # last time the source said it again


class StatusEvent(SQLModel, table=True):
    """Every word a source ever said, applied or refused; append-only."""

    __table_args__ = (
        sa.Index("ix_statusevent_clinic_id_campaign_id", "clinic_id", "campaign_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    campaign_id: int = Field(foreign_key="campaign.id")
    carrier: Carrier | None = Field(default=None, sa_type=words(Carrier))
    before: Status | None = Field(default=None, sa_type=words(Status, "before"))
    after: Status | None = Field(default=None, sa_type=words(Status, "after"))
    applied: bool
    why: str
    source: Source = Field(sa_type=words(Source))
    raw: str
    evidence: str
    by: str | None = None
    at: datetime
    cause: SuspensionCause | None = Field(default=None, sa_type=words(SuspensionCause))


class SenderNumber(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id")
    phone: str = Field(unique=True)
    vendor_sid: str | None = None
    who_replies: WhoReplies = Field(sa_type=words(WhoReplies))
    registered: bool = False  # the vendor says: in the campaign's sender pool
    connected_at: datetime | None = None
    temporary_since: datetime | None = None  # it stands in for the office number
    took_over_at: datetime | None = None  # from another number; the last one texts


class Watermark(SQLModel, table=True):
    """Up to when a number's inbound is known to be complete."""

    number_id: int = Field(primary_key=True, foreign_key="sendernumber.id")
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    complete_until: datetime


class WordingVersion(SQLModel, table=True):
    """What may be said.  The newest version of a kind and language is in use."""

    __table_args__ = (
        sa.UniqueConstraint("clinic_id", "campaign_id", "kind", "language", "version"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    campaign_id: int = Field(foreign_key="campaign.id")
    kind: WordingKind = Field(sa_type=words(WordingKind))
    language: str
    version: int = 1
    text: str
    created_at: datetime
    approved_by: str | None = None  # staff e-mail; of older rows nobody noted it
    health_note: str | None = None  # why words about health may stand in it


class SubmissionDraft(SQLModel, table=True):
    """A submission in the making; `content` as in contract section 5."""

    __table_args__ = (sa.UniqueConstraint("clinic_id", "ref"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    ref: str  # of the campaign that it is to become
    content: dict[str, Any] = Field(sa_type=sa.JSON)
    content_sha256: str
    version: int = 1
    example: str | None = None  # that its structure was copied from
    public_since: datetime | None = None  # reviewers may read it without a sign-in
    form_sha256: str | None = None  # of the opt-in form as it was on that day
    links_ended: int | None = None  # times that the clinic's links were withdrawn
    links_made_at: datetime | None = None  # the newest that may still work
    created_at: datetime
    updated_at: datetime
    updated_by: str  # staff e-mail


class CheckRun(SQLModel, table=True):
    """One look at exactly these bytes; append-only."""

    __table_args__ = (sa.Index("ix_checkrun_draft", "draft_id", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    draft_id: int = Field(foreign_key="submissiondraft.id")
    content_sha256: str
    outcome: Outcome = Field(sa_type=words(Outcome))
    score: int  # 0 to 100
    site_seen: bool
    findings: list[dict[str, Any]] = Field(sa_type=sa.JSON)
    at: datetime
    by: str


class ApprovedExample(SQLModel, table=True):
    """A campaign of the operator's own that carriers cleared, without its clinic."""

    __table_args__ = (sa.UniqueConstraint("campaign_id"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)  # shown to nobody
    campaign_id: int = Field(foreign_key="campaign.id")
    title: str
    use_case: str
    sub_use_cases: list[str] = Field(sa_type=sa.JSON)
    texts: dict[str, str] = Field(sa_type=sa.JSON)
    samples: list[str] = Field(sa_type=sa.JSON)
    cleared_by: list[str] = Field(sa_type=sa.JSON)  # carriers, on the day it was kept
    kept_at: datetime
    kept_by: str
