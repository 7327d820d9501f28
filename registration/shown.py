"""What shows a word that a person records: a kept file or a web address, read from the
form of a page."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from consent import attachments
from kernel.errors import Invalid
from kernel.visible import visible
from registration.entry import web_address

LONGEST_NAME = 80


def evidence_of(
    session: Session, clinic_id: int, request: Any, by: str, now: datetime
) -> str:
    """As `registration.evidence` reads it back.  Raises Invalid for neither, and for
    both.  `request` is Flask's; nothing else of it is used."""
    file, given = request.files.get("evidence"), request.form.get("address", "").strip()
    content = b""
    if file:
        file.stream.seek(0)  # a work that is tried again reads it again
        content = file.read(attachments.LARGEST + 1)
    if content and given:
        raise Invalid("Give a file or a web address, not both.")
    if content:
        name = visible(file.filename or "")[:LONGEST_NAME] or "file"
        sha256, _ = attachments.keep(session, clinic_id, content, name, by, now)
        return f"{name} sha256:{sha256}"
    if not given:
        raise Invalid("Show where it was seen: choose a file, or give a web address.")
    return web_address(given)
