"""All clinics at a glance, for the operator: which of them needs a person, and why.

Reads rows and decides nothing.  A fixed number of queries, however many clinics.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import Clinic, Task, VendorAccount
from clinics.tasks import OPERATORS
from kernel.phone import shown
from registration.board import CampaignLine, board_of_all
from registration.number_list import NumberLine, all_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A clinic's Twilio account, as far as it may be shown."""

    sid: str
    halted_since: datetime | None
    halted_why: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicLine:
    id: int
    slug: str
    name: str
    time_zone: str
    account: Account | None
    campaigns: tuple[CampaignLine, ...]
    numbers: tuple[NumberLine, ...]
    tasks: int
    needs: tuple[str, ...]  # what a person must do, worst first

    @property
    def connected(self) -> int:
        return sum(number.connected_at is not None for number in self.numbers)

    @property
    def word(self) -> str:
        """needs, waits or well."""
        if self.needs or self.tasks:
            return "needs"
        waits = any(campaign.rank == 1 for campaign in self.campaigns)
        return "waits" if waits else "well"


def overview(session: Session, now: datetime) -> list[ClinicLine]:
    """Every clinic; those that need a person first."""
    campaigns: dict[int, list[CampaignLine]] = {}
    for placed in board_of_all(session, now):
        campaigns.setdefault(placed.clinic_id, []).append(placed.line)
    numbers: dict[int, list[NumberLine]] = {}
    for number in all_numbers(session, now):
        numbers.setdefault(number.clinic_id, []).append(number)
    tasks = _tasks(session)
    lines = [
        _line(row, campaigns.get(row.id, ()), numbers.get(row.id, ()), tasks)
        for row in _clinics(session)
    ]
    order = ("needs", "waits", "well")
    return sorted(lines, key=lambda line: (order.index(line.word), line.name))


def account_of(session: Session, clinic_id: int) -> Account | None:
    found = session.get(VendorAccount, clinic_id)
    if found is None:
        return None
    return Account(
        sid=found.account_sid,
        halted_since=found.halted_since,
        halted_why=found.halted_why,
    )


def _clinics(session: Session) -> Iterable[Any]:
    return session.connection().execute(
        sa.select(
            col(Clinic.id),
            col(Clinic.slug),
            col(Clinic.display_name),
            col(Clinic.time_zone),
            col(VendorAccount.account_sid),
            col(VendorAccount.halted_since),
            col(VendorAccount.halted_why),
        ).outerjoin(VendorAccount, col(VendorAccount.clinic_id) == col(Clinic.id))
    )


def _tasks(session: Session) -> dict[int, int]:
    rows = session.connection().execute(
        sa.select(col(Task.clinic_id), sa.func.count())
        .where(col(Task.done_at).is_(None), col(Task.kind).in_(OPERATORS))
        .group_by(col(Task.clinic_id))
    )
    return {clinic_id: found for clinic_id, found in rows}


def _line(
    row: Any,
    campaigns: Iterable[CampaignLine],
    numbers: Iterable[NumberLine],
    tasks: dict[int, int],
) -> ClinicLine:
    account = None
    if row.account_sid is not None:
        account = Account(
            sid=row.account_sid,
            halted_since=row.halted_since,
            halted_why=row.halted_why,
        )
    campaigns, numbers = tuple(campaigns), tuple(numbers)
    return ClinicLine(
        id=row.id,
        slug=row.slug,
        name=row.display_name,
        time_zone=row.time_zone,
        account=account,
        campaigns=campaigns,
        numbers=numbers,
        tasks=tasks.get(row.id, 0),
        needs=(*_needs(account, numbers), *_campaigns_need(campaigns)),
    )


def _needs(account: Account | None, numbers: tuple[NumberLine, ...]) -> Iterable[str]:
    if account is None:
        yield "It has no Twilio account yet."
    elif account.halted_since is not None:
        yield "Twilio refuses its account."
    if not numbers:
        yield "It has no texting number yet."
    elif all(number.connected_at is None for number in numbers):
        yield "None of its numbers is connected."
    for number in numbers:
        if number.gap:
            yield f"Replies to {shown(number.phone)} are not known to be complete."


def _campaigns_need(campaigns: tuple[CampaignLine, ...]) -> Iterable[str]:
    if all(campaign.expired_at is not None for campaign in campaigns):
        yield "Its campaign has expired." if campaigns else "It has no campaign yet."
    for campaign in campaigns:
        if campaign.expired_at is not None:
            continue
        for carrier in campaign.carriers:
            if carrier.grave:
                said = carrier.cell.status.value if carrier.cell else "nothing heard"
                old = ", not confirmed for 24 hours" if carrier.stale else ""
                yield f"{carrier.label}: {said}{old} ({campaign.ref})."
