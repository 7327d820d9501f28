"""What has opened since the last look: a carrier's cell that became ACTIVE, an account
that is connected again, replies that are compared again.

Found by looking, so that no page, webhook or poll that changes a cell has to call here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import VendorAccount
from gateway.restraint import look_again
from kernel.db import Database
from registration.models import CarrierCell, SenderNumber, Watermark
from registration.numbers import INBOUND_VALID
from registration.status import Cell, is_active


@dataclass(frozen=True, slots=True)
class Opening:
    """One thing that the texts of a number wait for, and that stands well now."""

    clinic_id: int
    number_id: int
    what: str


class Openings:
    """What one clock saw open.  A new one saw nothing, and so looks at all that is
    held, once."""

    def __init__(self) -> None:
        self._last: frozenset[Opening] = frozenset()
        self._before: frozenset[Opening] = frozenset()

    def look(self, database: Database, now: datetime) -> set[int]:
        """What a clinic holds is due at once where something opened; which clinics."""
        with database.reading() as session:
            open_now = openings(session, now)
        # Twice for each: at the first look a worker may just hold the text, decided by
        # what was true before, and put it back to wait.
        new = {one.clinic_id for one in open_now - (self._last & self._before)}
        for clinic_id in sorted(new):
            database.retrying(partial(look_again, clinic_id=clinic_id, now=now))
        self._last, self._before = open_now, self._last
        return new


def openings(session: Session, now: datetime) -> frozenset[Opening]:
    """Of every number that serves a campaign."""
    cells = _cells(session)
    rows = session.connection().execute(
        sa.select(
            col(SenderNumber.id),
            col(SenderNumber.clinic_id),
            col(SenderNumber.campaign_id),
            col(SenderNumber.connected_at),
            col(VendorAccount.account_sid),
            col(VendorAccount.halted_since),
            col(Watermark.complete_until),
        )
        .outerjoin(
            VendorAccount, col(VendorAccount.clinic_id) == col(SenderNumber.clinic_id)
        )
        .outerjoin(Watermark, col(Watermark.number_id) == col(SenderNumber.id))
        .where(col(SenderNumber.campaign_id).is_not(None))
    )
    return frozenset(
        Opening(row.clinic_id, row.id, what)
        for row in rows
        for what in _open(row, cells[row.campaign_id], now)
    )


def _open(row: Any, cells: Mapping[str, Cell], now: datetime) -> Iterator[str]:
    if row.connected_at is not None:
        yield "number"
    if row.account_sid is not None and row.halted_since is None:
        yield "account"
    seen = row.complete_until
    if seen is not None and abs(now - seen) <= INBOUND_VALID:
        yield "inbound"
    yield from (name for name, cell in cells.items() if is_active(cell, now))


def _cells(session: Session) -> Mapping[int, Mapping[str, Cell]]:
    found: dict[int, dict[str, Cell]] = defaultdict(dict)
    rows = session.connection().execute(
        sa.select(
            col(CarrierCell.campaign_id),
            col(CarrierCell.carrier),
            col(CarrierCell.status),
            col(CarrierCell.since),
            col(CarrierCell.source),
            col(CarrierCell.observed_at),
        )
    )
    for campaign_id, carrier, status, since, source, observed_at in rows:
        found[campaign_id][carrier.value] = Cell(
            status=status, since=since, source=source, observed_at=observed_at
        )
    return found
