"""When a carrier's word needs a person: the tasks of registration."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from clinics.models import TaskKind
from clinics.tasks import open_task
from kernel.carriers import LABELS, Carrier
from registration.models import Campaign, CarrierCell
from registration.status import BY_A_PERSON, Cell, Changed, Confirmed, Status
from registration.words import meanings

RECONFIRM_AFTER = timedelta(days=30)  # architecture section 7
URGENT = frozenset({Status.SUSPENDED, Status.REJECTED})


def active_lost(
    session: Session,
    campaign: Campaign,
    carrier: Carrier,
    before: Cell | None,
    result: Changed | Confirmed,
) -> None:
    """A task if a carrier took ACTIVE back; one an hour, since sources may disagree."""
    if before is None or before.status is not Status.ACTIVE:
        return
    cell = result.cell
    if cell.status is Status.ACTIVE:
        return
    open_task(
        session,
        campaign.clinic_id,
        TaskKind.carrier_word,
        f"lost:{campaign.id}:{carrier.value}:{cell.status.value}:"
        f"{cell.since:%Y-%m-%dT%H}",
        f"{LABELS[carrier]} no longer has campaign '{campaign.ref}' ACTIVE but "
        f"{cell.status.value}. {result.why} {meanings()[cell.status].next_action}",
        cell.since,
        urgent=cell.status in URGENT,
    )


def look_at_event(
    session: Session, clinic_id: int, ref: str, event: str, at: datetime
) -> None:
    """TCR told of a change and we have no key to ask what it is."""
    open_task(
        session,
        clinic_id,
        TaskKind.carrier_word,
        f"event:{ref}:{event}:{at:%Y-%m-%dT%H}",
        f"The Campaign Registry says that something changed for campaign '{ref}' "
        f"({event}). Look at its portal and record each carrier's status.",
        at,
    )


def ask_to_reconfirm(session: Session, now: datetime) -> None:
    """A task for every ACTIVE that a person typed 30 days ago."""
    rows = session.connection().execute(
        sa.select(
            col(CarrierCell.clinic_id),
            col(CarrierCell.carrier),
            col(CarrierCell.observed_at),
            col(Campaign.id),
            col(Campaign.ref),
        )
        .join(Campaign, col(Campaign.id) == CarrierCell.campaign_id)
        .where(
            col(CarrierCell.status) == Status.ACTIVE,
            col(CarrierCell.source).in_(BY_A_PERSON),
            col(CarrierCell.observed_at) <= now - RECONFIRM_AFTER,
            col(Campaign.expired_at).is_(None),
        )
    )
    for row in rows.all():
        open_task(
            session,
            row.clinic_id,
            TaskKind.reconfirm,
            f"reconfirm:{row.id}:{row.carrier.value}:{row.observed_at.isoformat()}",
            f"{LABELS[row.carrier]} was recorded ACTIVE for campaign '{row.ref}' more "
            "than 30 days ago. Look at the portal and record its status again.",
            now,
            due_in=timedelta(days=7),
        )
