"""The hashes of one record, made anew from what is stored: the same, or not.

Pure; the rules are those of `kernel.hashing`, of which `pack/verify.py` is the twin.
"""

from dataclasses import dataclass
from typing import Any

from kernel.clock import rfc3339
from kernel.hashing import (
    DETAIL_PREFIX,
    PHONE_PREFIX,
    canonical,
    commitment,
    leaf_hash,
    sha256_hex,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`made` is None where nothing is left, or nothing fit, to make the hash from."""

    stored: str
    made: str | None

    @property
    def holds(self) -> bool:
        return self.made == self.stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """`erased`: only the leaf is left, and it is all that is checked then."""

    erased: bool
    salt: str | None
    stored_facts: str | None  # the very characters that were sealed
    leaf: str  # the characters that the leaf hash is made of, after one zero byte
    phone: Check
    facts: Check
    whole: Check

    @property
    def holds(self) -> bool:
        sealed = self.phone.holds and self.facts.holds
        return self.whole.holds and (self.erased or sealed)


def proof(event: Any, ledger_name: str) -> Proof:
    """`event` is a row of `consent.extract.events_query`."""
    fields = {
        "clinic": ledger_name,
        "seq": event.seq,
        "at": rfc3339(event.at),
        "kind": event.kind,
        "phone": event.phone_commitment,
        "detail": event.detail_commitment,
    }
    phone, facts = _phone_bytes(event.phone), event.detail
    sealed_facts = facts.encode("utf-8", "replace") if facts is not None else None
    return Proof(
        erased=event.salt is None and event.phone is None and facts is None,
        salt=event.salt,
        stored_facts=facts,
        leaf=canonical(fields).decode(),
        phone=Check(
            stored=event.phone_commitment, made=_made(PHONE_PREFIX, event.salt, phone)
        ),
        facts=Check(
            stored=event.detail_commitment,
            made=_made(DETAIL_PREFIX, event.salt, sealed_facts),
        ),
        whole=Check(stored=event.leaf_hash, made=leaf_hash(**fields)),
    )


def of_words(text: str, stored: str) -> Check:
    """A wording and the hash under which records name it."""
    return Check(stored=stored, made=sha256_hex(text.encode("utf-8", "replace")))


def _phone_bytes(phone: str | None) -> bytes | None:
    return canonical(phone) if phone is not None else None


def _made(prefix: bytes, salt: str | None, content: bytes | None) -> str | None:
    if salt is None or content is None:
        return None
    try:
        return commitment(prefix, salt, content)
    except ValueError:  # a salt that is no salt
        return None
