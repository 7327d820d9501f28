"""Which events a pack holds, and each of them as one line of `events.jsonl`.

The stored bytes of the facts are hashed and passed on, never written anew.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from consent.models import ConsentDetail, ConsentEvent
from kernel.clock import rfc3339
from kernel.hashing import DETAIL_PREFIX, canonical, commitment

# Canonical for our own ASCII keys, and a third of the cost of `canonical`.
encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True
).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a pack is for; all None: the whole ledger.  `until` is exclusive."""

    campaign: str | None = None
    phone: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def whole(self) -> bool:
        return self == Wanted()

    def fields(self) -> dict[str, str | None]:
        return {
            "campaign": self.campaign,
            "phone": self.phone,
            "since": rfc3339(self.since) if self.since else None,
            "until": rfc3339(self.until) if self.until else None,
        }


def events_query(session: Session, clinic_id: int, wanted: Wanted) -> sa.Executable:
    """In the order of the ledger; the facts are null where they were erased."""
    event, detail = ConsentEvent, ConsentDetail
    same = sa.and_(
        col(detail.clinic_id) == col(event.clinic_id), col(detail.seq) == col(event.seq)
    )
    query = (
        sa.select(
            col(event.seq),
            col(event.at),
            # As text: a word that is no kind must be shown, not stop the export.
            sa.type_coerce(col(event.kind), sa.String).label("kind"),
            col(event.phone_commitment),
            col(event.detail_commitment),
            col(event.leaf_hash),
            col(detail.salt),
            col(detail.phone),
            col(detail.detail),
        )
        .select_from(event)
        .outerjoin(detail, same)
        .where(col(event.clinic_id) == clinic_id)
        .order_by(col(event.seq))
    )
    if wanted.phone is not None:
        query = query.where(col(detail.phone) == wanted.phone)
    if wanted.since is not None:
        query = query.where(col(event.at) >= wanted.since)
    if wanted.until is not None:
        query = query.where(col(event.at) < wanted.until)
    if wanted.campaign is not None:
        query = query.where(_of_campaign(session, clinic_id, wanted.campaign))
    return query


def _of_campaign(
    session: Session, clinic_id: int, campaign: str
) -> sa.ColumnElement[bool]:
    """Events that name the campaign and, of the same phones, those that name none: a
    pack of opt-ins that left out the STOP after them would be false evidence."""
    named = f'"campaign":{canonical(campaign).decode()}'
    phones = sa.select(col(ConsentDetail.phone)).where(
        col(ConsentDetail.clinic_id) == clinic_id, _holds(session, named)
    )
    return sa.or_(
        _holds(session, named),
        sa.and_(
            col(ConsentDetail.phone).in_(phones),
            sa.not_(_holds(session, '"campaign":"')),
        ),
    )


def _holds(session: Session, fact: str) -> sa.ColumnElement[bool]:
    """The stored JSON has this fact.  It is canonical, so the bytes of a fact are
    unique, and no text in it can hold them: there each quote has a backslash.  (JSON
    functions would stop at the first damaged record, PostgreSQL's also at \\u0000.)"""
    sqlite = session.get_bind().dialect.name == "sqlite"
    find = sa.func.instr if sqlite else sa.func.strpos
    found: sa.ColumnElement[bool] = find(col(ConsentDetail.detail), fact) > 0
    return found


def clear_facts(event: Any) -> dict[str, Any] | str | None:
    """The facts; None: erased; a text: what is stored there is not what was recorded."""
    stored: str | None = event.detail
    if stored is None:
        return None
    try:
        good = commitment(DETAIL_PREFIX, event.salt, stored.encode("utf-8"))
        facts = json.loads(stored) if good == event.detail_commitment else None
    except (ValueError, RecursionError):
        facts = None
    return facts if isinstance(facts, dict) else stored


def line(event: Any, clinic: str, facts: dict[str, Any] | str | None) -> str:
    """One line of `events.jsonl`: canonical JSON."""
    leaf = {
        "at": rfc3339(event.at),
        "clinic": clinic,
        "detail": event.detail_commitment,
        "kind": event.kind,
        "phone": event.phone_commitment,
        "seq": event.seq,
    }
    detail = event.detail if isinstance(facts, dict) else encode(facts)
    return (
        f'{{"detail":{detail},"leaf":{encode(leaf)},'
        f'"leaf_hash":{encode(event.leaf_hash)},"phone":{encode(event.phone)},'
        f'"salt":{encode(event.salt)}}}\n'
    )
