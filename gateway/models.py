"""Every text that came in or is to go out, and why it did or did not."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from consent.models import Topic
from kernel.carriers import Carrier
from kernel.models import words


class State(StrEnum):
    """A message is in exactly one.  Held = `due` with `held_why`."""

    due = "due"
    claimed = "claimed"
    submitting = "submitting"
    accepted = "accepted"
    failed = "failed"
    withdrawn = "withdrawn"
    expired = "expired"
    unknown = "unknown"


# It did not reach the phone, or may not have; `finished_at` says since when.
LOST = (
    "(state IN ('failed', 'expired', 'unknown') "
    "OR delivery IN ('undelivered', 'failed', 'canceled'))"
)
# She wrote and waits for it: it leaves before any reminder.
ANSWER_DUE = "state = 'due' AND zones = ''"


class MessageKind(StrEnum):
    reminder = "reminder"
    opt_in_confirmation = "opt_in_confirmation"
    opt_in_request = "opt_in_request"
    stop_confirmation = "stop_confirmation"
    help = "help"
    not_monitored = "not_monitored"
    visit_confirmed = "visit_confirmed"
    visit_to_desk = "visit_to_desk"
    emergency = "emergency"
    update = "update"  # to the patients of a day
    review_request = "review_request"
    visit_cannot_come = "visit_cannot_come"
    visit_reschedule = "visit_reschedule"
    answer_changed = "answer_changed"  # a second answer that says otherwise
    which_visit = "which_visit"  # a question: her answer fits several visits
    closed = "closed"  # nobody reads it before the clinic opens
    staff_reply = "staff_reply"  # written by a person, from the inbox


class Permit(StrEnum):
    """Lets one message go without consent, once; nothing else is waived."""

    stop_confirmation = "stop_confirmation"
    help = "help"
    opt_in_request = "opt_in_request"


class ArrivedBy(StrEnum):
    webhook = "webhook"
    reconciler = "reconciler"


class InboundMessage(SQLModel, table=True):
    __table_args__ = (
        sa.UniqueConstraint("account_sid", "vendor_sid"),
        sa.Index("ix_inboundmessage_clinic_id_phone", "clinic_id", "phone", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    number_id: int = Field(foreign_key="sendernumber.id")
    account_sid: str
    vendor_sid: str
    phone: str  # E.164 where readable, else as the vendor sent it
    body: str
    raw: str  # the form as received, JSON pairs in order
    arrived_by: ArrivedBy = Field(sa_type=words(ArrivedBy))
    received_at: datetime
    vendor_at: datetime | None = None  # when the vendor says it was sent
    intent: str = "none"
    rule: str = ""


class Message(SQLModel, table=True):
    """The outbox.  A message carries all that the gate needs of its origin."""

    __table_args__ = (
        sa.Index(
            "ix_message_due",
            "clinic_id",  # workers take from each clinic in turn
            "look_again_at",
            "id",
            sqlite_where=sa.text("state = 'due'"),
            postgresql_where=sa.text("state = 'due'"),
        ),
        sa.Index(
            "ix_message_answer_due",
            "look_again_at",
            "id",
            sqlite_where=sa.text(ANSWER_DUE),
            postgresql_where=sa.text(ANSWER_DUE),
        ),
        sa.Index(
            "ix_message_in_hand",
            "lease_until",
            sqlite_where=sa.text("state IN ('claimed', 'submitting')"),
            postgresql_where=sa.text("state IN ('claimed', 'submitting')"),
        ),
        sa.Index(
            "ix_message_unknown",
            "id",
            sqlite_where=sa.text("state = 'unknown'"),
            postgresql_where=sa.text("state = 'unknown'"),
        ),
        sa.Index("ix_message_clinic_id_phone", "clinic_id", "phone", "id"),
        sa.Index("ix_message_clinic_id_submitted_at", "clinic_id", "submitted_at"),
        sa.Index(
            "ix_message_clinic_due",
            "clinic_id",
            "send_from",
            sqlite_where=sa.text("state = 'due'"),
            postgresql_where=sa.text("state = 'due'"),
        ),
        sa.Index(
            "ix_message_clinic_lost",
            "clinic_id",
            "finished_at",
            sqlite_where=sa.text(LOST),
            postgresql_where=sa.text(LOST),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    number_id: int = Field(foreign_key="sendernumber.id")
    phone: str  # to, E.164
    topic: Topic = Field(sa_type=words(Topic))
    kind: MessageKind = Field(sa_type=words(MessageKind))
    permit: Permit | None = Field(default=None, sa_type=words(Permit))
    body: str
    segments: int
    expects: str | None = None  # visit, which, opt_in: how a reply is to be read
    dedupe_key: str = Field(unique=True)
    send_from: datetime
    send_until: datetime  # useless, or unlawful, after this
    zones: str = ""  # IANA names, comma between; "" = an answer, no quiet hours
    window: str = "09:00-20:00"  # local hours in which it may leave
    once_a_day: bool | None = None  # no second such text to this phone on a local day
    state: State = Field(default=State.due, sa_type=words(State))
    look_again_at: datetime
    held_since: datetime | None = None
    held_why: list[str] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    paced_by: str | None = None  # `due` until a carrier takes more: that cap's key
    lease_owner: str | None = None
    lease_until: float | None = None  # seconds, the database's clock
    attempts: int = 0
    created_at: datetime
    submitted_at: datetime | None = None
    submitted_wall: datetime | None = None  # what the clock really showed then
    finished_at: datetime | None = None  # the end, or the doubt about it
    absent_since: datetime | None = None  # first listing that did not show it
    vendor_sid: str | None = Field(default=None, unique=True)
    outcome: str | None = None  # the sentence that ended it
    error_code: str | None = None
    delivery: str | None = None  # newest rank of the vendor's status words
    delivered_at: datetime | None = None
    answers_id: int | None = Field(default=None, foreign_key="inboundmessage.id")
    written_by: str | None = None  # the e-mail of whoever answered from the inbox


class Pace(SQLModel, table=True):
    """What left lately under one cap of a carrier.  Some caps are shared by clinics: by
    all that have one tax number."""

    key: str = Field(primary_key=True)
    marks: str = ""  # as `gateway.throughput.Marks` reads them


class SendDecision(SQLModel, table=True):
    """One verdict of the gate with the facts it saw, append-only."""

    __table_args__ = (
        sa.Index("ix_senddecision_clinic_id_message_id", "clinic_id", "message_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    message_id: int = Field(foreign_key="message.id")
    at: datetime
    began_ns: int = Field(sa_type=sa.BigInteger)  # CLOCK_MONOTONIC of the host at o3
    allowed: bool
    obstacles: list[dict[str, Any]] = Field(sa_type=sa.JSON)
    facts: dict[str, Any] = Field(sa_type=sa.JSON)


class DeliveryReport(SQLModel, table=True):
    __table_args__ = (
        sa.UniqueConstraint("account_sid", "vendor_sid", "status"),
        sa.Index("ix_deliveryreport_message_id", "message_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    message_id: int | None = Field(default=None, foreign_key="message.id")
    account_sid: str
    vendor_sid: str
    status: str
    error_code: str | None = None
    raw: str
    received_at: datetime


class CarrierLookup(SQLModel, table=True):
    """Which network a phone is on, as the vendor last told this clinic."""

    clinic_id: int = Field(primary_key=True, foreign_key="clinic.id")
    phone: str = Field(primary_key=True)
    carrier: Carrier = Field(sa_type=words(Carrier))
    textable: bool
    line_type: str
    carrier_name: str | None = None
    mcc: str | None = None
    mnc: str | None = None
    looked_up_at: datetime


class Quarantine(SQLModel, table=True):
    """Signed webhooks that could not be taken: kept raw, shown, never dropped."""

    id: int | None = Field(default=None, primary_key=True)
    account_sid: str | None = None
    vendor_sid: str | None = None
    reason: str
    raw: str
    received_at: datetime
    seen_at: datetime | None = None
    seen_by: str | None = None


class Conversation(SQLModel, table=True):
    """What one phone and one clinic have to say to each other, as the inbox has it."""

    __table_args__ = (
        sa.Index("ix_conversation_clinic_id_last_at", "clinic_id", "last_at"),
        sa.Index(
            "ix_conversation_waiting",
            "clinic_id",
            "waiting_since",
            sqlite_where=sa.text("waiting_since IS NOT NULL"),
            postgresql_where=sa.text("waiting_since IS NOT NULL"),
        ),
    )

    clinic_id: int = Field(primary_key=True, foreign_key="clinic.id")
    phone: str = Field(primary_key=True)
    last_inbound_id: int = Field(foreign_key="inboundmessage.id")
    last_at: datetime
    waiting_since: datetime | None = None  # the oldest text that nobody has read
    assigned_to: str | None = None
    done_at: datetime | None = None
    done_by: str | None = None


class SendingRule(SQLModel, table=True):
    """What the clinic itself allows of its reminders: a pause, a trial."""

    clinic_id: int = Field(primary_key=True, foreign_key="clinic.id")
    paused_until: datetime | None = None
    paused_by: str | None = None
    trial_phones: list[str] | None = Field(
        default=None, sa_type=sa.JSON(none_as_null=True)
    )  # a list: reminders go to these phones only, E.164
    trial_by: str | None = None
    pause_on_website: bool | None = None  # while a change of the website is not settled
