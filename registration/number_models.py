"""Bringing a clinic's office number over: one row a move, with every step it took.

What may follow what stands in `registration.move_steps`; nothing here decides.
"""

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kernel.models import words


class MoveStep(StrEnum):
    asked = "asked"
    temporary = "temporary"  # patients are texted from another number meanwhile
    release_agreed = "release_agreed"  # the day on which the other platform lets go
    signed = "signed"  # the letter of authorization
    cut_over = "cut_over"  # the day itself: its list is being ticked
    hosted = "hosted"  # texts leave from the office number
    cancelled = "cancelled"


OPEN = "ended_at IS NULL"


class NumberMove(SQLModel, table=True):
    """One office number on its way to us.  A number is on one platform at a time, so
    it has one open move, whichever clinic asks (R38)."""

    __table_args__ = (
        sa.Index(
            "uq_numbermove_open",
            "phone",
            unique=True,
            sqlite_where=sa.text(OPEN),
            postgresql_where=sa.text(OPEN),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    phone: str  # E.164
    voice: str  # who carries the calls: a key of data/number_providers.csv
    provider: str  # the company's name, as on the phone bill
    provider_said_yes: str | None = None  # where it depends on the provider: who said
    platform: str | None = None  # that texts from it today; None: nobody does
    step: MoveStep = Field(default=MoveStep.asked, sa_type=words(MoveStep))
    temporary_id: int | None = Field(default=None, foreign_key="sendernumber.id")
    release_on: date | None = None
    company: str | None = None  # of the letter: as on the phone bill
    service_address: str | None = None
    signer: str | None = None
    signer_title: str | None = None
    link_sha256: str | None = Field(default=None, unique=True)  # of the token to sign
    link_until: datetime | None = None
    signed_on: date | None = None
    signed_how: str | None = None  # link, scan
    letter_sha256: str | None = None  # of the signed letter, kept as an attachment
    cut_over_on: date | None = None
    number_id: int | None = Field(default=None, foreign_key="sendernumber.id")
    keep_until: date | None = None  # the temporary number receives until then
    created_at: datetime
    ended_at: datetime | None = None


class MoveEvent(SQLModel, table=True):
    """Every step, who took it and when; append-only."""

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    move_id: int = Field(foreign_key="numbermove.id", index=True)
    step: MoveStep = Field(sa_type=words(MoveStep))  # that it is in afterwards
    what: str
    by: str  # staff e-mail, or the name that was typed under the letter
    at: datetime


class MoveTick(SQLModel, table=True):
    """One line of the cut-over list is done."""

    move_id: int = Field(primary_key=True, foreign_key="numbermove.id")
    item: str = Field(primary_key=True)  # a key of data/cut_over.csv
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    by: str
    at: datetime
