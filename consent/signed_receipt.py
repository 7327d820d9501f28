"""A patient's receipt as a file: JSON with the signature of the key that also signs
evidence packs, and the check of such a file.

It names the phone by its last two digits only; the hash of each record ties it to the
ledger.
"""

import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from consent.receipt import About
from kernel.clock import rfc3339
from kernel.hashing import canonical
from kernel.keys import Keys

SIGNED_AS = b"heed/receipt/v1\x00"  # so that it can be taken for no other signature
NONE = "This is no receipt of ours. Use the file as it was saved."
CHANGED = (
    "This receipt was changed after it was signed, or another installation signed it. "
    "Ask for its public key, and give it with --key."
)


@dataclass(frozen=True, slots=True)
class NotHeld:
    why: str


def signed_receipt(
    about: tuple[About, ...],
    keys: Keys,
    *,
    clinic: str,
    clinic_name: str,
    phone_ends_in: str,
    made_at: datetime,
    keys_at: str,
) -> bytes:
    """`keys_at` is where the public keys are published."""
    receipt = {
        "clinic": clinic,
        "clinic_name": clinic_name,
        "phone_ends_in": phone_ends_in,
        "made_at": rfc3339(made_at),
        "agreed": [_agreed(one) for one in about if one.agreed],
        "now": {one.topic.value: one.word.value for one in about},
    }
    key_id, signature = keys.sign(SIGNED_AS + canonical(receipt))
    signed = {
        "receipt": receipt,
        "key_id": key_id,
        "keys": keys_at,
        "signature": signature.hex(),
    }
    return json.dumps(signed, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def read_receipt(
    content: bytes, trusted_keys: Sequence[str]
) -> Mapping[str, Any] | NotHeld:
    """What was signed, by one of `trusted_keys` (base64).  Never raises."""
    try:
        signed = json.loads(content)
        receipt = signed["receipt"]
        signature = bytes.fromhex(signed["signature"])
        message = SIGNED_AS + canonical(receipt)
        keys = [Ed25519PublicKey.from_public_bytes(b64decode(k)) for k in trusted_keys]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return NotHeld(NONE)
    if not isinstance(receipt, dict) or not any(
        _signed(key, signature, message) for key in keys
    ):
        return NotHeld(CHANGED)
    return receipt


def _signed(key: Ed25519PublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _agreed(one: About) -> dict[str, Any]:
    assert one.agreed is not None
    wording, record = one.wording, one.agreed
    return {
        "topic": one.topic.value,
        "at": rfc3339(record.at),
        "how": record.method,
        "record": record.seq,
        "record_sha256": record.leaf_hash,
        "wording": wording.text if wording else None,
        "wording_sha256": wording.sha256 if wording else None,
    }
