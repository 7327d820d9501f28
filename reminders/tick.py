"""One whole pass: hear what we missed, plan, then send, in this order, so that a
STOP always comes before the text it forbids."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from clinics.models import Clinic
from gateway.accounts import Accounts
from gateway.campaign_signals import watch_signals
from gateway.compare import compare_due
from gateway.dispatch import Dispatcher
from gateway.inbound import OnReply
from gateway.lookup_ahead import LookupAhead
from gateway.lost_answers import watch_answers
from gateway.models import Message
from gateway.openings import Openings
from gateway.pace_alarms import watch_days
from gateway.reconcile import reconcile
from gateway.timetable import Timetable
from gateway.twilio import Vendor
from gateway.website_pause import hold_while_changed
from kernel.clock import FixedClock, rfc3339
from kernel.fetch import Internet
from kernel.fetched import Web
from kernel.web import Heed
from registration.alarms import ask_to_reconfirm
from registration.brand_poll import poll_brands
from registration.desk_alarms import watch_desk
from registration.digest import send_digest
from registration.in_flight import ask_about_long_pending
from registration.move_alarms import ask_about_moves
from registration.tcr_feed import beat, poll_campaigns
from registration.vendor_verified import poll_vendor
from registration.website_looks import watch
from reminders.list_watch import watch_lists
from reminders.old_holds import watch_holds
from reminders.review_plan import REVIEWS_AT_ONCE, plan_reviews
from reminders.schedule import plan
from reminders.unsent import withdraw_declined
from reminders.upload_work import work_through

PLAN_AT_ONCE = 100  # visits a transaction: longer would keep a STOP waiting


@dataclass(frozen=True, slots=True)
class Works:
    """All moving parts of the program, wired once by the app."""

    heed: Heed
    accounts: Accounts
    vendor: Vendor
    on_reply: OnReply
    openings: Openings = field(default_factory=Openings)
    timetable: Timetable = field(default_factory=Timetable)
    lookups: LookupAhead = field(default_factory=LookupAhead)
    web: Web = field(default_factory=Internet)

    def dispatcher(self, owner: str, now: datetime | None = None) -> Dispatcher:
        """A worker's way to send; with `now` its clock stands still there."""
        return Dispatcher(
            database=self.heed.database,
            vendor=self.vendor,
            clock=FixedClock(now) if now else self.heed.clock,
            wall=self.heed.clock,
            public_base_url=self.heed.settings.public_base_url,
            owner=owner,
            timetable=self.timetable,
        )


@dataclass(slots=True)
class Pass:
    """What `flask tick` reports."""

    at: str
    reconciled: dict[str, Any] = field(default_factory=dict)
    compared: int = 0  # clinics whose turn of the day it was
    planned: int = 0
    looked_at: int = 0
    states: dict[str, int] = field(default_factory=dict)


def ask_registry(works: Works, now: datetime) -> None:
    """What the carriers say today.  A registry that is silent changes nothing."""
    settings, database = works.heed.settings, works.heed.database
    if settings.tcr_api_base:
        poll_campaigns(database, settings, now)
    poll_brands(database, works.accounts.client, now)
    trusted = settings.vendor_verified
    poll_vendor(database, works.accounts.client, now, trusted=trusted)
    database.retrying(partial(ask_to_reconfirm, now=now))
    database.retrying(partial(ask_about_long_pending, now=now))
    database.retrying(partial(ask_about_moves, now=now))


def hear(works: Works, now: datetime) -> dict[str, Any]:
    """The reconciler's pass, noted for `/readyz`."""
    heed = works.heed
    done = reconcile(
        heed.database,
        works.vendor,
        works.on_reply,
        now,
        heed.now(),
        heed.settings.public_base_url,
    )
    heed.database.retrying(partial(watch_holds, now=now))
    heed.database.retrying(partial(watch_answers, now=now))
    beat(works.heed.database, "reconcile", now)
    return asdict(done)


