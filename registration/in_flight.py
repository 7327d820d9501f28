"""Campaigns that nobody has decided on yet: when each may be approved, which of them
wait for too long, and what a change of their brand means for them.

Opens tasks; decides nothing and asks nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from clinics.models import TaskKind
from clinics.tasks import open_task
from kernel.business_days import ZONE, between, day_zero
from kernel.carriers import LABELS, Carrier
from kernel.clock import day_words
from registration.bands import days_of
from registration.carrier_review import REVIEWERS, expected_reviews
from registration.desk_models import LayerState
from registration.forecast import Case, Forecast, forecast, is_standard
from registration.layers import layers_of
from registration.models import (
    Brand,
    Campaign,
    CarrierCell,
    Identity,
    SubmissionVersion,
)
from registration.report import flags_of
from registration.status import Status
from registration.submission import Submission

UNDECIDED = (Status.PENDING, Status.REVIEW)
LIKELY_CAUSES = (  # of a standard case that stays PENDING (R105)
    "an aggregator has flagged it without turning it down and looks a second time",
    "the brand has a problem: a change of its status reaches campaigns in flight",
    "the aggregator is behind, and only the provider (CSP) can ask it",
)
RUNS_NOTHING = {
    Identity.UNVERIFIED: "An unverified brand may run no campaign, so nothing is "
    "approved before its tax data is mended.",
    Identity.SELF_DECLARED: "A brand that only declares itself may run a "
    "sole-proprietor campaign and no other.",
    None: "The registry has not said who it is, so nothing is approved before it does.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight:
    """A campaign that is PENDING or in REVIEW."""

    campaign_id: int
    clinic_id: int
    ref: str
    status: Status
    since: datetime  # handed in, or first seen so
    case: Case
    version_id: int | None = None  # of the submission that counts; None: from elsewhere
    needed_by: date | None = None

    @property
    def forecast(self) -> Forecast:
        return forecast(self.case)


def pending_for(since: datetime, now: datetime) -> int:
    """Business days; the day of handing in is day 0."""
    return between(day_zero(since), now.astimezone(ZoneInfo(ZONE)).date())


def too_long(case: Case, count: int) -> bool:
    """More than 10 business days in the standard case (R105); where carriers must look
    themselves, more than their review can take."""
    reviews = expected_reviews(case.use_case, case.flags)
    if is_standard(case.use_case, reviews):
        return count > days_of("pending_alarm").most
    return count > max(review.days.most for review in reviews.values())


def ask_about_long_pending(session: Session, now: datetime) -> int:
    """One task for each campaign that has been PENDING for too long, once for each
    submission.  A busy period is told of and silences nothing."""
    opened = 0
    for one in _in_flight(session, col(Campaign.status) == Status.PENDING):
        count = pending_for(one.since, now)
        if too_long(one.case, count):
            opened += open_task(
                session,
                one.clinic_id,
                TaskKind.pending_long,
                f"pending:{one.campaign_id}:{one.since:%Y-%m-%d}",
                _pending_sentence(one, count),
                now,
            )
    return opened


def brand_changed(session: Session, brand: Brand, now: datetime) -> int:
    """A task for each campaign in flight of a brand whose identity is another now, with
    what is to be expected from here on; how many there are."""
    wanted = col(Campaign.brand_id) == brand.id
    flights = _in_flight(session, wanted, col(Campaign.status).in_(UNDECIDED))
    since = brand.identity_since or now
    word = brand.identity.value if brand.identity else "unknown"
    return sum(
        open_task(
            session,
            one.clinic_id,
            TaskKind.brand_changed,
            f"brand:{brand.id}:{word}:{since.isoformat()}:{one.campaign_id}",
            _brand_sentence(brand, word, one),
            now,
            urgent=brand.identity in RUNS_NOTHING,
            due_in=timedelta(hours=24),
        )
        for one in flights
    )


def flight_of(session: Session, campaign: Campaign) -> Flight | None:
    """None once it is decided on, or not yet handed in."""
    wanted = col(Campaign.id) == campaign.id
    found = _in_flight(session, wanted, col(Campaign.status).in_(UNDECIDED))
    if not found or found[0].version_id is None:
        return found[0] if found else None
    layers = layers_of(session, found[0].version_id).values()
    reviewed = any(one.state is LayerState.review for one in layers)
    return replace(found[0], case=replace(found[0].case, reviewed=reviewed))


def waiting_for(session: Session, campaign_id: int) -> frozenset[Carrier]:
    """The carriers that have not approved it."""
    active = session.exec(
        select(CarrierCell.carrier).where(
            col(CarrierCell.campaign_id) == campaign_id,
            col(CarrierCell.status) == Status.ACTIVE,
        )
    )
    return frozenset(REVIEWERS) - frozenset(active)


def _in_flight(session: Session, *which: Any) -> list[Flight]:
    """In one query, whatever their number."""
    newest = (
        sa.select(
            col(SubmissionVersion.campaign_id).label("campaign_id"),
            sa.func.max(col(SubmissionVersion.version)).label("version"),
        )
        .group_by(col(SubmissionVersion.campaign_id))
        .subquery()
    )
    rows = session.execute(
        sa.select(Campaign, SubmissionVersion)
        .outerjoin(newest, newest.c.campaign_id == col(Campaign.id))
        .outerjoin(
            SubmissionVersion,
            sa.and_(
                col(SubmissionVersion.campaign_id) == col(Campaign.id),
                col(SubmissionVersion.version) == newest.c.version,
            ),
        )
        .where(col(Campaign.expired_at).is_(None), *which)
        .order_by(col(Campaign.id))
    )
    found = (_flight(campaign, version) for campaign, version in rows)
    return [one for one in found if one is not None]


def _flight(campaign: Campaign, version: SubmissionVersion | None) -> Flight | None:
    since = version.handed_in_at if version else campaign.status_since
    if since is None:
        return None  # the vendor does not have it yet, so nobody is slow
    case = Case(
        use_case=campaign.use_case, flags=frozenset(), handed_in=day_zero(since)
    )
    if version is not None:
        submission = Submission.model_validate(version.content, strict=False)
        case = replace(
            case,
            use_case=submission.campaign.use_case,
            flags=flags_of(submission),
        )
    return Flight(
        campaign_id=campaign.id or 0,
        clinic_id=campaign.clinic_id,
        ref=campaign.ref,
        status=campaign.status,
        since=since,
        case=case,
        version_id=version.id if version else None,
        needed_by=version.needed_by if version else None,
    )


def _pending_sentence(one: Flight, count: int) -> str:
    causes = "; ".join(f"({n}) {words}" for n, words in enumerate(LIKELY_CAUSES, 1))
    return (
        f"Campaign '{one.ref}' has been PENDING for {count} business days. "
        f"{_windows(one.forecast)} Usually it is one of three: {causes}. Look at the "
        "brand's status, and follow up with the provider (CSP): ask for its state at "
        "the aggregator."
    )


def _windows(found: Forecast) -> str:
    """The usual time, and beside it that of the busy period, where there is one."""
    step = found.layers[-1]
    usual = f"The aggregators usually take {step.usual.days}"
    if step.busy is None:
        return f"{usual}."
    names = ", ".join(one.name for one in found.periods) or "a long queue"
    return f"{usual}, and {step.busy.days} because of {names}."


def _brand_sentence(brand: Brand, word: str, one: Flight) -> str:
    stands = RUNS_NOTHING.get(brand.identity) or _dates(one.forecast)
    return (
        f"The brand '{brand.legal_name}' is {word} now, and campaign '{one.ref}' is "
        f"{one.status.value}. {stands} Look at the campaign in the provider's portal."
    )


def _dates(found: Forecast) -> str:
    parts: Iterable[str] = (
        f"{LABELS[carrier]} by {day_words(step.window.last)}"
        for carrier, step in found.carriers.items()
    )
    return f"Its estimate stands: {', '.join(parts)} at the latest."
