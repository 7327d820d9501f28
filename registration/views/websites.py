"""A campaign's website: what the last look found, page by page, and another look."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlmodel import Session

from clinics.models import Role
from clinics.web import allow, here, me, noted
from kernel.errors import Conflict
from kernel.web import heed
from registration.dossier import campaign_of
from registration.website_looks import ask
from registration.website_page import website_page

bp = Blueprint("websites", __name__)


@bp.get("/operator/campaigns/<clinic>/<ref>/website")
@allow(Role.operator)
def website(clinic: str, ref: str) -> str:
    with heed().database.reading() as reading:
        campaign = campaign_of(reading, here().id, ref)
        found = website_page(reading, campaign)
    return render_template("registration/website.html", found=found, campaign=campaign)


@bp.post("/operator/campaigns/<clinic>/<ref>/website")
@allow(Role.operator)
def look_again(clinic: str, ref: str) -> Any:
    """Pages of strangers are slow, so the clock opens them, not this request."""

    def work(writing: Session) -> bool:
        campaign = campaign_of(writing, here().id, ref)
        if campaign.expired_at is not None:
            raise Conflict(
                f"Campaign '{ref}' has expired, so its website is not looked at any more."
            )
        noted(writing, "website look", ref)
        return ask(writing, here().id, campaign.id or 0, me().email, heed().now())

    if heed().database.retrying(work):
        flash(
            "The website is looked at within a minute. Load this page again then.",
            "done",
        )
    else:
        flash("A look is waiting already. Load this page again in a minute.", "done")
    return redirect(url_for("websites.website", clinic=clinic, ref=ref), 303)
