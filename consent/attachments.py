"""Scans that prove a signature, kept by their hash and never changed.

What a file is, its content says and not its name.  Nothing here opens or repairs one.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from consent.models import Attachment
from kernel.db import insert_or_ignore
from kernel.errors import Invalid, NotFound
from kernel.hashing import sha256_hex

LARGEST = 5 * 1024 * 1024
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of file: how it begins, and its name in an evidence pack."""

    media_type: str
    ending: str
    begins: bytes


PDF = "application/pdf"
FORMS = (
    Form(PDF, "pdf", b"%PDF-"),
    Form("image/jpeg", "jpg", b"\xff\xd8\xff"),
    Form("image/png", "png", b"\x89PNG\r\n\x1a\n"),
)
SCANS = frozenset(form.media_type for form in FORMS)

# A page of ours as it was shown on a day; never taken from outside.
PAGE = Form("text/html", "html", b"")

# A vendor's list of numbers; never taken as a scan, for anything could be text.
LIST = Form("text/csv", "csv", b"")

MISSING = "There is no scan. Choose the scan or a photo of the signed form."
LARGE = "This file is larger than 5 MB. Scan it with fewer dots, or take a photo."
OTHER = (
    "This file is no PDF, JPEG or PNG, whatever its name says. Save the scan as one of "
    "these and choose it again."
)
GONE = "The clinic has no such scan."


def form_of(content: bytes) -> Form | None:
    return next((form for form in FORMS if content.startswith(form.begins)), None)


def problem(content: bytes) -> str | None:
    """Why these bytes cannot be kept as a scan."""
    if not content:
        return MISSING
    if len(content) > LARGEST:
        return LARGE
    return None if form_of(content) else OTHER


def keep(
    session: Session, clinic_id: int, content: bytes, name: str, by: str, now: datetime
) -> tuple[str, Form]:
    """Its SHA-256 and what it is; the same bytes again are the same row.

    Raises Invalid with the sentence to show.
    """
    why, form = problem(content), form_of(content)
    if why is not None or form is None:
        raise Invalid(why or OTHER)
    return _store(session, clinic_id, content, name, form, by, now), form


def keep_list(
    session: Session, clinic_id: int, content: bytes, name: str, by: str, now: datetime
) -> str:
    """Its SHA-256.  Whoever calls has read it as a list."""
    return _store(session, clinic_id, content, name, LIST, by, now)


def keep_page(
    session: Session, clinic_id: int, content: bytes, name: str, by: str, now: datetime
) -> str:
    """Its SHA-256.  Only for a page that we rendered ourselves."""
    return _store(session, clinic_id, content, name, PAGE, by, now)


def _store(
    session: Session,
    clinic_id: int,
    content: bytes,
    name: str,
    form: Form,
    by: str,
    now: datetime,
) -> str:
    sha256 = sha256_hex(content)
    session.connection().execute(
        insert_or_ignore(session, Attachment),
        {
            "clinic_id": clinic_id,
            "sha256": sha256,
            "name": plain_name(name),
            "media_type": form.media_type,
            "content": content,
            "added_by": by,
            "added_at": now,
        },
    )
    return sha256


def kept(session: Session, clinic_id: int, sha256: str) -> Attachment:
    """Raises NotFound."""
    found = session.get(Attachment, (clinic_id, sha256))
    if found is None:
        raise NotFound(GONE)
    return found


def ending(media_type: str) -> str:
    """`pdf`, `jpg`, `png`, `csv` or `html`."""
    every = (*FORMS, LIST, PAGE)
    return next(form.ending for form in every if form.media_type == media_type)


def plain_name(name: str) -> str:
    """The last part of a path, without what cannot be seen or stored."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = (char for char in last if unicodedata.category(char)[0] != "C")
    return "".join(shown)[-LONGEST_NAME:].strip() or "scan"
