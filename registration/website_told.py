"""What a look at a campaign's website is compared with, and whom a change is told."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import TaskKind
from clinics.tasks import open_task
from kernel.hashing import canonical, sha256_hex
from registration.models import Campaign
from registration.website_changes import Seen
from registration.website_models import PageCopy, PageLook, WebsiteLook


def seen_before(
    session: Session, clinic_id: int, campaign_id: int, look_id: int
) -> list[Seen]:
    """The last two looks before this one, the newest first."""
    looks = session.exec(
        select(WebsiteLook)
        .where(
            col(WebsiteLook.clinic_id) == clinic_id,
            col(WebsiteLook.campaign_id) == campaign_id,
            col(WebsiteLook.id) < look_id,
            col(WebsiteLook.done_at).is_not(None),
        )
        .order_by(col(WebsiteLook.id).desc())
        .limit(2)
    ).all()
    return [
        Seen(one.findings, _words(session, clinic_id, one.id or 0)) for one in looks
    ]


def _words(session: Session, clinic_id: int, look_id: int) -> Mapping[str, str]:
    rows = session.connection().execute(
        sa.select(col(PageLook.url), col(PageCopy.words))
        .join(
            PageCopy,
            sa.and_(
                col(PageCopy.clinic_id) == col(PageLook.clinic_id),
                col(PageCopy.words_sha256) == col(PageLook.words_sha256),
            ),
        )
        .where(
            col(PageLook.clinic_id) == clinic_id,
            col(PageLook.look_id) == look_id,
            col(PageLook.why).is_(None),
        )
    )
    return {row.url: row.words for row in rows}


def tell(
    session: Session,
    campaign: Campaign,
    look_id: int,
    told: Sequence[str],
    now: datetime,
) -> None:
    """A task where something became worse, once a month for the same change."""
    if not told:
        return
    session.connection().execute(
        sa.update(WebsiteLook)
        .where(col(WebsiteLook.id) == look_id)
        .values(changed=list(told))
    )
    same = sha256_hex(canonical(list(told)))[:16]
    open_task(
        session,
        campaign.clinic_id,
        TaskKind.website_changed,
        f"website:{campaign.id}:{same}:{now:%Y-%m}",
        f"The website of campaign '{campaign.ref}' has changed since it was registered. "
        f"{' '.join(told[:3])} Look at it, and ask the clinic to put it right.",
        now,
        due_in=timedelta(days=2),
    )
