"""What became of a brand, a campaign and its three carrier cells.

Writes what sources say and decides by `registration.status` alone; never commits and
never calls out.  Every change of a cell holds the campaign's exclusive lock.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from kernel.carriers import GATED, LABELS, Carrier
from kernel.errors import Invalid, NotFound
from registration.alarms import active_lost
from registration.layers import missing, words_of
from registration.models import Campaign, CarrierCell, StatusEvent
from registration.status import (
    BY_A_PERSON,
    POLLED,
    Cell,
    Changed,
    Observation,
    Refused,
    Result,
    Source,
    Status,
    gravest,
    headline,
    next_status,
)

CAMPAIGN_LOCK = 4_733_002  # class of the advisory locks; the key is the campaign's id


def lock_campaign(session: Session, campaign_id: int, *, shared: bool) -> None:
    """Until the end of the transaction: shared for a send, exclusive for a change.

    Advisory, because PostgreSQL lets new readers of a row lock pass a waiting
    writer, which would starve a suspension.  SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    session.connection().execute(
        sa.select(getattr(sa.func, lock)(CAMPAIGN_LOCK, campaign_id))
    )


def cells(session: Session, campaign_id: int) -> dict[Carrier, Cell]:
    """The cells anybody has spoken for; a missing one is unknown: not Active."""
    rows = session.connection().execute(_cells_query(), {"campaign": campaign_id})
    return {
        row.carrier: Cell(
            status=row.status,
            since=row.since,
            source=row.source,
            observed_at=row.observed_at,
        )
        for row in rows
    }


@cache
def _cells_query() -> Any:
    return sa.select(
        col(CarrierCell.carrier),
        col(CarrierCell.status),
        col(CarrierCell.since),
        col(CarrierCell.source),
        col(CarrierCell.observed_at),
    ).where(col(CarrierCell.campaign_id) == sa.bindparam("campaign"))


def observe(
    session: Session,
    campaign_id: int,
    carrier: Carrier,
    seen: Observation,
    by: str | None = None,
) -> Result:
    """Let a source speak of one carrier: the cell, the history and the headline.

    Raises Invalid for a carrier without a cell, and for a person's word without
    evidence, words of their own and a name; NotFound for an unknown campaign.
    """
    if carrier not in GATED:
        raise Invalid(
            f"{LABELS[carrier]} approves no campaigns by itself. "
            "Name AT&T, T-Mobile or Verizon."
        )
    shown = seen.evidence.strip() and seen.raw.strip()
    if seen.source in BY_A_PERSON and not (shown and by):
        raise Invalid(
            "A typed status needs evidence, a note and the person who types it."
        )
    lock_campaign(session, campaign_id, shared=False)
    campaign = _campaign(session, campaign_id)
    before = cells(session, campaign_id)
    said = _said(session, campaign_id, carrier)
    result = next_status(before.get(carrier), seen, said)
    if isinstance(result, Changed) and result.cell.status is Status.ACTIVE:
        too_early = missing(session, campaign_id)
        result = Refused(too_early) if too_early else result
    if not _only_repeats(result, seen, said):
        session.add(_event(campaign, carrier, before.get(carrier), seen, result, by))
    if not isinstance(result, Refused):
        _write(session, campaign, carrier, result.cell, seen)
        _set_headline(session, campaign, {**before, carrier: result.cell})
        active_lost(session, campaign, carrier, before.get(carrier), result)
    session.flush()
    return result


def head(session: Session, campaign_id: int, now: datetime) -> None:
    """The headline anew, after a layer spoke; a layer that is no longer cleared takes
    every carrier's ACTIVE with it (R52, R59)."""
    lock_campaign(session, campaign_id, shared=False)
    campaign = _campaign(session, campaign_id)
    _close(session, campaign_id, now)
    before = campaign.status
    _set_headline(session, campaign, cells(session, campaign_id))
    if campaign.status is not before:
        campaign.status_since = now


def _close(session: Session, campaign_id: int, now: datetime) -> None:
    why = missing(session, campaign_id)
    if why is None:
        return
    for carrier, cell in cells(session, campaign_id).items():
        if cell.status is Status.ACTIVE:
            seen = Observation(
                status=Status.PENDING,
                raw=why,
                source=_lifted_by(cell),
                at=max(now, cell.observed_at),
                evidence="the layers of its submission",
            )
            observe(session, campaign_id, carrier, seen, "Heed")


