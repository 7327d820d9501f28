"""Numbers that the vendor's errors speak against, for as long as nothing was heard of the
phone since.

Reads rows and decides nothing; whether a number is held, `gateway.unreached` decides.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from gateway.models import LOST, InboundMessage, Message
from gateway.send_errors import table
from gateway.unreached import NO_PHONE_THERE

LOOKED_BACK = timedelta(days=90)
TWICE = 2


class Fault(StrEnum):
    """The gravest first: of two, the page says this one."""

    wrong_person = "wrong_person"
    invalid = "invalid"
    not_textable = "not_textable"
    unreachable = "unreachable"
    shared = "shared"
    missing = "missing"


Said = tuple[Fault, str]  # what is wrong, and why we think so


def lost_numbers(session: Session, clinic_id: int, now: datetime) -> dict[str, Said]:
    """By phone: what error numbers of the last texts say, unless the phone has been
    heard of since."""
    bad = [
        code
        for code, error in table().items()
        if error.invalid_number or code in NO_PHONE_THERE
    ]
    heard = (
        sa.select(sa.func.max(col(InboundMessage.received_at)))
        .where(
            col(InboundMessage.clinic_id) == clinic_id,
            col(InboundMessage.phone) == col(Message.phone),
        )
        .correlate(Message)
        .scalar_subquery()
    )
    arrived: Any = aliased(Message)
    reached = (
        sa.select(sa.func.max(arrived.delivered_at))
        .where(arrived.clinic_id == clinic_id, arrived.phone == col(Message.phone))
        .correlate(Message)
        .scalar_subquery()
    )
    rows = session.connection().execute(
        sa.select(
            col(Message.phone),
            col(Message.error_code),
            col(Message.finished_at),
            heard.label("heard"),
            reached.label("reached"),
        )
        .where(
            col(Message.clinic_id) == clinic_id,
            sa.text(LOST),
            col(Message.finished_at) > now - LOOKED_BACK,
            col(Message.error_code).in_(bad),
        )
        .order_by(col(Message.finished_at))
    )
    codes: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if all(at is None or at < row.finished_at for at in (row.heard, row.reached)):
            codes[row.phone].append(row.error_code)
    found = {phone: _of_codes(some) for phone, some in codes.items()}
    return {phone: fault for phone, fault in found.items() if fault}


def _of_codes(codes: Sequence[str]) -> Said | None:
    """The newest stands last."""
    error = table()[codes[-1]]
    if error.code in NO_PHONE_THERE:
        lost = sum(code in NO_PHONE_THERE for code in codes)
        why = f"{lost} texts found no phone, and nothing came from it since."
        return (Fault.unreachable, why) if lost >= TWICE else None
    fault = Fault.invalid if "cannot exist" in error.sentence else Fault.not_textable
    return fault, error.sentence.partition(". ")[0] + "."
