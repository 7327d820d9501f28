"""Looks at campaigns' websites: whose turn it is, what was seen, what has changed (N6).

No page is opened inside a transaction.  A look keeps what it saw; only what became
worse, or words about texts that changed, is told to a person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import Clinic
from kernel.db import Database, insert_or_ignore
from kernel.fetched import Web
from kernel.logs import log
from registration.checks.finding import found
from registration.drafts import content_of, draft_of
from registration.layers import newest
from registration.models import Brand, Campaign, SubmissionDraft
from registration.submission import BrandPart, CampaignPart, Submission
from registration.website import SiteReport, look
from registration.website_changes import Seen, changes
from registration.website_models import PageCopy, PageLook, WebsiteLook
from registration.website_told import seen_before, tell

EVERY = timedelta(hours=24)
BATCH = 20  # campaigns of one pass


@dataclass(frozen=True, slots=True)
class Place:
    clinic_id: int
    campaign_id: int | None  # None: it is a draft
    ref: str
    submission: Submission
    content_sha256: str | None = None


def ask(
    session: Session, clinic_id: int, campaign_id: int, by: str | None, now: datetime
) -> bool:
    """The clock looks within a minute.  False: a look is waiting already."""
    waiting = select(WebsiteLook).where(
        col(WebsiteLook.clinic_id) == clinic_id,
        col(WebsiteLook.campaign_id) == campaign_id,
        col(WebsiteLook.done_at).is_(None),
    )
    if session.exec(waiting).first() is not None:
        return False
    session.add(
        WebsiteLook(
            clinic_id=clinic_id, campaign_id=campaign_id, asked_at=now, asked_by=by
        )
    )
    return True


def ask_about_draft(
    session: Session, draft: SubmissionDraft, by: str, now: datetime
) -> bool:
    """The same for a draft, as it will be when the clock looks."""
    last = last_of_draft(session, draft)
    if last is not None and last.done_at is None:
        return False
    session.add(
        WebsiteLook(
            clinic_id=draft.clinic_id, draft_id=draft.id, asked_at=now, asked_by=by
        )
    )
    return True


def look_now(
    database: Database,
    web: Web,
    clinic_id: int,
    draft_id: int,
    by: str,
    now: datetime,
) -> None:
    """The look that the clock would do, for a person who waits for it."""

    def asked(session: Session) -> int:
        draft = draft_of(session, clinic_id, draft_id)
        ask_about_draft(session, draft, by, now)
        session.flush()
        look = last_of_draft(session, draft)
        return look.id or 0 if look else 0

    _do(database, web, database.retrying(asked), now)


def last_of_draft(session: Session, draft: SubmissionDraft) -> WebsiteLook | None:
    """The newest look that was asked for, done or waiting."""
    return session.exec(
        select(WebsiteLook)
        .where(col(WebsiteLook.draft_id) == draft.id)
        .order_by(col(WebsiteLook.id).desc())
        .limit(1)
    ).first()


def watch(database: Database, web: Web, now: datetime) -> int:
    """Asks for every look whose day has come, and does those that wait."""
    database.retrying(lambda session: _ask_for_due(session, now))
    with database.reading() as session:
        waiting: list[Any] = list(
            session.connection().scalars(
                sa.select(col(WebsiteLook.id))
                .where(col(WebsiteLook.done_at).is_(None))
                .order_by(col(WebsiteLook.id))
                .limit(BATCH)
            )
        )
    for look_id in waiting:
        try:
            _do(database, web, look_id, now)
        except Exception as failure:  # one strange page must not end the watch
            log().error(
                "website look failed", look=look_id, error=type(failure).__name__
            )
            database.retrying(partial(_give_up, look_id=look_id, now=now))
    return len(waiting)


def _give_up(session: Session, look_id: int, now: datetime) -> None:
    """A look that broke is over, and says so: it must not stand before all others."""
    broken = found("url.not_opened", "brand.website", url="the website", why="it broke")
    session.connection().execute(
        sa.update(WebsiteLook)
        .where(col(WebsiteLook.id) == look_id, col(WebsiteLook.done_at).is_(None))
        .values(done_at=now, findings=[broken.fields()])
    )


def _ask_for_due(session: Session, now: datetime) -> None:
    newest = (
        sa.select(sa.func.max(col(WebsiteLook.asked_at)))
        .where(
            col(WebsiteLook.clinic_id) == col(Campaign.clinic_id),
            col(WebsiteLook.campaign_id) == col(Campaign.id),
        )
        .scalar_subquery()
    )
    due = sa.select(col(Campaign.clinic_id), col(Campaign.id)).where(
        col(Campaign.expired_at).is_(None),
        sa.or_(newest.is_(None), newest <= now - EVERY),
    )
    rows: list[Any] = list(session.connection().execute(due))
    for clinic_id, campaign_id in rows:
        ask(session, clinic_id, campaign_id, None, now)


def _do(database: Database, web: Web, look_id: int, now: datetime) -> None:
    with database.reading() as session:
        place = _place(session, look_id)
    report = look(place.submission, web, now)
    database.retrying(lambda session: _keep(session, place, look_id, report, now))


def _place(session: Session, look_id: int) -> Place:
    asked = session.get_one(WebsiteLook, look_id)
    if asked.draft_id is not None:
        draft = session.get_one(SubmissionDraft, asked.draft_id)
        content = content_of(draft)
        return Place(asked.clinic_id, None, draft.ref, content, draft.content_sha256)
    campaign = session.get_one(Campaign, asked.campaign_id or 0)
    return Place(
        asked.clinic_id,
        campaign.id,
        campaign.ref,
        registered(session, campaign),
    )


def registered(session: Session, campaign: Campaign) -> Submission:
    """What the campaign is registered with, as far as we know it.  The policy and the
    terms of one that was registered elsewhere are those that the home page links."""
    version = newest(session, campaign.id or 0)
    if version is not None:
        return Submission.model_validate(version.content, strict=False)
    brand = session.get_one(Brand, campaign.brand_id)
    clinic = session.get_one(Clinic, campaign.clinic_id)
    return Submission(
        brand=BrandPart(
            legal_name=brand.legal_name, dba=clinic.display_name, website=brand.website
        ),
        campaign=CampaignPart(
            use_case=campaign.use_case,
            description=campaign.description,
            message_flow=campaign.message_flow,
            samples=tuple(campaign.samples),
        ),
    )


def _keep(
    session: Session, place: Place, look_id: int, report: SiteReport, now: datetime
) -> None:
    taken = session.connection().execute(
        sa.update(WebsiteLook)
        .where(col(WebsiteLook.id) == look_id, col(WebsiteLook.done_at).is_(None))
        .values(
            done_at=now,
            findings=[one.fields() for one in report.findings],
            content_sha256=place.content_sha256,
        )
    )
    if not taken.rowcount:
        return  # another clock was faster
    _keep_pages(session, place, look_id, report, now)
    if place.campaign_id is None:
        return  # a draft is still being written: nobody is alarmed
    before = seen_before(session, place.clinic_id, place.campaign_id, look_id)
    words = {page.url: page.words for page in report.pages if page.why is None}
    seen = Seen([one.fields() for one in report.findings], words)
    campaign = session.get_one(Campaign, place.campaign_id)
    tell(session, campaign, look_id, changes(before, seen), now)


def _keep_pages(
    session: Session, place: Place, look_id: int, report: SiteReport, now: datetime
) -> None:
    for page in report.pages:
        kept = {
            "clinic_id": place.clinic_id,
            "words_sha256": page.words_sha256,
            "words": page.words,
            "body": page.body,
            "body_sha256": page.body_sha256,
            "media_type": page.media_type,
            "kept_at": now,
        }
        session.connection().execute(insert_or_ignore(session, PageCopy), kept)
        session.add(
            PageLook(
                clinic_id=place.clinic_id,
                look_id=look_id,
                url=page.url,
                ended_at=page.at,
                status=page.status,
                why=page.why,
                media_type=page.media_type,
                body_sha256=page.body_sha256,
                words_sha256=page.words_sha256,
            )
        )
