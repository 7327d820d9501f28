"""Three clinics live through a month: every tick as the clock and the workers do it."""

import io
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from clinics.access import add_clinic, clinic_by_slug, key_of, set_account
from clinics.models import Clinic, Language
from gateway.quiet_hours import Window
from registration.models import WhoReplies, WordingKind
from registration.numbers import add_number, attach, connect, mark_complete
from registration.registered import CampaignFacts, add_brand, create_campaign
from registration.wordings import add as add_wording
from reminders.intake.store import Origin, import_file
from reminders.policy import enable, set_policy
from reminders.rehearse import rehearse
from reminders.tick import (
    ask_registry,
    hear,
    look_up_ahead,
    plan_all,
    send_all,
)
from tests.cast import WORDINGS, Place
from tests.stories.conftest import Town
from tests.stories.month import CARRIERS, CHICAGO, CLINICS, DAY, HOUR, Month
from tests.torture.scene import agree

WEEK, THREE_DAYS, ONE_DAY, TWO_HOURS = 10080, 4320, 1440, 120
LADDERS = {
    "maple-dental": ((THREE_DAYS, ONE_DAY), "09:00-20:00;no holidays", False),
    "birch-eye": (
        (WEEK, THREE_DAYS, ONE_DAY, TWO_HOURS),
        "09:00-20:00;no holidays",
        False,
    ),
    "cedar-skin": (
        (THREE_DAYS, ONE_DAY, TWO_HOURS),
        "09:00-20:00;sunday closed;no holidays",
        True,
    ),
}
CEDAR = "AC" + "c" * 32, "cedar-token", "+12705550100"
REFS = {"maple-dental": "maple-care", "birch-eye": "birch-care"}


@dataclass
class Lived:
    """What happened, and what was foretold of each day at its beginning."""

    queued: int = 0
    ticks: list[tuple[float, datetime]] = field(default_factory=list)
    foretold: dict[tuple[int, date], set[tuple[int, int]]] = field(default_factory=dict)
    upset: set[tuple[str, date]] = field(default_factory=set)  # phones, by day
    of_att: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Upsets:
    """When two hours pass without us, and from when to when AT&T suspends everybody."""

    outage: datetime
    suspended: datetime
    back: datetime


def third_clinic(town: Town, keys: Any) -> Place:
    """Cedar Skin, with all that it takes to text."""
    account, token, number = CEDAR
    now = town.works.heed.now()
    with town.database.writing() as session:
        clinic = add_clinic(
            session,
            slug="cedar-skin",
            legal_name="Cedar Skin, LLC",
            display_name="Cedar Skin",
            time_zone=CHICAGO,
            phone="+12705550199",
            now=now,
        )
        clinic_id = key_of(clinic)
        set_account(session, clinic_id, account, token, keys)
        brand = add_brand(
            session,
            clinic_id,
            legal_name="Cedar Skin, LLC",
            ein="12-7654321",
            entity_type="PRIVATE_PROFIT",
            website="https://cedar-skin.example",
            now=now,
        )
        facts = CampaignFacts(
            ref="cedar-care",
            use_case="ACCOUNT_NOTIFICATION",
            description="Appointment reminders for patients who asked for them.",
            message_flow="Patients text START to the number on the desk card.",
            tcr_id="CCEDAR1",
        )
        campaign = create_campaign(session, clinic_id, brand.id or 0, facts, now)
        campaign_id = campaign.id or 0
        for kind, text in WORDINGS.items():
            wording = WordingKind(kind)
            add_wording(
                session, clinic_id, campaign_id, wording, Language.en, text, now
            )
        number_id = add_number(session, clinic_id, number, WhoReplies.gateway).id or 0
        attach(session, clinic_id, number_id, campaign_id)
        connect(session, clinic_id, number_id, now)
        mark_complete(session, clinic_id, number_id, now)
    place = Place(clinic_id, campaign_id, number_id, number, account, token)
    webhook = f"{town.works.heed.settings.public_base_url}/webhooks/twilio/inbound"
    town.vendor.take_in(place, "cedar-care", "CCEDAR1", f"{webhook}#rc=5&rp=all")
    return place


