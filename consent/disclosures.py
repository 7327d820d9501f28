"""The exact words under which people agree: published, superseded, never changed."""

from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Clinic, Language
from consent.models import Disclosure
from kernel.errors import Conflict, Invalid
from kernel.hashing import sha256_hex

KINDS = ("keyword", "web", "paper", "verbal", "import")
WAYS = {
    "keyword": "Texting START",
    "web": "Web form",
    "paper": "Form to sign",
    "verbal": "Script to read aloud",
    "import": "Imported lists",
}


def publish(
    session: Session,
    clinic_id: int,
    kind: str,
    language: str,
    text: str,
    now: datetime,
    broader: bool | None = None,
) -> Disclosure:
    """The next version, in use from now on; the newest text again is the same row.

    `broader`: does it ask for more than the version before?  Then whoever agreed to
    that one keeps what it said, and is to be asked again (`consent.coverage`).

    Raises Invalid for a text that cannot be kept exactly, Conflict for one that was
    published before as something else or was superseded: its hash means that already.
    """
    content = _exact(kind, language, text)
    # Two people may publish at once.  Not FOR UPDATE: that would stop every insert
    # which only refers to the clinic.
    session.connection().execute(
        sa.select(col(Clinic.id))
        .where(col(Clinic.id) == clinic_id)
        .with_for_update(key_share=True)
    )
    last = newest(session, clinic_id, kind, language)
    same = of_hash(session, clinic_id, sha256_hex(content))
    if same is not None and last is not None and same.id == last.id:
        return same
    if same is not None:
        raise Conflict(
            f"These words are published already, as {same.kind} {same.language} "
            f"version {same.version}. Change a word, so that each wording has its own "
            "hash."
        )
    disclosure = Disclosure(
        clinic_id=clinic_id,
        kind=kind,
        language=language,
        version=(last.version if last else 0) + 1,
        text=text,
        sha256=sha256_hex(content),
        published_at=now,
        broader=broader if last is not None else None,
    )
    session.add(disclosure)
    session.flush()
    return disclosure


def newest(
    session: Session, clinic_id: int, kind: str, language: str = "en"
) -> Disclosure | None:
    """The wording in use for a way to opt in; None: nothing is published."""
    given = {"clinic": clinic_id, "kind": kind, "language": language}
    found: Disclosure | None = session.exec(_newest_query(), params=given).first()
    return found


@cache
def _newest_query() -> Any:
    return (
        select(Disclosure)
        .where(
            col(Disclosure.clinic_id) == sa.bindparam("clinic"),
            col(Disclosure.kind) == sa.bindparam("kind"),
            col(Disclosure.language) == sa.bindparam("language"),
        )
        .order_by(col(Disclosure.version).desc())
        .limit(1)
    )


def hash_in_use(
    session: Session, clinic_id: int, kind: str, language: str = "en"
) -> str | None:
    """What an opt-in names as the wording that was shown; None: none is published."""
    wording = newest(session, clinic_id, kind, language)
    return wording.sha256 if wording is not None else None


def of_hash(session: Session, clinic_id: int, sha256: str) -> Disclosure | None:
    """The wording that an event names; None: this clinic never published it."""
    return session.exec(
        select(Disclosure).where(
            col(Disclosure.clinic_id) == clinic_id, col(Disclosure.sha256) == sha256
        )
    ).one_or_none()


def _exact(kind: str, language: str, text: str) -> bytes:
    if kind not in KINDS:
        raise Invalid(
            f"'{kind}' is no way to opt in. Choose one of {', '.join(KINDS)}."
        )
    if language not in set(Language):
        known = ", ".join(Language)
        raise Invalid(f"'{language}' is no language of ours. Choose one of {known}.")
    if not text.strip():
        raise Invalid(f"The {kind} wording is empty. Write what people are shown.")
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError:
        content = b"\x00"
    if b"\x00" in content:
        raise Invalid(f"The {kind} wording holds a character that no database keeps.")
    return content
