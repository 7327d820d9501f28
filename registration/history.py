"""How long it really took: the operator's own submissions, of all clinics together.

Reads rows; names no clinic.  Shown beside what the sources say, never mixed into it,
and only where there are at least three.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from kernel.business_days import ZONE, between, day_zero
from registration.desk_models import Layer, LayerEvent, LayerState, SubmissionVersion
from registration.models import StatusEvent
from registration.status import Status

ENOUGH = 3
NEWEST = 200  # submissions looked at


@dataclass(frozen=True, slots=True)
class Took:
    """Business days from handing in."""

    count: int
    least: int
    median: float
    most: int

    def __str__(self) -> str:
        half = f"{self.median:g}"
        return f"{half} business days as a rule ({self.least} to {self.most})"


Own = Mapping[str, Took]  # by layer or carrier


def own_times(session: Session) -> Own:
    """For both layers and for each carrier that has spoken often enough."""
    versions = session.exec(
        select(SubmissionVersion)
        .where(col(SubmissionVersion.handed_in_at).is_not(None))
        .order_by(col(SubmissionVersion.id).desc())
        .limit(NEWEST)
    ).all()
    cleared = _cleared(session, [one.id or 0 for one in versions])
    approved = _approved(session, {one.campaign_id for one in versions})
    took: dict[str, list[int]] = {}
    ended: dict[int, datetime] = {}  # by campaign: when a newer version took over
    for one in versions:  # the newest first
        since = one.handed_in_at
        assert since is not None  # as the query says
        spoken = cleared.get(one.id or 0, {}) | _within(
            approved.get(one.campaign_id, ()), since, ended.get(one.campaign_id)
        )
        for key, at in spoken.items():
            took.setdefault(key, []).append(_days(since, at))
        ended[one.campaign_id] = since
    return {key: summary(days) for key, days in took.items() if len(days) >= ENOUGH}


def summary(days: Iterable[int]) -> Took:
    found = sorted(days)
    return Took(len(found), found[0], median(found), found[-1])


def _days(since: datetime, until: datetime) -> int:
    return between(day_zero(since), until.astimezone(ZoneInfo(ZONE)).date())


def _cleared(
    session: Session, version_ids: Sequence[int]
) -> dict[int, dict[str, datetime]]:
    """By version: when each layer had let it through; of two aggregators the later."""
    events = session.exec(
        select(LayerEvent)
        .where(
            col(LayerEvent.submission_id).in_(version_ids),
            col(LayerEvent.applied),
            col(LayerEvent.state) == LayerState.cleared,
        )
        .order_by(col(LayerEvent.id))
    )
    found: dict[int, dict[str, datetime]] = {}
    for event in events:
        key = "validation" if event.layer is Layer.tcr else "aggregators"
        times = found.setdefault(event.submission_id, {})
        times[key] = max(event.at, times.get(key, event.at))
    return found


def _approved(
    session: Session, campaign_ids: Collection[int]
) -> dict[int, list[tuple[str, datetime]]]:
    """By campaign: each time a carrier said yes, the first one first."""
    events = session.exec(
        select(StatusEvent)
        .where(
            col(StatusEvent.campaign_id).in_(campaign_ids),
            col(StatusEvent.carrier).is_not(None),
            col(StatusEvent.applied),
            col(StatusEvent.after) == Status.ACTIVE,
        )
        .order_by(col(StatusEvent.at), col(StatusEvent.id))
    )
    found: dict[int, list[tuple[str, datetime]]] = {}
    for event in events:
        if event.carrier is not None:
            found.setdefault(event.campaign_id, []).append(
                (event.carrier.value, event.at)
            )
    return found


def _within(
    said: Iterable[tuple[str, datetime]], since: datetime, until: datetime | None
) -> dict[str, datetime]:
    """The first yes of each carrier to this version."""
    found: dict[str, datetime] = {}
    for carrier, at in said:
        if at >= since and (until is None or at < until):
            found.setdefault(carrier, at)
    return found
