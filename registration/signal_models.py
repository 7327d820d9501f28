"""Texts of a campaign to one carrier that leave slowly, until somebody has looked."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from kernel.carriers import Carrier
from kernel.models import words


class SlowDown(SQLModel, table=True):
    """At most one at a time for a campaign and carrier; lifted ones stay as history."""

    __table_args__ = (
        sa.Index(
            "ix_slowdown_open",
            "campaign_id",
            "carrier",
            unique=True,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id", index=True)
    campaign_id: int = Field(foreign_key="campaign.id")
    carrier: Carrier = Field(sa_type=words(Carrier))
    per_hour: int  # texts at most; 0: none
    why: str
    since: datetime
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    lifted_note: str | None = None
