"""What was seen of a campaign's website, look by look: evidence, never changed."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel


class WebsiteLook(SQLModel, table=True):
    """One look at all addresses of a campaign, or of a draft.  `done_at` is None while it
    waits."""

    __table_args__ = (
        sa.Index("ix_websitelook_campaign", "clinic_id", "campaign_id", "id"),
        sa.Index("ix_websitelook_draft", "draft_id", "id"),
        sa.Index(
            "ix_websitelook_waiting",
            "id",
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    campaign_id: int | None = Field(default=None, foreign_key="campaign.id")
    draft_id: int | None = Field(default=None, foreign_key="submissiondraft.id")
    content_sha256: str | None = None  # of the draft that was looked at
    asked_at: datetime
    asked_by: str | None = None  # None: the clock
    done_at: datetime | None = None
    findings: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    changed: list[str] = Field(default_factory=list, sa_type=sa.JSON)  # sentences


class PageLook(SQLModel, table=True):
    """One address of a look.  `status` is None where nothing answered."""

    __table_args__ = (sa.Index("ix_pagelook_look", "clinic_id", "look_id"),)

    id: int | None = Field(default=None, primary_key=True)
    clinic_id: int = Field(foreign_key="clinic.id")
    look_id: int = Field(foreign_key="websitelook.id")
    url: str
    ended_at: str  # the address where a visitor ends up
    status: int | None = None
    why: str | None = None  # what was wrong with it
    media_type: str
    body_sha256: str
    words_sha256: str


class PageCopy(SQLModel, table=True):
    """The words of a page, and the bytes they were first read from."""

    clinic_id: int = Field(primary_key=True, foreign_key="clinic.id")
    words_sha256: str = Field(primary_key=True)
    words: str
    body: bytes
    body_sha256: str
    media_type: str
    kept_at: datetime
