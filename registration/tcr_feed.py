"""Carries TCR's webhooks and polls into the carrier cells.

No call to TCR runs inside a transaction, and a failed poll changes nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime

import requests
import sqlalchemy as sa
from sqlmodel import Session, col, select

from kernel.carriers import Carrier
from kernel.db import Database, insert_or_ignore
from kernel.models import Heartbeat
from kernel.settings import Settings
from registration import tcr
from registration.alarms import look_at_event
from registration.heard_layers import hear_sharing
from registration.models import Campaign, StatusEvent, SubmissionVersion
from registration.status import Observation, Result, Source
from registration.workflow import expire, keep, observe

Words = tcr.PollAnswer | tcr.PollFailed
End = tcr.Expired | tcr.NotExpired | tcr.PollFailed
SILENCES = 3  # in a row end a round: each may have cost two time-outs
NOT_ASKED = "Not asked: TCR could not be reached just before."


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A living campaign that somebody outside knows about."""

    campaign_id: int
    clinic_id: int
    ref: str
    outside_id: str
    layered: bool = False  # handed in by us, so an aggregator has something to say


@dataclass(frozen=True, slots=True)
class Heard:
    """What one carrier's word did to one campaign."""

    target: Target
    carrier: Carrier
    result: Result


@dataclass(slots=True)
class Polled:
    """What a round of asking brought.  `failed` names those too that were not asked
    about, because nobody answered before."""

    asked: int = 0
    heard: list[Heard] = field(default_factory=list)
    expired: list[Target] = field(default_factory=list)
    failed: list[tuple[Target, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Received:
    """What a signed webhook did.  `poll` is the TCR id to ask about at once, after
    the COMMIT; `heard` is what was suspended."""

    why: str
    clinic_id: int | None = None
    poll: str | None = None
    heard: tuple[Heard, ...] = ()


def receive(
    session: Session, event: tcr.TcrEvent, now: datetime, *, can_ask: bool = True
) -> Received:
    """One signed event: a suspension acts here, all else asks for a poll, or for a
    person where there is no key to poll with.  Every event about a campaign of ours
    is kept raw."""
    asked = tcr.consequence(event)
    if isinstance(asked, tcr.Nothing):
        return Received(asked.why)
    target = _target(session, asked.tcr_id)
    if target is None:
        return Received(f"'{event.name}' is about a campaign that is not ours.")
    if isinstance(asked, tcr.PollCampaign):
        seen = Observation(
            status=None,
            raw=event.name,
            source=Source.tcr_webhook,
            at=now,
            evidence=event.raw,
        )
        why = "TCR says that something changed; it is asked at once."
        keep(session, target.campaign_id, seen, why)
        if not can_ask:
            look_at_event(session, target.clinic_id, target.ref, event.name, now)
        return Received(why, target.clinic_id, asked.tcr_id if can_ask else None)
    again = _heard_before(session, target, event)
    seen = tcr.suspension(event, now)
    heard = tuple(
        Heard(target, carrier, observe(session, target.campaign_id, carrier, seen))
        for carrier in sorted(asked.carriers)
    )
    # A new one is not asked about: an answer that lags behind would lift it again.
    # The very same body once more may be an old one that somebody replays.
    poll = asked.tcr_id if again and can_ask else None
    return Received("Suspended at once.", target.clinic_id, poll, heard)


def _heard_before(session: Session, target: Target, event: tcr.TcrEvent) -> bool:
    same = (
        sa.select(col(StatusEvent.id))
        .where(
            col(StatusEvent.clinic_id) == target.clinic_id,
            col(StatusEvent.campaign_id) == target.campaign_id,
            col(StatusEvent.source) == Source.tcr_webhook,
            col(StatusEvent.evidence) == event.raw,
        )
        .limit(1)
    )
    return session.connection().scalar(same) is not None


def poll_campaigns(
    database: Database, settings: Settings, now: datetime, only: str | None = None
) -> Polled:
    """Ask TCR about every living campaign, or about the one with the TCR id `only`.

    `now` is when the asking begins: what a webhook says meanwhile counts as later.
    """
    polled = Polled()
    if not settings.tcr_api_base:
        return polled
    with database.reading() as session:
        targets = _targets(session, only)
    silences, answered = 0, not targets
    with requests.Session() as http:
        for target in targets:
            if silences == SILENCES:
                polled.failed.append((target, NOT_ASKED))
                continue
            polled.asked += 1
            words, end, shared = _ask(http, settings, target)
            silent = isinstance(end, tcr.PollFailed) and not end.reached
            silences = silences + 1 if silent else 0
            answered = answered or isinstance(words, tcr.PollAnswer)
            if isinstance(shared, tcr.PollFailed):
                why = f"What the aggregator says is not known. {shared.why}"
                polled.failed.append((target, why))
            elif shared is not None:
                _hear_sharing(database, target, shared, now)
            _take(database, polled, target, words, end, now)
    if only is None and answered:
        beat(database, "tcr", now)
    return polled


def _ask(
    http: requests.Session, settings: Settings, target: Target
) -> tuple[Words, End, tcr.Shared | tcr.PollFailed | None]:
    """What the carriers say, whether the campaign has ended (one that has may have no
    operation status any more), and what the aggregator says where it was asked."""
    key = settings.tcr_api_key.get_secret_value()
    secret = settings.tcr_api_secret.get_secret_value()
    place = (http, settings.tcr_api_base, key, secret, target.outside_id)
    words = tcr.operation_status(*place)
    if isinstance(words, tcr.PollFailed) and not words.reached:
        return words, words, None
    shared = tcr.sharing(*place) if target.layered else None
    return words, tcr.expiry(*place), shared


def _hear_sharing(
    database: Database, target: Target, shared: tcr.Shared, now: datetime
) -> None:
    """Before the carriers' words: theirs count only once the layers are through."""
    database.retrying(
        lambda session: hear_sharing(session, target.campaign_id, shared, now)
    )


def _take(
    database: Database,
    polled: Polled,
    target: Target,
    words: Words,
    end: End,
    now: datetime,
) -> None:
    if isinstance(words, tcr.PollFailed):
        polled.failed.append((target, words.why))
    else:
        polled.heard += apply(database, target, tcr.observations(words, now))
        if isinstance(end, tcr.PollFailed):
            why = f"Whether it has expired is not known. {end.why}"
            polled.failed.append((target, why))
    if isinstance(end, tcr.Expired):
        seen = tcr.end(end, now)
        database.retrying(lambda session: expire(session, target.campaign_id, seen))
        polled.expired.append(target)


def apply(
    database: Database, target: Target, seen: dict[Carrier, Observation]
) -> list[Heard]:
    """What was seen of one campaign, in one transaction of its own."""
    return database.retrying(lambda session: apply_in(session, target, seen))


def apply_in(
    session: Session, target: Target, seen: dict[Carrier, Observation]
) -> list[Heard]:
    return [
        Heard(target, carrier, observe(session, target.campaign_id, carrier, word))
        for carrier, word in sorted(seen.items())
    ]


def beat(database: Database, name: str, now: datetime) -> None:
    """This work was last done at `now`."""

    def work(session: Session) -> None:
        values = {"name": name, "at": now}
        session.connection().execute(insert_or_ignore(session, Heartbeat), values)
        session.connection().execute(
            sa.update(Heartbeat).where(col(Heartbeat.name) == name).values(at=now)
        )

    database.retrying(work)


def _target(session: Session, tcr_id: str) -> Target | None:
    found = session.exec(select(Campaign).where(col(Campaign.tcr_id) == tcr_id)).first()
    return _of(found, tcr_id, layered=False) if found is not None else None


def _targets(session: Session, only: str | None) -> list[Target]:
    wanted = select(Campaign).where(
        col(Campaign.tcr_id).is_not(None), col(Campaign.expired_at).is_(None)
    )
    if only is not None:
        wanted = wanted.where(col(Campaign.tcr_id) == only)
    found = session.exec(wanted.order_by(col(Campaign.id))).all()
    layered = set(session.exec(select(SubmissionVersion.campaign_id).distinct()))
    return [
        _of(campaign, campaign.tcr_id, layered=campaign.id in layered)
        for campaign in found
        if campaign.tcr_id
    ]


def _of(campaign: Campaign, outside_id: str, *, layered: bool) -> Target:
    assert campaign.id is not None  # it was read from the database
    return Target(
        campaign_id=campaign.id,
        clinic_id=campaign.clinic_id,
        ref=campaign.ref,
        outside_id=outside_id,
        layered=layered,
    )