def by_carrier(month: Month) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for number, phone in enumerate(sorted({one.phone for one in month.people})):
        found[CARRIERS[number % len(CARRIERS)]].append(phone)
    return found


def settle_in(town: Town, month: Month, keys: Any) -> dict[str, Place]:
    """Every phone has a carrier and agreed; every clinic has a policy of its own."""
    places = {
        "maple-dental": town.cast.maple,
        "birch-eye": town.cast.birch,
        "cedar-skin": third_clinic(town, keys),
    }
    for carrier, phones in by_carrier(month).items():
        town.vendor.phones(phones, carrier=carrier)
    for slug, place in places.items():
        phones = sorted({one.phone for one in month.people if one.clinic == slug})
        offsets, window, same_day = LADDERS[slug]
        with town.database.writing() as session:
            agree(session, place.clinic_id, phones, month.first)
            enable(session, place.clinic_id, f"desk@{slug}.example", month.first)
            set_policy(
                session,
                place.clinic_id,
                number_id=place.number_id,
                offsets=offsets,
                window=Window.read(window),
                same_day=same_day,
                now=month.first,
            )
    return places


def bring(town: Town, month: Month, after: datetime, now: datetime) -> None:
    """What was booked, moved and cancelled since the last tick."""
    for slug, content in month.files(after, now).items():
        with town.database.writing() as session:
            done = import_file(
                session,
                clinic_by_slug(session, slug),
                io.BytesIO(content),
                now,
                origin=Origin(file="x.csv", by=f"desk@{slug}.example", sha256="0" * 64),
            )
        assert not done.refused, done.problems


def _pass(town: Town, now: datetime, *, ask: bool) -> int:
    """As the clock and the workers do; what is asked of the registry every time would
    only take time.  How many texts were queued."""
    if ask:
        ask_registry(town.works, now)
    hear(town.works, now)
    queued = plan_all(town.works, now)
    if send_all(town.works, "month", now):
        town.vendor.idle()
    look_up_ahead(town.works, now)
    return queued


def carriers_say(town: Town, status: str) -> None:
    for ref in ("maple-care", "birch-care", "cedar-care"):
        town.vendor.put(f"campaigns/{ref}/carriers/att", {"status": status})
    town.vendor.idle()
    ask_registry(town.works, town.works.heed.now())


def foretold(
    town: Town, clinic_id: int, day: date, now: datetime
) -> set[tuple[int, int]]:
    """Visits and steps whose text leaves on a day, as it is rehearsed at its beginning."""
    with town.database.reading() as session:
        found = rehearse(session, clinic_id, day, now)
    return {
        (text.of.booked.id, text.offset_minutes)
        for text in found.texts
        if text.word == "leaves"
    }


def live(town: Town, month: Month, places: dict[str, Place], days: Upsets) -> Lived:
    lived, last = Lived(of_att=set(by_carrier(month)["att"])), month.first - DAY
    everybody = {one.phone: one.clinic for one in month.people}
    for now in month.ticks():
        if days.outage <= now < days.outage + 2 * HOUR:
            continue
        town.at(now)
        for phone in month.touched(last, now):
            zone = ZoneInfo(CLINICS[everybody[phone]][0])
            lived.upset.add((phone, now.astimezone(zone).date()))
        bring(town, month, last, now)
        if last < days.suspended <= now:
            carriers_say(town, "SUSPENDED")
        if last < days.back <= now:
            carriers_say(town, "APPROVED")
        lived.ticks.append((time.time(), now))
        lived.queued += _pass(town, now, ask=now.hour % 10 == 0)
        for place in places.values():
            with town.database.reading() as session:
                zone = ZoneInfo(session.get_one(Clinic, place.clinic_id).time_zone)
            today = now.astimezone(zone).date()
            if (place.clinic_id, today) not in lived.foretold:
                lived.foretold[place.clinic_id, today] = foretold(
                    town, place.clinic_id, today, now
                )
        last = now
    return lived
