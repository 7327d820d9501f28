"""What was shown for a word about a campaign, read back for a page.

`registration.entry` and the polls wrote it as one text; nothing here judges it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlmodel import Session, col

from consent.models import Attachment

NAMED_HASH = re.compile(r"(.*) sha256:([0-9a-f]{64})", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was shown: a kept file, an address, or words and raw answers as text."""

    text: str
    address: str | None = None
    sha256: str | None = None  # of a file
    kept: bool = False


def read_all(
    session: Session, clinic_id: int, texts: Iterable[str | None]
) -> dict[str, Evidence]:
    """What each piece of evidence is, with one query for all files."""
    read = {text: _read(text) for text in texts if text}
    hashes = {one.sha256 for one in read.values() if one.sha256}
    kept = set(
        session.connection().scalars(
            sa.select(col(Attachment.sha256)).where(
                col(Attachment.clinic_id) == clinic_id,
                col(Attachment.sha256).in_(hashes),
            )
        )
    )
    return {
        text: Evidence(
            text=one.text,
            address=one.address,
            sha256=one.sha256,
            kept=one.sha256 in kept,
        )
        for text, one in read.items()
    }


def _read(text: str) -> Evidence:
    named = NAMED_HASH.fullmatch(text)
    if named:
        return Evidence(text=named[1], sha256=named[2])
    try:
        parts = urlsplit(text) if text.isprintable() and " " not in text else None
    except ValueError:
        parts = None
    is_address = parts is not None and parts.scheme in ("http", "https")
    return Evidence(text=text, address=text if is_address else None)
