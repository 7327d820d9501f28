"""What `flask doctor` sees of an installation, and the form of what it says."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.health import Check


class Level(StrEnum):
    ok = "ok"
    warning = "warning"
    problem = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    name: str
    level: Level
    sentence: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What our own public address said to a form that was signed as Twilio signs."""

    status: int
    ours: bool  # in our own words; else something else answers there


@dataclass(frozen=True, slots=True)
class Silent:
    """Nobody was reached, or nothing can be asked."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptoms:
    now: datetime
    production: bool
    public_base_url: str
    dialect: str
    sqlite_version: tuple[int, ...]
    free_bytes: int
    secret_key: str
    metrics_token: str
    parent_account: bool
    keys_file: str
    keys_mode: int | None  # permission bits; None: not there
    sealed_shut: tuple[str, ...]  # clinics whose token our keys do not open
    open_files: tuple[str, ...]  # that others on this machine may read or change
    health: tuple[Check, ...]
    backup_at: datetime | None
    compared: tuple[int, datetime | None]  # clinics never compared; the oldest
    webhook: Answered | Silent
    vendor_clock: float | Silent  # seconds that ours is ahead of Twilio's
    mail: bool | Silent  # False: not set up; Silent: set up and not reached
    stale: tuple[str, ...]  # clinic and carrier: polled and not confirmed any more
    retype: tuple[str, ...]  # typed, 30 days old
    halted: tuple[str, ...]  # clinics, and what Twilio said
    unseen: int  # quarantined calls
