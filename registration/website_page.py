"""What an operator sees of a campaign's website.  Reads rows; two queries for any
number of pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, select

from registration.models import Brand, Campaign
from registration.website_models import PageLook, WebsiteLook

ORDER = ("blocking", "warning", "advice")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebsitePage:
    website: str
    waiting: WebsiteLook | None
    last: WebsiteLook | None
    findings: Sequence[dict[str, Any]]  # the worst first
    pages: Sequence[PageLook]

    @property
    def blocking(self) -> int:
        return sum(one["severity"] == "blocking" for one in self.findings)


def website_page(session: Session, campaign: Campaign) -> WebsitePage:
    looks = session.exec(
        select(WebsiteLook)
        .where(
            col(WebsiteLook.clinic_id) == campaign.clinic_id,
            col(WebsiteLook.campaign_id) == campaign.id,
        )
        .order_by(col(WebsiteLook.id).desc())
        .limit(2)  # one may wait
    ).all()
    last = next((one for one in looks if one.done_at is not None), None)
    findings = list(last.findings) if last is not None else []
    return WebsitePage(
        website=session.get_one(Brand, campaign.brand_id).website,
        waiting=next((one for one in looks if one.done_at is None), None),
        last=last,
        findings=sorted(findings, key=lambda one: ORDER.index(one["severity"])),
        pages=_pages(session, last) if last is not None else [],
    )


def _pages(session: Session, look: WebsiteLook) -> Sequence[PageLook]:
    return session.exec(
        select(PageLook)
        .where(
            col(PageLook.clinic_id) == look.clinic_id,
            col(PageLook.look_id) == look.id,
        )
        .order_by(col(PageLook.id))
    ).all()
