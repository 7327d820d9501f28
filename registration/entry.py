"""A carrier's status as an operator types it: never without evidence.

Active comes only from outside, so a person must show where she saw it (threat T48).
"""

from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from kernel.errors import Invalid
from kernel.hashing import sha256_hex
from registration.signals import SuspensionCause
from registration.status import Observation, Source, Status


def read_evidence(given: str) -> str:
    """`URL`, or `FILE sha256:…` for a file that exists; raises Invalid otherwise."""
    if "://" in given:
        return web_address(given)
    try:
        content = Path(given).read_bytes()
    except (OSError, ValueError) as mistake:
        raise Invalid(
            f"The evidence '{given}' cannot be read ({mistake}). "
            "Give a file that exists, or a web address."
        ) from None
    if not content:
        raise Invalid(f"The evidence '{given}' is empty. Give the file that shows it.")
    return f"{given} sha256:{sha256_hex(content)}"


def web_address(given: str) -> str:
    """Raises Invalid for what is no http or https address."""
    try:
        parts = urlsplit(given)
        address = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        address = False
    if not address or not given.isprintable() or " " in given:
        raise Invalid(
            f"'{given}' is no web address. Give one that starts with http:// or "
            "https://, or a file."
        )
    return given


def operator_entry(
    status: Status,
    *,
    evidence: str,
    note: str,
    now: datetime,
    cause: SuspensionCause | None = None,
) -> Observation:
    """`evidence` as `read_evidence` gives it; raises Invalid without it or a note."""
    if not evidence.strip() or not note.strip():
        raise Invalid(
            "A typed status needs evidence (a file or a web address) and a note that "
            "says where it was seen."
        )
    return Observation(
        status=status,
        raw=f"{status.value}: {note.strip()}",
        source=Source.operator_entry,
        at=now,
        evidence=evidence.strip(),
        cause=cause,
    )