def compare_all(works: Works, now: datetime) -> int:
    """Once a day for each clinic: does Twilio know of a STOP that we do not?"""
    heed = works.heed
    return compare_due(heed.database, works.vendor, works.on_reply, now, heed.now())


def watch_websites(works: Works, now: datetime) -> int:
    """Every campaign's website once a day, and those that somebody asked for.  Not
    part of a pass: strangers' servers must not keep a text waiting."""
    looked = watch(works.heed.database, works.web, now)
    works.heed.database.retrying(partial(hold_while_changed, now=now))
    return looked


def watch_registrations(works: Works, now: datetime) -> int:
    """What lies about at the registration desk becomes a task, and the operator's mail
    of the morning leaves.  Not part of a pass: it looks at every draft."""
    heed = works.heed
    send_digest(heed.database, heed.settings, now)
    return watch_desk(heed.database, now)


def watch_complaints(works: Works, now: datetime) -> int:
    """Do too many say stop or complain?  Then texts are slowed down."""
    return watch_signals(works.heed.database, now)


def watch_caps(works: Works, now: datetime) -> int:
    """Is more planned than a carrier takes, today or tomorrow?"""
    return watch_days(works.heed.database, now)


def work_uploads(works: Works) -> int:
    """Large lists that somebody uploaded: read, or imported; how many."""
    return work_through(works.heed.database, works.heed.clock)


def watch_for_lists(works: Works, now: datetime) -> int:
    """Clinics whose list of visits came regularly and is missing."""
    return watch_lists(works.heed.database, now)


def plan_all(works: Works, now: datetime) -> int:
    """Queues what every clinic's policy asks for; how many texts that were."""
    with works.heed.database.reading() as session:
        clinic_ids: list[Any] = list(
            session.connection().scalars(
                sa.select(col(Clinic.id)).order_by(col(Clinic.id))
            )
        )
    planned = 0
    for clinic_id in clinic_ids:
        while True:
            step = partial(plan, clinic_id=clinic_id, now=now, limit=PLAN_AT_ONCE)
            counts = works.heed.database.retrying(step)
            planned += counts.queued
            if counts.appointments < PLAN_AT_ONCE:
                break
        while True:
            asking = partial(plan_reviews, clinic_id=clinic_id, now=now)
            if works.heed.database.retrying(asking) < REVIEWS_AT_ONCE:
                break
    works.heed.database.retrying(partial(withdraw_declined, now=now))
    return planned


def look_up_ahead(works: Works, now: datetime) -> int:
    """Carriers of phones whose text comes soon; how many are known by it."""
    return works.lookups.look(works.heed.database, works.vendor, now)


def send_all(works: Works, owner: str, now: datetime) -> int:
    """Looks at everything due at `now` until nothing is left; how many."""
    dispatcher, looked_at = works.dispatcher(owner, now), 0
    while handled := dispatcher.run_once(limit=100):
        looked_at += handled
    return looked_at


def run_pass(works: Works, owner: str, now: datetime) -> Pass:
    ask_registry(works, now)
    done = Pass(at=rfc3339(now), reconciled=hear(works, now))
    done.compared = compare_all(works, now)
    watch_complaints(works, now)
    work_uploads(works)
    watch_for_lists(works, now)
    works.openings.look(works.heed.database, now)
    done.planned = plan_all(works, now)
    watch_caps(works, now)
    done.looked_at = send_all(works, owner, now)
    done.states = states(works)
    beat(works.heed.database, "clock", now)
    look_up_ahead(works, now)
    return done


def states(works: Works) -> dict[str, int]:
    """How many messages are in each state: their sum is all that were ever queued."""
    with works.heed.database.reading() as session:
        rows = session.connection().execute(
            sa.select(col(Message.state), sa.func.count()).group_by(col(Message.state))
        )
        return {state.value: count for state, count in rows}
