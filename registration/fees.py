"""The setup fee and the fee ledger: what was paid, for what, and what each resubmission
cost in money and in days.

Paid means an amount, a day and a receipt; there is no waiver (R29, R30).  Amounts that
vendors take are rows of `data/fees.csv` with their source and day.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files

from sqlmodel import Session, col, select

from clinics.access import lock_clinic
from kernel.business_days import ZONE, day_of_zone
from kernel.errors import Conflict, Invalid
from registration.desk_models import FeeEntry, FeeKind

LARGEST = 10_000_000  # cents
LONGEST = 80  # characters of a receipt
AMOUNT = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d{2})?")


@dataclass(frozen=True, slots=True)
class Price:
    """What an item costs at a source, on a day."""

    item: str
    words: str
    cents: int
    per: str
    source: str
    seen_on: str


def pay(
    session: Session,
    clinic_id: int,
    kind: FeeKind,
    *,
    cents: int,
    receipt: str,
    on: date,
    by: str,
    now: datetime,
    campaign_id: int | None = None,
) -> FeeEntry:
    """Raises Invalid for what is no payment: no amount, no receipt, a day to come;
    Conflict for what is in the ledger already."""
    receipt = receipt.strip()
    if not 0 < cents <= LARGEST:
        raise Invalid("Give the amount that was paid. There is no waiver.")
    if not receipt or len(receipt) > LONGEST or not receipt.isprintable():
        raise Invalid(f"Give the number of the receipt, at most {LONGEST} characters.")
    if on > day_of_zone(now, ZONE):
        raise Invalid(f"{on.isoformat()} is in the future. Give the day of payment.")
    lock_clinic(session, clinic_id)  # of two clicks, one finds the other's entry
    _refuse_twice(session, clinic_id, kind, receipt)
    return _enter(
        session,
        FeeEntry(
            clinic_id=clinic_id,
            campaign_id=campaign_id,
            kind=kind,
            cents=cents,
            purpose=list(purposes(kind)),
            receipt=receipt,
            paid_on=on,
            recorded_at=now,
            recorded_by=by,
        ),
    )


def _refuse_twice(
    session: Session, clinic_id: int, kind: FeeKind, receipt: str
) -> None:
    same = select(FeeEntry.id).where(
        col(FeeEntry.clinic_id) == clinic_id, col(FeeEntry.receipt) == receipt
    )
    if session.exec(same).first() is not None:
        raise Conflict(
            f"Receipt '{receipt}' is in this clinic's ledger already; somebody may have "
            "just recorded it. Look at the ledger before you record another."
        )
    paid = setup_paid(session, clinic_id) if kind is FeeKind.setup else None
    if paid is not None:
        raise Conflict(
            f"The setup fee was paid already, with receipt '{paid.receipt}'. It is due "
            "once: record another payment under its own kind."
        )


def fell_due(
    session: Session,
    clinic_id: int,
    kind: FeeKind,
    *,
    campaign_id: int,
    by: str,
    now: datetime,
    cause: str | None = None,
    days_lost: int | None = None,
) -> FeeEntry:
    """What a vendor takes for this step, at the price of the table."""
    return _enter(
        session,
        FeeEntry(
            clinic_id=clinic_id,
            campaign_id=campaign_id,
            kind=kind,
            cents=price(kind).cents,
            purpose=list(purposes(kind)),
            cause=cause,
            days_lost=days_lost,
            recorded_at=now,
            recorded_by=by,
        ),
    )


def setup_paid(session: Session, clinic_id: int) -> FeeEntry | None:
    return session.exec(
        select(FeeEntry)
        .where(
            col(FeeEntry.clinic_id) == clinic_id,
            col(FeeEntry.kind) == FeeKind.setup,
            col(FeeEntry.receipt).is_not(None),
        )
        .order_by(col(FeeEntry.id))
        .limit(1)
    ).first()


def ledger(session: Session, clinic_id: int) -> Sequence[FeeEntry]:
    """Oldest first."""
    return session.exec(
        select(FeeEntry)
        .where(col(FeeEntry.clinic_id) == clinic_id)
        .order_by(col(FeeEntry.id))
    ).all()


def read_amount(given: str) -> int:
    """Cents of `250`, `$250.00` or `1,250.00`.  Raises Invalid for anything else."""
    found = AMOUNT.fullmatch(given.strip())
    amount = (found[1] + (found[2] or "")).replace(",", "") if found else "0"
    cents = int(Decimal(amount) * 100)
    if not cents:
        raise Invalid(f"'{given.strip()}' is no amount. Write it like 250 or 250.00.")
    return cents


def dollars(cents: int) -> str:
    return f"${cents / 100:,.2f}"


def purposes(kind: FeeKind) -> tuple[str, ...]:
    """What a fee is for, in lines (R30)."""
    rows = _rows("fee_purposes.csv")
    return tuple(row["words"] for row in rows if row["kind"] == kind.value)


def price(kind: FeeKind) -> Price:
    return next(one for one in prices() if one.item == kind.value)


@cache
def prices() -> tuple[Price, ...]:
    return tuple(
        Price(
            row["item"],
            row["words"],
            int(row["cents"]),
            row["per"],
            row["source"],
            row["seen_on"],
        )
        for row in _rows("fees.csv")
    )


def _rows(name: str) -> list[dict[str, str]]:
    text = files("registration").joinpath("data", name).read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def _enter(session: Session, entry: FeeEntry) -> FeeEntry:
    session.add(entry)
    session.flush()
    return entry
