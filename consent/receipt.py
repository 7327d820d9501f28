"""What one phone agreed to, as its own patient may see it: each topic's newest word,
the exact wording under it, and the record's hash.

Reads only, in a fixed number of queries; names nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from consent.extract import Wanted, clear_facts, events_query
from consent.models import ConsentEvent, Disclosure, Standing, Topic
from consent.standing import LineState, Word, line_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One event of the ledger; `facts` are empty where they were erased."""

    seq: int
    at: datetime
    kind: str
    facts: Mapping[str, Any]
    leaf_hash: str

    @property
    def method(self) -> str:
        return str(self.facts.get("method") or self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    topic: Topic
    line: LineState
    newest: Record | None  # what makes the topic what it is now
    agreed: Record | None  # the last yes, undone or not
    wording: Disclosure | None  # that the last yes was given under

    @property
    def word(self) -> Word:
        return self.line.word


def receipt_of(session: Session, clinic_id: int, phone: str) -> tuple[About, ...]:
    """Every topic that something was ever said about; care always."""
    lines = {topic: line_state(session, clinic_id, phone, topic) for topic in Topic}
    pending = pending_of(session, clinic_id, phone)
    seqs = {*pending.values()}
    for line in lines.values():
        seqs |= {line.granted_seq, line.stopped_seq}
    records = records_of(session, clinic_id, seqs)
    wordings = wordings_of(session, clinic_id, records)
    return tuple(
        _about(topic, line, pending.get(topic, 0), records, wordings)
        for topic, line in lines.items()
        if topic is Topic.care or line.granted_seq or pending.get(topic)
    )


def _about(
    topic: Topic,
    line: LineState,
    pending_seq: int,
    records: Mapping[int, Record],
    wordings: Mapping[str, Disclosure],
) -> About:
    agreed = records.get(line.granted_seq)
    named = str(agreed.facts.get("disclosure_sha256")) if agreed else ""
    return About(
        topic=topic,
        line=line,
        newest=records.get(line.rests_on(pending_seq)),
        agreed=agreed,
        wording=wordings.get(named),
    )


def pending_of(session: Session, clinic_id: int, phone: str) -> dict[Topic, int]:
    rows = session.exec(
        select(Standing.topic, Standing.pending_seq).where(
            col(Standing.clinic_id) == clinic_id, col(Standing.phone) == phone
        )
    )
    return {Topic(topic): seq for topic, seq in rows}


def records_of(session: Session, clinic_id: int, seqs: set[int]) -> dict[int, Record]:
    every: Any = events_query(session, clinic_id, Wanted())
    wanted = every.where(col(ConsentEvent.seq).in_(sorted(seqs - {0})))
    return {event.seq: _record(event) for event in session.connection().execute(wanted)}


def _record(event: Any) -> Record:
    facts = clear_facts(event)
    return Record(
        seq=event.seq,
        at=event.at,
        kind=event.kind,
        facts=facts if isinstance(facts, dict) else {},
        leaf_hash=event.leaf_hash,
    )


def wordings_of(
    session: Session, clinic_id: int, records: Mapping[int, Record]
) -> dict[str, Disclosure]:
    hashes = {str(one.facts.get("disclosure_sha256")) for one in records.values()}
    found = session.exec(
        select(Disclosure).where(
            col(Disclosure.clinic_id) == clinic_id,
            col(Disclosure.sha256).in_(sorted(hashes)),
        )
    )
    return {wording.sha256: wording for wording in found}
