"""Canonical JSON (RFC 8785) and the hashes of the ledger.

The leaf, byte by byte: SHA-256 over 0x00 and the canonical JSON of
`{"at", "clinic", "detail", "kind", "phone", "seq"}`, where `phone` and `detail` are
salted commitments, so that erasing the clear facts leaves every proof valid.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785

PHONE_PREFIX = b"heed/phone/v1\x00"
DETAIL_PREFIX = b"heed/detail/v1\x00"
LEAF_PREFIX = b"\x00"  # RFC 6962: leaves and inner nodes never collide


def canonical(value: Any) -> bytes:
    """JCS bytes of JSON made of text, integers, booleans, null, lists and objects.

    Lone surrogates (a phone can send them) are replaced by "?": JSON on the wire must
    be UTF-8.  Floats raise: two verifiers may print them differently.
    """
    return rfc8785.dumps(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        raise TypeError(f"a float has no place in evidence: {value!r}")
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Mapping):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def sha256_hex(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def commitment(prefix: bytes, salt_hex: str, content: bytes) -> str:
    """Hex SHA-256 over prefix, 32 salt bytes and the content."""
    return sha256_hex(prefix + bytes.fromhex(salt_hex) + content)


def leaf_hash(
    *, clinic: str, seq: int, at: str, kind: str, phone: str, detail: str
) -> str:
    """`clinic` is the slug, `at` RFC 3339 in UTC with microseconds and `Z`;
    `phone` and `detail` are commitments."""
    fields = {
        "at": at,
        "clinic": clinic,
        "detail": detail,
        "kind": kind,
        "phone": phone,
        "seq": seq,
    }
    return sha256_hex(LEAF_PREFIX + canonical(fields))
