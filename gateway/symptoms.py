"""What `flask doctor` looks at: files, rows, and three calls to the outside.

It changes nothing but what `/readyz` does, and judges nothing.
"""

import hmac
import secrets
import shutil
import socket
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, VendorAccount
from gateway.accounts import Accounts
from gateway.compared import last_compared
from gateway.findings import Answered, Silent, Symptoms
from gateway.health import Check, checks
from gateway.models import Quarantine
from kernel.carriers import LABELS
from kernel.db import sqlite_version
from kernel.errors import Invalid
from kernel.keys import Keys
from kernel.mail import read_server
from kernel.models import Heartbeat
from kernel.settings import Settings, secret_key
from kernel.web import Heed
from registration.alarms import RECONFIRM_AFTER
from registration.models import Campaign, CarrierCell, SenderNumber
from registration.status import BY_A_PERSON, FRESH, POLLED, Status

SECONDS = 10.0  # for each call
OTHERS = 0o077
CHECK = "/webhooks/twilio/check"


def look(heed: Heed, accounts: Accounts) -> Symptoms:
    settings, database, now = heed.settings, heed.database, heed.now()
    found = checks(database, now)
    told = _rows(heed, now) if _can_read(found) else dict(_NOTHING)
    return Symptoms(
        now=now,
        production=settings.production,
        public_base_url=settings.public_base_url,
        dialect=database.dialect,
        sqlite_version=sqlite_version(),
        free_bytes=shutil.disk_usage(_existing(settings.data_dir)).free,
        secret_key=secret_key(settings),
        metrics_token=settings.metrics_token.get_secret_value(),
        parent_account=bool(
            settings.twilio_account_sid
            and settings.twilio_auth_token.get_secret_value()
        ),
        keys_file=str(settings.keys_file),
        keys_mode=_mode(settings.keys_file),
        open_files=tuple(_open_files(settings)),
        health=tuple(found),
        webhook=_webhook(settings, accounts, told.pop("numbers", ())),
        vendor_clock=_vendor_clock(settings),
        mail=_mail(settings),
        **told,
    )


def _can_read(found: list[Check]) -> bool:
    return {check.name: check.ok for check in found}.get("migrations", False)


_NOTHING: Mapping[str, Any] = {
    "sealed_shut": (),
    "backup_at": None,
    "compared": (0, None),
    "stale": (),
    "retype": (),
    "halted": (),
    "unseen": 0,
}


def _rows(heed: Heed, now: datetime) -> dict[str, Any]:
    with heed.database.reading() as session:
        return {
            "sealed_shut": tuple(_sealed_shut(session, heed.keys)),
            "backup_at": session.connection().scalar(
                sa.select(col(Heartbeat.at)).where(col(Heartbeat.name) == "backup")
            ),
            "compared": last_compared(session),
            "stale": tuple(_cells(session, POLLED, now - FRESH)),
            "retype": tuple(_cells(session, BY_A_PERSON, now - RECONFIRM_AFTER)),
            "halted": tuple(_halted(session)),
            "unseen": session.connection().scalar(
                sa.select(sa.func.count())
                .select_from(Quarantine)
                .where(col(Quarantine.seen_at).is_(None))
            ),
            "numbers": tuple(
                session.connection().scalars(
                    sa.select(col(SenderNumber.phone))
                    .where(col(SenderNumber.connected_at).is_not(None))
                    .order_by(col(SenderNumber.id))
                    .limit(1)
                )
            ),
        }


def _accounts(session: Session) -> Any:
    return session.connection().execute(
        sa.select(
            col(Clinic.slug),
            col(VendorAccount.token_sealed),
            col(VendorAccount.next_token_sealed),
            col(VendorAccount.halted_since),
            col(VendorAccount.halted_why),
        )
        .join(Clinic, col(Clinic.id) == col(VendorAccount.clinic_id))
        .order_by(col(Clinic.slug))
    )


def _sealed_shut(session: Session, keys: Keys) -> Iterator[str]:
    for row in _accounts(session):
        try:
            for sealed in filter(None, (row.token_sealed, row.next_token_sealed)):
                keys.unseal(sealed)
        except Invalid:
            yield row.slug


