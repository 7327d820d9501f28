"""Rows that every package may need, and the two column types of our own.

Nothing here knows a clinic.  Importing this module gives the shared metadata its
naming convention, so that migrations can name every constraint.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def words(of: type[StrEnum], column: str | None = None) -> Any:
    """A text column that takes only the words of `of` (a CHECK, no native enum:
    a new word is then one small migration on both databases).  `column` names the
    CHECK where a table has two columns of the same words."""
    return sa.Enum(
        of,
        name=column or of.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=24,
    )


class Heartbeat(SQLModel, table=True):
    """When a process of ours last did its work: `clock`, `reconcile`, `tcr`."""

    name: str = Field(primary_key=True)
    at: datetime


class Counter(SQLModel, table=True):
    """How often something was tried in one window of time, over all processes."""

    name: str = Field(primary_key=True)
    window_start: datetime = Field(primary_key=True)
    count: int = 0


class Lease(SQLModel, table=True):
    """Who is at an errand that only one may do at a time, and until when at most."""

    name: str = Field(primary_key=True)
    owner: str  # random, of one try
    until: datetime
