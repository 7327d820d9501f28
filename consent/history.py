"""All that the ledger still says in clear of one phone, oldest first.

Erased events cannot be found by a phone any more; the ledger keeps their proof.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from consent.extract import Wanted, clear_facts, events_query
from consent.readable import sentence
from kernel.clock import rfc3339


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    seq: int
    at: datetime
    kind: str
    facts: dict[str, Any] | None  # None: not what was recorded
    sentence: str
    phone: str

    def fields(self) -> dict[str, Any]:
        return {
            "record": self.seq,
            "at": rfc3339(self.at),
            "kind": self.kind,
            "sentence": self.sentence,
            "facts": self.facts,
        }


def history(session: Session, clinic_id: int, phone: str) -> list[Entry]:
    found = session.connection().execute(
        events_query(session, clinic_id, Wanted(phone=phone))
    )
    return [_entry(event) for event in found]


def _entry(event: Any) -> Entry:
    facts = clear_facts(event)
    known = facts if isinstance(facts, dict) else None
    damaged = "DAMAGED: the facts stored are not those that were recorded"
    return Entry(
        seq=event.seq,
        at=event.at,
        kind=event.kind,
        facts=known,
        sentence=damaged if known is None else sentence(event.kind, known),
        phone=event.phone,
    )
