"""A morning of many clinics: who sends what to whom, and a vendor who takes it all."""

import random
import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from clinics.access import add_clinic, key_of, set_account
from consent.models import Line, Standing, Topic
from gateway.models import CarrierLookup, Message, MessageKind, State
from gateway.twilio import Accepted
from kernel.carriers import GATED, Carrier
from registration.models import WhoReplies
from registration.numbers import add_number, attach, connect, mark_complete
from registration.registered import CampaignFacts, add_brand, create_campaign
from registration.status import Observation, Source, Status
from registration.workflow import observe
from tests.conftest import NOW

NINE = NOW - timedelta(hours=1)  # Monday 9:00 in Los Angeles
MIX = [Carrier.att] * 8 + [Carrier.tmobile] * 7 + [Carrier.verizon] * 4 + [None]


@dataclass(frozen=True)
class Brand:
    """A clinic with its brand.  The caps stand here once more, as the judge knows them."""

    ein: str
    use_case: str
    score: int | None
    att_a_minute: int
    tmobile_a_day: int


SOLE = Brand("000000001", "SOLE_PROPRIETOR", None, 15, 1_000)
LOW = Brand("000000002", "LOW_VOLUME", 80, 75, 2_000)
NEW = Brand("000000003", "ACCOUNT_NOTIFICATION", None, 75, 2_000)
FAIR = Brand("000000004", "MIXED", 30, 240, 10_000)
GOOD = Brand("000000005", "ACCOUNT_NOTIFICATION", 90, 4_500, 200_000)
# Twelve brands; the first two clinics share one tax number.
BRANDS = [SOLE, SOLE, LOW, NEW, FAIR, GOOD]
BRANDS += [
    Brand(f"00000001{n}", one.use_case, one.score, one.att_a_minute, one.tmobile_a_day)
    for n, one in enumerate([SOLE, LOW, NEW, NEW, FAIR, GOOD, SOLE])
]


@dataclass(frozen=True)
class House:
    brand: Brand
    clinic_id: int
    campaign_id: int
    number_id: int
    number: str


def build(database, keys, at):
    with database.writing() as session:
        return [
            _house(session, keys, brand, number, at)
            for number, brand in enumerate(BRANDS)
        ]


def _house(session, keys, brand, number, at):
    clinic = add_clinic(
        session,
        slug=f"house-{number}",
        legal_name=f"House {number}, LLC",
        display_name=f"House {number}",
        time_zone="America/Los_Angeles",
        phone="+12065550199",
        now=at,
    )
    clinic_id = key_of(clinic)
    set_account(session, clinic_id, f"AC{number:032x}", "token", keys)
    row = add_brand(
        session,
        clinic_id,
        legal_name=clinic.legal_name,
        ein=f"{brand.ein[:2]}-{brand.ein[2:]}",
        entity_type="PRIVATE_PROFIT",
        website="https://house.example",
        now=at,
    )
    row.vetting_score = brand.score
    session.add(row)
    facts = CampaignFacts(
        ref="care",
        use_case=brand.use_case,
        sub_use_cases=("ACCOUNT_NOTIFICATION", "CUSTOMER_CARE"),
        description="Appointment reminders.",
        message_flow="Patients text START.",
        tcr_id=f"CHOUSE{number}",
    )
    campaign_id = create_campaign(session, clinic_id, row.id, facts, at).id
    sender = add_number(
        session, clinic_id, f"+1206555{100 + number:04}", WhoReplies.gateway
    )
    attach(session, clinic_id, sender.id, campaign_id)
    connect(session, clinic_id, sender.id, at)
    for carrier in GATED:
        seen = Observation(
            status=Status.ACTIVE,
            raw="APPROVED",
            source=Source.operator_entry,
            at=at,
            evidence="https://portal.example/screenshot",
        )
        observe(session, campaign_id, carrier, seen, by="operator@heed.example")
    return House(brand, clinic_id, campaign_id, sender.id, sender.phone)


def fill(database, houses, texts, at, *, spread=timedelta(hours=1), seed=0):
    """So many reminders in all, each to a phone of its own; most are due when the
    window opens, the others within `spread`."""
    dice = random.Random(seed)
    rows = defaultdict(list)
    for number in range(texts):
        house = houses[number % len(houses)]
        phone = f"+1206{2_000_000 + number}"
        who = {"clinic_id": house.clinic_id, "phone": phone}
        carrier = dice.choice(MIX) or dice.choice([Carrier.other, Carrier.uscellular])
        later = spread * dice.random() if number % 4 == 0 else timedelta(0)
        useful = timedelta(minutes=dice.randrange(90, 40 * 60))
        segments = dice.choice([1, 1, 2])
        rows[Line].append(who | {"stopped_seq": 0})
        rows[Standing].append(
            who | {"topic": Topic.care, "granted_seq": 1, "pending_seq": 0}
        )
        rows[CarrierLookup].append(
            who
            | {
                "carrier": carrier,
                "textable": True,
                "line_type": "mobile",
                "looked_up_at": at,
            }
        )
        rows[Message].append(
            who
            | {
                "number_id": house.number_id,
                "topic": Topic.care,
                "kind": MessageKind.reminder,
                "body": "é" * (1 if segments == 1 else 300),
                "segments": segments,
                "dedupe_key": f"morning:{number}",
                "send_from": at + later,
                "send_until": at + later + useful,
                "zones": "America/Los_Angeles",
                "window": "09:00-20:00",
                "state": State.due,
                "look_again_at": at + later,
                "attempts": 0,
                "created_at": at,
            }
        )
    with database.writing() as session:
        for table, some in rows.items():
            session.connection().execute(sa.insert(table), some)


@dataclass(frozen=True)
class Taken:
    at: datetime
    number: str
    phone: str


class Judge:
    """A vendor who takes everything at once and writes down when."""

    def __init__(self):
        self.now = NINE
        self.taken = []
        self.lock = threading.Lock()

    def send(self, text):
        with self.lock:
            self.taken.append(Taken(self.now, text.from_phone, text.to_phone))
            return Accepted(f"SM{len(self.taken):032d}")


def complete(database, houses, now):
    with database.writing() as session:
        for house in houses:
            mark_complete(session, house.clinic_id, house.number_id, now)