def _lifted_by(cell: Cell) -> Source:
    """Who has to speak again: a word of ours must not outrank the one it waits for."""
    own = cell.source is Source.vendor_verified
    return Source.vendor_verified if own else Source.operator_entry


def begin_anew(
    session: Session, campaign_id: int, content_sha256: str, by: str, now: datetime
) -> None:
    """What was turned down waits again (R60); `head` takes every ACTIVE away, for no
    layer has let the new version through."""
    for carrier, cell in cells(session, campaign_id).items():
        if cell.status is not Status.REJECTED:
            continue
        seen = Observation(
            status=Status.PENDING,
            raw="Handed in again.",
            source=_lifted_by(cell),
            at=max(now, cell.observed_at),
            evidence=f"submission sha256:{content_sha256}",
        )
        observe(session, campaign_id, carrier, seen, by)


def keep(session: Session, campaign_id: int, seen: Observation, why: str) -> None:
    """A word about the campaign as a whole goes into the history and nothing else."""
    campaign = _campaign(session, campaign_id)
    session.add(_event(campaign, None, None, seen, Refused(why), None))


def expire(session: Session, campaign_id: int, seen: Observation) -> None:
    """The end mark, for good (trap RT21); the first one stands."""
    lock_campaign(session, campaign_id, shared=False)
    campaign = _campaign(session, campaign_id)
    if campaign.expired_at is None:
        campaign.expired_at = seen.at
        keep(session, campaign_id, seen, "The campaign has expired, for good.")


def _campaign(session: Session, campaign_id: int) -> Campaign:
    # What the session has at hand may have been read before the lock.
    campaign = session.get(Campaign, campaign_id, populate_existing=True)
    if campaign is None:
        raise NotFound("There is no such campaign.")
    return campaign


def _said(
    session: Session, campaign_id: int, carrier: Carrier
) -> dict[Source, Observation]:
    """The last word of every source, applied or not."""
    events = session.exec(
        select(StatusEvent)
        .where(
            col(StatusEvent.campaign_id) == campaign_id,
            col(StatusEvent.carrier) == carrier,
        )
        .order_by(col(StatusEvent.at), col(StatusEvent.id))
    )
    return {
        event.source: Observation(
            status=event.after,
            raw=event.raw,
            source=event.source,
            at=event.at,
            evidence=event.evidence,
        )
        for event in events
    }


def _only_repeats(
    result: Result,
    seen: Observation,
    said: Mapping[Source, Observation],
) -> bool:
    """A poll that brings nothing new moves `observed_at` and fills no history."""
    last = said.get(seen.source)
    return (
        seen.source in POLLED
        and not isinstance(result, Changed)
        and last is not None
        and last.raw == seen.raw
    )


def _write(
    session: Session,
    campaign: Campaign,
    carrier: Carrier,
    cell: Cell,
    seen: Observation,
) -> None:
    key = {"campaign_id": campaign.id, "carrier": carrier}
    values: dict[str, Any] = asdict(cell)
    if cell.source is seen.source:
        values["evidence"] = seen.evidence
    written = session.connection().execute(
        sa.update(CarrierCell)
        .where(*(getattr(CarrierCell, name) == key[name] for name in key))
        .values(**values)
    )
    if written.rowcount == 0:  # nobody else inserts: the campaign is locked
        values |= {**key, "clinic_id": campaign.clinic_id}
        session.connection().execute(sa.insert(CarrierCell).values(**values))


def _set_headline(
    session: Session, campaign: Campaign, cells: Mapping[Carrier, Cell]
) -> None:
    spoken = [cell.status for cell in cells.values()]
    word = gravest([*words_of(session, campaign.id or 0), headline(spoken)])
    if campaign.status is not word:
        campaign.status = word
        campaign.status_since = max(
            (cell.since for cell in cells.values()), default=campaign.status_since
        )


def _event(
    campaign: Campaign,
    carrier: Carrier | None,
    before: Cell | None,
    seen: Observation,
    result: Result,
    by: str | None,
) -> StatusEvent:
    assert campaign.id is not None  # it was read from the database
    return StatusEvent(
        clinic_id=campaign.clinic_id,
        campaign_id=campaign.id,
        carrier=carrier,
        before=before.status if before is not None else None,
        after=seen.status,
        applied=not isinstance(result, Refused),
        why=result.why,
        source=seen.source,
        raw=seen.raw,
        evidence=seen.evidence,
        by=by,
        at=seen.at,
        cause=seen.cause if seen.status is Status.SUSPENDED else None,
    )
