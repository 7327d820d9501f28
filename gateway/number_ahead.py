"""The number that texts leave from, with all that the gate asks of it, for looking ahead.

Reads rows without a lock; what is assumed takes the place of what is stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from gateway.campaign_texts import HOUR, left_since
from gateway.joined import OF_NUMBER, joined_to_number
from gateway.pace import marks_of, sender_of
from gateway.pace_ahead import keys_of
from gateway.throughput import Marks, Sender
from kernel.carriers import Carrier
from registration.models import SenderNumber, SlowDown
from registration.status import POLLED, Cell, Source, Status, is_active
from registration.workflow import cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """The number that texts leave from, with all that the gate asks of it."""

    row: Mapping[str, Any]  # the columns of `OF_NUMBER`
    cells: Mapping[Carrier, Cell]
    slowed_to: Mapping[Carrier, int]  # texts an hour
    left: Mapping[Carrier, Sequence[datetime]]  # in the last hour, where slowed down
    sender: Sender | None  # None: it serves no campaign, so nothing leaves
    marks: Mapping[str, Marks]  # what left lately under each cap of a carrier

    @property
    def phone(self) -> str:
        return str(self.row["from_phone"])

    def polled(self, now: datetime) -> frozenset[Carrier]:
        """Whose approval the registry has confirmed lately, and so will again."""
        return frozenset(
            carrier
            for carrier, cell in self.cells.items()
            if cell.source in POLLED and is_active(cell, now)
        )

    def cells_at(
        self, at: datetime, polled: frozenset[Carrier]
    ) -> Mapping[Carrier, Cell]:
        """As they will be, where nobody says anything else."""
        return {
            one: replace(cell, observed_at=at) if one in polled else cell
            for one, cell in self.cells.items()
        }


def number_of(
    session: Session, clinic_id: int, number_id: int, now: datetime
) -> Number | None:
    """In five queries at most.  None for a number that is not the clinic's."""
    query = sa.select(*OF_NUMBER).select_from(SenderNumber)
    mine = (col(SenderNumber.id) == number_id, col(SenderNumber.clinic_id) == clinic_id)
    joined = joined_to_number(query, col(SenderNumber.clinic_id)).where(*mine)
    row = session.connection().execute(joined).one_or_none()
    if row is None:
        return None
    campaign_id = row.campaign_id
    sender = sender_of(row) if campaign_id is not None else None
    slowed = _slowed(session, clinic_id, campaign_id)
    return Number(
        row=dict(row._mapping),
        cells=cells(session, campaign_id) if campaign_id is not None else {},
        slowed_to=slowed,
        left=left_since(session, clinic_id, campaign_id, now - HOUR) if slowed else {},
        sender=sender,
        marks=marks_of(session, keys_of(sender)) if sender else {},
    )


def with_cells(
    number: Number, assumed: Mapping[Carrier, Status], now: datetime
) -> Number:
    """As if somebody had said so just now."""
    said = {
        carrier: Cell(
            status=status, since=now, source=Source.operator_entry, observed_at=now
        )
        for carrier, status in assumed.items()
    }
    return replace(number, cells={**number.cells, **said})


def _slowed(
    session: Session, clinic_id: int, campaign_id: int | None
) -> dict[Carrier, int]:
    rows = session.connection().execute(
        sa.select(col(SlowDown.carrier), col(SlowDown.per_hour)).where(
            col(SlowDown.clinic_id) == clinic_id,
            col(SlowDown.campaign_id) == campaign_id,
            col(SlowDown.lifted_at).is_(None),
        )
    )
    return {row.carrier: row.per_hour for row in rows}