def _halted(session: Session) -> Iterator[str]:
    for row in _accounts(session):
        if row.halted_since is not None:
            yield f"{row.slug} ({row.halted_why})"


def _cells(session: Session, sources: Any, before: datetime) -> Iterator[str]:
    rows = session.connection().execute(
        sa.select(col(Clinic.slug), col(CarrierCell.carrier))
        .join(Clinic, col(Clinic.id) == col(CarrierCell.clinic_id))
        .join(Campaign, col(Campaign.id) == col(CarrierCell.campaign_id))
        .where(
            col(CarrierCell.source).in_(sources),
            col(CarrierCell.status) == Status.ACTIVE,
            col(CarrierCell.observed_at) <= before,
            col(Campaign.expired_at).is_(None),
        )
        .order_by(col(Clinic.slug), col(CarrierCell.carrier))
    )
    for slug, carrier in rows:
        yield f"{slug} at {LABELS[carrier]}"


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def _mode(file: Path) -> int | None:
    try:
        return file.stat().st_mode & 0o777
    except OSError:
        return None


def _open_files(settings: Settings) -> Iterator[str]:
    files = [settings.data_dir / "secret_key"]
    if settings.database_url.startswith("sqlite"):
        database = sa.engine.make_url(settings.database_url).database or ""
        files += [Path(database + end) for end in ("", "-wal", "-shm")]
    for file in files:
        if (_mode(file) or 0) & OTHERS:
            yield f"'{file}'"


def _webhook(
    settings: Settings, accounts: Accounts, numbers: tuple[str, ...]
) -> Answered | Silent:
    """A form for a number of ours, signed as Twilio signs.  Where it arrives, it is
    read as any other and then dropped."""
    if not numbers:
        return Silent("no number is connected yet, so nothing can be signed.")
    try:
        account = accounts.for_number(numbers[0])
    except Invalid as mistake:
        return Silent(str(mistake))
    if not account.tokens:
        return Silent("the number's account has no token.")
    form = {
        "MessageSid": f"SM{secrets.token_hex(16)}",
        "AccountSid": account.account_sid,
        "To": numbers[0],
        "Body": "Sí, 100% & más + ✓",  # what a proxy may not touch
    }
    url = settings.public_base_url.rstrip("/") + CHECK
    signed = {"X-Twilio-Signature": _signature(account.tokens[0], url, form)}
    try:
        answer = requests.post(
            url, form, headers=signed, timeout=SECONDS, allow_redirects=False
        )
        said = answer.json() if "json" in answer.headers.get("Content-Type", "") else {}
    except (requests.RequestException, ValueError) as mistake:
        return Silent(f"{_kind(mistake)}. Is Heed running, and is the address right?")
    return Answered(answer.status_code, isinstance(said, dict) and "signed" in said)


def _signature(token: str, url: str, form: Mapping[str, str]) -> str:
    text = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.digest(token.encode(), text.encode(), "sha1")).decode()


def _vendor_clock(settings: Settings) -> float | Silent:
    """By the Date of any answer; the machine's own clock, not one that was shifted."""
    base = settings.twilio_api_base.rstrip("/")
    host = f"{base}/api.twilio.com" if base else "https://api.twilio.com"
    try:
        before = datetime.now(UTC)
        answer = requests.head(f"{host}/2010-04-01", timeout=SECONDS)
        theirs = parsedate_to_datetime(answer.headers["Date"])
        between = before + (datetime.now(UTC) - before) / 2
        return (between - theirs).total_seconds()
    except (requests.RequestException, KeyError, ValueError, TypeError) as mistake:
        return Silent(f"{_kind(mistake)}. Look at the network, and ask again.")


def _mail(settings: Settings) -> bool | Silent:
    server = read_server(settings.smtp_url.get_secret_value())
    if server is None:
        return False
    try:
        with socket.create_connection((server.host, server.port), SECONDS):
            return True
    except OSError as mistake:
        return Silent(_kind(mistake))


def _kind(mistake: Exception) -> str:
    """Never its words: they may hold an address with a password."""
    if isinstance(mistake, TimeoutError | requests.Timeout):
        return "no answer in time"
    if isinstance(mistake, OSError):
        return "nobody answers there"
    return "the answer cannot be read"
