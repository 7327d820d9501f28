"""An operator records what a carrier says: a word, what shows it, and where.

What shows it is a kept file or an address.  Whether the word counts, the rules of
`registration.status` decide.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from consent import attachments
from kernel.carriers import Carrier
from kernel.errors import Invalid
from kernel.visible import visible
from registration.entry import operator_entry, web_address
from registration.signals import SuspensionCause
from registration.status import Result, Status
from registration.workflow import observe

LONGEST_NOTE, LONGEST_ADDRESS, LONGEST_NAME = 1000, 1000, 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What was typed, as it was typed."""

    status: str = ""
    note: str = ""
    address: str = ""
    file_name: str = ""
    content: bytes = b""
    sure: bool = False  # that everything may stop at once
    cause: str = ""  # of a suspension; empty: the carrier has not said


def problems(entry: Entry) -> dict[str, str]:
    """What is missing or wrong, by the field it belongs to."""
    found = {
        "status": _status_problem(entry.status),
        "sure": _sure_problem(entry),
        "cause": _cause_problem(entry.cause),
        "evidence": _evidence_problem(entry),
        "address": _address_problem(entry.address.strip()),
        "note": _note_problem(entry.note.strip()),
    }
    return {name: why for name, why in found.items() if why is not None}


def record(
    session: Session,
    clinic_id: int,
    campaign_id: int,
    carrier: Carrier,
    entry: Entry,
    by: str,
    now: datetime,
) -> Result:
    """An entry without problems."""
    evidence = entry.address.strip()
    if entry.content:
        name = visible(entry.file_name)[:LONGEST_NAME] or "file"
        sha256, _ = attachments.keep(session, clinic_id, entry.content, name, by, now)
        evidence = f"{name} sha256:{sha256}"
    note = entry.note.strip()
    cause = SuspensionCause(entry.cause) if entry.cause else None
    seen = operator_entry(
        Status(entry.status), evidence=evidence, note=note, now=now, cause=cause
    )
    return observe(session, campaign_id, carrier, seen, by)


def _status_problem(status: str) -> str | None:
    if status in set(Status):
        return None
    return "Choose what the carrier says."


def _sure_problem(entry: Entry) -> str | None:
    if entry.status != Status.SUSPENDED or entry.sure:
        return None
    return "SUSPENDED stops every text to this carrier at once. Tick this to go on."


def _cause_problem(cause: str) -> str | None:
    if not cause or cause in set(SuspensionCause):
        return None
    return "Choose one of the causes, or that the carrier has not said."


def _evidence_problem(entry: Entry) -> str | None:
    if entry.file_name and not entry.content:
        return "The file is empty. Choose the one that shows the status."
    if entry.content and entry.address.strip():
        return "Give a file or a web address, not both."
    if not entry.content and not entry.address.strip():
        return "Show where the status was seen: choose a file, or give a web address."
    return attachments.problem(entry.content) if entry.content else None


def _address_problem(address: str) -> str | None:
    if len(address) > LONGEST_ADDRESS:
        return f"The address is too long. At most {LONGEST_ADDRESS} characters."
    try:
        if address:
            web_address(address)
    except Invalid as mistake:
        return str(mistake)
    return None


def _note_problem(note: str) -> str | None:
    if not note:
        return "Say where you saw it and what it said."
    if len(note) > LONGEST_NOTE:
        return f"The note is too long. At most {LONGEST_NOTE} characters."
    if "\x00" in note:
        return "The note holds a sign that cannot be kept. Type it anew."
    return None
