"""The keys file: ledger signing keys, the token key and the column key.

It lies apart from the database and never goes into a backup: a restore without it
sends nothing.  Private parts never leave this module but as signatures.
"""

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kernel.clock import rfc3339
from kernel.errors import Invalid
from kernel.settings import write_secret_once


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """One Ed25519 key with its period; `until` is None while it signs."""

    id: str
    private: Ed25519PrivateKey
    signs_from: str
    signs_until: str | None

    @property
    def public_base64(self) -> str:
        return base64.b64encode(self.private.public_key().public_bytes_raw()).decode()


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    token: bytes
    column: Fernet
    signing: tuple[SigningKey, ...]

    def seal(self, clear: str) -> str:
        return self.column.encrypt(clear.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """Raises Invalid when the column key is not the one that sealed it."""
        try:
            return self.column.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise Invalid(
                "A sealed value cannot be read with this keys file. "
                "Set HEED_KEYS_FILE to the keys that belong to this database."
            ) from None

    def current(self) -> SigningKey:
        return next(key for key in self.signing if key.signs_until is None)

    def sign(self, content: bytes) -> tuple[str, bytes]:
        """The id of the current key and its 64-byte signature."""
        key = self.current()
        return key.id, key.private.sign(content)

    def public(self) -> list[dict[str, str | None]]:
        """What `/c/<clinic>/keys` publishes."""
        return [
            {
                "id": key.id,
                "algorithm": "Ed25519",
                "public_key": key.public_base64,
                "from": key.signs_from,
                "until": key.signs_until,
            }
            for key in self.signing
        ]


def load_or_make(file: Path, now: datetime, may_make: bool) -> Keys:
    """The keys of `file`; made with mode 0600 on the first start, if `may_make`.

    Raises Invalid with the file's name when it is missing or unreadable.
    """
    if not file.exists():
        if not may_make:
            raise Invalid(
                f"HEED_KEYS_FILE '{file}' does not exist. Restore it, or run "
                "'flask keys make' once for a new installation."
            )
        _write_new(file, now)
    try:
        return _read(json.loads(file.read_text()))
    except (KeyError, TypeError, ValueError) as mistake:
        raise Invalid(
            f"HEED_KEYS_FILE '{file}' is no keys file ({mistake}). "
            "Restore it from its safe copy."
        ) from mistake


def _read(content: dict[str, Any]) -> Keys:
    return Keys(
        token=base64.b64decode(content["token_key"], validate=True),
        column=Fernet(content["column_key"]),
        signing=tuple(
            SigningKey(
                id=key["id"],
                private=Ed25519PrivateKey.from_private_bytes(
                    base64.b64decode(key["private"], validate=True)
                ),
                signs_from=key["from"],
                signs_until=key["until"],
            )
            for key in content["ledger_keys"]
        ),
    )


def _write_new(file: Path, now: datetime) -> None:
    private = Ed25519PrivateKey.generate().private_bytes_raw()
    content = {
        "token_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        "column_key": Fernet.generate_key().decode(),
        "ledger_keys": [
            {
                "id": secrets.token_hex(4),
                "private": base64.b64encode(private).decode(),
                "from": rfc3339(now),
                "until": None,
            }
        ],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    write_secret_once(file, json.dumps(content, indent=1))
