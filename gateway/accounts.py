"""Whose number is this, and which secret signs for it.

A webhook's token is found by the number it came to, never by what the caller says.
Answers are kept for a few seconds; a signature that fails has them read again, so
that a rotated token works at once.
"""

import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlmodel import col

from clinics.models import VendorAccount
from kernel.errors import Invalid
from kernel.logs import log
from kernel.web import Heed
from registration.models import SenderNumber

if TYPE_CHECKING:
    from twilio.rest import Client

KEPT_SECONDS = 10.0
SEALED = (
    "The account's token cannot be read with this keys file. "
    "Set HEED_KEYS_FILE to the keys that belong to this database."
)
REREAD_SECONDS = 0.5  # a flood of bad signatures must not become a flood of reads


@dataclass(frozen=True, slots=True, repr=False)
class Account:
    """A vendor account and who it belongs to; `clinic_id` is None for the parent's."""

    account_sid: str
    tokens: tuple[str, ...] | None  # None: sealed with other keys
    clinic_id: int | None = None
    number_id: int | None = None


@dataclass(slots=True)
class Accounts:
    heed: Heed
    _by_number: dict[str, Account] = field(default_factory=dict)
    _by_clinic: dict[int, Account] = field(default_factory=dict)
    _clients: dict[tuple[str, str], "Client"] = field(default_factory=dict)
    _read_at: float = -KEPT_SECONDS
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def for_number(self, phone: str) -> Account:
        """The clinic's account, or the operator's for a number that is not ours."""
        self._refresh(KEPT_SECONDS)
        if phone not in self._by_number:
            self._refresh(REREAD_SECONDS)
        account = self._by_number.get(phone) or self.parent()
        if account.tokens is None:
            raise Invalid(SEALED)  # 503: whoever calls must keep it
        return account

    def parent(self) -> Account:
        settings = self.heed.settings
        given = (
            settings.twilio_auth_token.get_secret_value(),
            settings.twilio_auth_token_next.get_secret_value(),
        )
        return Account(settings.twilio_account_sid, tuple(filter(None, given)))

    def reread(self) -> None:
        """A signature failed: perhaps the token was changed a moment ago."""
        self._refresh(REREAD_SECONDS)

    def client(self, clinic_id: int) -> "Client":
        """Raises Invalid for a clinic without a vendor account."""
        from kernel.twilio_client import make_client

        self._refresh(KEPT_SECONDS)
        account = self._by_clinic.get(clinic_id)
        if account is None:
            raise Invalid(
                f"Clinic {clinic_id} has no Twilio account. "
                "Add one with 'flask clinic account'."
            )
        if not account.tokens:
            raise Invalid(SEALED)
        key = (account.account_sid, account.tokens[0])
        if key not in self._clients:
            self._clients[key] = make_client(self.heed.twilio_http(), *key)
        return self._clients[key]

    def _refresh(self, older_than: float) -> None:
        with self._lock:
            if time.monotonic() - self._read_at < older_than:
                return
            self._by_clinic = self._read_accounts()
            self._by_number = self._read_numbers()
            self._read_at = time.monotonic()  # only now: a failed read is no answer

    def _read_accounts(self) -> dict[int, Account]:
        with self.heed.database.reading() as session:
            rows = session.connection().execute(
                sa.select(
                    col(VendorAccount.clinic_id),
                    col(VendorAccount.account_sid),
                    col(VendorAccount.token_sealed),
                    col(VendorAccount.next_token_sealed),
                )
            )
            return {
                row.clinic_id: Account(
                    row.account_sid,
                    self._tokens(row.token_sealed, row.next_token_sealed),
                    row.clinic_id,
                )
                for row in rows
            }

    def _tokens(self, *sealed: str | None) -> tuple[str, ...] | None:
        """None when our keys do not open them: that clinic waits, the others go on."""
        try:
            return tuple(self.heed.keys.unseal(item) for item in sealed if item)
        except Invalid:
            log().error("the tokens of an account cannot be read with these keys")
            return None

    def _read_numbers(self) -> dict[str, Account]:
        with self.heed.database.reading() as session:
            rows = session.connection().execute(
                sa.select(
                    col(SenderNumber.phone),
                    col(SenderNumber.id),
                    col(SenderNumber.clinic_id),
                )
            )
            found = {}
            for phone, number_id, clinic_id in rows:
                # Without an account of its own the clinic's texts come by the parent's.
                account = self._by_clinic.get(clinic_id) or self.parent()
                found[phone] = replace(
                    account, clinic_id=clinic_id, number_id=number_id
                )
            return found
